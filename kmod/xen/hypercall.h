/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every hypercall the module makes on a domain or on the host. Nothing else
 * in the module knows a hypercall number but window.c, which edits dom0's own
 * page tables. Functions return 0 or a negative errno as Xen gave it, and may
 * sleep for as long as Xen works (CLEAN, destroy: seconds). hypercall.c makes the calls,
 * and says which errors there are; what is asked is in the files named below.
 */
#ifndef _XENMIG_HYPERCALL_H
#define _XENMIG_HYPERCALL_H

#include <linux/bitmap.h>
#include <linux/types.h>
#include "xen/abi.h"
#include "xen/cpu.h"

/**
 * struct xenmig_dom - a domain that hypercalls are made on
 * @id: domain id
 * @hypercalls: how many were made through this handle, for the statistics
 *
 * No lock: a handle belongs to one thread. A session's is its thread's; commands
 * make one of their own for the same domain. It keeps nothing alive: a domain may
 * be destroyed, and its id used again, at any time.
 */
struct xenmig_dom {
	u16 id;
	u64 hypercalls;
};

/**
 * struct xenmig_creation - what every caller of createdomain has to say, whatever Xen's version
 * @uuid: handle
 * @flags: enum xenmig_create
 * @ssidref: XSM label
 * @vcpus: vCPUs
 * @evtchn_ports: highest event channel port
 * @grant_frames: most grant table frames, -1 for the host's default
 * @maptrack_frames: most maptrack frames, -1 for the host's default
 * @grant_version: highest grant table version, 1 or 2
 * @cpupool: CPU pool
 * @emulation_flags: XENMIG_EMU_*
 * @misc_flags: XEN_X86_MSR_RELAXED and successors
 */
struct xenmig_creation {
	u8 uuid[16];
	u32 flags;		/* enum xenmig_create bits of the UAPI */
	u32 ssidref;
	u32 vcpus;
	u32 evtchn_ports;
	s32 grant_frames;
	s32 maptrack_frames;
	u32 grant_version;
	u32 cpupool;
	u32 emulation_flags;
	u32 misc_flags;
};

/**
 * struct xenmig_share - what a scheduler gives a domain
 * @scheduler: XENMIG_SCHEDULER_*; 0 for one that has neither weights nor caps that we know
 * @weight: its share, in proportion
 * @cap: most CPU time, in percent of one CPU; 0 for no limit
 */
struct xenmig_share {
	u32 scheduler;
	u32 weight;
	u32 cap;
};

#define XENMIG_CPUS_MAX		1024

/**
 * struct xenmig_affinity - the CPUs of a vCPU
 * @flags: XENMIG_AFFINITY_*: which of the two are known, or are to be set
 * @hard: CPUs that it may run on
 * @soft: CPUs that it runs on rather than on others
 */
struct xenmig_affinity {
	u32 flags;
	DECLARE_BITMAP(hard, XENMIG_CPUS_MAX);
	DECLARE_BITMAP(soft, XENMIG_CPUS_MAX);
};

/* For the files that make hypercalls. */
int xenmig_dom_call(struct xenmig_dom *dom, u32 cmd, struct xenmig_domctl *op);
int xenmig_host_call(u32 cmd, struct xenmig_sysctl *op);
int xenmig_dom_call_alive(struct xenmig_dom *dom, u32 cmd, struct xenmig_domctl *op);
int xenmig_dom_memory_op(struct xenmig_dom *dom, u32 cmd, void *arg);

int xenmig_hypercall_init(void);
const char *xenmig_hypercall_refusal(void);
u32 xenmig_xen_major(void);
u32 xenmig_xen_minor(void);
u32 xenmig_xen_domctl(void);

/* The host: host.c, cpupolicy.c */
int xenmig_host_info(struct xenmig_sysctl_physinfo *info);
int xenmig_host_read_policy(u32 index, struct xenmig_cpu_policy *policy);
void xenmig_policy_free(struct xenmig_cpu_policy *policy);
int xenmig_host_domains(u16 first, struct xenmig_domctl_getdomaininfo *list, u32 max);

