/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Xen's tool interface, domctl: what is asked of a domain. See abi.h. */
#ifndef _XENMIG_ABI_DOMCTL_H
#define _XENMIG_ABI_DOMCTL_H

#include <linux/types.h>
#include "xen/abi-state.h"

#define XENMIG_DOMID_SELF	0x7ff0U
#define XENMIG_DOMID_ANY	0x7ff5U	/* createdomain: choose one */
#define XENMIG_DOMID_FIRST_RESERVED 0x7ff0U

/* domctl commands */
#define XENMIG_DOMCTL_createdomain		1
#define XENMIG_DOMCTL_destroydomain		2
#define XENMIG_DOMCTL_pausedomain		3
#define XENMIG_DOMCTL_unpausedomain		4
#define XENMIG_DOMCTL_getdomaininfo		5
#define XENMIG_DOMCTL_setvcpuaffinity		9
#define XENMIG_DOMCTL_shadow_op			10
#define XENMIG_DOMCTL_max_mem			11
#define XENMIG_DOMCTL_setvcpucontext		12
#define XENMIG_DOMCTL_getvcpucontext		13
#define XENMIG_DOMCTL_getvcpuinfo		14
#define XENMIG_DOMCTL_max_vcpus			15
#define XENMIG_DOMCTL_scheduler_op		16
#define XENMIG_DOMCTL_settimeoffset		24
#define XENMIG_DOMCTL_getvcpuaffinity		25
#define XENMIG_DOMCTL_resumedomain		27
#define XENMIG_DOMCTL_subscribe			29
#define XENMIG_DOMCTL_gethvmcontext		33
#define XENMIG_DOMCTL_sethvmcontext		34
#define XENMIG_DOMCTL_get_address_size		36
#define XENMIG_DOMCTL_set_ext_vcpucontext	42
#define XENMIG_DOMCTL_get_ext_vcpucontext	43
#define XENMIG_DOMCTL_gettscinfo		59
#define XENMIG_DOMCTL_settscinfo		60
#define XENMIG_DOMCTL_getpageframeinfo3		61
#define XENMIG_DOMCTL_setvcpuextstate		62
#define XENMIG_DOMCTL_getvcpuextstate		63
#define XENMIG_DOMCTL_get_vcpu_msrs		72
#define XENMIG_DOMCTL_set_vcpu_msrs		73
#define XENMIG_DOMCTL_get_cpu_policy		82
#define XENMIG_DOMCTL_set_cpu_policy		83
#define XENMIG_DOMCTL_get_paging_mempool_size	85
#define XENMIG_DOMCTL_set_paging_mempool_size	86

/* An event channel that no domain can have: a notification of it goes nowhere. */
#define XENMIG_NO_PORT				0x7fffffff

#define XENMIG_DOMINF_DYING		(1U << 0)
#define XENMIG_DOMINF_HVM		(1U << 1)
#define XENMIG_DOMINF_SHUTDOWN		(1U << 2)
#define XENMIG_DOMINF_PAUSED		(1U << 3)
#define XENMIG_DOMINF_HAP		(1U << 8)
#define XENMIG_DOMINF_SHUTDOWN_SHIFT	16
#define XENMIG_DOMINF_SHUTDOWN_MASK	255U

/**
 * struct xenmig_domctl_getdomaininfo - what Xen says of a domain
 * @domain: domain id; Xen 4.17 answers with the next higher one where there is none of that id
 * @pad1: padding
 * @flags: XENMIG_DOMINF_* and the shutdown code
 * @tot_pages: frames of 4 KiB it owns
 * @max_pages: most frames it may own; Xen refuses it more, but takes none back
 * @outstanding_pages: frames claimed for it and not allocated yet
 * @shr_pages: frames it shares
 * @paged_pages: frames that are paged out
 * @shared_info_frame: frame of its shared_info
 * @cpu_time: ns of all its vCPUs
 * @nr_online_vcpus: vCPUs online
 * @max_vcpu_id: number of its last vCPU
 * @ssidref: XSM label
 * @handle: UUID
 * @cpupool: CPU pool
 * @gpaddr_bits: width of its physical addresses
 * @pad2: padding
 * @emulation_flags: XENMIG_EMU_*
 * @misc_flags: not filled by Xen
 *
 * Xen: struct xen_domctl_getdomaininfo, public/domctl.h; getdomaininfo() and
 * arch_get_domain_info().
 */
