// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of dom0's own in the place of a guest's. A window on it has no entries of
 * page tables to be written (@pte is NULL), so xenmig_window_free() leaves it alone.
 */
#include <linux/gfp.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "bench/memory.h"

#define OWN_RUN		512

/* In pieces as a guest's memory has them, where there still are such. */
static int alloc_run(struct page **pages, u32 nr)
{
	unsigned int order = ilog2(OWN_RUN);
	struct page *page = NULL;
	u32 i;

	if (nr == OWN_RUN)
		page = alloc_pages(GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY, order);
	if (page)
		split_page(page, order);
	for (i = 0; i < nr; i++) {
		pages[i] = page ? page + i : alloc_page(GFP_KERNEL | __GFP_RETRY_MAYFAIL);
		if (!pages[i])
			return -ENOMEM;
	}
	return 0;
}

/**
 * xenmig_own_init - make a window on memory of dom0's own
 * @w: to be filled
 * @nr: slots
 *
 * Nothing may be mapped there. The caller ends its life with xenmig_own_free().
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM; then nothing is left.
 */
int xenmig_own_init(struct xenmig_window *w, u32 nr)
{
	u32 i, n;
	int err = 0;

	memset(w, 0, sizeof(*w));
	w->nr = nr;
	w->writable = true;
	w->pages = kvcalloc(nr, sizeof(*w->pages), GFP_KERNEL);
	if (!w->pages)
		return -ENOMEM;
	for (i = 0; i < nr && !err; i += n) {
		n = min_t(u32, nr - i, OWN_RUN);
		err = alloc_run(w->pages + i, n);
	}
	if (err)
		xenmig_own_free(w);
	return err;
}

/**
 * xenmig_own_free - give the memory back
 * @w: such a window, of which the network has let go; any other is left alone
 *
 * Context: may sleep; also the quarantine's work.
 */
void xenmig_own_free(struct xenmig_window *w)
{
	u32 i;

	if (!w->pages || w->pte)
		return;
	for (i = 0; i < w->nr; i++)
		if (w->pages[i])
			__free_page(w->pages[i]);
	kvfree(w->pages);
	w->pages = NULL;
}