/* A domain's life: life.c; -ESRCH when there is none of that very id. */
int xenmig_dom_info(struct xenmig_dom *dom, struct xenmig_domctl_getdomaininfo *info);
int xenmig_dom_create(struct xenmig_dom *dom, const struct xenmig_creation *create);
int xenmig_dom_destroy(struct xenmig_dom *dom);
int xenmig_dom_pause(struct xenmig_dom *dom);
int xenmig_dom_unpause(struct xenmig_dom *dom);
int xenmig_dom_resume(struct xenmig_dom *dom);
int xenmig_dom_suspend(struct xenmig_dom *dom);
int xenmig_dom_suspend_port(struct xenmig_dom *dom, u32 port);
int xenmig_dom_set_vcpus(struct xenmig_dom *dom, u32 vcpus);

/* When and where its vCPUs run: schedule.c */
int xenmig_dom_get_share(struct xenmig_dom *dom, struct xenmig_share *share);
int xenmig_dom_set_share(struct xenmig_dom *dom, const struct xenmig_share *share);
int xenmig_dom_get_affinity(struct xenmig_dom *dom, u32 vcpu, struct xenmig_affinity *affinity);
int xenmig_dom_set_affinity(struct xenmig_dom *dom, u32 vcpu,
			    const struct xenmig_affinity *affinity);
int xenmig_host_cpus(unsigned long *cpus);

/* Memory: memory.c */
int xenmig_dom_set_max_kib(struct xenmig_dom *dom, u64 kib);
int xenmig_dom_claim(struct xenmig_dom *dom, u64 pages);
int xenmig_dom_paging_bytes(struct xenmig_dom *dom, u64 *bytes);
int xenmig_dom_set_paging_bytes(struct xenmig_dom *dom, u64 bytes);
int xenmig_dom_max_gfn(struct xenmig_dom *dom, u64 *gfn);
int xenmig_dom_pod_entries(struct xenmig_dom *dom, u64 *entries);
int xenmig_dom_page_types(struct xenmig_dom *dom, u64 *frames, u32 count);
int xenmig_dom_populate(struct xenmig_dom *dom, u64 *gfns, u32 count, u32 order);
int xenmig_dom_depopulate(struct xenmig_dom *dom, u64 *gfns, u32 count);
bool xenmig_mfn_pfn(u64 mfn, u64 *pfn);

#define XENMIG_MARK_MAX		16

/* Log-dirty mode: memory.c */
int xenmig_dom_logdirty_on(struct xenmig_dom *dom);
int xenmig_dom_logdirty_off(struct xenmig_dom *dom);
int xenmig_dom_logdirty_clean(struct xenmig_dom *dom, unsigned long *bits, u64 nr, bool final);
int xenmig_dom_mark(struct xenmig_dom *dom, const u64 *gfns, u32 count);
int xenmig_dom_logdirty_count(struct xenmig_dom *dom, u64 nr, u32 *dirty);

/* Machine state: cpupolicy.c, machine.c */
int xenmig_dom_read_policy(struct xenmig_dom *dom, struct xenmig_cpu_policy *policy);
int xenmig_dom_set_policy(struct xenmig_dom *dom, const struct xenmig_cpu_policy *policy,
			  u32 *err_leaf, u32 *err_subleaf, u32 *err_msr);
int xenmig_dom_get_tsc(struct xenmig_dom *dom, struct xenmig_domctl_tsc_info *tsc);
int xenmig_dom_set_tsc(struct xenmig_dom *dom, const struct xenmig_domctl_tsc_info *tsc);
int xenmig_dom_get_context(struct xenmig_dom *dom, void *buf, u32 *size);
int xenmig_dom_set_context(struct xenmig_dom *dom, const void *buf, u32 size);
int xenmig_dom_get_param(struct xenmig_dom *dom, u32 index, u64 *value);
int xenmig_dom_set_param(struct xenmig_dom *dom, u32 index, u64 value);
int xenmig_dom_set_time_offset(struct xenmig_dom *dom, s64 seconds);

/* Event channels and grants: grants.c */
int xenmig_dom_alloc_port(struct xenmig_dom *dom, u16 remote, u32 *port);
int xenmig_dom_grant_limits(struct xenmig_dom *dom, u32 *frames, u32 *max_frames, u32 *version);
int xenmig_dom_grant_frame(struct xenmig_dom *dom, u32 index, u64 *mfn);

#endif /* _XENMIG_HYPERCALL_H */
