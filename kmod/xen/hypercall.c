// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hypercalls on domains and on the host. domctl and sysctl want their very
 * interface version: it is probed once with a harmless call over the versions
 * that this module knows (Xen, public/domctl.h and public/sysctl.h).
 *
 * Context of all functions that make a hypercall, where they say nothing else:
 * the thread that owns the handle, no spinlock held, since Xen may work for long
 * and the task be preempted meanwhile. Buffers are kernel memory: Xen reads them
 * through the page tables, so vmalloc memory will do.
 *
 * Errors they have in common: -ESRCH when there is no such domain, -EPERM where
 * the hypervisor's security module forbids it. A log-dirty operation on a domain
 * that is being destroyed does nothing and returns 0 (Xen 4.17) or -EINVAL
 * (later). Returned is what Xen returned; what was to be set on success is not
 * to be read on failure.
 */
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/preempt.h>
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
#include <xen/xen.h>
#include <xen/xen-ops.h>
#include <asm/xen/hypercall.h>

#include "xen/hypercall.h"

/* Of the versions we know, the newest first. */
static const u32 domctl_versions[] = { 0x18, 0x17, 0x16, 0x15 };
static const u32 sysctl_versions[] = { 0x16, 0x15 };

static const char *refusal;
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

/**
 * xenmig_dom_call - make a domctl
 * @dom: the domain
 * @cmd: XENMIG_DOMCTL_*
 * @op: its argument but for the head
 *
 * For the files that make hypercalls.
 *
 * Return: what Xen says.
 */
int xenmig_dom_call(struct xenmig_dom *dom, u32 cmd, struct xenmig_domctl *op)
{
	op->cmd = cmd;
	op->interface_version = domctl_version;
	op->domain = dom->id;
	dom->hypercalls++;
	return tool_call(__HYPERVISOR_domctl, op);
}

/**
 * xenmig_dom_call_alive - make a domctl on a domain that is not being destroyed
 * @dom: the domain
 * @cmd: XENMIG_DOMCTL_*
 * @op: its argument but for the head
 *
 * Xen 4.17 looks at that for none, and the registers of a vCPU whose domain dies are
 * set through what was freed: the host panics (arch_set_info_guest(),
 * hvmemul_cancel()). It is freed at the end of the destruction, when all memory
 * is; so a look directly before is enough, if this CPU does nothing in between.
 *
 * Return: -ESRCH for one that is, or what Xen says.
 */
int xenmig_dom_call_alive(struct xenmig_dom *dom, u32 cmd, struct xenmig_domctl *op)
{
	struct xenmig_domctl look = {
		.cmd = XENMIG_DOMCTL_getdomaininfo,
		.interface_version = domctl_version,
		.domain = dom->id,
	};
	int err;

	op->cmd = cmd;
	op->interface_version = domctl_version;
	op->domain = dom->id;
	dom->hypercalls += 2;
	preempt_disable();
	err = privcmd_call(__HYPERVISOR_domctl, (unsigned long)&look, 0, 0, 0, 0);
	if (!err && (look.u.getdomaininfo.domain != dom->id ||
		     look.u.getdomaininfo.flags & XENMIG_DOMINF_DYING))
		err = -ESRCH;
	if (!err)
		err = privcmd_call(__HYPERVISOR_domctl, (unsigned long)op, 0, 0, 0, 0);
	preempt_enable();
	return err;
}

/**
 * xenmig_host_call - make a sysctl
 * @cmd: XENMIG_SYSCTL_*
 * @op: its argument but for the head
 *
 * For the files that make hypercalls.
 *
 * Return: what Xen says.
 */
int xenmig_host_call(u32 cmd, struct xenmig_sysctl *op)
{
	op->cmd = cmd;
	op->interface_version = sysctl_version;
	return tool_call(__HYPERVISOR_sysctl, op);
}

