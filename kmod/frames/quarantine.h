/* SPDX-License-Identifier: GPL-2.0-only */
/* Windows that the network still refers to when their owner has ended. */
#ifndef _XENMIG_QUARANTINE_H
#define _XENMIG_QUARANTINE_H

#include <linux/types.h>

struct xenmig_inflight;
struct xenmig_sock;
struct xenmig_window;

void xenmig_quarantine(struct xenmig_sock *s, struct xenmig_inflight *in, struct xenmig_window *w,
		       bool abort, void (*release)(void *owner), void *owner);
u32 xenmig_quarantine_pages(void);
void xenmig_quarantine_exit(void);

#endif /* _XENMIG_QUARANTINE_H */
