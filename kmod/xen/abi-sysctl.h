/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Xen's tool interface, sysctl: what is asked of the host. See abi.h. */
#ifndef _XENMIG_ABI_SYSCTL_H
#define _XENMIG_ABI_SYSCTL_H

#include <linux/types.h>
#include "xen/abi-domctl.h"

/* sysctl commands */
#define XENMIG_SYSCTL_physinfo			3
#define XENMIG_SYSCTL_getdomaininfolist		6
#define XENMIG_SYSCTL_cpupool_op		18
#define XENMIG_SYSCTL_get_cpu_policy		29

/* sysctl cpu_policy.index: the most that a PV guest, and an HVM or PVH guest, can have */
#define XENMIG_CPU_POLICY_PV_MAX		2
#define XENMIG_CPU_POLICY_HVM_MAX		3

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

#endif /* _XENMIG_ABI_SYSCTL_H */