/**
 * xenmig_dom_memory_op - make a memory_op
 * @dom: the domain that it is about
 * @cmd: XENMEM_*
 * @arg: its argument, which names the domain
 *
 * For the files that make hypercalls.
 *
 * Return: what Xen says.
 */
int xenmig_dom_memory_op(struct xenmig_dom *dom, u32 cmd, void *arg)
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
		err = xenmig_dom_call(&dom0, XENMIG_DOMCTL_getdomaininfo, &op);
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
		err = xenmig_host_call(XENMIG_SYSCTL_physinfo, &op);
	}
	return err;
}

static const char *misplaced(void)
{
	if (!xen_domain())
		return "this machine does not run on Xen";
	if (!xen_initial_domain())
		return "only the initial domain (dom0) can move guests";
	return xen_pv_domain() ? NULL : "only a PV dom0 is supported";
}

/**
 * xenmig_hypercall_refusal - why no hypercall can be made here
 *
 * Context: any, after xenmig_hypercall_init().
 * Return: a static sentence; NULL where they can be made.
 */
const char *xenmig_hypercall_refusal(void)
{
	return refusal;
}

/**
 * xenmig_hypercall_init - find out which hypervisor this is
 *
 * Where it is no PV dom0, no other function of this file but xenmig_hypercall_refusal()
 * may be called.
 *
 * Context: module init, before any other function of this file.
 * Return: 0, also without a hypervisor; -EACCES (also: a version that this module does
 * not know), -EPERM when this domain may not make tool hypercalls.
 */
int xenmig_hypercall_init(void)
{
	int err;

	refusal = misplaced();
	if (refusal)
		return 0;
	refusal = "this hypervisor's tool interface is not one of Xen 4.17 to 4.22";
	xen_version = HYPERVISOR_xen_version(XENVER_version, NULL);
	err = probe_domctl();
	if (!err)
		err = probe_sysctl();
	if (!err)
		refusal = NULL;
	return err;
}

/**
 * xenmig_xen_major - major version of the hypervisor
 *
 * Context: any.
 * Return: as XENVER_version said at init, like the next.
 */
u32 xenmig_xen_major(void)
{
	return xen_version >> 16;
}

/**
 * xenmig_xen_minor - minor version of the hypervisor
 *
 * Context: any.
 * Return: the version.
 */
u32 xenmig_xen_minor(void)
{
	return xen_version & 0xffff;
}

/**
 * xenmig_xen_domctl - interface version of domctl that the hypervisor accepted
 *
 * Context: any.
 * Return: one of domctl_versions.
 */
u32 xenmig_xen_domctl(void)
{
	return domctl_version;
}

/**
 * xenmig_host_info - memory and CPUs of the host
 * @info: filled on success
 *
 * Return: 0 or what Xen says.
 */
int xenmig_host_info(struct xenmig_sysctl_physinfo *info)
{
	struct xenmig_sysctl op = {};
	int err;

	err = xenmig_host_call(XENMIG_SYSCTL_physinfo, &op);
	if (!err)
		*info = op.u.physinfo;
	return err;
}

/* Xen, tools: xc_cpu_policy_get_size(). */
static int make_policy(struct xenmig_cpu_policy *policy)
{
	struct xenmig_sysctl op = {};
	int err;

	*policy = (struct xenmig_cpu_policy){};
	err = xenmig_host_call(XENMIG_SYSCTL_get_cpu_policy, &op);
	if (err)
		return err;
	policy->nr_leaves = op.u.cpu_policy.nr_leaves;
	policy->nr_msrs = op.u.cpu_policy.nr_msrs;
	policy->leaves = kvcalloc(policy->nr_leaves, sizeof(*policy->leaves), GFP_KERNEL);
	policy->msrs = kvcalloc(policy->nr_msrs, sizeof(*policy->msrs), GFP_KERNEL);
	return policy->leaves && policy->msrs ? 0 : -ENOMEM;
}

/**
 * xenmig_policy_free - give the arrays of a CPU policy back
 * @policy: filled by xenmig_host_read_policy() or xenmig_dom_read_policy(), which may have failed
 */
