// SPDX-License-Identifier: GPL-2.0-only
/*
 * Map guest frames into a PV dom0. The slots are pages without memory of
 * their own (xen_alloc_unpopulated_pages): they have a struct page, so the
 * network can carry them, and a place in the linear mapping. The machine
 * address of each slot's page table entry is computed once; a batch is then
 * one mmu_update and one flush, and new frames are written over old ones.
 *
 * Xen does not flush for such updates. Another vCPU of dom0 that has touched
 * the slot would go on seeing the old frame, so all of them are flushed
 * wherever there is more than one.
 */
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <xen/page.h>
#include <xen/xen.h>
#include <asm/pgtable.h>
#include <asm/xen/hypercall.h>
#include <asm/xen/page.h>

#include "base/trace.h"
#include "frames/window.h"

#define READ_BITS	(_PAGE_PRESENT | _PAGE_ACCESSED | _PAGE_NX)
#define WRITE_BITS	(READ_BITS | _PAGE_RW | _PAGE_DIRTY)

static void flush(void)
{
	struct mmuext_op op = {
		.cmd = num_online_cpus() == 1 ? MMUEXT_TLB_FLUSH_LOCAL : MMUEXT_TLB_FLUSH_ALL,
	};

	WARN_ON_ONCE(HYPERVISOR_mmuext_op(&op, 1, NULL, DOMID_SELF));
}

static int by_place(const void *a, const void *b)
{
	const struct page *const *x = a, *const *y = b;

	return *x < *y ? -1 : *x > *y;
}

static int find_ptes(struct xenmig_window *w)
{
	unsigned int level;
	u32 i;

	for (i = 0; i < w->nr; i++) {
		w->pte[i] = lookup_address((unsigned long)page_address(w->pages[i]), &level);
		if (!w->pte[i] || level != PG_LEVEL_4K)
			return -EOPNOTSUPP;
		w->pte_maddr[i] = arbitrary_virt_to_machine(w->pte[i]).maddr;
	}
	return 0;
}

/**
 * xenmig_window_init - make a window
 * @w: to be filled
 * @nr: slots
 * @writable: map frames for writing (destination) or for reading (source)
 *
 * The caller ends its life with xenmig_window_free().
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM, what xen_alloc_unpopulated_pages() says, or -EOPNOTSUPP
 * where dom0's linear mapping is not made of 4 KiB pages.
 */
int xenmig_window_init(struct xenmig_window *w, u32 nr, bool writable)
{
	int err = -ENOMEM;

	w->mapped = 0;
	w->nr = nr;
	w->writable = writable;
	w->pages = kvcalloc(nr, sizeof(*w->pages), GFP_KERNEL);
	w->pte = kvcalloc(nr, sizeof(*w->pte), GFP_KERNEL);
	w->pte_maddr = kvcalloc(nr, sizeof(*w->pte_maddr), GFP_KERNEL);
	w->update = kvcalloc(nr, sizeof(*w->update), GFP_KERNEL);
	if (!w->pages || !w->pte || !w->pte_maddr || !w->update)
		goto err_free;
	err = xen_alloc_unpopulated_pages(nr, w->pages);
	if (err)
		goto err_free;
	/* They come last page first. */
	sort(w->pages, nr, sizeof(*w->pages), by_place, NULL);
	err = find_ptes(w);
	if (err)
		goto err_free_pages;
	return 0;

err_free_pages:
	xen_free_unpopulated_pages(nr, w->pages);
err_free:
	kvfree(w->update);
	kvfree(w->pte_maddr);
	kvfree(w->pte);
	kvfree(w->pages);
	w->pte = NULL;
	w->pages = NULL;
	return err;
}

/* The machine frame in a slot's entry, as Xen wrote it for a guest frame. */
static unsigned long slot_mfn(struct xenmig_window *w, u32 slot)
{
	/* Of memory that is dom0's own. */
	if (!w->pte)
		return pfn_to_mfn(page_to_pfn(w->pages[slot]));
	return (native_pte_val(READ_ONCE(*w->pte[slot])) & PTE_PFN_MASK) >> PAGE_SHIFT;
}

