/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Named points at which a test lets something go wrong, once. Only a module built
 * with FAULT_POINTS=1 has them: whoever may write a parameter must not be able to
 * damage a guest.
 */
#ifndef _XENMIG_FAULT_H
#define _XENMIG_FAULT_H

#include <linux/types.h>

#ifdef XENMIG_FAULT_POINTS
bool xenmig_fault(const char *point);
#else
static inline bool xenmig_fault(const char *point)
{
	return false;
}
#endif

#endif /* _XENMIG_FAULT_H */