void xenmig_policy_free(struct xenmig_cpu_policy *policy)
{
	kvfree(policy->msrs);
	kvfree(policy->leaves);
	*policy = (struct xenmig_cpu_policy){};
}

/**
 * xenmig_host_read_policy - a CPU policy of the host
 * @index: XENMIG_CPU_POLICY_*
 * @policy: filled; to be given back by xenmig_policy_free() in any case
 *
 * Return: 0, -ENOMEM, or what Xen says.
 */
int xenmig_host_read_policy(u32 index, struct xenmig_cpu_policy *policy)
{
	struct xenmig_sysctl op = {};
	int err;

	err = make_policy(policy);
	if (err)
		return err;
	op.u.cpu_policy = (struct xenmig_sysctl_cpu_policy){
		.index = index,
		.nr_leaves = policy->nr_leaves,
		.nr_msrs = policy->nr_msrs,
		.leaves = (unsigned long)policy->leaves,
		.msrs = (unsigned long)policy->msrs,
	};
	err = xenmig_host_call(XENMIG_SYSCTL_get_cpu_policy, &op);
	policy->nr_leaves = op.u.cpu_policy.nr_leaves;
	policy->nr_msrs = op.u.cpu_policy.nr_msrs;
	return err;
}

/**
 * xenmig_host_domains - the domains of the host, some at a time
 * @first: lowest domain id wanted
 * @list: filled, ascending
 * @max: room there
 *
 * Domain 0 is among them, dying ones are too.
 *
 * Return: how many, 0 when there are no more, or what Xen says.
 */
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

	err = xenmig_host_call(XENMIG_SYSCTL_getdomaininfolist, &op);
	return err ?: (int)op.u.getdomaininfolist.num_domains;
}

/**
 * xenmig_dom_info - state of a domain
 * @dom: the domain
 * @info: filled on success
 *
 * Xen 4.17 answers with the next higher domain where there is none of that id
 * (do_domctl(), XEN_DOMCTL_getdomaininfo); later ones say -ESRCH themselves.
 *
 * Return: 0, -ESRCH, or what Xen says.
 */
int xenmig_dom_info(struct xenmig_dom *dom, struct xenmig_domctl_getdomaininfo *info)
{
	struct xenmig_domctl op = {};
	int err;

	err = xenmig_dom_call(dom, XENMIG_DOMCTL_getdomaininfo, &op);
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
 * @dom: takes the new domain's id; on failure it names none
 * @create: what to create
 *
 * The id is XENMIG_DOMID_ANY in the call: 0 means any to 4.21 at most.
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
	err = xenmig_dom_call(dom, XENMIG_DOMCTL_createdomain, &op);
	if (!err)
		dom->id = op.domain;
	return err;
}

/**
 * xenmig_dom_destroy - destroy a domain
 * @dom: the domain
 *
 * Takes seconds for a large one: Xen goes on by continuations (domain_kill()).
 * Mapped frames keep it a zombie, so the window is emptied first. One that is
 * dying already is no error.
 *
 * Return: 0, -ESRCH, or what Xen says.
 */
int xenmig_dom_destroy(struct xenmig_dom *dom)
{
	struct xenmig_domctl op = {};
	int err, tries = 1000;

	do {
		err = xenmig_dom_call(dom, XENMIG_DOMCTL_destroydomain, &op);
	} while (err == -EAGAIN && --tries);
	return err;
}

/**
 * xenmig_dom_pause - keep a domain from running
 * @dom: the domain
 *
 * Xen counts: it runs again after as many unpauses.
 *
 * Return: 0, -ESRCH, -EUSERS after 255 of them.
 */
int xenmig_dom_pause(struct xenmig_dom *dom)
{
	struct xenmig_domctl op = {};

	return xenmig_dom_call(dom, XENMIG_DOMCTL_pausedomain, &op);
}

