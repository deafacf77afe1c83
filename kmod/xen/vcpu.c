// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hypercalls on PV guests. Their state is not one blob as an HVM context is: each vCPU
 * has four, and which of them there are depends on the CPU.
 */
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <xen/interface/xen.h>
#include <xen/interface/grant_table.h>
#include <xen/interface/memory.h>
#include <xen/page.h>
#include <xen/xen-ops.h>
#include <asm/xen/hypercall.h>

#include "xen/vcpu.h"
#include "xenmig/wire.h"

#define MEMOP_set_memory_map	13
#define E820_TYPE_RAM		1

static_assert(sizeof(struct xenmig_vcpu_context) == sizeof(struct vcpu_guest_context));
static_assert(sizeof(struct xenmig_vcpu_context) == XENMIG_VCPU_BASIC_SIZE);

/**
 * xenmig_dom_address_bits - how wide a PV guest's words are
 * @dom: the domain
 * @bits: set to 64 or 32
 *
 * Return: 0 or what Xen says.
 */
int xenmig_dom_address_bits(struct xenmig_dom *dom, u32 *bits)
{
	struct xenmig_domctl op = {};
	int err;

	err = xenmig_dom_call(dom, XENMIG_DOMCTL_get_address_size, &op);
	*bits = op.u.address_bits;
	return err;
}

/**
 * xenmig_dom_memory_map - what Xen tells a PV guest of its memory
 * @dom: the domain
 * @bytes: one piece of memory of that size, from 0 on
 *
 * Xen, tools: xc_domain_set_memmap_limit().
 *
 * Return: 0 or what Xen says.
 */
int xenmig_dom_memory_map(struct xenmig_dom *dom, u64 bytes)
{
	struct {
		u64 address;
		u64 size;
		u32 type;
	} __packed entry = { .size = bytes, .type = E820_TYPE_RAM };
	/* struct xen_foreign_memory_map of public/memory.h */
	struct {
		u64 domid;
		u64 entries;
		u64 buffer;
	} map = { .domid = dom->id, .entries = 1, .buffer = (unsigned long)&entry };
	int err;

	dom->hypercalls++;
	err = HYPERVISOR_memory_op(MEMOP_set_memory_map, &map);
	return err;
}

/**
 * xenmig_dom_mark_granted - mark a frame that a guest grants to us as if it had written to it
 * @dom: the guest
 * @ref: by which entry of its grant table
 *
 * For PV guests, of which no frame can be marked by its number (xenmig_dom_mark()). Xen marks
 * what it copies to; that is the last octet of the frame, which becomes 0: where it is a ring
 * of xenstore or console, it is none of the ring's.
 *
 * Return: 0, -ENOMEM, -EIO for an entry that grants us nothing, or what Xen says.
 */
int xenmig_dom_mark_granted(struct xenmig_dom *dom, u32 ref)
{
	u8 *octet = kzalloc(1, GFP_KERNEL);
	struct gnttab_copy copy = {
		.dest = { .u.ref = ref, .domid = dom->id, .offset = PAGE_SIZE - 1 },
		.len = 1,
		.flags = GNTCOPY_dest_gref,
	};
	int err;

	if (!octet)
		return -ENOMEM;
	copy.source.domid = DOMID_SELF;
	copy.source.u.gmfn = virt_to_gfn(octet);
	copy.source.offset = offset_in_page(octet);
	dom->hypercalls++;
	err = HYPERVISOR_grant_table_op(GNTTABOP_copy, &copy, 1);
	kfree(octet);
	return err ?: copy.status ? -EIO : 0;
}

/**
 * xenmig_dom_pin - let Xen accept and keep page tables
 * @dom: a PV domain; none of its page tables is mapped for writing anywhere
 * @mfns: their machine frames
 * @levels: level of each, 1 to 4
 * @count: how many, at most XENMIG_PIN_MAX
 *
 * Xen goes through all that they lead to, and refuses what is not the domain's.
 *
 * Return: 0, -EINVAL for one that it refuses or for too many, -ENOMEM, or what Xen says.
 */
