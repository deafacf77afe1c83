/* SPDX-License-Identifier: GPL-2.0-only */
/* What a domain is: read from a running one, or to be created. */
#ifndef _XENMIG_DOMAIN_H
#define _XENMIG_DOMAIN_H

#include <uapi/linux/xenmig.h>

#include "xen/hypercall.h"

/**
 * struct xenmig_domain - what a domain is; fields as the domain attributes of the netlink spec
 * @domid: domain id; a destination's is filled in by xenmig_create()
 * @uuid: handle
 * @create_flags: enum xenmig_create; of a running domain only HVM and HAP can be read
 * @dominf_flags: XENMIG_DOMINF_*, of a running domain
 * @pages: frames of 4 KiB it owns; destination: frames to claim
 * @max_pages: most frames it may own
 * @max_gfn: highest frame that Xen ever mapped for it; never falls
 * @vcpus: vCPUs it was or is to be created with
 * @vcpus_online: vCPUs online, of a running domain
 * @cpupool: CPU pool
 * @ssidref: XSM label
 * @emulation_flags: XENMIG_EMU_*
 * @misc_flags: XEN_X86_MSR_RELAXED and successors; cannot be read
 * @evtchn_ports: highest event channel port; cannot be read
 * @grant_frames: most grant table frames, 0 for the host's default
 * @maptrack_frames: most maptrack frames, -1 for the host's default; cannot be read
 * @grant_version: of a running domain the version in effect; destination: the highest, 0 as 1
 * @paging_bytes: paging pool in bytes, whole pages
 * @timer_mode: HVM_PARAM_TIMER_MODE
 * @tsc_mode: TSC mode
 * @pod_entries: populate-on-demand entries outstanding, of a running domain
 * @store_gfn: frame of the xenstore ring
 * @console_gfn: frame of the console ring
 * @store_domid: destination: domain that xenstored runs in
 * @console_domid: destination: domain that xenconsoled runs in
 * @share: what the scheduler gives it
 * @store_port: destination: port for xenstored, filled in by xenmig_create()
 * @console_port: destination: port for xenconsoled, likewise
 * @store_mfn: destination of a PV guest: machine frame of the xenstore ring, likewise
 * @console_mfn: destination of a PV guest: machine frame of the console ring, likewise
 * @address_bits: of a running PV guest, 64 or 32
 * @hpet: with a device model: it has an HPET
 * @vpt_align: with a device model: HVM_PARAM_VPT_ALIGN
 * @time_offset: seconds that its wall clock is ahead of the host's; cannot be read
 * @pv_drivers: of a running guest with a device model: it can be asked to suspend
 * @asleep: of a running guest with a device model: it is in an ACPI sleeping state
 *
 * Read by xenmig_domain_read(), or described by the receiving controller and not
 * trusted (creation.c checks it). The session of a destination keeps its copy.
 */
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
	struct xenmig_share share;
	u32 store_port;
	u32 console_port;
	u64 store_mfn;
	u64 console_mfn;
	u32 address_bits;
	u32 hpet;
	u32 vpt_align;
	s32 time_offset;
	bool pv_drivers;
	bool asleep;
};

/* Beyond the pages it may own, a PV guest may number holes: 4 GiB of them. */
#define XENMIG_PV_HOLES		(1ULL << 20)
#define XENMIG_PV_GRAIN		(1ULL << 18)

/**
 * xenmig_pv_limit - how many frames a PV guest may number
 * @pages: the most that it may own
 *
 * All that it says of itself is bounded by this.
 *
 * Return: the number; the p2m of a guest may end at the next GiB.
 */
static inline u64 xenmig_pv_limit(u64 pages)
{
	return (pages + XENMIG_PV_HOLES + XENMIG_PV_GRAIN - 1) & ~(XENMIG_PV_GRAIN - 1);
}

/* Entries of a grant table that toolstacks make for the rings of a guest. */
#define XENMIG_GRANT_CONSOLE	0
#define XENMIG_GRANT_STORE	1

/**
 * xenmig_has_device_model - is it an HVM guest, other than a PVH one?
 * @d: of a running domain, or of one to be created
 *
 * Return: true when a device model emulates devices for it.
 */
static inline bool xenmig_has_device_model(const struct xenmig_domain *d)
{
	return d->create_flags & XENMIG_CREATE_HVM &&
	       (d->emulation_flags | XENMIG_EMU_USE_PIRQ) == XENMIG_EMU_HVM;
}

int xenmig_domain_read(u16 domid, struct xenmig_domain *d);
const char *xenmig_domain_refusal(const struct xenmig_domain *d);

/* Index of the HVM params that travel, in the order in which they are sent. */
extern const u32 xenmig_hvm_params[];
extern const u32 xenmig_hvm_params_nr;
bool xenmig_hvm_param_travels(u64 index);

#endif /* _XENMIG_DOMAIN_H */