/**
 * xenmig_dom_unpause - let a paused domain run
 * @dom: the domain
 *
 * The first time ends its creation: no CPU policy can be set afterwards.
 *
 * Return: 0, -ESRCH, -EINVAL when the toolstack has not paused it.
 */
int xenmig_dom_unpause(struct xenmig_dom *dom)
{
	struct xenmig_domctl op = {};

	return xenmig_dom_call(dom, XENMIG_DOMCTL_unpausedomain, &op);
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
	/* A PV guest has no params, and did call it. */
	if (err == -EINVAL) {
		callback = 1;
		err = 0;
	}
	if (err || !callback)
		return err;
	ctxt = kzalloc(sizeof(*ctxt), GFP_KERNEL | __GFP_NOFAIL);
	op.u.vcpucontext.ctxt = (unsigned long)ctxt;
	err = xenmig_dom_call(dom, XENMIG_DOMCTL_getvcpucontext, &op);
	if (!err) {
		ctxt->user_regs.rax = 1;
		memset(&op.u, 0, sizeof(op.u));
		op.u.vcpucontext.ctxt = (unsigned long)ctxt;
		err = xenmig_dom_call_alive(dom, XENMIG_DOMCTL_setvcpucontext, &op);
	}
	kfree(ctxt);
	return err;
}

/**
 * xenmig_dom_resume - cooperative resume of a suspended domain
 * @dom: a domain that has shut down for suspend; the caller has looked
 *
 * The guest's suspend hypercall returns 1 and it goes on with the event
 * channels, grants and backends that it had. Xen, tools: xc_domain_resume_cooperative().
 *
 * Return: 0, -ESRCH (also when it is being destroyed), or what Xen says; then the guest
 * is still suspended.
 */
int xenmig_dom_resume(struct xenmig_dom *dom)
{
	struct xenmig_domctl op = {};
	int err;

	err = set_suspend_cancelled(dom);
	return err ?: xenmig_dom_call(dom, XENMIG_DOMCTL_resumedomain, &op);
}

/**
 * xenmig_dom_suspend - suspend a domain that cannot be asked to
 * @dom: a domain without PV drivers
 *
 * Its vCPUs stop where they are, each when what it has asked of a device model is
 * answered: a moment later the domain has shut down for suspend. Xen, tools:
 * domain_suspend_callback_common(); Xen: domain_shutdown().
 *
 * Return: 0, -ESRCH, or what Xen says; then nothing has happened.
 */
int xenmig_dom_suspend(struct xenmig_dom *dom)
{
	struct sched_remote_shutdown op = { .domain_id = dom->id, .reason = SHUTDOWN_suspend };

	dom->hypercalls++;
	return HYPERVISOR_sched_op(SCHEDOP_remote_shutdown, &op);
}

/**
 * xenmig_dom_suspend_port - what Xen does when a domain suspends
 * @dom: the domain
 * @port: its event channel to notify instead of dom0's VIRQ_DOM_EXC; 0: the VIRQ, as usual;
 * XENMIG_NO_PORT: nothing
 *
 * Only for its suspension; any other end raises the VIRQ
 * (__domain_finalise_shutdown()). Xen does not look at the port before.
 *
 * Return: 0, or what Xen says.
 */
int xenmig_dom_suspend_port(struct xenmig_dom *dom, u32 port)
{
	struct xenmig_domctl op = { .u.subscribe_port = port };

	return xenmig_dom_call(dom, XENMIG_DOMCTL_subscribe, &op);
}

/**
 * xenmig_dom_set_vcpus - make the vCPUs of a new domain
 * @dom: the domain
 * @vcpus: the very number it was created with
 *
 * Return: 0, -EINVAL for another number, -ENOMEM.
 */
int xenmig_dom_set_vcpus(struct xenmig_dom *dom, u32 vcpus)
{
	struct xenmig_domctl op = { .u.max_vcpus = vcpus };

	return xenmig_dom_call(dom, XENMIG_DOMCTL_max_vcpus, &op);
}

