/* SPDX-License-Identifier: GPL-2.0-only */
/* Create a domain that is to receive a guest. */
#ifndef _XENMIG_CREATION_H
#define _XENMIG_CREATION_H

#include "frames/window.h"
#include "guest/domain.h"
#include "xen/hypercall.h"

/* A guest's highest frame may rise by this much while it moves: 4 GiB. */
#define XENMIG_MAX_GFN_MARGIN	(1ULL << 20)

int xenmig_create(struct xenmig_dom *dom, struct xenmig_window *w, struct xenmig_domain *d,
		  const char **why);
int xenmig_clear_frame(struct xenmig_window *w, struct xenmig_dom *dom, u64 gfn);

#endif /* _XENMIG_CREATION_H */
