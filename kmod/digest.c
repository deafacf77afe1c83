// SPDX-License-Identifier: GPL-2.0-only
/*
 * XXH64 over the guest's frames in ascending order, each preceded by its
 * number, so that a page in the wrong place shows as well as a wrong page.
 */
#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/xxhash.h>

#include "digest.h"
#include "fault.h"

#define BATCH	64

struct batch {
	u64 gfn[BATCH];
	bool failed[BATCH];
	struct xxh64_state state;
};

static int digest_batch(struct xenmig_window *w, struct xenmig_dom *dom, struct batch *b, u32 n,
			const struct xenmig_host_frames *host, u64 *frames)
{
	u32 i;
	int err;

	err = xenmig_window_map(w, dom, 0, b->gfn, n, b->failed);
	if (err)
		return err;
	for (i = 0; i < n; i++) {
		if (b->failed[i])
			return -EFAULT;
		if (xenmig_host_frame(host, b->gfn[i]))
			continue;
		xxh64_update(&b->state, &b->gfn[i], sizeof(b->gfn[i]));
		xxh64_update(&b->state, xenmig_window_addr(w, i), PAGE_SIZE);
		++*frames;
	}
	return 0;
}

/**
 * xenmig_digest - digest the memory of a domain that does not run
 * @w: window, at least BATCH slots; nothing of it is in flight. Slots are left mapped
 * @dom: the domain
 * @placed: its frames that hold data; the cursor is moved
 * @host: frames to leave out
 * @digest: result
 * @frames: how many frames it covers
 *
 * Context: the session's thread; takes as long as reading all of it.
 * Return: 0, -ENOMEM, -EFAULT when a frame is not there, or what
 * xenmig_window_map() says.
 */
int xenmig_digest(struct xenmig_window *w, struct xenmig_dom *dom, struct xenmig_dirty *placed,
		  const struct xenmig_host_frames *host, u64 *digest, u64 *frames)
{
	struct batch *b;
	int err = 0;
	u32 n;

	b = xenmig_fault("no-memory-digest") ? NULL : kzalloc(sizeof(*b), GFP_KERNEL);
	if (!b)
		return -ENOMEM;
	xxh64_reset(&b->state, 0);
	*frames = 0;
	xenmig_dirty_rewind(placed);
	while (!err && (n = xenmig_dirty_walk(placed, b->gfn, BATCH))) {
		err = digest_batch(w, dom, b, n, host, frames);
		cond_resched();
	}
	*digest = xxh64_digest(&b->state);
	kfree(b);
	return err;
}
