/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a source does differently for a PV guest: frames are found through its p2m, page
 * tables are sent as copies that name its own frames, and its state is not one blob.
 *
 * Context of all of it: the session's thread. Functions that fail have noted why, but for
 * -ENOMEM and -ECANCELED.
 */
#ifndef _XENMIG_PVSOURCE_H
#define _XENMIG_PVSOURCE_H

#include "session/source.h"

int xenmig_pv_open(struct source *src, u64 pages);
void xenmig_pv_close(struct source *src);
u64 xenmig_pv_frames(const struct source *src);
int xenmig_pv_send_info(struct source *src);
int xenmig_pv_send_p2m(struct source *src);
int xenmig_pv_classify(struct source *src, u32 count, u32 *kept, u32 *mapped);
int xenmig_pv_map_flight(struct source *src, struct xenmig_flight *f, u32 *kept, u32 mapped);
void xenmig_pv_watch_marks(struct source *src);
int xenmig_pv_begin_pause(struct source *src);
int xenmig_pv_mark_given_back(struct source *src);
int xenmig_pv_send_state(struct source *src);
bool xenmig_pv_number(const struct source *src, u64 mfn, u64 *pfn);
int xenmig_pv_digest(struct source *src, struct xenmig_digest *d);

#endif /* _XENMIG_PVSOURCE_H */
