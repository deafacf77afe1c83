// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hypercalls on a domain's memory, and on which of it was written to. hypercall.c says
 * what all hypercalls have in common.
 */
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <xen/interface/xen.h>
#include <xen/interface/hvm/dm_op.h>
#include <xen/interface/memory.h>
#include <xen/xen-ops.h>
#include <asm/xen/hypercall.h>
#include <asm/xen/page.h>

#include "base/trace.h"
#include "xen/hypercall.h"
#include "xenmig/wire.h"

/* Commands that Linux's header does not declare (public/memory.h). */
#define MEMOP_maximum_gpfn	14
#define MEMOP_get_pod_target	17
#define MEMOP_claim_pages	24

/**
 * xenmig_dom_set_max_kib - set a domain's memory limit
 * @dom: the domain
 * @kib: limit in KiB; Xen keeps whole frames
 *
 * Below what the domain owns it takes nothing away, but the domain gets no more
 * (do_domctl(), XEN_DOMCTL_max_mem).
 *
 * Return: 0 or -ESRCH.
 */
int xenmig_dom_set_max_kib(struct xenmig_dom *dom, u64 kib)
{
	struct xenmig_domctl op = { .u.max_memkb = kib };

	return xenmig_dom_call(dom, XENMIG_DOMCTL_max_mem, &op);
}

/**
 * xenmig_dom_claim - set free memory aside for a domain
 * @dom: the domain
 * @pages: frames it is to own in the end, those it has included; 0 gives the claim back
 *
 * The claim shrinks as frames are populated and ends with the domain (Xen:
 * domain_set_outstanding_pages()).
 *
 * Return: 0; -ENOMEM when there is not that much unclaimed; -EINVAL when the
 * domain is gone, owns as much already, may not own as much or has a claim.
 */
int xenmig_dom_claim(struct xenmig_dom *dom, u64 pages)
{
	struct xen_memory_reservation r = { .nr_extents = pages, .domid = dom->id };

	return xenmig_dom_memory_op(dom, MEMOP_claim_pages, &r);
}

/**
 * xenmig_dom_paging_bytes - size of a domain's paging pool
 * @dom: the domain
 * @bytes: set to the size
 *
 * Return: 0, -EOPNOTSUPP for a PV domain.
 */
int xenmig_dom_paging_bytes(struct xenmig_dom *dom, u64 *bytes)
{
	struct xenmig_domctl op = {};
	int err;

	err = xenmig_dom_call(dom, XENMIG_DOMCTL_get_paging_mempool_size, &op);
	*bytes = op.u.paging_bytes;
	return err;
}

/**
 * xenmig_dom_set_paging_bytes - set the size of a domain's paging pool
 * @dom: the domain
 * @bytes: size, whole pages
 *
 * Return: 0, -EINVAL for a size that is none, -ENOMEM, -EOPNOTSUPP for a PV domain.
 */
int xenmig_dom_set_paging_bytes(struct xenmig_dom *dom, u64 bytes)
{
	struct xenmig_domctl op = { .u.paging_bytes = bytes };

	return xenmig_dom_call(dom, XENMIG_DOMCTL_set_paging_mempool_size, &op);
}

/**
 * xenmig_dom_max_gfn - highest frame that Xen ever mapped for a domain
 * @dom: the domain
 * @gfn: set to the frame; of a PV domain, to what the guest says
 *
 * Rises when the guest maps something higher, never falls (Xen:
 * domain_get_maximum_gpfn()).
 *
 * Return: 0 or -ESRCH.
 */
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

/**
 * xenmig_dom_pod_entries - populate-on-demand entries of a domain that are outstanding
 * @dom: the domain
 * @entries: set to their number in frames
 *
 * Return: 0, -EINVAL for a PV domain, or what Xen says.
 */
