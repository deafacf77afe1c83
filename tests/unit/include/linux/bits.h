/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Single bits. */
#ifndef _SHIM_LINUX_BITS_H
#define _SHIM_LINUX_BITS_H

#define BITS_PER_LONG	((int)(8 * sizeof(long)))
#define BIT(n)		(1UL << (n))

#endif