struct xenmig_domctl_getdomaininfo {
	u16 domain;
	u16 pad1;
	u32 flags;
	u64 tot_pages;
	u64 max_pages;
	u64 outstanding_pages;
	u64 shr_pages;
	u64 paged_pages;
	u64 shared_info_frame;
	u64 cpu_time;
	u32 nr_online_vcpus;
	u32 max_vcpu_id;
	u32 ssidref;
	u8 handle[16];
	u32 cpupool;
	u8 gpaddr_bits;
	u8 pad2[7];
	u32 emulation_flags;
	u32 misc_flags;
};

#define XENMIG_CDF_HVM		(1U << 0)
#define XENMIG_CDF_HAP		(1U << 1)
#define XENMIG_CDF_OOS_OFF	(1U << 3)
#define XENMIG_CDF_NESTED_VIRT	(1U << 6)
#define XENMIG_CDF_VPMU		(1U << 7)

#define XENMIG_EMU_LAPIC	(1U << 0)
#define XENMIG_EMU_USE_PIRQ	(1U << 9)
/* All that Xen emulates for a guest with a device model; without USE_PIRQ from 4.20 on, where asked for. */
#define XENMIG_EMU_HVM		0x3ffU

/**
 * struct xenmig_domctl_createdomain - what to create, Xen 4.17 and 4.18 (domctl 0x15, 0x16)
 * @ssidref: XSM label
 * @handle: UUID
 * @flags: XENMIG_CDF_*
 * @iommu_opts: 0
 * @max_vcpus: vCPUs; max_vcpus has to name the same number later
 * @max_evtchn_port: highest event channel port
 * @max_grant_frames: most grant table frames, -1 for the hypervisor's default
 * @max_maptrack_frames: most maptrack frames, -1 for the hypervisor's default
 * @grant_opts: highest grant table version, 1 or 2
 * @vmtrace_size: 0
 * @cpupool_id: CPU pool
 * @emulation_flags: XENMIG_EMU_*
 * @misc_flags: XEN_X86_MSR_RELAXED and successors
 *
 * Xen: struct xen_domctl_createdomain, public/domctl.h.
 */
struct xenmig_domctl_createdomain {
	u32 ssidref;
	u8 handle[16];
	u32 flags;
	u32 iommu_opts;
	u32 max_vcpus;
	u32 max_evtchn_port;
	s32 max_grant_frames;
	s32 max_maptrack_frames;
	u32 grant_opts;
	u32 vmtrace_size;
	u32 cpupool_id;
	u32 emulation_flags;
	u32 misc_flags;
};

/**
 * struct xenmig_domctl_createdomain_4_19 - what to create, Xen 4.19 and later (0x17, 0x18)
 * @ssidref: XSM label
 * @handle: UUID
 * @flags: XENMIG_CDF_*
 * @iommu_opts: 0
 * @max_vcpus: vCPUs; max_vcpus has to name the same number later
 * @max_evtchn_port: highest event channel port
 * @max_grant_frames: most grant table frames, -1 for the hypervisor's default
 * @max_maptrack_frames: most maptrack frames, -1 for the hypervisor's default
 * @grant_opts: highest grant table version, 1 or 2
 * @altp2m: 0; this word came in
 * @vmtrace_size: 0
 * @cpupool_id: CPU pool
 * @emulation_flags: XENMIG_EMU_*
 * @misc_flags: XEN_X86_MSR_RELAXED and successors
 */