/**
 * xenmig_window_follows - does a slot go on where the one before it ends?
 * @w: window
 * @slot: not the first; it and the one before hold frames
 *
 * Return: true where both are one run, in dom0's memory and in the machine's, so that
 * a device may be given them as one.
 */
bool xenmig_window_follows(struct xenmig_window *w, u32 slot)
{
	return w->pages[slot] == w->pages[slot - 1] + 1 &&
	       slot_mfn(w, slot) == slot_mfn(w, slot - 1) + 1;
}

/* With the machine frame in the p2m, the slot's struct page is fit for DMA. */
static void slot_set_p2m(struct xenmig_window *w, u32 slot, unsigned long entry)
{
	xen_p2m_addr[page_to_pfn(w->pages[slot])] = entry;
}

/* Returns the first update that failed, @count if none did. */
static u32 apply(struct xenmig_dom *dom, struct mmu_update *update, u32 count, u16 domid, int *err)
{
	int done = 0;

	dom->hypercalls++;
	*err = HYPERVISOR_mmu_update(update, count, &done, domid);
	return *err ? min_t(u32, done, count - 1) : count;
}

/**
 * xenmig_window_map - map frames of a translated guest
 * @w: window
 * @dom: whose frames
 * @first: slot of the first one; whatever these slots held is replaced
 * @gfns: frames
 * @count: how many
 * @failed: set per frame: true where there was nothing to map
 *
 * A slot whose frame could not be mapped is left empty. The caller has made
 * sure that the network has let go of these slots. Xen takes a guest's frame
 * numbers where the update names that guest (mod_l1_entry()), and holds a
 * reference on each frame until the slot changes.
 *
 * Context: the session's thread, or session-new before there is one.
 * Return: 0, or an errno that is not about a single frame: -EINVAL for slots that
 * are none, -ESRCH when the guest is gone, -EPERM; then the slots hold what they
 * held, or the new frames in part, and are to be unmapped.
 */
int xenmig_window_map(struct xenmig_window *w, struct xenmig_dom *dom, u32 first,
		      const u64 *gfns, u32 count, bool *failed)
{
	u64 bits = w->writable ? WRITE_BITS : READ_BITS, began = ktime_get_ns();
	u32 i, done = 0;
	int err = 0;

	if (first + count > w->nr)
		return -EINVAL;
	for (i = 0; i < count; i++) {
		w->update[i].ptr = w->pte_maddr[first + i] | MMU_NORMAL_PT_UPDATE;
		w->update[i].val = gfns[i] << PAGE_SHIFT | bits;
		failed[i] = false;
	}
	while (done < count) {
		done += apply(dom, w->update + done, count - done, dom->id, &err);
		if (!err)
			break;
		if (err == -ESRCH || err == -EPERM)
			return err;
		failed[done] = true;
		xenmig_window_unmap(w, first + done, 1);
		done++;
	}
	flush();
	dom->hypercalls++;
	for (i = 0; i < count; i++) {
		if (!failed[i])
			slot_set_p2m(w, first + i, FOREIGN_FRAME(slot_mfn(w, first + i)));
		w->mapped += !failed[i];
	}
	trace_xenmig_map(count, ktime_get_ns() - began);
	return 0;
}

static void note_mapped(struct xenmig_window *w, u32 first, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++)
		slot_set_p2m(w, first + i, FOREIGN_FRAME(slot_mfn(w, first + i)));
	w->mapped += count;
}

/**
 * xenmig_window_map_extent - map frames that are one run in the machine as well
 * @w: window
 * @dom: a translated domain that does not run, and was given them in one extent
 * @first: slot of the first one; whatever these slots held is replaced
 * @gfn: first frame
 * @count: how many
 *
 * Xen looks up the first one only, and is told the others by their machine number:
 * it goes through the domain's tables once, and not for each. That each belongs to
 * the domain it checks all the same.
 *
 * Context: as xenmig_window_map().
 * Return: 0; -EFAULT where a frame is not there; or what Xen says. Then the slots
 * hold what they held, or the new frames in part, and are to be unmapped.
 */
