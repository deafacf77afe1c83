/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest as another host has to know it, as plain structs. Bit n of @have says that the member
 * for attribute n was given; see attrs.h.
 */
#ifndef MIGCTL_OFFER_H
#define MIGCTL_OFFER_H

#include "module/model.h"

#define VIFS_MAX	16
#define VBDS_MAX	32
#define SAMPLES		32	/* blocks that tell one disk from another */
#define TOOLSTACK_NODES_MAX	128	/* nodes of a toolstack's own */
#define JSON_MAX	61440
#define DM_ARGS_MAX	16384
#define AUTOSTART_MAX	65528	/* 64 KiB, less what an attribute cannot hold */

/* What the bits of @have are for. */
enum offer_attr {
	OFFER_NAME = 1, OFFER_TYPE, OFFER_DOMAIN, OFFER_SETTINGS, OFFER_FEATURES,
	OFFER_CONSOLE_LIMIT, OFFER_JSON, OFFER_VIF, OFFER_VERIFY, OFFER_MOVE,
	OFFER_VBD, OFFER_UNSAFE_STORAGE,
	OFFER_AUTOSTART_NAME, OFFER_AUTOSTART, OFFER_CPU_KHZ, OFFER_NODES,
	OFFER_AFFINITY, OFFER_DEVICE_MODEL, OFFER_KEYBOARD,

	DEVICE_MODEL_MAJOR = 1, DEVICE_MODEL_MINOR, DEVICE_MODEL_VERSION, DEVICE_MODEL_ARGS,

	NODE_PATH = 1, NODE_VALUE,

	SETTINGS_TARGET = 1, SETTINGS_STATIC_MAX, SETTINGS_VIDEORAM, SETTINGS_ONLINE,

	VIF_DEVID = 1, VIF_MAC, VIF_BRIDGE, VIF_SCRIPT, VIF_IP, VIF_RATE, VIF_MTU, VIF_VIFNAME,
	VIF_GATEWAYDEV, VIF_TYPE, VIF_UNTRUSTED,

	VBD_DEVID = 1, VBD_DEV, VBD_PARAMS, VBD_MODE, VBD_DEVICE_TYPE, VBD_REMOVABLE,
	VBD_BOOTABLE, VBD_DISCARD, VBD_STORAGE,

	STORAGE_BLOCK = 1, STORAGE_SHARED_FS, STORAGE_SIZE, STORAGE_SERIAL, STORAGE_SAMPLE,
};

/* A network interface, read from its backend. */
struct vif {
	uint64_t have;
	uint32_t devid;
	char mac[18];
	char bridge[16];
	char script[64];
	char ip[256];
	char rate[64];
	uint32_t mtu;
	char vifname[16];
	char gatewaydev[16];
	char type[16];
	bool untrusted;
};

/* What a disk is stored on. */
struct storage {
	uint64_t have;
	bool block;		/* a block device, not a file */
	bool shared_fs;		/* a file on a file system that several hosts can mount */
	uint64_t size;		/* octets */
	char serial[128];	/* what the device says of itself, "" for nothing */
	uint32_t sample_count;
	uint64_t samples[SAMPLES];	/* digests of blocks; 0 for one that says nothing */
};

/* A disk, read from its backend. */
struct vbd {
	uint64_t have;
	uint32_t devid;
	char dev[32];
	char params[256];
	char mode[8];
	char device_type[16];
	bool removable;
	bool bootable;
	bool discard;
	struct storage storage;
};

/* A node in a guest's home in xenstore that a toolstack has written; see toolstack-nodes.h. */
struct toolstack_node {
	uint64_t have;
	char path[128];		/* below the home */
	char value[1024];
};

/* The device model of an HVM guest, a program that runs beside it; see devicemodel.h. */
struct device_model {
	uint64_t have;
	uint32_t major;
	uint32_t minor;
	char version[96];		/* in words */
	uint32_t args_len;
	char args[DM_ARGS_MAX];		/* a NUL behind each; the program's name is not among them */
};

/* What xenstore says of a guest's memory and vCPUs; it can change in a move. */
struct settings {
	uint64_t have;
	uint64_t target_kib;
	uint64_t static_max_kib;
	uint64_t videoram_kib;
	char online[VCPUS_MAX + 1];	/* one '0' or '1' for each vCPU */
};

/* bits of offer.features: control/feature-* nodes that the guest has set to 1 */
#define FEATURE_POWEROFF	(1u << 0)
#define FEATURE_REBOOT		(1u << 1)
#define FEATURE_SUSPEND		(1u << 2)

/* All of it, before the guest moves. */
struct offer {
	uint64_t have;
	uint8_t move[16];
	char name[NAME_LEN];
	char type[8];
	struct domain domain;
	struct settings settings;
	uint32_t features;
	uint32_t console_limit;
	uint32_t json_len;
	char json[JSON_MAX];
	uint32_t vif_count;
	struct vif vifs[VIFS_MAX];
	uint32_t vbd_count;
	struct vbd vbds[VBDS_MAX];
	bool unsafe_storage;
	bool verify;
	uint32_t cpu_khz;
	uint32_t node_count;
	struct toolstack_node nodes[TOOLSTACK_NODES_MAX];
	uint32_t affinity_count;
	struct affinity affinities[VCPUS_MAX];	/* of those vCPUs that are bound */
	struct device_model device_model;	/* of an HVM guest */
	bool keyboard;		/* and it has a PV keyboard */
	char autostart_name[NAME_LEN];	/* "" when no entry moves along */
	uint32_t autostart_len;
	char autostart[AUTOSTART_MAX];
};

#endif /* MIGCTL_OFFER_H */