struct xenmig_domctl_createdomain_4_19 {
	u32 ssidref;
	u8 handle[16];
	u32 flags;
	u32 iommu_opts;
	u32 max_vcpus;
	u32 max_evtchn_port;
	s32 max_grant_frames;
	s32 max_maptrack_frames;
	u32 grant_opts;
	u32 altp2m;
	u32 vmtrace_size;
	u32 cpupool_id;
	u32 emulation_flags;
	u32 misc_flags;
};

#define XENMIG_SHADOW_OP_OFF			0
#define XENMIG_SHADOW_OP_ENABLE_LOGDIRTY	2
#define XENMIG_SHADOW_OP_CLEAN			11
#define XENMIG_SHADOW_OP_PEEK			12
#define XENMIG_SHADOW_LOGDIRTY_FINAL		(1U << 0)

/**
 * struct xenmig_domctl_shadow_op - log-dirty mode
 * @op: XENMIG_SHADOW_OP_*
 * @mode: XENMIG_SHADOW_LOGDIRTY_FINAL with CLEAN and PEEK; other bits are refused
 * @mb: 0
 * @pad: padding
 * @dirty_bitmap: address of the bitmap; 0: statistics only
 * @pages: frames it covers, a bit each; out: frames done, if fewer
 * @fault_count: out: write faults since the last CLEAN
 * @dirty_count: out: frames marked since the last CLEAN
 *
 * Xen: struct xen_domctl_shadow_op, public/domctl.h; paging_log_dirty_op().
 */
struct xenmig_domctl_shadow_op {
	u32 op;
	u32 mode;
	u32 mb;
	u32 pad;
	u64 dirty_bitmap;
	u64 pages;
	u32 fault_count;
	u32 dirty_count;
};

/**
 * struct xenmig_domctl_getpageframeinfo3 - what frames are
 * @num: frames, at most 1024
 * @array: address of 64-bit words: gfns in, types in bits 31..28 out
 *
 * Xen advances both when it is preempted: garbage after the call.
 * Xen: arch_do_domctl(), XEN_DOMCTL_getpageframeinfo3.
 */
struct xenmig_domctl_getpageframeinfo3 {
	u64 num;
	u64 array;
};

#define XENMIG_PFINFO_SHIFT	28

#define XENMIG_SCHEDULER_CREDIT		5
#define XENMIG_SCHEDULER_CREDIT2	6
#define XENMIG_SCHEDOP_putinfo		0
#define XENMIG_SCHEDOP_getinfo		1

/**
 * struct xenmig_domctl_scheduler_op - a domain's share of the CPUs
 * @sched_id: scheduler of the domain, XENMIG_SCHEDULER_*; any other is refused
 * @cmd: XENMIG_SCHEDOP_*
 * @weight: its share, in proportion
 * @cap: most CPU time, in percent of one CPU; 0 for no limit
 * @pad: the other schedulers' parameters are longer
 *
 * Xen: struct xen_domctl_scheduler_op, public/domctl.h; csched_dom_cntl() and
 * csched2_dom_cntl(), whose parameters have the same layout.
 */
struct xenmig_domctl_scheduler_op {
	u32 sched_id;
	u32 cmd;
	u16 weight;
	u16 cap;
	u32 pad[3];
};

/**
 * struct xenmig_bitmap - a bitmap that Xen reads or writes
 * @bitmap: its address; bit n is bit n % 8 of octet n / 8
 * @nr_bits: bits; of those that Xen has more of the first ones count, what it has fewer of is 0
 * @pad: padding
 *
 * Xen: struct xenctl_bitmap, public/xen.h.
 */
struct xenmig_bitmap {
	u64 bitmap;
	u32 nr_bits;
	u32 pad;
};

#define XENMIG_AFFINITY_HARD		(1U << 0)
#define XENMIG_AFFINITY_SOFT		(1U << 1)

