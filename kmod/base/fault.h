/* SPDX-License-Identifier: GPL-2.0-only */
/* Named points at which a test lets something go wrong, once. */
#ifndef _XENMIG_FAULT_H
#define _XENMIG_FAULT_H

#include <linux/types.h>

bool xenmig_fault(const char *point);

#endif /* _XENMIG_FAULT_H */
