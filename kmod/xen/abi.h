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

/* sysctl commands */
#define XENMIG_SYSCTL_physinfo			3
#define XENMIG_SYSCTL_getdomaininfolist		6
#define XENMIG_SYSCTL_cpupool_op		18
#define XENMIG_SYSCTL_get_cpu_policy		29

/* sysctl cpu_policy.index: the most that a PV guest, and an HVM or PVH guest, can have */
#define XENMIG_CPU_POLICY_PV_MAX		2
#define XENMIG_CPU_POLICY_HVM_MAX		3

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

/**
 * struct xenmig_domctl_hvmcontext - HVM context
 * @size: bytes of the buffer; out: bytes needed or used
 * @pad: padding
 * @buffer: its address; 0: only ask for the size
 */
struct xenmig_domctl_hvmcontext {
	u32 size;
	u32 pad;
	u64 buffer;
};

/**
 * struct xenmig_domctl_tsc_info - TSC of a domain
 * @tsc_mode: 0 default, 1 always emulated, 2 never emulated
 * @gtsc_khz: frequency in kHz
 * @incarnation: times it was moved or restored; Xen adds one when it is set
 * @pad: padding
 * @elapsed_nsec: time of the domain in ns
 *
 * Xen: tsc_get_info() and tsc_set_info(); 0 for frequency and time means new.
 */
struct xenmig_domctl_tsc_info {
	u32 tsc_mode;
	u32 gtsc_khz;
	u32 incarnation;
	u32 pad;
	u64 elapsed_nsec;
};

/**
 * struct xenmig_domctl_cpu_policy - CPU policy of a domain
 * @nr_leaves: room for leaves; out: leaves used
 * @nr_msrs: likewise
 * @leaves: address of struct xenmig_cpuid_leaf
 * @msrs: address of struct xenmig_msr_entry
 * @err_leaf: out, on failure to set: CPUID leaf that was refused, all ones for none
 * @err_subleaf: its subleaf
 * @err_msr: MSR that was refused, all ones for none
 * @pad: padding
 */
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

/**
 * struct xenmig_cpuid_leaf - a CPUID leaf, in Xen and in the stream
 * @leaf: leaf
 * @subleaf: subleaf; all ones where the leaf has none
 * @a: eax
 * @b: ebx
 * @c: ecx
 * @d: edx
 */
struct xenmig_cpuid_leaf {
	u32 leaf, subleaf;
	u32 a, b, c, d;
};

/**
 * struct xenmig_msr_entry - an MSR, in Xen and in the stream
 * @idx: its number
 * @flags: 0
 * @val: value
 */
struct xenmig_msr_entry {
	u32 idx;
	u32 flags;
	u64 val;
};

/**
 * struct xenmig_domctl_vcpucontext - registers of a vCPU
 * @vcpu: which
 * @pad: padding
 * @ctxt: address of struct vcpu_guest_context
 */
struct xenmig_domctl_vcpucontext {
	u32 vcpu;
	u32 pad;
	u64 ctxt;
};

/**
 * struct xenmig_domctl_getvcpuinfo - state of a vCPU
 * @vcpu: which
 * @online: out: it is
 * @blocked: out
 * @running: out
 * @pad: padding
 * @cpu_time: out, ns
 * @cpu: out: where it runs
 * @pad2: padding
 */
struct xenmig_domctl_getvcpuinfo {
	u32 vcpu;
	u8 online;
	u8 blocked;
	u8 running;
	u8 pad;
	u64 cpu_time;
	u32 cpu;
	u32 pad2;
};

/**
 * struct xenmig_domctl_ext_vcpucontext - the head of a vCPU's extended context
 * @vcpu: which
 * @size: octets of all of it, with these two; 128 at most
 */
struct xenmig_domctl_ext_vcpucontext {
	u32 vcpu;
	u32 size;
};

/**
 * struct xenmig_domctl_vcpuextstate - xsave state of a vCPU
 * @vcpu: which
 * @pad: padding
 * @xfeature_mask: out, when asked for the size: 0 where there is none; set: not looked at
 * @size: octets of the buffer; out: octets needed
 * @buffer: its address; 0: only ask for the size
 */
struct xenmig_domctl_vcpuextstate {
	u32 vcpu;
	u32 pad;
	u64 xfeature_mask;
	u64 size;
	u64 buffer;
};

