/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The window: slots of dom0's address space into which guest frames are
 * mapped. PV dom0 only: its own page tables are edited by mmu_update.
 */
#ifndef _XENMIG_WINDOW_H
#define _XENMIG_WINDOW_H

#include <linux/mm.h>
#include "xen/hypercall.h"

struct mmu_update;

/**
 * struct xenmig_window - slots for guest frames
 * @nr: slots
 * @pages: struct page of each slot; page_address() is where the frame is seen; NULL: no window
 * @pte: dom0's page table entry of each slot; NULL: no window, or one whose slots are memory
 * of dom0's own, where nothing is mapped (xenmig-bench.ko)
 * @pte_maddr: machine address of that entry
 * @update: scratch for one batch of updates
 * @writable: frames are mapped for writing
 * @mapped: frames mapped so far, for the statistics
 *
 * No lock: one thread, the session's, changes the mappings. Others (the network)
 * only read through pages that are in flight, and those slots are not touched.
 * A mapped frame cannot be freed: a guest destroyed meanwhile stays a zombie.
 */
struct xenmig_window {
	u32 nr;
	struct page **pages;
	pte_t **pte;
	u64 *pte_maddr;
	struct mmu_update *update;
	bool writable;
	u64 mapped;
};

int xenmig_window_init(struct xenmig_window *w, u32 nr, bool writable);
void xenmig_window_free(struct xenmig_window *w);
int xenmig_window_map(struct xenmig_window *w, struct xenmig_dom *dom, u32 first,
		      const u64 *gfns, u32 count, bool *failed);
int xenmig_window_map_extent(struct xenmig_window *w, struct xenmig_dom *dom, u32 first, u64 gfn,
			     u32 count);
int xenmig_window_map_mfn(struct xenmig_window *w, struct xenmig_dom *dom, u32 slot, u64 mfn);
bool xenmig_window_follows(struct xenmig_window *w, u32 slot);
u32 xenmig_window_unmap(struct xenmig_window *w, u32 first, u32 count);

/**
 * xenmig_window_addr - where the frame in a slot is seen
 * @w: window
 * @slot: which
 *
 * Return: address of PAGE_SIZE bytes; to be touched only while a frame is mapped
 * there, and written to only if the window is writable.
 */
static inline void *xenmig_window_addr(struct xenmig_window *w, u32 slot)
{
	return page_address(w->pages[slot]);
}

#endif /* _XENMIG_WINDOW_H */
