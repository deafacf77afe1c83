// SPDX-License-Identifier: GPL-2.0-only
/* The state of a domain's machine: time, HVM context, HVM params. Context and common errors: hypercall.c. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <xen/interface/xen.h>
#include <xen/interface/hvm/hvm_op.h>
#include <asm/xen/hypercall.h>

#include "xen/hypercall.h"

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
