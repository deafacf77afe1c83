/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line of a device model, from that of the one at the guest's source: what is
 * known is carried over, with the guest's id, sockets and interfaces of the new host; what
 * is not known is refused by name. Pure: no I/O.
 */
#ifndef MIGCTL_ARGUMENTS_H
#define MIGCTL_ARGUMENTS_H

#include <stdbool.h>

#include "base/error.h"
#include "offer/offer.h"

#define DM_ARGUMENTS_MAX	256
#define DM_FILES_MAX	4
#define DM_RUN_DIR	"/var/run/xen"

/**
 * struct dm_site - the guest where the device model is to run
 * @domid: its id there
 * @name: its name
 * @range_user: "UID:GID" of a device model that is confined to a user of its own, "" for none
 * @incoming: descriptor that it reads its state from; -1 for one that only is checked
 * @vbds: its disks
 * @vbd_count: how many
 * @vifs: its interfaces
 * @vif_count: how many
 */
struct dm_site {
	uint32_t domid;
	const char *name;
	char range_user[32];
	int incoming;
	const struct vbd *vbds;
	unsigned int vbd_count;
	const struct vif *vifs;
	unsigned int vif_count;
};

/**
 * struct dm_arguments - a command line
 * @argv: those behind the program's name, ended by NULL
 * @count: how many
 * @from: the guest's id where they came from
 * @confined: it gives up its rights over other domains
 * @own_user: it runs as a user of its own, whose number depends on the guest's id
 * @chroot: directory that it is to run in, "" for none
 * @user: user that it is to run as, "" for its starter
 * @files: files that it reads when it starts, besides disks
 * @file_count: how many
 * @room: their texts
 * @used: octets of it
 */
struct dm_arguments {
	char *argv[DM_ARGUMENTS_MAX + 1];
	unsigned int count;
	uint32_t from;
	bool confined;
	bool own_user;
	char chroot[64];
	char user[64];
	const char *files[DM_FILES_MAX];
	unsigned int file_count;
	char room[2 * DM_ARGS_MAX];
	size_t used;
};

bool dm_arguments_confined(const struct device_model *dm);
void dm_arguments_site(struct dm_site *site, const struct offer *offer, uint32_t domid);
int dm_arguments_derive(const struct device_model *dm, const struct dm_site *site,
			struct dm_arguments *args, struct error *err);

#endif /* MIGCTL_ARGUMENTS_H */
