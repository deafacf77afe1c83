/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The legal edges of a session's state. Pure: the session brings the lock. */
#ifndef _XENMIG_STATE_H
#define _XENMIG_STATE_H

#include <linux/types.h>
#ifdef __KERNEL__
#include <uapi/linux/xenmig.h>
#else
#include <linux/xenmig.h>
#endif

/* Is @from -> @to an edge for @role? Documentation/states.rst draws them. */
bool xenmig_state_may(enum xenmig_role role, enum xenmig_state from, enum xenmig_state to);
/* failed, cancelled: nothing can follow. */
bool xenmig_state_ended(enum xenmig_state state);
/* held, kept: the controller's word counts now, the module undoes nothing by itself. */
bool xenmig_state_committed(enum xenmig_state state);
const char *xenmig_state_name(enum xenmig_state state);
const char *xenmig_reason_name(enum xenmig_reason reason);

#endif /* _XENMIG_STATE_H */
