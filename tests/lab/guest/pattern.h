/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pattern in the guest's memory, and what other patterns are made of. */
#ifndef LAB_PATTERN_H
#define LAB_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Consecutive words differ by an odd constant, so no page is ever all zero. */
#define WORD_STEP	0x9e3779b97f4a7c15ull

static inline uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

uint64_t page_base(uint32_t page, uint32_t generation);
void words_write(uint64_t *word, uint64_t base);
unsigned int words_check(const uint64_t *word, uint64_t base);
void pattern_seed(void);
bool pattern_fill(unsigned int mib);
bool pattern_fill_but(unsigned int spare);
void pattern_set_rate(unsigned int mib);
void pattern_dirty(double seconds);
void pattern_verify(char *answer, size_t size);
void pattern_info(char *text, size_t size);

#endif /* LAB_PATTERN_H */
