// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hypercalls on domains and on the host. domctl and sysctl want their very
 * interface version: it is probed once with a harmless call over the versions
 * that this module knows (Xen, public/domctl.h and public/sysctl.h).
 */
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <uapi/linux/xenmig.h>
#include <xen/interface/xen.h>
#include <xen/interface/event_channel.h>
#include <xen/interface/grant_table.h>
#include <xen/interface/hvm/hvm_op.h>
#include <xen/interface/hvm/params.h>
#include <xen/interface/memory.h>
#include <xen/interface/version.h>
#include <xen/page.h>
#include <xen/xen-ops.h>
#include <asm/xen/hypercall.h>

#include "hypercall.h"
#include "xenmig/wire.h"

/* memory_op commands that Linux's header does not declare (public/memory.h). */
#define MEMOP_maximum_gpfn	14
#define MEMOP_get_pod_target	17
#define MEMOP_claim_pages	24

/* Of the versions we know, the newest first. */
static const u32 domctl_versions[] = { 0x18, 0x17, 0x16, 0x15 };
static const u32 sysctl_versions[] = { 0x16, 0x15 };

static u32 xen_version;
static u32 domctl_version;
static u32 sysctl_version;

static_assert(sizeof(struct xenmig_domctl) == 144);
static_assert(sizeof(struct xenmig_sysctl) == 136);
static_assert(sizeof(struct xenmig_domctl_getdomaininfo) == 112);
static_assert(sizeof(struct vcpu_guest_context) == 5168);

static int tool_call(u32 number, void *op)
{
	int err;

	xen_preemptible_hcall_begin();
	err = privcmd_call(number, (unsigned long)op, 0, 0, 0, 0);
	xen_preemptible_hcall_end();
	return err;
}

static int domctl(struct xenmig_dom *dom, u32 cmd, struct xenmig_domctl *op)
{
	op->cmd = cmd;
	op->interface_version = domctl_version;
	op->domain = dom->id;
	dom->hypercalls++;
	return tool_call(__HYPERVISOR_domctl, op);
}

static int sysctl(u32 cmd, struct xenmig_sysctl *op)
{
	op->cmd = cmd;
	op->interface_version = sysctl_version;
	return tool_call(__HYPERVISOR_sysctl, op);
}

static int memory_op(struct xenmig_dom *dom, u32 cmd, void *arg)
{
	int ret;

	dom->hypercalls++;
	xen_preemptible_hcall_begin();
	ret = HYPERVISOR_memory_op(cmd, arg);
	xen_preemptible_hcall_end();
	return ret;
}

static int probe_domctl(void)
{
	struct xenmig_dom dom0 = { .id = 0 };
	struct xenmig_domctl op;
	int i, err = -EACCES;

	for (i = 0; i < ARRAY_SIZE(domctl_versions) && err == -EACCES; i++) {
		memset(&op, 0, sizeof(op));
		domctl_version = domctl_versions[i];
		err = domctl(&dom0, XENMIG_DOMCTL_getdomaininfo, &op);
	}
	return err;
}

static int probe_sysctl(void)
{
	struct xenmig_sysctl op;
	int i, err = -EACCES;

	for (i = 0; i < ARRAY_SIZE(sysctl_versions) && err == -EACCES; i++) {
		memset(&op, 0, sizeof(op));
		sysctl_version = sysctl_versions[i];
		err = sysctl(XENMIG_SYSCTL_physinfo, &op);
	}
	return err;
}

/**
 * xenmig_hypercall_init - find out which hypervisor this is
 *
 * Return: 0, or -EACCES (also: a version that this module does not know),
 * -EPERM when this domain may not make tool hypercalls.
 */
int xenmig_hypercall_init(void)
{
	int err;

	xen_version = HYPERVISOR_xen_version(XENVER_version, NULL);
	err = probe_domctl();
	if (!err)
		err = probe_sysctl();
	return err;
}

u32 xenmig_xen_major(void)
{
	return xen_version >> 16;
}

u32 xenmig_xen_minor(void)
{
	return xen_version & 0xffff;
}

u32 xenmig_xen_domctl(void)
{
	return domctl_version;
}

