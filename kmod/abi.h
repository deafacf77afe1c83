/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The part of Xen's tool interface (public/domctl.h, public/sysctl.h) that
 * this module uses and Linux has no header for. Layouts are the same from
 * Xen 4.17 to 4.22 but for createdomain, which has one struct per layout;
 * tests/unit/test-abi.c holds them against libxen-dev's headers.
 */
#ifndef _XENMIG_ABI_H
#define _XENMIG_ABI_H

#include <linux/types.h>

#define XENMIG_DOMID_SELF	0x7ff0U
#define XENMIG_DOMID_ANY	0x7ff5U	/* createdomain: choose one */
#define XENMIG_DOMID_FIRST_RESERVED 0x7ff0U

/* domctl commands */
#define XENMIG_DOMCTL_createdomain		1
#define XENMIG_DOMCTL_destroydomain		2
#define XENMIG_DOMCTL_pausedomain		3
#define XENMIG_DOMCTL_unpausedomain		4
#define XENMIG_DOMCTL_getdomaininfo		5
#define XENMIG_DOMCTL_shadow_op			10
#define XENMIG_DOMCTL_max_mem			11
#define XENMIG_DOMCTL_setvcpucontext		12
#define XENMIG_DOMCTL_getvcpucontext		13
#define XENMIG_DOMCTL_max_vcpus			15
#define XENMIG_DOMCTL_resumedomain		27
#define XENMIG_DOMCTL_gethvmcontext		33
#define XENMIG_DOMCTL_sethvmcontext		34
#define XENMIG_DOMCTL_gettscinfo		59
#define XENMIG_DOMCTL_settscinfo		60
#define XENMIG_DOMCTL_getpageframeinfo3		61
#define XENMIG_DOMCTL_get_cpu_policy		82
#define XENMIG_DOMCTL_set_cpu_policy		83
#define XENMIG_DOMCTL_get_paging_mempool_size	85
#define XENMIG_DOMCTL_set_paging_mempool_size	86

/* sysctl commands */
#define XENMIG_SYSCTL_physinfo			3
#define XENMIG_SYSCTL_getdomaininfolist		6
#define XENMIG_SYSCTL_get_cpu_policy		29

#define XENMIG_DOMINF_DYING		(1U << 0)
#define XENMIG_DOMINF_HVM		(1U << 1)
#define XENMIG_DOMINF_SHUTDOWN		(1U << 2)
#define XENMIG_DOMINF_PAUSED		(1U << 3)
#define XENMIG_DOMINF_HAP		(1U << 8)
#define XENMIG_DOMINF_SHUTDOWN_SHIFT	16
#define XENMIG_DOMINF_SHUTDOWN_MASK	255U

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

/* Xen 4.17 and 4.18 (domctl 0x15, 0x16) */
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

/* Xen 4.19 and later (domctl 0x17, 0x18): a word for altp2m came in */
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

struct xenmig_domctl_getpageframeinfo3 {
	u64 num;
	u64 array;
};

#define XENMIG_PFINFO_SHIFT	28

struct xenmig_domctl_hvmcontext {
	u32 size;
	u32 pad;
	u64 buffer;
};

struct xenmig_domctl_tsc_info {
	u32 tsc_mode;
	u32 gtsc_khz;
	u32 incarnation;
	u32 pad;
	u64 elapsed_nsec;
};

struct xenmig_domctl_cpu_policy {
	u32 nr_leaves;
	u32 nr_msrs;
	u64 leaves;
	u64 msrs;
	u32 err_leaf;
	u32 err_subleaf;
	u32 err_msr;
	u32 pad;
};

struct xenmig_cpuid_leaf {
	u32 leaf, subleaf;
	u32 a, b, c, d;
};

struct xenmig_msr_entry {
	u32 idx;
	u32 flags;
	u64 val;
};

struct xenmig_domctl_vcpucontext {
	u32 vcpu;
	u32 pad;
	u64 ctxt;
};

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
		u64 max_memkb;
		u64 paging_bytes;
		u32 max_vcpus;
		u8 raw[128];
	} u;
};

struct xenmig_sysctl_physinfo {
	u32 threads_per_core;
	u32 cores_per_socket;
	u32 nr_cpus;
	u32 max_cpu_id;
	u32 nr_nodes;
	u32 max_node_id;
	u32 cpu_khz;
	u32 capabilities;
	u32 arch_capabilities;
	u32 pad;
	u64 total_pages;
	u64 free_pages;
	u64 scrub_pages;
	u64 outstanding_pages;
	u64 max_mfn;
	u32 hw_cap[8];
};

#define XENMIG_PHYSCAP_GNTTAB_V2	(1U << 9)

struct xenmig_sysctl_getdomaininfolist {
	u16 first_domain;
	u16 pad1;
	u32 max_domains;
	u64 buffer;
	u32 num_domains;
	u32 pad2;
};

struct xenmig_sysctl_cpu_policy {
	u32 index;
	u32 nr_leaves;
	u32 nr_msrs;
	u32 reserved;
	u64 leaves;
	u64 msrs;
};

struct xenmig_sysctl {
	u32 cmd;
	u32 interface_version;
	union {
		struct xenmig_sysctl_physinfo physinfo;
		struct xenmig_sysctl_getdomaininfolist getdomaininfolist;
		struct xenmig_sysctl_cpu_policy cpu_policy;
		u8 raw[128];
	} u;
};

#endif /* _XENMIG_ABI_H */