int xenmig_dom_pod_entries(struct xenmig_dom *dom, u64 *entries)
{
	/* struct xen_pod_target of public/memory.h */
	struct {
		u64 target_pages, tot_pages, pod_cache_pages, pod_entries;
		domid_t domid;
	} pod = { .domid = dom->id };
	int err;

	err = xenmig_dom_memory_op(dom, MEMOP_get_pod_target, &pod);
	*entries = pod.pod_entries;
	return err;
}

/**
 * xenmig_dom_page_types - what frames of a domain are, now
 * @dom: the domain
 * @frames: gfns in, XENMIG_PFN_* out, in place; on failure some of either
 * @count: how many, 1024 at most
 *
 * XTAB is a frame with nothing there or nothing that could move: a hole, a
 * device, a foreign frame, a page of Xen's own (shared_info, grant table). Xen
 * returns the type in bits 31..28 of each word and clears the rest. It populates
 * populate-on-demand entries that are asked about.
 *
 * Return: 0, -E2BIG, or what Xen says.
 */
int xenmig_dom_page_types(struct xenmig_dom *dom, u64 *frames, u32 count)
{
	struct xenmig_domctl op = {
		.u.getpageframeinfo3 = { .num = count, .array = (unsigned long)frames },
	};
	u64 began = ktime_get_ns();
	int err;
	u32 i;

	err = xenmig_dom_call(dom, XENMIG_DOMCTL_getpageframeinfo3, &op);
	trace_xenmig_types(count, ktime_get_ns() - began);
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
	return xenmig_dom_memory_op(dom, cmd, &r);
}

/**
 * xenmig_dom_populate - give frames to a domain
 * @dom: a translated domain
 * @gfns: first frame of each extent, aligned to the extent
 * @count: extents
 * @order: of 1 << @order frames each
 *
 * A frame that is there already would be replaced and lost to the domain: the
 * caller keeps account (Xen: populate_physmap()). What the frames hold is not
 * defined.
 *
 * Return: how many extents were populated, the first ones of @gfns; fewer than
 * @count when there is no memory, the limit is reached or the domain is gone.
 */
int xenmig_dom_populate(struct xenmig_dom *dom, u64 *gfns, u32 count, u32 order)
{
	u64 began = ktime_get_ns();
	int ret = reservation(dom, XENMEM_populate_physmap, gfns, count, order);

	trace_xenmig_populate((u64)count << order, ktime_get_ns() - began);
	return ret;
}

/**
 * xenmig_dom_depopulate - take frames from a domain
 * @dom: a translated domain
 * @gfns: the frames
 * @count: how many
 *
 * A frame that is mapped somewhere stays allocated until it is not.
 *
 * Return: 0, -EINVAL when it was not all of them.
 */
int xenmig_dom_depopulate(struct xenmig_dom *dom, u64 *gfns, u32 count)
{
	int ret = reservation(dom, XENMEM_decrease_reservation, gfns, count, 0);

	return ret == count ? 0 : ret < 0 ? ret : -EINVAL;
}

static int shadow_op(struct xenmig_dom *dom, struct xenmig_domctl *op)
{
	return xenmig_dom_call(dom, XENMIG_DOMCTL_shadow_op, op);
}

/**
 * xenmig_dom_logdirty_on - switch log-dirty mode on
 * @dom: the domain
 *
 * No frame is marked then: the caller takes all of them for dirty. Marked is what
 * the guest's CPUs and Xen write; not what dom0 writes through a mapping, what a
 * backend writes through a grant it keeps, or (to 4.21) a frame that is added.
 *
 * Return: 0, -EINVAL when it is on already, a PCI device is assigned or there is
 * no vCPU, -EBUSY when an operation of another tool is under way, or what Xen
 * says (paging_domctl(), paging_log_dirty_enable()).
 */
int xenmig_dom_logdirty_on(struct xenmig_dom *dom)
{
	struct xenmig_domctl op = { .u.shadow_op.op = XENMIG_SHADOW_OP_ENABLE_LOGDIRTY };

	return shadow_op(dom, &op);
}

