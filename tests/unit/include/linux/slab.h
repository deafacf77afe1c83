/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Allocation; the next one fails when a test says so. */
#ifndef _SHIM_LINUX_SLAB_H
#define _SHIM_LINUX_SLAB_H

#include <linux/types.h>
#include <stdlib.h>

#define GFP_KERNEL	0

extern bool shim_alloc_fails;

static inline void *kvzalloc(size_t size, int flags)
{
	(void)flags;
	return shim_alloc_fails ? NULL : calloc(1, size);
}

static inline void kvfree(const void *p)
{
	free((void *)p);
}

#endif
