/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The kernel's fixed-width names, beside those user space has. */
#ifndef _SHIM_LINUX_TYPES_H
#define _SHIM_LINUX_TYPES_H

#include_next <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* As in the kernel: 64-bit is long long, so that its printf formats fit. */
typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s8 s8;
typedef __s16 s16;
typedef __s32 s32;
typedef __s64 s64;

#ifndef __force
#define __force
#endif

#endif
