// SPDX-License-Identifier: GPL-2.0-only
/*
 * XXH64 over the guest's frames in ascending order, each preceded by its
 * number, so that a page in the wrong place shows as well as a wrong page.
 */
#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/xxhash.h>

#include "base/fault.h"
#include "frames/digest.h"

#define BATCH	64

struct batch {
	u64 gfn[BATCH];
	u64 mfn[BATCH];
	bool failed[BATCH];
	struct xxh64_state state;
};

/* A frame whose content does not travel; 0 never is one. */
static bool is_host_frame(const struct xenmig_host_frames *h, u64 gfn)
{
	u32 i;

	for (i = 0; i < XENMIG_HOST_FRAMES; i++)
		if (h->gfn[i] && h->gfn[i] == gfn)
			return true;
	return false;
}

static int map_batch(struct xenmig_digest *d, struct batch *b, u32 n)
{
	u32 i;

	if (!d->mfn)
		return xenmig_window_map(d->w, d->dom, 0, b->gfn, n, b->failed);
	for (i = 0; i < n; i++)
		b->mfn[i] = d->mfn(d->arg, b->gfn[i]);
	return xenmig_window_map(d->w, d->dom, 0, b->mfn, n, b->failed);
}

static int digest_batch(struct xenmig_digest *d, struct batch *b, u32 n)
{
	u32 i;
	int err;

	err = map_batch(d, b, n);
	if (err)
		return err;
	for (i = 0; i < n; i++) {
		if (b->failed[i])
			return -EFAULT;
		if (is_host_frame(d->host, b->gfn[i]))
			continue;
		xxh64_update(&b->state, &b->gfn[i], sizeof(b->gfn[i]));
		xxh64_update(&b->state, xenmig_window_addr(d->w, i), PAGE_SIZE);
		d->frames++;
	}
	return 0;
}

/**
 * xenmig_digest - digest the memory of a domain that does not run
 * @d: what to digest; the results are filled in
 *
 * Context: the session's thread; takes as long as reading all of it.
 * Return: 0, -ENOMEM, -EFAULT when a frame is not there, or what
 * xenmig_window_map() says.
 */
int xenmig_digest(struct xenmig_digest *d)
{
	struct batch *b;
	int err = 0;
	u32 n;

	b = xenmig_fault("no-memory-digest") ? NULL : kzalloc(sizeof(*b), GFP_KERNEL);
	if (!b)
		return -ENOMEM;
	xxh64_reset(&b->state, 0);
	d->frames = 0;
	xenmig_dirty_rewind(d->placed);
	while (!err && (n = xenmig_dirty_walk(d->placed, b->gfn, BATCH))) {
		err = digest_batch(d, b, n);
		cond_resched();
	}
	d->value = xxh64_digest(&b->state);
	kfree(b);
	return err;
}