int xenmig_dom_pin(struct xenmig_dom *dom, const u64 *mfns, const u8 *levels, u32 count)
{
	struct mmuext_op *op;
	u32 i;
	int err;

	if (count > XENMIG_PIN_MAX)
		return -EINVAL;
	op = kcalloc(count, sizeof(*op), GFP_KERNEL);
	if (!op)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		op[i].cmd = MMUEXT_PIN_L1_TABLE + levels[i] - 1;
		op[i].arg1.mfn = mfns[i];
	}
	dom->hypercalls++;
	xen_preemptible_hcall_begin();
	err = HYPERVISOR_mmuext_op(op, count, NULL, dom->id);
	xen_preemptible_hcall_end();
	kfree(op);
	return err;
}

/**
 * xenmig_vcpu_online - is a vCPU online?
 * @dom: the domain
 * @vcpu: which
 * @online: set
 *
 * Return: 0 or what Xen says.
 */
int xenmig_vcpu_online(struct xenmig_dom *dom, u32 vcpu, bool *online)
{
	struct xenmig_domctl op = { .u.vcpuinfo.vcpu = vcpu };
	int err;

	err = xenmig_dom_call(dom, XENMIG_DOMCTL_getvcpuinfo, &op);
	*online = op.u.vcpuinfo.online;
	return err;
}

/**
 * xenmig_vcpu_get_context - registers of a vCPU
 * @dom: the domain, which does not run
 * @vcpu: which
 * @c: filled
 *
 * Return: 0, -ENODATA for one that never was online, or what Xen says.
 */
int xenmig_vcpu_get_context(struct xenmig_dom *dom, u32 vcpu, struct xenmig_vcpu_context *c)
{
	struct xenmig_domctl op = {
		.u.vcpucontext = { .vcpu = vcpu, .ctxt = (unsigned long)c },
	};

	return xenmig_dom_call(dom, XENMIG_DOMCTL_getvcpucontext, &op);
}

/**
 * xenmig_vcpu_set_context - give a vCPU its registers
 * @dom: the domain
 * @vcpu: which
 * @c: registers
 *
 * Xen checks all that could harm others (arch_set_info_guest()).
 *
 * Return: 0, -ESRCH (also when it is being destroyed), -EINVAL for registers that Xen
 * does not accept, or what it says.
 */
int xenmig_vcpu_set_context(struct xenmig_dom *dom, u32 vcpu, struct xenmig_vcpu_context *c)
{
	struct xenmig_domctl op = {
		.u.vcpucontext = { .vcpu = vcpu, .ctxt = (unsigned long)c },
	};

	return xenmig_dom_call_alive(dom, XENMIG_DOMCTL_setvcpucontext, &op);
}

/**
 * xenmig_vcpu_get_extended - extended context of a vCPU
 * @dom: the domain, which does not run
 * @vcpu: which
 * @buf: room for XENMIG_MAX_VCPU_EXTENDED octets
 * @size: set to how many there are, 0 for none
 *
 * Return: 0, -EOVERFLOW for more than there is room for, or what Xen says.
 */
int xenmig_vcpu_get_extended(struct xenmig_dom *dom, u32 vcpu, void *buf, u32 *size)
{
	struct xenmig_domctl op = { .u.ext_vcpucontext.vcpu = vcpu };
	int err;

	BUILD_BUG_ON(sizeof(op.u) != XENMIG_MAX_VCPU_EXTENDED);
	err = xenmig_dom_call(dom, XENMIG_DOMCTL_get_ext_vcpucontext, &op);
	*size = op.u.ext_vcpucontext.size;
	if (!err && *size > sizeof(op.u))
		err = -EOVERFLOW;
	if (!err)
		memcpy(buf, &op.u, *size);
	return err;
}

/**
 * xenmig_vcpu_set_extended - give a vCPU its extended context
 * @dom: the domain
 * @vcpu: which, whatever the context says
 * @buf: context
 * @size: octets, at least 8 and at most XENMIG_MAX_VCPU_EXTENDED
 *
 * Return: as xenmig_vcpu_set_context().
 */
