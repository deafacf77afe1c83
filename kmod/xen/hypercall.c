// SPDX-License-Identifier: GPL-2.0-only
/*
 * How hypercalls on domains and on the host are made; which there are is in the files
 * beside it. domctl and sysctl want their very interface version: it is probed once
 * with a harmless call over the versions that this module knows (Xen,
 * public/domctl.h and public/sysctl.h).
 *
 * Context of all functions in this room that make a hypercall, where they say nothing
 * else: the thread that owns the handle, no spinlock held, since Xen may work for long
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
#include <linux/string.h>
#include <xen/interface/xen.h>
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