static struct xenmig_domctl_cpu_policy policy_arg(const struct xenmig_cpu_policy *policy)
{
	return (struct xenmig_domctl_cpu_policy){
		.nr_leaves = policy->nr_leaves,
		.nr_msrs = policy->nr_msrs,
		.leaves = (unsigned long)policy->leaves,
		.msrs = (unsigned long)policy->msrs,
	};
}

/**
 * xenmig_dom_read_policy - CPU policy of a domain
 * @dom: the domain; it may run
 * @policy: filled; to be given back by xenmig_policy_free() in any case
 *
 * Return: 0, -ENOMEM, or what Xen says.
 */
int xenmig_dom_read_policy(struct xenmig_dom *dom, struct xenmig_cpu_policy *policy)
{
	struct xenmig_domctl op = {};
	int err;

	err = make_policy(policy);
	if (err)
		return err;
	op.u.cpu_policy = policy_arg(policy);
	err = xenmig_dom_call(dom, XENMIG_DOMCTL_get_cpu_policy, &op);
	policy->nr_leaves = op.u.cpu_policy.nr_leaves;
	policy->nr_msrs = op.u.cpu_policy.nr_msrs;
	return err;
}

/**
 * xenmig_dom_set_policy - set the CPU policy of a new domain
 * @dom: the domain; it has its vCPUs and was never unpaused
 * @policy: what to set
 * @err_leaf: on failure, CPUID leaf that was refused, all ones or 0 for none
 * @err_subleaf: its subleaf
 * @err_msr: MSR that was refused, likewise
 *
 * Success does not mean that the guest gets all of it: cpu.c.
 *
 * Return: 0, -EEXIST after the first unpause, -EINVAL and others that Xen's
 * update_domain_cpu_policy() says.
 */
int xenmig_dom_set_policy(struct xenmig_dom *dom, const struct xenmig_cpu_policy *policy,
			  u32 *err_leaf, u32 *err_subleaf, u32 *err_msr)
{
	struct xenmig_domctl op = { .u.cpu_policy = policy_arg(policy) };
	int err;

	err = xenmig_dom_call(dom, XENMIG_DOMCTL_set_cpu_policy, &op);
	*err_leaf = op.u.cpu_policy.err_leaf;
	*err_subleaf = op.u.cpu_policy.err_subleaf;
	*err_msr = op.u.cpu_policy.err_msr;
	return err;
}

/**
 * xenmig_dom_get_tsc - TSC of a domain
 * @dom: the domain; suspended, since the time is that of now
 * @tsc: filled
 *
 * Return: 0 or -ESRCH.
 */
int xenmig_dom_get_tsc(struct xenmig_dom *dom, struct xenmig_domctl_tsc_info *tsc)
{
	struct xenmig_domctl op = {};
	int err;

	err = xenmig_dom_call(dom, XENMIG_DOMCTL_gettscinfo, &op);
	*tsc = op.u.tsc_info;
	return err;
}

/**
 * xenmig_dom_set_tsc - set the TSC of a new domain
 * @dom: the domain; before its HVM context
 * @tsc: what to set
 *
 * Return: 0, -EINVAL for a mode that is none.
 */
int xenmig_dom_set_tsc(struct xenmig_dom *dom, const struct xenmig_domctl_tsc_info *tsc)
{
	struct xenmig_domctl op = { .u.tsc_info = *tsc };

	return xenmig_dom_call(dom, XENMIG_DOMCTL_settscinfo, &op);
}

/**
 * xenmig_dom_get_context - HVM context of a domain
 * @dom: the domain, suspended
 * @buf: where to, or NULL to ask for the size
 * @size: in: bytes of @buf; out: bytes used, with @buf NULL bytes needed
 *
 * Xen, public/hvm/save.h. What is used may be less than what was needed.
 *
 * Return: 0, -EINVAL for a PV domain, -ENOSPC when @buf is too small, -ENOMEM.
 */
