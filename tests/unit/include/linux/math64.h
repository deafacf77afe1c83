/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Division; like x86, it traps when the quotient does not fit. */
#ifndef _SHIM_LINUX_MATH64_H
#define _SHIM_LINUX_MATH64_H

#include <linux/types.h>

__extension__ typedef unsigned __int128 shim_u128;

static inline u64 div64_u64_rem(u64 dividend, u64 divisor, u64 *remainder)
{
	*remainder = dividend % divisor;
	return dividend / divisor;
}

static inline u64 mul_u64_u64_div_u64(u64 a, u64 mul, u64 div)
{
	shim_u128 q = (shim_u128)a * mul / div;

	if (q >> 64)
		__builtin_trap();
	return (u64)q;
}

#endif
