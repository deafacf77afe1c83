// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Frames taken out of page tables and put back in, everything else left as it is. */
#include <errno.h>

#include "harness.h"
#include "pv/pagetable.h"

#define FRAME	0x000ffffffffff000ULL

static u64 table[512], before[512], frames[512];

static void fill(u32 level)
{
	u32 i;

	for (i = 0; i < 512; i++) {
		table[i] = any();
		if (level > 1)
			table[i] &= ~0x80ULL;
	}
	memcpy(before, table, sizeof(table));
}

static bool xens(u32 level, u32 i)
{
	return level == 4 && i >= 256 && i <= 271;
}

static void frames_of_every_level(void)
{
	u32 level, i, n;
	int got;

	for (level = 1; level <= 4; level++) {
		fill(level);
		got = xenmig_table_frames(table, level, frames);
		for (i = 0, n = 0; i < 512; i++)
			if (table[i] & 1 && !xens(level, i))
				CHECK(frames[n++] == (table[i] & FRAME) >> 12);
		CHECK_EQ(got, n);
		CHECK(!memcmp(before, table, sizeof(table)));
	}
}

static void replaced_and_back(void)
{
	u64 other[512];
	u32 level, i, n;
	int got;

	for (level = 1; level <= 4; level++) {
		fill(level);
		got = xenmig_table_frames(table, level, frames);
		for (i = 0; i < 512; i++)
			other[i] = any() & (FRAME >> 12);
		xenmig_table_replace(table, level, other);
		for (i = 0, n = 0; i < 512; i++) {
			if (xens(level, i)) {
				CHECK_EQ(table[i], 0);
				before[i] = 0;
				continue;
			}
			CHECK((table[i] & ~FRAME) == (before[i] & ~FRAME));
			if (before[i] & 1)
				CHECK((table[i] & FRAME) >> 12 == other[n++]);
			else
				CHECK(table[i] == before[i]);
		}
		CHECK_EQ(xenmig_table_frames(table, level, other), got);
		xenmig_table_replace(table, level, frames);
		CHECK(!memcmp(before, table, sizeof(table)));
	}
}

/* A frame number that is none does not reach other bits. */
static void frame_too_wide(void)
{
	u64 wide = ~0ULL;

	memset(table, 0, sizeof(table));
	table[7] = 0x8000000000000001ULL;
	CHECK_EQ(xenmig_table_frames(table, 1, frames), 1);
	xenmig_table_replace(table, 1, &wide);
	CHECK(table[7] == (0x8000000000000001ULL | FRAME));
}

static void superpages(void)
{
	u32 level;

	memset(table, 0, sizeof(table));
	table[300] = 0x123000 | 0x81;
	CHECK_EQ(xenmig_table_frames(table, 1, frames), 1);	/* a memory type there */
	for (level = 2; level <= 4; level++)
		CHECK_EQ(xenmig_table_frames(table, level, frames), -EOPNOTSUPP);
	table[300] &= ~1ULL;
	CHECK_EQ(xenmig_table_frames(table, 2, frames), 0);
}

static void indices(void)
{
	u64 address = 0xffff888123456789ULL;

	CHECK_EQ(xenmig_table_index(address, 4), 0x111);
	CHECK_EQ(xenmig_table_index(address, 3), 0x4);
	CHECK_EQ(xenmig_table_index(address, 2), 0x11a);
	CHECK_EQ(xenmig_table_index(address, 1), 0x56);
	CHECK(xenmig_table_frame(0xfff0000000123001ULL) == 0x123);
	CHECK(xenmig_table_present(1) && !xenmig_table_present(2));
}

static const struct test tests[] = {
	TEST(frames_of_every_level),
	TEST(replaced_and_back),
	TEST(frame_too_wide),
	TEST(superpages),
	TEST(indices),
};

HARNESS_MAIN(tests)