/**
 * xenmig_dom_logdirty_off - switch log-dirty mode off
 * @dom: the domain
 *
 * Return: 0, -EBUSY when an operation of another tool is under way, or what Xen
 * says.
 */
int xenmig_dom_logdirty_off(struct xenmig_dom *dom)
{
	struct xenmig_domctl op = { .u.shadow_op.op = XENMIG_SHADOW_OP_OFF };

	return shadow_op(dom, &op);
}

/**
 * xenmig_dom_logdirty_clean - harvest the log-dirty bitmap and begin anew
 * @dom: the domain, in log-dirty mode; Xen does not tell when it is not
 * @bits: bitmap, bit n for frame n; vmalloc memory will do
 * @nr: frames it covers
 * @final: also mark what Xen itself keeps mapped for writing: the last time
 *
 * Xen pauses the guest meanwhile; the time grows with its size, not with what is
 * dirty. On any error marks may be lost: all frames count as dirty.
 *
 * Xen 4.17 returns 0 for a dying domain and touches nothing: the statistics are
 * poisoned so that this shows as an error.
 *
 * Return: 0; -ESRCH for a domain that is gone or (4.17) dying; -ENOMEM when the
 * paging pool was too small to mark in; -EBUSY; -EIO when Xen did fewer than @nr
 * (paging_log_dirty_op()).
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
	u64 began = ktime_get_ns();
	int err;

	err = shadow_op(dom, &op);
	trace_xenmig_harvest(nr, ktime_get_ns() - began);
	if (err)
		return err;
	if (op.u.shadow_op.fault_count == ~0U && op.u.shadow_op.dirty_count == ~0U)
		return -ESRCH;
	return op.u.shadow_op.pages == nr ? 0 : -EIO;
}

/**
 * xenmig_dom_mark - mark frames as if the guest had written to them
 * @dom: the domain, an HVM or PVH one
 * @gfns: frames
 * @count: how many, at most XENMIG_MARK_MAX
 *
 * What a device model says of its own writes (XEN_DMOP_modified_memory). Outside
 * log-dirty mode, or for a frame that is not there, nothing happens.
 *
 * Return: 0, -EINVAL for too many or a PV domain, or what Xen says.
 */
int xenmig_dom_mark(struct xenmig_dom *dom, const u64 *gfns, u32 count)
{
	struct xenmig_dm_extent extents[XENMIG_MARK_MAX] = {};
	struct xenmig_dm_op op = { .op = XENMIG_DMOP_modified_memory, .nr_extents = count };
	struct xenmig_dm_buf bufs[] = {
		{ (unsigned long)&op, sizeof(op) },
		{ (unsigned long)extents, count * sizeof(*extents) },
	};
	u32 i;

	if (count > XENMIG_MARK_MAX)
		return -EINVAL;
	for (i = 0; i < count; i++)
		extents[i] = (struct xenmig_dm_extent){ .nr = 1, .first = gfns[i] };
	dom->hypercalls++;
	return HYPERVISOR_dm_op(dom->id, ARRAY_SIZE(bufs), (struct xen_dm_op_buf *)bufs);
}

/**
 * xenmig_dom_logdirty_count - how many frames are marked, without harvesting
 * @dom: the domain, in log-dirty mode
 * @nr: its frames
 * @dirty: set to the number since the last harvest
 *
 * PEEK without a bitmap only returns the statistics.
 *
 * Return: 0, -ENOMEM when the paging pool was too small to mark in, -EBUSY.
 */
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

/**
 * xenmig_mfn_pfn - what Xen has noted of a machine frame
 * @mfn: machine frame
 * @pfn: set to the number that its owner gave it
 *
 * A PV guest may note anything of its own frames.
 *
 * Context: any, in a PV dom0.
 * Return: false where there is no such frame or it has no number.
 */
bool xenmig_mfn_pfn(u64 mfn, u64 *pfn)
{
	*pfn = mfn < machine_to_phys_nr ? mfn_to_pfn_no_overrides(mfn) : ~0UL;
	return *pfn != ~0UL;
}
