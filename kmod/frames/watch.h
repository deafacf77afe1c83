/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Does somebody else take marks out of a guest's log-dirty bitmap? Pure: knows
 * neither Xen nor the guest.
 */
#ifndef _XENMIG_WATCH_H
#define _XENMIG_WATCH_H

#include <linux/types.h>

#define XENMIG_WATCH_MAX	16

/**
 * struct xenmig_watch - frames of which the next harvest must speak
 * @gfn: the frames
 * @nr: how many
 */
struct xenmig_watch {
	u64 gfn[XENMIG_WATCH_MAX];
	u32 nr;
};

void xenmig_watch_choose(struct xenmig_watch *w, const u64 *random, u64 frames);
void xenmig_watch_keep(struct xenmig_watch *w, const u64 *types);
const u64 *xenmig_watch_lost(const struct xenmig_watch *w, const unsigned long *harvest);

#endif /* _XENMIG_WATCH_H */
