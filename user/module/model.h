/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the module tells and is told, as plain structs. Bit n of @have says that
 * the member for attribute n was given; it must be the first member, because
 * attrs.c fills these structs from tables.
 */
#ifndef MIGCTL_MODEL_H
#define MIGCTL_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#define NAME_LEN	128
#define SENTENCE_LEN	512
#define VCPUS_MAX	512
#define FEATURE_WORDS	16	/* of a featureset of Xen */
#define CPUS_MAX	1024	/* of a host; the others cannot be bound to */
#define CPU_OCTETS	(CPUS_MAX / 8)	/* of a bitmap of them */

#define HAS(obj, attr)	(((obj)->have >> (attr)) & 1)
#define GIVE(obj, attr)	((obj)->have |= 1ULL << (attr))

/* The module and the host under it. */
struct host_info {
	uint64_t have;
	char version[32];
	uint32_t xen_major;
	uint32_t xen_minor;
	uint32_t domctl;
	uint32_t cpu_khz;
	uint32_t capabilities;
	uint64_t free_kib;
	uint64_t total_kib;
	uint32_t sessions;
	uint32_t quarantined;
	uint32_t features[FEATURE_WORDS];
	uint8_t cpus[CPU_OCTETS];
};

/* A domain as the hypervisor sees it, or as it is to be created. */
struct domain {
	uint64_t have;
	uint32_t domid;
	uint8_t uuid[16];
	uint32_t create_flags;
	uint32_t dominf_flags;
	uint64_t pages;
	uint64_t max_pages;
	uint64_t max_gfn;
	uint32_t vcpus;
	uint32_t vcpus_online;
	uint32_t cpupool;
	uint32_t ssidref;
	uint32_t emulation_flags;
	uint32_t misc_flags;
	uint32_t evtchn_ports;
	uint32_t grant_frames;
	int32_t maptrack_frames;
	uint32_t grant_version;
	uint64_t paging_bytes;
	uint32_t timer_mode;
	uint32_t tsc_mode;
	uint64_t pod_entries;
	uint64_t store_gfn;
	uint64_t console_gfn;
	uint32_t store_domid;
	uint32_t console_domid;
	uint32_t store_port;
	uint32_t console_port;
	char refusal[SENTENCE_LEN];
	uint32_t scheduler;
	uint32_t sched_weight;
	uint32_t sched_cap;
	uint32_t ring_ref;
	uint32_t unanswered;
	uint32_t features[FEATURE_WORDS];
	uint64_t store_mfn;
	uint64_t console_mfn;
	uint32_t hpet;
	uint32_t vpt_align;
	int32_t time_offset;
	uint32_t pv_drivers;
	uint64_t unpaused_ns;
};

/*
 * Which CPUs a vCPU of a domain is bound to; what is not given is all of them. @have is by
 * XENMIG_A_DOMAIN_*.
 */
struct affinity {
	uint64_t have;
	uint32_t domid;
	uint8_t uuid[16];
	uint32_t vcpu;
	uint8_t hard[CPU_OCTETS];
	uint8_t soft[CPU_OCTETS];
};

/* A session as the module reports it. */
struct session {
	uint64_t have;
	uint32_t id;
	uint32_t role;
	uint32_t state;
	uint32_t reason;
	int32_t error;
	char message[SENTENCE_LEN];
	uint32_t domid;
	struct domain domain;
	uint32_t round;
	uint64_t frames;
	uint64_t frames_sent;
	uint64_t frames_left;
	uint64_t first_round_frames;
	uint64_t first_round_us;
	uint64_t dirty;
	uint64_t dirty_rate;
	uint64_t rate;
	uint64_t expected_downtime_us;
	uint64_t wire_bytes;
	uint64_t zerocopy_bytes;
	uint64_t missed_zerocopy_bytes;
	uint64_t superpages;
	uint64_t small_pages;
	uint64_t depopulated;
	uint64_t mapped;
	uint64_t hypercalls;
	uint32_t inflight;
	uint64_t digest;
	uint64_t digest_frames;
	uint64_t started_ns;
	uint64_t suspending_ns;
	uint64_t suspended_ns;
	uint64_t last_frames_ns;
	uint64_t ended_ns;
	uint64_t max_pages;
	uint32_t bandwidth_mib;
	uint32_t throttle;
	uint32_t most_throttle;
	uint32_t held_rounds;
	bool force;
	uint32_t running;
};

/* What session-start or session-set is told; @have is by XENMIG_A_SESSION_*. */
struct limits {
	uint64_t have;
	uint32_t id;
	uint32_t socket;
	bool verify;
	bool no_live;
	uint32_t downtime_ms;
	uint32_t max_rounds;
	uint32_t max_seconds;
	uint32_t on_limit;
	uint32_t fixed_cost_us;
	uint32_t bandwidth_mib;
	uint32_t hold_pause;
};

/* One measurement of a piece of a page's way, wanted or made; @have is by XENMIG_A_BENCH_*. */
struct measurement {
	uint64_t have;
	uint32_t piece;
	uint32_t domid;
	uint32_t frames;
	uint32_t socket;
	uint64_t ns;
	uint64_t hypercalls;
	uint64_t copied;
};

#endif /* MIGCTL_MODEL_H */
