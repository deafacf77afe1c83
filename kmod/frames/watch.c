// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Another tool may clean the log-dirty bitmap, or switch the mode off and on
 * again (a stock `xl migrate` does), and nothing of Xen's tells. So a few
 * frames, others after every harvest, are marked by us: each must be in the
 * next one. What the guest itself writes to all of them after such a thing
 * could hide it.
 */
#include <linux/bitops.h>

#include "frames/watch.h"
#include "wire/record.h"

/**
 * xenmig_watch_choose - choose the frames to be marked
 * @w: filled
 * @random: XENMIG_WATCH_MAX random numbers
 * @frames: how many to choose from, from 0 on; where there are none, none are watched
 */
void xenmig_watch_choose(struct xenmig_watch *w, const u64 *random, u64 frames)
{
	u32 i;

	w->nr = frames ? XENMIG_WATCH_MAX : 0;
	for (i = 0; i < w->nr; i++)
		w->gfn[i] = random[i] % frames;
}

/**
 * xenmig_watch_keep - watch only those that hold memory
 * @w: frames that were marked
 * @types: what each of them is, read after they were marked
 *
 * One that is not there, now or a moment ago, has no mark: the guest may balloon.
 */
void xenmig_watch_keep(struct xenmig_watch *w, const u64 *types)
{
	u32 i, there = 0;

	for (i = 0; i < w->nr; i++)
		if (types[i] == XENMIG_PFN_NOTAB)
			w->gfn[there++] = w->gfn[i];
	w->nr = there;
}

/**
 * xenmig_watch_lost - is a mark of ours missing?
 * @w: what was marked
 * @harvest: the log-dirty bitmap since then, for all frames that were chosen from
 *
 * Return: a frame whose mark was taken away, or NULL.
 */
const u64 *xenmig_watch_lost(const struct xenmig_watch *w, const unsigned long *harvest)
{
	u32 i;

	for (i = 0; i < w->nr; i++)
		if (!test_bit(w->gfn[i], harvest))
			return &w->gfn[i];
	return NULL;
}