int xenmig_dom_get_context(struct xenmig_dom *dom, void *buf, u32 *size)
{
	struct xenmig_domctl op = {
		.u.hvmcontext = { .size = *size, .buffer = (unsigned long)buf },
	};
	int err;

	err = xenmig_dom_call(dom, XENMIG_DOMCTL_gethvmcontext, &op);
	*size = op.u.hvmcontext.size;
	return err;
}

/**
 * xenmig_dom_set_context - load an HVM context into a new domain
 * @dom: the domain; CPU policy, TSC and memory are there
 * @buf: as xenmig_dom_get_context() gave it
 * @size: bytes
 *
 * Brings those vCPUs up that it has registers of. Fails half-way: a domain that
 * refused one can only be destroyed.
 *
 * Return: 0, -EINVAL, -ENODATA, -EOPNOTSUPP and others for a context that this
 * hypervisor cannot load (hvm_load() and its handlers), -ENOMEM, -ESRCH for a domain
 * that is being destroyed.
 */
int xenmig_dom_set_context(struct xenmig_dom *dom, const void *buf, u32 size)
{
	struct xenmig_domctl op = {
		.u.hvmcontext = { .size = size, .buffer = (unsigned long)buf },
	};

	return xenmig_dom_call_alive(dom, XENMIG_DOMCTL_sethvmcontext, &op);
}

/**
 * xenmig_dom_get_param - HVM param of a domain
 * @dom: the domain
 * @index: which, public/hvm/params.h
 * @value: set to it; 0 when it never was set
 *
 * Return: 0, -EINVAL for a PV domain or a param that is none.
 */
int xenmig_dom_get_param(struct xenmig_dom *dom, u32 index, u64 *value)
{
	struct xen_hvm_param p = { .domid = dom->id, .index = index };
	int err;

	dom->hypercalls++;
	err = HYPERVISOR_hvm_op(HVMOP_get_param, &p);
	*value = p.value;
	return err;
}

/**
 * xenmig_dom_set_param - set an HVM param of a domain
 * @dom: the domain
 * @index: which
 * @value: what to
 *
 * Return: 0, -EINVAL for a value or param that is none, -EEXIST for one that is
 * set once and was set to another value (Xen: hvm_allow_set_param()).
 */
int xenmig_dom_set_param(struct xenmig_dom *dom, u32 index, u64 value)
{
	struct xen_hvm_param p = { .domid = dom->id, .index = index, .value = value };

	dom->hypercalls++;
	return HYPERVISOR_hvm_op(HVMOP_set_param, &p);
}

/**
 * xenmig_dom_set_time_offset - set how far a domain's wall clock is ahead of the host's
 * @dom: the domain
 * @seconds: may be negative
 *
 * Return: 0 or what Xen says.
 */
int xenmig_dom_set_time_offset(struct xenmig_dom *dom, s64 seconds)
{
	struct xenmig_domctl op = { .u.time_offset = seconds };

	return xenmig_dom_call(dom, XENMIG_DOMCTL_settimeoffset, &op);
}

/**
 * xenmig_dom_alloc_port - make an event channel port in a domain
 * @dom: the domain
 * @remote: domain that may bind the other end
 * @port: set to the port; a new domain's are 1, 2, ...
 *
 * Return: 0, -ENOSPC, -ENOMEM, -EINVAL for a dying domain.
 */
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
 * Return: 0; -ESRCH, or -ENODEV when Xen says so by a status, for one that is gone.
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

/**
 * xenmig_dom_grant_frame - a frame of a domain's shared grant table
 * @dom: the domain
 * @index: which, from 0; the table grows to it
 * @mfn: set to its machine frame, for xenmig_window_map_mfn()
 *
 * Return: 0, -EINVAL when the table cannot be that large, or what Xen says.
 */
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
	err = xenmig_dom_memory_op(dom, XENMEM_acquire_resource, &r);
	*mfn = frame;
	return err;
}