/**
 * struct xenmig_domctl_vcpu_msrs - MSRs of a vCPU
 * @vcpu: which
 * @count: room for MSRs, or how many to set; out: how many there are
 * @msrs: address of 16 octets for each; 0: only ask for the most there can be
 */
struct xenmig_domctl_vcpu_msrs {
	u32 vcpu;
	u32 count;
	u64 msrs;
};

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

/**
 * struct xenmig_sysctl_physinfo - the host
 * @threads_per_core: threads of a core
 * @cores_per_socket: cores of a socket
 * @nr_cpus: CPUs online
 * @max_cpu_id: highest CPU number
 * @nr_nodes: nodes online
 * @max_node_id: highest node number
 * @cpu_khz: frequency of the TSC in kHz
 * @capabilities: XENMIG_PHYSCAP_*
 * @arch_capabilities: of the architecture
 * @pad: padding
 * @total_pages: memory in frames of 4 KiB
 * @free_pages: free frames, claimed ones included
 * @scrub_pages: frames to be scrubbed
 * @outstanding_pages: frames claimed and not allocated yet
 * @max_mfn: highest machine frame
 * @hw_cap: CPUID words of the boot CPU
 */
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

/**
 * struct xenmig_sysctl_getdomaininfolist - domains in ascending order
 * @first_domain: lowest id wanted
 * @pad1: padding
 * @max_domains: room in the buffer
 * @buffer: address of struct xenmig_domctl_getdomaininfo
 * @num_domains: out: how many there are in it
 * @pad2: padding
 */
struct xenmig_sysctl_getdomaininfolist {
	u16 first_domain;
	u16 pad1;
	u32 max_domains;
	u64 buffer;
	u32 num_domains;
	u32 pad2;
};

/**
 * struct xenmig_sysctl_cpu_policy - a CPU policy of the host
 * @index: which, 0 for raw
 * @nr_leaves: room for leaves; out: leaves used, or with @leaves 0: most there can be
 * @nr_msrs: likewise
 * @reserved: 0
 * @leaves: address of struct xenmig_cpuid_leaf, or 0
 * @msrs: address of struct xenmig_msr_entry, or 0
 */
struct xenmig_sysctl_cpu_policy {
	u32 index;
	u32 nr_leaves;
	u32 nr_msrs;
	u32 reserved;
	u64 leaves;
	u64 msrs;
};

#define XENMIG_CPUPOOL_OP_INFO		3

/**
 * struct xenmig_sysctl_cpupool_op - a CPU pool
 * @op: XENMIG_CPUPOOL_OP_INFO
 * @cpupool_id: which; out: the next higher one where there is none of that number
 * @sched_id: out: its scheduler
 * @domid: 0
 * @cpu: 0
 * @n_dom: out: domains in it
 * @cpumap: CPUs of it that are online
 *
 * Xen: struct xen_sysctl_cpupool_op, public/sysctl.h.
 */
struct xenmig_sysctl_cpupool_op {
	u32 op;
	u32 cpupool_id;
	u32 sched_id;
	u32 domid;
	u32 cpu;
	u32 n_dom;
	struct xenmig_bitmap cpumap;
};

/**
 * struct xenmig_sysctl - argument of the sysctl hypercall
 * @cmd: XENMIG_SYSCTL_*
 * @interface_version: the hypervisor's very version, else -EACCES
 * @u: by command; what is not used is zero
 * @u.physinfo: physinfo
 * @u.getdomaininfolist: getdomaininfolist
 * @u.cpu_policy: get_cpu_policy
 * @u.cpupool_op: cpupool_op
 * @u.raw: size of the union in Xen
 */
struct xenmig_sysctl {
	u32 cmd;
	u32 interface_version;
	union {
		struct xenmig_sysctl_physinfo physinfo;
		struct xenmig_sysctl_getdomaininfolist getdomaininfolist;
		struct xenmig_sysctl_cpu_policy cpu_policy;
		struct xenmig_sysctl_cpupool_op cpupool_op;
		u8 raw[128];
	} u;
};

#define XENMIG_DMOP_modified_memory		11

/**
 * struct xenmig_dm_op - first buffer of the dm_op hypercall
 * @op: XENMIG_DMOP_modified_memory
 * @pad: 0
 * @nr_extents: extents in the second buffer
 * @opaque: 0; Xen's own
 *
 * No longer than this operation needs: Xen takes what it is given (dm.c, op_size).
 */
