/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A set of guest frames: let Xen write its log-dirty bitmap into it, count it, take
 * its frames in ascending order. Pure: knows neither Xen nor sockets.
 */
#ifndef _XENMIG_DIRTY_H
#define _XENMIG_DIRTY_H

#include <linux/types.h>

/**
 * struct xenmig_dirty - a set of guest frames
 * @bits: bitmap, little-endian bit order in little-endian words, as Xen's
 * @nr: frames it can hold: 0 .. nr - 1
 * @count: frames in it
 * @cursor: where the next take() begins to look
 *
 * No lock of its own: one thread owns it.
 */
struct xenmig_dirty {
	unsigned long *bits;
	u64 nr;
	u64 count;
	u64 cursor;
};

int xenmig_dirty_init(struct xenmig_dirty *d, u64 nr);		/* -ENOMEM */
void xenmig_dirty_free(struct xenmig_dirty *d);			/* safe on a zeroed one */
int xenmig_dirty_grow(struct xenmig_dirty *d, u64 nr, bool set);	/* new frames set or clear */
void xenmig_dirty_fill(struct xenmig_dirty *d);
void xenmig_dirty_clear(struct xenmig_dirty *d);
void xenmig_dirty_add(struct xenmig_dirty *d, u64 gfn);
void xenmig_dirty_remove(struct xenmig_dirty *d, u64 gfn);
bool xenmig_dirty_test(const struct xenmig_dirty *d, u64 gfn);
u64 xenmig_dirty_recount(struct xenmig_dirty *d);
u32 xenmig_dirty_take(struct xenmig_dirty *d, u64 *gfns, u32 max);
u32 xenmig_dirty_walk(struct xenmig_dirty *d, u64 *gfns, u32 max);
void xenmig_dirty_rewind(struct xenmig_dirty *d);

#endif /* _XENMIG_DIRTY_H */
