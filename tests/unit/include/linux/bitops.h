/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Bit operations on arrays of long. */
#ifndef _SHIM_LINUX_BITOPS_H
#define _SHIM_LINUX_BITOPS_H

#include <linux/bits.h>
#include <linux/types.h>

static inline bool test_bit(unsigned long nr, const unsigned long *p)
{
	return p[nr / BITS_PER_LONG] >> (nr % BITS_PER_LONG) & 1;
}

static inline void __clear_bit(unsigned long nr, unsigned long *p)
{
	p[nr / BITS_PER_LONG] &= ~BIT(nr % BITS_PER_LONG);
}

static inline bool __test_and_set_bit(unsigned long nr, unsigned long *p)
{
	bool was = test_bit(nr, p);

	p[nr / BITS_PER_LONG] |= BIT(nr % BITS_PER_LONG);
	return was;
}

static inline bool __test_and_clear_bit(unsigned long nr, unsigned long *p)
{
	bool was = test_bit(nr, p);

	__clear_bit(nr, p);
	return was;
}

static inline unsigned long hweight_long(unsigned long word)
{
	return (unsigned long)__builtin_popcountl(word);
}

/* Next set bit at or above @from, @size when there is none. */
static inline unsigned long find_next_bit(const unsigned long *p, unsigned long size,
					  unsigned long from)
{
	unsigned long i, word, bit;

	if (from >= size)
		return size;
	i = from / BITS_PER_LONG;
	word = p[i] & (~0UL << (from % BITS_PER_LONG));
	while (!word) {
		if (++i * BITS_PER_LONG >= size)
			return size;
		word = p[i];
	}
	bit = i * BITS_PER_LONG + (unsigned long)__builtin_ctzl(word);
	return bit < size ? bit : size;
}

#endif