struct xenmig_dm_op {
	u32 op;
	u32 pad;
	u32 nr_extents;
	u32 opaque;
};

/**
 * struct xenmig_dm_extent - frames that were modified
 * @nr: how many
 * @pad: 0
 * @first: number of the first
 */
struct xenmig_dm_extent {
	u32 nr;
	u32 pad;
	u64 first;
};

/**
 * struct xenmig_dm_buf - a buffer of the dm_op hypercall
 * @addr: its address
 * @size: octets
 */
struct xenmig_dm_buf {
	u64 addr;
	u64 size;
};

/**
 * struct xenmig_vcpu_context - registers of a vCPU of a 64-bit PV guest
 * @fpu: FPU and SSE state
 * @flags: XENMIG_VGCF_*
 * @r15: and so on, the registers as they were at its last entry into Xen
 * @rip: and so on, to the selectors
 * @traps: virtual IDT
 * @ldt_base: where its LDT is
 * @ldt_ents: entries of it
 * @gdt_frames: machine frames of its GDT
 * @gdt_ents: entries of it, of which a page has 512
 * @kernel_ss: stack of the kernel
 * @kernel_sp: likewise
 * @ctrlreg: control registers: 3 is the root of the kernel's page tables, 1 that of the
 * user's; the machine frame is in bits 12 and up
 * @debugreg: debug registers
 * @callbacks: entry points, VM assists and segment bases
 *
 * Xen: struct vcpu_guest_context, public/arch-x86/xen.h.
 */
struct xenmig_vcpu_context {
	u8 fpu[512];
	u64 flags;
	u64 r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
	u64 rip[10];
	u8 traps[4096];
	u64 ldt_base;
	u64 ldt_ents;
	u64 gdt_frames[16];
	u64 gdt_ents;
	u64 kernel_ss;
	u64 kernel_sp;
	u64 ctrlreg[8];
	u64 debugreg[8];
	u64 callbacks[7];
};

#define XENMIG_VGCF_ONLINE	(1U << 5)
#define XENMIG_MAX_GDT_ENTRIES	(14 * 512)	/* the rest is Xen's */

/**
 * struct xenmig_shared_info - page that a 64-bit PV guest shares with Xen
 * @vcpu_info: of its first vCPUs
 * @evtchn_pending: event channels with an event
 * @evtchn_mask: event channels that may not interrupt
 * @wallclock: time at which the system time was 0
 * @max_pfn: frames of its p2m
 * @p2m_tree: machine frame of the root of the p2m as a tree, all ones or 0 for none
 * @nmi_reason: of an NMI
 * @p2m_cr3: root of page tables that map the p2m as a list, 0 for none
 * @p2m_vaddr: where they map it
 * @p2m_generation: changed before and after that mapping changes
 *
 * Xen: struct shared_info, public/xen.h.
 */
struct xenmig_shared_info {
	struct xenmig_vcpu_info {
		u64 upcall;
		u64 evtchn_pending_sel;
		u64 rest[6];
	} vcpu_info[32];
	u64 evtchn_pending[64];
	u64 evtchn_mask[64];
	u32 wallclock[4];
	u64 max_pfn;
	u64 p2m_tree;
	u64 nmi_reason;
	u64 p2m_cr3;
	u64 p2m_vaddr;
	u64 p2m_generation;
};

/**
 * struct xenmig_start_info - page that tells a 64-bit PV guest of its domain, the part of it
 * that a suspended guest expects anew
 * @magic: "xen-3.0-x86_64"
 * @nr_pages: frames of the guest
 * @shared_info: machine address of its struct xenmig_shared_info
 * @flags: of its boot
 * @pad1: padding
 * @store_mfn: machine frame of the xenstore ring; the guest's own number while suspended
 * @store_evtchn: event channel of it
 * @pad2: padding
 * @console_mfn: likewise of the console ring
 * @console_evtchn: event channel of it
 *
 * Xen: struct start_info, public/xen.h.
 */
struct xenmig_start_info {
	u8 magic[32];
	u64 nr_pages;
	u64 shared_info;
	u32 flags;
	u32 pad1;
	u64 store_mfn;
	u32 store_evtchn;
	u32 pad2;
	u64 console_mfn;
	u32 console_evtchn;
};

#endif /* _XENMIG_ABI_H */
