// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A set of guest frames. Bits at and above @nr in the last word are always
 * clear, so whole words can be counted.
 */
#include <linux/bitops.h>
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "frames/dirty.h"

/* kvzalloc() refuses more than INT_MAX bytes; a guest of 64 TiB needs less. */
#define MAX_FRAMES	((u64)(INT_MAX / sizeof(long)) * BITS_PER_LONG)

static size_t words(u64 nr)
{
	return DIV_ROUND_UP(nr, BITS_PER_LONG);
}

/* The bits of the word that holds frame @nr which lie below @nr. */
static unsigned long below(u64 nr)
{
	return (1UL << (nr % BITS_PER_LONG)) - 1;
}

static unsigned long *alloc_bits(u64 nr)
{
	if (nr > MAX_FRAMES)
		return NULL;
	/* Never empty, so that NULL always means no memory. */
	return kvzalloc(max_t(size_t, words(nr), 1) * sizeof(long), GFP_KERNEL);
}

/* Set frames @from .. @to - 1, where @to is the end of the set. */
static void set_tail(unsigned long *bits, u64 from, u64 to)
{
	size_t first = from / BITS_PER_LONG;
	unsigned long keep;

	if (from >= to)
		return;
	keep = bits[first] | ~below(from);
	memset(bits + first, 0xff, (words(to) - first) * sizeof(long));
	bits[first] = keep;
	if (to % BITS_PER_LONG)
		bits[words(to) - 1] &= below(to);
}

/**
 * xenmig_dirty_init() - make an empty set
 * @d: the set; what it held before is overwritten, not freed
 * @nr: frames it is to hold
 *
 * May sleep. The caller ends its life with xenmig_dirty_free().
 *
 * Return: 0 or -ENOMEM, with @d zeroed.
 */
int xenmig_dirty_init(struct xenmig_dirty *d, u64 nr)
{
	memset(d, 0, sizeof(*d));
	d->bits = alloc_bits(nr);
	if (!d->bits)
		return -ENOMEM;
	d->nr = nr;
	return 0;
}

/**
 * xenmig_dirty_free() - release a set's memory
 * @d: the set, or a zeroed one; is zeroed
 */
void xenmig_dirty_free(struct xenmig_dirty *d)
{
	kvfree(d->bits);
	memset(d, 0, sizeof(*d));
}

/**
 * xenmig_dirty_grow() - let a set hold more frames
 * @d: the set; may be a zeroed one
 * @nr: frames it is to hold; not more than now: nothing is done
 * @set: put the new frames in
 *
 * May sleep. The cursor stays where it is, so a walk that had come to the end
 * goes on with the new frames.
 *
 * Return: 0 or -ENOMEM, with @d unchanged.
 */
int xenmig_dirty_grow(struct xenmig_dirty *d, u64 nr, bool set)
{
	unsigned long *bits;

	if (nr <= d->nr)
		return 0;
	bits = alloc_bits(nr);
	if (!bits)
		return -ENOMEM;
	if (d->count)
		memcpy(bits, d->bits, words(d->nr) * sizeof(long));
	if (set) {
		set_tail(bits, d->nr, nr);
		d->count += nr - d->nr;
	}
	kvfree(d->bits);
	d->bits = bits;
	d->nr = nr;
	return 0;
}

/**
 * xenmig_dirty_fill() - put every frame in
 * @d: the set; its cursor stays
 */
void xenmig_dirty_fill(struct xenmig_dirty *d)
{
	set_tail(d->bits, 0, d->nr);
	d->count = d->nr;
}

/**
 * xenmig_dirty_clear() - take every frame out
 * @d: the set; its cursor stays
 */
void xenmig_dirty_clear(struct xenmig_dirty *d)
{
	if (d->count)
		memset(d->bits, 0, words(d->nr) * sizeof(long));
	d->count = 0;
}

/**
 * xenmig_dirty_add() - put one frame in
 * @d: the set
 * @gfn: the frame, below @d->nr; another one is a bug: warned of and ignored
 */
void xenmig_dirty_add(struct xenmig_dirty *d, u64 gfn)
{
	if (WARN_ON_ONCE(gfn >= d->nr))
		return;
	if (!__test_and_set_bit(gfn, d->bits))
		d->count++;
}

/**
 * xenmig_dirty_remove() - take one frame out
 * @d: the set
 * @gfn: the frame; one the set cannot hold is not in it
 */
void xenmig_dirty_remove(struct xenmig_dirty *d, u64 gfn)
{
	if (gfn < d->nr && __test_and_clear_bit(gfn, d->bits))
		d->count--;
}

/**
 * xenmig_dirty_test() - is a frame in?
 * @d: the set
 * @gfn: the frame
 *
 * Return: true if it is; false also for a frame the set cannot hold.
 */
bool xenmig_dirty_test(const struct xenmig_dirty *d, u64 gfn)
{
	return gfn < d->nr && test_bit(gfn, d->bits);
}

/**
 * xenmig_dirty_recount() - take note of bits that somebody else has written
 * @d: the set; all its words may have been written, to be a log-dirty bitmap
 *
 * Bits beyond the last frame are cleared.
 *
 * Return: frames that are in.
 */
u64 xenmig_dirty_recount(struct xenmig_dirty *d)
{
	size_t i;

	if (d->nr % BITS_PER_LONG)
		d->bits[words(d->nr) - 1] &= below(d->nr);
	d->count = 0;
	for (i = 0; i < words(d->nr); i++)
		d->count += hweight_long(d->bits[i]);
	return d->count;
}

/* Next frame in the set from the cursor on, which moves behind it; @d->nr at the end. */
static u64 next_frame(struct xenmig_dirty *d)
{
	u64 gfn = d->count ? find_next_bit(d->bits, d->nr, d->cursor) : d->nr;

	d->cursor = min_t(u64, gfn + 1, d->nr);
	return gfn;
}

/**
 * xenmig_dirty_take() - take out the next frames
 * @d: the set
 * @gfns: where they go, ascending
 * @max: room there, in frames
 *
 * Begins at the cursor and leaves it behind the last frame taken. Frames that
 * are added before the cursor wait for xenmig_dirty_rewind().
 *
 * Return: how many; less than @max only at the end, then 0.
 */
u32 xenmig_dirty_take(struct xenmig_dirty *d, u64 *gfns, u32 max)
{
	u32 n;

	for (n = 0; n < max; n++) {
		gfns[n] = next_frame(d);
		if (gfns[n] >= d->nr)
			break;
		__clear_bit(gfns[n], d->bits);
		d->count--;
	}
	return n;
}

/**
 * xenmig_dirty_walk() - look at the next frames
 * @d: the set; only its cursor moves
 * @gfns: where they go, ascending
 * @max: room there, in frames
 *
 * Return: how many; less than @max only at the end, then 0.
 */
u32 xenmig_dirty_walk(struct xenmig_dirty *d, u64 *gfns, u32 max)
{
	u32 n;

	for (n = 0; n < max; n++) {
		gfns[n] = next_frame(d);
		if (gfns[n] >= d->nr)
			break;
	}
	return n;
}

/**
 * xenmig_dirty_rewind() - let the next take or walk begin at frame 0
 * @d: the set
 */
void xenmig_dirty_rewind(struct xenmig_dirty *d)
{
	d->cursor = 0;
}