int xenmig_host_info(struct xenmig_sysctl_physinfo *info)
{
	struct xenmig_sysctl op = {};
	int err;

	err = sysctl(XENMIG_SYSCTL_physinfo, &op);
	if (!err)
		*info = op.u.physinfo;
	return err;
}

int xenmig_host_policy_size(u32 *nr_leaves, u32 *nr_msrs)
{
	struct xenmig_sysctl op = {};
	int err;

	err = sysctl(XENMIG_SYSCTL_get_cpu_policy, &op);
	*nr_leaves = op.u.cpu_policy.nr_leaves;
	*nr_msrs = op.u.cpu_policy.nr_msrs;
	return err;
}

int xenmig_host_domains(u16 first, struct xenmig_domctl_getdomaininfo *list, u32 max)
{
	struct xenmig_sysctl op = {
		.u.getdomaininfolist = {
			.first_domain = first,
			.max_domains = max,
			.buffer = (unsigned long)list,
		},
	};
	int err;

	err = sysctl(XENMIG_SYSCTL_getdomaininfolist, &op);
	return err ?: (int)op.u.getdomaininfolist.num_domains;
}

/* Xen 4.17 answers with the next higher domain where there is none of that id. */
int xenmig_dom_info(struct xenmig_dom *dom, struct xenmig_domctl_getdomaininfo *info)
{
	struct xenmig_domctl op = {};
	int err;

	err = domctl(dom, XENMIG_DOMCTL_getdomaininfo, &op);
	if (err)
		return err;
	if (op.u.getdomaininfo.domain != dom->id)
		return -ESRCH;
	*info = op.u.getdomaininfo;
	return 0;
}

static u32 create_flags(u32 flags)
{
	return (flags & XENMIG_CREATE_HVM ? XENMIG_CDF_HVM : 0) |
	       (flags & XENMIG_CREATE_HAP ? XENMIG_CDF_HAP : 0) |
	       (flags & XENMIG_CREATE_OOS_OFF ? XENMIG_CDF_OOS_OFF : 0) |
	       (flags & XENMIG_CREATE_NESTED_VIRT ? XENMIG_CDF_NESTED_VIRT : 0) |
	       (flags & XENMIG_CREATE_VPMU ? XENMIG_CDF_VPMU : 0);
}

/* The two layouts differ in one word before vmtrace_size. */
#define fill_create(c, create) do {						\
	(c)->ssidref = (create)->ssidref;					\
	memcpy((c)->handle, (create)->uuid, sizeof((c)->handle));		\
	(c)->flags = create_flags((create)->flags);				\
	(c)->max_vcpus = (create)->vcpus;					\
	(c)->max_evtchn_port = (create)->evtchn_ports;				\
	(c)->max_grant_frames = (create)->grant_frames;				\
	(c)->max_maptrack_frames = (create)->maptrack_frames;			\
	(c)->grant_opts = (create)->grant_version;				\
	(c)->cpupool_id = (create)->cpupool;					\
	(c)->emulation_flags = (create)->emulation_flags;			\
	(c)->misc_flags = (create)->misc_flags;					\
} while (0)

/**
 * xenmig_dom_create - create a domain, paused and empty
 * @dom: takes the new domain's id
 * @create: what to create
 *
 * Return: 0 or what Xen says; -EINVAL and -EOPNOTSUPP for flags that this
 * hypervisor or host does not have.
 */
int xenmig_dom_create(struct xenmig_dom *dom, const struct xenmig_creation *create)
{
	struct xenmig_domctl op = {};
	int err;

	if (domctl_version >= 0x17)
		fill_create(&op.u.createdomain_4_19, create);
	else
		fill_create(&op.u.createdomain, create);
	dom->id = XENMIG_DOMID_ANY;
	err = domctl(dom, XENMIG_DOMCTL_createdomain, &op);
	if (!err)
		dom->id = op.domain;
	return err;
}

int xenmig_dom_destroy(struct xenmig_dom *dom)
{
	struct xenmig_domctl op = {};
	int err, tries = 1000;

	do {
		err = domctl(dom, XENMIG_DOMCTL_destroydomain, &op);
	} while (err == -EAGAIN && --tries);
	return err;
}

int xenmig_dom_unpause(struct xenmig_dom *dom)
{
	struct xenmig_domctl op = {};

	return domctl(dom, XENMIG_DOMCTL_unpausedomain, &op);
}