int xenmig_window_map_extent(struct xenmig_window *w, struct xenmig_dom *dom, u32 first, u64 gfn,
			     u32 count)
{
	u64 bits = w->writable ? WRITE_BITS : READ_BITS, began = ktime_get_ns(), mfn;
	u32 i;
	int err;

	if (!count || first + count > w->nr)
		return -EINVAL;
	w->update[0].ptr = w->pte_maddr[first] | MMU_NORMAL_PT_UPDATE;
	w->update[0].val = gfn << PAGE_SHIFT | bits;
	apply(dom, w->update, 1, dom->id, &err);
	if (err)
		return err == -ESRCH || err == -EPERM ? err : -EFAULT;
	mfn = slot_mfn(w, first);
	for (i = 1; i < count; i++) {
		w->update[i].ptr = w->pte_maddr[first + i] | MMU_PT_UPDATE_NO_TRANSLATE;
		w->update[i].val = (mfn + i) << PAGE_SHIFT | bits;
	}
	if (count > 1)
		apply(dom, w->update + 1, count - 1, dom->id, &err);
	flush();
	dom->hypercalls++;
	if (err)
		return err == -ESRCH || err == -EPERM ? err : -EFAULT;
	note_mapped(w, first, count);
	trace_xenmig_map(count, ktime_get_ns() - began);
	return 0;
}

/**
 * xenmig_window_map_mfn - map a frame that Xen gave by machine number
 * @w: window
 * @dom: domain that owns the frame
 * @slot: where, below @w->nr
 * @mfn: machine frame (XENMEM_acquire_resource)
 *
 * To be read or written by the caller: the network could not carry it, since the
 * p2m does not learn of it.
 *
 * Context: as xenmig_window_map().
 * Return: 0 or what Xen says; then the slot holds what it held.
 */
int xenmig_window_map_mfn(struct xenmig_window *w, struct xenmig_dom *dom, u32 slot, u64 mfn)
{
	u64 bits = w->writable ? WRITE_BITS : READ_BITS;
	struct mmu_update update = {
		.ptr = w->pte_maddr[slot] | MMU_PT_UPDATE_NO_TRANSLATE,
		.val = mfn << PAGE_SHIFT | bits,
	};
	int err;

	apply(dom, &update, 1, dom->id, &err);
	flush();
	return err;
}

/**
 * xenmig_window_unmap - empty slots
 * @w: window
 * @first: first slot
 * @count: how many; empty ones may be among them
 *
 * The caller has made sure that the network has let go of them.
 *
 * Context: as xenmig_window_map().
 * Return: hypercalls that it took.
 */
u32 xenmig_window_unmap(struct xenmig_window *w, u32 first, u32 count)
{
	struct mmu_update update[32];
	u32 i, n, calls = 0;

	for (; count; first += n, count -= n) {
		n = min_t(u32, count, ARRAY_SIZE(update));
		for (i = 0; i < n; i++) {
			slot_set_p2m(w, first + i, INVALID_P2M_ENTRY);
			update[i].ptr = w->pte_maddr[first + i] | MMU_NORMAL_PT_UPDATE;
			update[i].val = 0;
		}
		WARN_ON_ONCE(HYPERVISOR_mmu_update(update, n, NULL, DOMID_SELF));
		calls++;
	}
	flush();
	return calls + 1;
}

/**
 * xenmig_window_free - unmap everything and give the slots back
 * @w: window; one that is zeroed or was never made is fine, and one on memory of
 * dom0's own is left to whom that belongs
 *
 * The network holds no reference to any of the pages any more. The count of
 * mapped frames stays.
 *
 * Context: the session's thread, session-new before there is one, or the
 * quarantine's work; may sleep.
 */
void xenmig_window_free(struct xenmig_window *w)
{
	if (!w->pte)
		return;
	xenmig_window_unmap(w, 0, w->nr);
	xen_free_unpopulated_pages(w->nr, w->pages);
	kvfree(w->update);
	kvfree(w->pte_maddr);
	kvfree(w->pte);
	kvfree(w->pages);
	w->pte = NULL;
	w->pages = NULL;
}