/**
 * struct xenmig_domctl_vcpuaffinity - the CPUs of a vCPU
 * @vcpu: which
 * @flags: XENMIG_AFFINITY_*: which of the two bitmaps
 * @hard: CPUs that it may run on; out: when set, those of its CPU pool of them
 * @soft: CPUs that it runs on rather than on others; out: likewise, and of @hard
 *
 * Xen: struct xen_domctl_vcpuaffinity, public/domctl.h; vcpu_affinity_domctl().
 */
struct xenmig_domctl_vcpuaffinity {
	u32 vcpu;
	u32 flags;
	struct xenmig_bitmap hard;
	struct xenmig_bitmap soft;
};

/**
 * struct xenmig_domctl - argument of the domctl hypercall
 * @cmd: XENMIG_DOMCTL_*
 * @interface_version: the hypervisor's very version, else -EACCES
 * @domain: domain id; createdomain: which, XENMIG_DOMID_ANY for any; out: which it became
 * @pad: padding
 * @u: by command; what is not used is zero
 * @u.getdomaininfo: getdomaininfo
 * @u.createdomain: createdomain, domctl below 0x17
 * @u.createdomain_4_19: createdomain, domctl from 0x17 on
 * @u.shadow_op: shadow_op
 * @u.getpageframeinfo3: getpageframeinfo3
 * @u.hvmcontext: gethvmcontext, sethvmcontext
 * @u.tsc_info: gettscinfo, settscinfo
 * @u.cpu_policy: get_cpu_policy, set_cpu_policy
 * @u.vcpucontext: getvcpucontext, setvcpucontext
 * @u.vcpuinfo: getvcpuinfo
 * @u.ext_vcpucontext: get_ext_vcpucontext, set_ext_vcpucontext
 * @u.vcpuextstate: getvcpuextstate, setvcpuextstate
 * @u.vcpu_msrs: get_vcpu_msrs, set_vcpu_msrs
 * @u.address_bits: get_address_size
 * @u.scheduler_op: scheduler_op
 * @u.affinity: getvcpuaffinity, setvcpuaffinity
 * @u.max_memkb: max_mem, in KiB
 * @u.paging_bytes: get and set_paging_mempool_size, in bytes
 * @u.max_vcpus: max_vcpus
 * @u.subscribe_port: subscribe
 * @u.time_offset: settimeoffset, in seconds
 * @u.raw: size of the union in Xen
 */
struct xenmig_domctl {
	u32 cmd;
	u32 interface_version;
	u16 domain;
	u16 pad[3];
	union {
		struct xenmig_domctl_getdomaininfo getdomaininfo;
		struct xenmig_domctl_createdomain createdomain;
		struct xenmig_domctl_createdomain_4_19 createdomain_4_19;
		struct xenmig_domctl_shadow_op shadow_op;
		struct xenmig_domctl_getpageframeinfo3 getpageframeinfo3;
		struct xenmig_domctl_hvmcontext hvmcontext;
		struct xenmig_domctl_tsc_info tsc_info;
		struct xenmig_domctl_cpu_policy cpu_policy;
		struct xenmig_domctl_vcpucontext vcpucontext;
		struct xenmig_domctl_getvcpuinfo vcpuinfo;
		struct xenmig_domctl_ext_vcpucontext ext_vcpucontext;
		struct xenmig_domctl_vcpuextstate vcpuextstate;
		struct xenmig_domctl_vcpu_msrs vcpu_msrs;
		struct xenmig_domctl_scheduler_op scheduler_op;
		struct xenmig_domctl_vcpuaffinity affinity;
		u32 address_bits;
		u64 max_memkb;
		u64 paging_bytes;
		u32 max_vcpus;
		u32 subscribe_port;
		s64 time_offset;
		u8 raw[128];
	} u;
};

#endif /* _XENMIG_ABI_DOMCTL_H */
