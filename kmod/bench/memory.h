/* SPDX-License-Identifier: GPL-2.0-only */
/* A window whose slots are memory of dom0's own: what is measured without a guest. */
#ifndef _XENMIG_BENCH_MEMORY_H
#define _XENMIG_BENCH_MEMORY_H

#include "frames/window.h"

int xenmig_own_init(struct xenmig_window *w, u32 nr);
void xenmig_own_free(struct xenmig_window *w);

#endif /* _XENMIG_BENCH_MEMORY_H */