/*
 * The guest's SCHEDOP_shutdown(suspend) returns what rax holds: 1 is
 * "cancelled, you are where you were". A guest without a callback vector has
 * no PV drivers and did not call it (Xen, tools: xc_domain_resume_cooperative).
 */
static int set_suspend_cancelled(struct xenmig_dom *dom)
{
	struct xenmig_domctl op = {};
	struct vcpu_guest_context *ctxt;
	u64 callback;
	int err;

	err = xenmig_dom_get_param(dom, HVM_PARAM_CALLBACK_IRQ, &callback);
	if (err || !callback)
		return err;
	ctxt = kzalloc(sizeof(*ctxt), GFP_KERNEL | __GFP_NOFAIL);
	op.u.vcpucontext.ctxt = (unsigned long)ctxt;
	err = domctl(dom, XENMIG_DOMCTL_getvcpucontext, &op);
	if (!err) {
		ctxt->user_regs.rax = 1;
		memset(&op.u, 0, sizeof(op.u));
		op.u.vcpucontext.ctxt = (unsigned long)ctxt;
		err = domctl(dom, XENMIG_DOMCTL_setvcpucontext, &op);
	}
	kfree(ctxt);
	return err;
}

int xenmig_dom_resume(struct xenmig_dom *dom)
{
	struct xenmig_domctl op = {};
	int err;

	err = set_suspend_cancelled(dom);
	return err ?: domctl(dom, XENMIG_DOMCTL_resumedomain, &op);
}

int xenmig_dom_set_vcpus(struct xenmig_dom *dom, u32 vcpus)
{
	struct xenmig_domctl op = { .u.max_vcpus = vcpus };

	return domctl(dom, XENMIG_DOMCTL_max_vcpus, &op);
}

int xenmig_dom_set_max_kib(struct xenmig_dom *dom, u64 kib)
{
	struct xenmig_domctl op = { .u.max_memkb = kib };

	return domctl(dom, XENMIG_DOMCTL_max_mem, &op);
}

int xenmig_dom_claim(struct xenmig_dom *dom, u64 pages)
{
	struct xen_memory_reservation r = { .nr_extents = pages, .domid = dom->id };

	return memory_op(dom, MEMOP_claim_pages, &r);
}

int xenmig_dom_paging_bytes(struct xenmig_dom *dom, u64 *bytes)
{
	struct xenmig_domctl op = {};
	int err;

	err = domctl(dom, XENMIG_DOMCTL_get_paging_mempool_size, &op);
	*bytes = op.u.paging_bytes;
	return err;
}

int xenmig_dom_set_paging_bytes(struct xenmig_dom *dom, u64 bytes)
{
	struct xenmig_domctl op = { .u.paging_bytes = bytes };

	return domctl(dom, XENMIG_DOMCTL_set_paging_mempool_size, &op);
}

int xenmig_dom_max_gfn(struct xenmig_dom *dom, u64 *gfn)
{
	domid_t id = dom->id;
	long ret;

	dom->hypercalls++;
	ret = HYPERVISOR_memory_op(MEMOP_maximum_gpfn, &id);
	if (ret < 0)
		return ret;
	*gfn = ret;
	return 0;
}

int xenmig_dom_pod_entries(struct xenmig_dom *dom, u64 *entries)
{
	/* struct xen_pod_target of public/memory.h */
	struct {
		u64 target_pages, tot_pages, pod_cache_pages, pod_entries;
		domid_t domid;
	} pod = { .domid = dom->id };
	int err;

	err = memory_op(dom, MEMOP_get_pod_target, &pod);
	*entries = pod.pod_entries;
	return err;
}

/* Xen returns the type in bits 31..28 of each word and clears the rest. */
int xenmig_dom_page_types(struct xenmig_dom *dom, u64 *frames, u32 count)
{
	struct xenmig_domctl op = {
		.u.getpageframeinfo3 = { .num = count, .array = (unsigned long)frames },
	};
	int err;
	u32 i;

	err = domctl(dom, XENMIG_DOMCTL_getpageframeinfo3, &op);
	for (i = 0; !err && i < count; i++)
		frames[i] = frames[i] >> XENMIG_PFINFO_SHIFT & 0xf;
	return err;
}

