/* SPDX-License-Identifier: GPL-2.0-only */
/* Rings that a guest shares with a backend: is anything in them unanswered or unread? */
#ifndef _XENMIG_RING_H
#define _XENMIG_RING_H

#include "xen/hypercall.h"

u64 xenmig_granted_frame(const void *table, u32 version, u32 entry);
int xenmig_ring_unanswered(struct xenmig_dom *dom, u32 ref, u32 *requests);
int xenmig_ring_unread(struct xenmig_dom *dom, u32 *octets);

#endif /* _XENMIG_RING_H */
