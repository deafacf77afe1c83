/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Largest and smallest values. */
#ifndef _SHIM_LINUX_LIMITS_H
#define _SHIM_LINUX_LIMITS_H

#include_next <linux/limits.h>
#include <limits.h>

#define U32_MAX		((__u32)~0U)
#define U64_MAX		((__u64)~0ULL)

#endif