static int reservation(struct xenmig_dom *dom, u32 cmd, u64 *gfns, u32 count, u32 order)
{
	struct xen_memory_reservation r = {
		.nr_extents = count,
		.extent_order = order,
		.domid = dom->id,
	};

	BUILD_BUG_ON(sizeof(xen_pfn_t) != sizeof(*gfns));
	set_xen_guest_handle(r.extent_start, (xen_pfn_t *)gfns);
	return memory_op(dom, cmd, &r);
}

int xenmig_dom_populate(struct xenmig_dom *dom, u64 *gfns, u32 count, u32 order)
{
	return reservation(dom, XENMEM_populate_physmap, gfns, count, order);
}

int xenmig_dom_depopulate(struct xenmig_dom *dom, u64 *gfns, u32 count)
{
	int ret = reservation(dom, XENMEM_decrease_reservation, gfns, count, 0);

	return ret == count ? 0 : ret < 0 ? ret : -EINVAL;
}

static int shadow_op(struct xenmig_dom *dom, struct xenmig_domctl *op)
{
	return domctl(dom, XENMIG_DOMCTL_shadow_op, op);
}

int xenmig_dom_logdirty_on(struct xenmig_dom *dom)
{
	struct xenmig_domctl op = { .u.shadow_op.op = XENMIG_SHADOW_OP_ENABLE_LOGDIRTY };

	return shadow_op(dom, &op);
}

int xenmig_dom_logdirty_off(struct xenmig_dom *dom)
{
	struct xenmig_domctl op = { .u.shadow_op.op = XENMIG_SHADOW_OP_OFF };

	return shadow_op(dom, &op);
}

/*
 * Xen 4.17 returns 0 for a dying domain and touches nothing: stats are
 * poisoned so that this shows as an error.
 */
int xenmig_dom_logdirty_clean(struct xenmig_dom *dom, unsigned long *bits, u64 nr, bool final)
{
	struct xenmig_domctl op = {
		.u.shadow_op = {
			.op = XENMIG_SHADOW_OP_CLEAN,
			.mode = final ? XENMIG_SHADOW_LOGDIRTY_FINAL : 0,
			.dirty_bitmap = (unsigned long)bits,
			.pages = nr,
			.fault_count = ~0U,
			.dirty_count = ~0U,
		},
	};
	int err;

	err = shadow_op(dom, &op);
	if (err)
		return err;
	if (op.u.shadow_op.fault_count == ~0U && op.u.shadow_op.dirty_count == ~0U)
		return -ESRCH;
	return op.u.shadow_op.pages == nr ? 0 : -EIO;
}

/* PEEK without a bitmap only returns the statistics. */
int xenmig_dom_logdirty_count(struct xenmig_dom *dom, u64 nr, u32 *dirty)
{
	struct xenmig_domctl op = {
		.u.shadow_op = { .op = XENMIG_SHADOW_OP_PEEK, .pages = nr },
	};
	int err;

	err = shadow_op(dom, &op);
	*dirty = op.u.shadow_op.dirty_count;
	return err;
}

int xenmig_dom_get_policy(struct xenmig_dom *dom, struct xenmig_cpu_policy *policy)
{
	struct xenmig_domctl op = {
		.u.cpu_policy = {
			.nr_leaves = policy->nr_leaves,
			.nr_msrs = policy->nr_msrs,
			.leaves = (unsigned long)policy->leaves,
			.msrs = (unsigned long)policy->msrs,
		},
	};
	int err;

	err = domctl(dom, XENMIG_DOMCTL_get_cpu_policy, &op);
	policy->nr_leaves = op.u.cpu_policy.nr_leaves;
	policy->nr_msrs = op.u.cpu_policy.nr_msrs;
	return err;
}

int xenmig_dom_set_policy(struct xenmig_dom *dom, const struct xenmig_cpu_policy *policy,
			  u32 *err_leaf, u32 *err_subleaf, u32 *err_msr)
{
	struct xenmig_domctl op = {
		.u.cpu_policy = {
			.nr_leaves = policy->nr_leaves,
			.nr_msrs = policy->nr_msrs,
			.leaves = (unsigned long)policy->leaves,
			.msrs = (unsigned long)policy->msrs,
		},
	};
	int err;

	err = domctl(dom, XENMIG_DOMCTL_set_cpu_policy, &op);
	*err_leaf = op.u.cpu_policy.err_leaf;
	*err_subleaf = op.u.cpu_policy.err_subleaf;
	*err_msr = op.u.cpu_policy.err_msr;
	return err;
}

