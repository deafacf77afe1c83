// SPDX-License-Identifier: GPL-2.0-only
/* A domain's life: made, paused, suspended, resumed, destroyed. Context and common errors: hypercall.c. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <uapi/linux/xenmig.h>
#include <xen/interface/xen.h>
#include <xen/interface/hvm/params.h>
#include <xen/interface/sched.h>
#include <asm/xen/hypercall.h>

#include "xen/hypercall.h"

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

	if (xenmig_xen_domctl() >= 0x17)
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
