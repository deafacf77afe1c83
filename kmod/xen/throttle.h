/* SPDX-License-Identifier: GPL-2.0-only */
/* Slowing a guest that writes faster than the wire carries. */
#ifndef _XENMIG_THROTTLE_H
#define _XENMIG_THROTTLE_H

#include "xen/hypercall.h"

struct task_struct;

/**
 * struct xenmig_throttle - how a guest is slowed
 * @domid: the guest; a member only of one that is slowed
 * @percent: of its CPU time that it is denied, 0 when it is not slowed
 * @share: what the scheduler gave it before
 * @cap: what we have set instead
 * @pauser: pauses it in turns where the scheduler has no cap, or NULL
 *
 * Zeroed: not slowed. The session's thread's alone, but for @percent, which the
 * pauser reads.
 */
struct xenmig_throttle {
	u16 domid;
	u32 percent;
	struct xenmig_share share;
	u32 cap;
	struct task_struct *pauser;
};

int xenmig_throttle_set(struct xenmig_throttle *t, struct xenmig_dom *dom, u32 vcpus, u32 percent);
void xenmig_throttle_end(struct xenmig_throttle *t, struct xenmig_dom *dom);

#endif /* _XENMIG_THROTTLE_H */
