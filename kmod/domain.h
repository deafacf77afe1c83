/* SPDX-License-Identifier: GPL-2.0-only */
/* What a domain is: read from a running one, or to be created. */
#ifndef _XENMIG_DOMAIN_H
#define _XENMIG_DOMAIN_H

#include "hypercall.h"

/* Fields as the domain attributes of the netlink spec. */
struct xenmig_domain {
	u32 domid;
	u8 uuid[16];
	u32 create_flags;
	u32 dominf_flags;
	u64 pages;
	u64 max_pages;
	u64 max_gfn;
	u32 vcpus;
	u32 vcpus_online;
	u32 cpupool;
	u32 ssidref;
	u32 emulation_flags;
	u32 misc_flags;
	u32 evtchn_ports;
	u32 grant_frames;
	s32 maptrack_frames;
	u32 grant_version;
	u64 paging_bytes;
	u32 timer_mode;
	u32 tsc_mode;
	u64 pod_entries;
	u64 store_gfn;
	u64 console_gfn;
	u32 store_domid;
	u32 console_domid;
	u32 store_port;
	u32 console_port;
};

/* The frames of a guest that belong to its host: rings that start anew on each host. */
#define XENMIG_HOST_FRAMES	4

/**
 * struct xenmig_host_frames - frames whose content does not travel
 * @gfn: xenstore, console, ioreq and buffered ioreq ring; 0 where there is none
 *
 * The destination clears them; a digest leaves them out.
 */
struct xenmig_host_frames {
	u64 gfn[XENMIG_HOST_FRAMES];
};

bool xenmig_host_frame(const struct xenmig_host_frames *h, u64 gfn);
int xenmig_domain_read(u16 domid, struct xenmig_domain *d);
const char *xenmig_domain_refusal(const struct xenmig_domain *d);

/* Index of the HVM params that travel, in the order in which they are sent. */
extern const u32 xenmig_hvm_params[];
extern const u32 xenmig_hvm_params_nr;
bool xenmig_hvm_param_travels(u64 index);

#endif /* _XENMIG_DOMAIN_H */