int xenmig_vcpu_set_extended(struct xenmig_dom *dom, u32 vcpu, const void *buf, u32 size)
{
	struct xenmig_domctl op = {};

	if (size < sizeof(op.u.ext_vcpucontext) || size > sizeof(op.u))
		return -EINVAL;
	memcpy(&op.u, buf, size);
	op.u.ext_vcpucontext.vcpu = vcpu;
	op.u.ext_vcpucontext.size = size;
	return xenmig_dom_call_alive(dom, XENMIG_DOMCTL_set_ext_vcpucontext, &op);
}

/**
 * xenmig_vcpu_get_xsave - xsave state of a vCPU
 * @dom: the domain, which does not run
 * @vcpu: which
 * @buf: where to
 * @size: in: octets of @buf; out: octets used, 0 where there is no such state
 *
 * Xen wants to hear again what it said when it was asked for the size.
 *
 * Return: 0, -EOVERFLOW for more than there is room for, or what Xen says.
 */
int xenmig_vcpu_get_xsave(struct xenmig_dom *dom, u32 vcpu, void *buf, u32 *size)
{
	struct xenmig_domctl op = { .u.vcpuextstate.vcpu = vcpu };
	u32 room = *size;
	int err;

	*size = 0;
	err = xenmig_dom_call(dom, XENMIG_DOMCTL_getvcpuextstate, &op);
	if (err || !op.u.vcpuextstate.xfeature_mask)
		return err;
	if (op.u.vcpuextstate.size > room)
		return -EOVERFLOW;
	op.u.vcpuextstate.buffer = (unsigned long)buf;
	err = xenmig_dom_call(dom, XENMIG_DOMCTL_getvcpuextstate, &op);
	*size = op.u.vcpuextstate.size;
	return err;
}

/**
 * xenmig_vcpu_set_xsave - give a vCPU its xsave state
 * @dom: the domain
 * @vcpu: which
 * @buf: state
 * @size: octets
 *
 * Return: 0, -ESRCH (also when it is being destroyed), -EOPNOTSUPP or -EINVAL for what
 * this CPU or the domain's policy lacks, or what Xen says.
 */
int xenmig_vcpu_set_xsave(struct xenmig_dom *dom, u32 vcpu, void *buf, u32 size)
{
	struct xenmig_domctl op = {
		.u.vcpuextstate = { .vcpu = vcpu, .size = size, .buffer = (unsigned long)buf },
	};

	return xenmig_dom_call_alive(dom, XENMIG_DOMCTL_setvcpuextstate, &op);
}

/**
 * xenmig_vcpu_get_msrs - MSRs of a vCPU
 * @dom: the domain, which does not run
 * @vcpu: which
 * @buf: where to
 * @size: in: octets of @buf; out: octets used, 0 where there are none
 *
 * Return: 0, -ENOBUFS for a buffer that is too small, or what Xen says.
 */
int xenmig_vcpu_get_msrs(struct xenmig_dom *dom, u32 vcpu, void *buf, u32 *size)
{
	struct xenmig_domctl op = {
		.u.vcpu_msrs = {
			.vcpu = vcpu, .count = *size / XENMIG_VCPU_MSR_SIZE,
			.msrs = (unsigned long)buf,
		},
	};
	int err;

	err = xenmig_dom_call(dom, XENMIG_DOMCTL_get_vcpu_msrs, &op);
	*size = op.u.vcpu_msrs.count * XENMIG_VCPU_MSR_SIZE;
	return err;
}

/**
 * xenmig_vcpu_set_msrs - give a vCPU its MSRs
 * @dom: the domain
 * @vcpu: which
 * @buf: MSRs, XENMIG_VCPU_MSR_SIZE octets each
 * @size: octets
 *
 * Return: 0, -ESRCH (also when it is being destroyed), -EINVAL for an MSR or a value
 * that Xen does not accept, or what it says.
 */
int xenmig_vcpu_set_msrs(struct xenmig_dom *dom, u32 vcpu, void *buf, u32 size)
{
	struct xenmig_domctl op = {
		.u.vcpu_msrs = {
			.vcpu = vcpu, .count = size / XENMIG_VCPU_MSR_SIZE,
			.msrs = (unsigned long)buf,
		},
	};

	return xenmig_dom_call_alive(dom, XENMIG_DOMCTL_set_vcpu_msrs, &op);
}