int xenmig_dom_get_tsc(struct xenmig_dom *dom, struct xenmig_domctl_tsc_info *tsc)
{
	struct xenmig_domctl op = {};
	int err;

	err = domctl(dom, XENMIG_DOMCTL_gettscinfo, &op);
	*tsc = op.u.tsc_info;
	return err;
}

int xenmig_dom_set_tsc(struct xenmig_dom *dom, const struct xenmig_domctl_tsc_info *tsc)
{
	struct xenmig_domctl op = { .u.tsc_info = *tsc };

	return domctl(dom, XENMIG_DOMCTL_settscinfo, &op);
}

int xenmig_dom_get_context(struct xenmig_dom *dom, void *buf, u32 *size)
{
	struct xenmig_domctl op = {
		.u.hvmcontext = { .size = *size, .buffer = (unsigned long)buf },
	};
	int err;

	err = domctl(dom, XENMIG_DOMCTL_gethvmcontext, &op);
	*size = op.u.hvmcontext.size;
	return err;
}

int xenmig_dom_set_context(struct xenmig_dom *dom, const void *buf, u32 size)
{
	struct xenmig_domctl op = {
		.u.hvmcontext = { .size = size, .buffer = (unsigned long)buf },
	};

	return domctl(dom, XENMIG_DOMCTL_sethvmcontext, &op);
}

int xenmig_dom_get_param(struct xenmig_dom *dom, u32 index, u64 *value)
{
	struct xen_hvm_param p = { .domid = dom->id, .index = index };
	int err;

	dom->hypercalls++;
	err = HYPERVISOR_hvm_op(HVMOP_get_param, &p);
	*value = p.value;
	return err;
}

int xenmig_dom_set_param(struct xenmig_dom *dom, u32 index, u64 value)
{
	struct xen_hvm_param p = { .domid = dom->id, .index = index, .value = value };

	dom->hypercalls++;
	return HYPERVISOR_hvm_op(HVMOP_set_param, &p);
}

int xenmig_dom_alloc_port(struct xenmig_dom *dom, u16 remote, u32 *port)
{
	struct evtchn_alloc_unbound alloc = { .dom = dom->id, .remote_dom = remote };
	int err;

	dom->hypercalls++;
	err = HYPERVISOR_event_channel_op(EVTCHNOP_alloc_unbound, &alloc);
	*port = alloc.port;
	return err;
}

/**
 * xenmig_dom_grant_limits - size and version of a domain's grant table
 * @dom: the domain
 * @frames: frames it has
 * @max_frames: most frames
 * @version: version in effect; what the domain was created with is not readable
 *
 * Return: 0 or -errno.
 */
int xenmig_dom_grant_limits(struct xenmig_dom *dom, u32 *frames, u32 *max_frames, u32 *version)
{
	struct gnttab_query_size size = { .dom = dom->id };
	struct gnttab_get_version ver = { .dom = dom->id };
	int err;

	dom->hypercalls += 2;
	err = HYPERVISOR_grant_table_op(GNTTABOP_query_size, &size, 1);
	if (!err)
		err = HYPERVISOR_grant_table_op(GNTTABOP_get_version, &ver, 1);
	if (err)
		return err;
	if (size.status)
		return -ENODEV;
	*frames = size.nr_frames;
	*max_frames = size.max_nr_frames;
	*version = ver.version;
	return 0;
}

int xenmig_dom_grant_frame(struct xenmig_dom *dom, u32 index, u64 *mfn)
{
	xen_pfn_t frame = 0;
	struct xen_mem_acquire_resource r = {
		.domid = dom->id,
		.type = XENMEM_resource_grant_table,
		.id = XENMEM_resource_grant_table_id_shared,
		.frame = index,
		.nr_frames = 1,
	};
	int err;

	set_xen_guest_handle(r.frame_list, &frame);
	err = memory_op(dom, XENMEM_acquire_resource, &r);
	*mfn = frame;
	return err;
}
