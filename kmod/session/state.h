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

bool xenmig_state_may(enum xenmig_role role, enum xenmig_state from, enum xenmig_state to);
bool xenmig_state_ended(enum xenmig_state state);
bool xenmig_state_committed(enum xenmig_state state);
const char *xenmig_state_name(enum xenmig_state state);
const char *xenmig_reason_name(enum xenmig_reason reason);

#endif /* _XENMIG_STATE_H */
