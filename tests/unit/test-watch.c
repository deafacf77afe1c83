// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which frames are watched, and whether a lost mark is seen. */
#include <string.h>

#include "harness.h"
#include "wire/record.h"
#include "frames/watch.h"

#define FRAMES	1000

static u64 numbers[XENMIG_WATCH_MAX];
static u64 types[XENMIG_WATCH_MAX];
static unsigned long harvest[FRAMES / 64 + 1];

static void set_up(void)
{
	u32 i;

	for (i = 0; i < XENMIG_WATCH_MAX; i++) {
		numbers[i] = 0x9e3779b97f4a7c15ULL * (i + 1);
		types[i] = XENMIG_PFN_NOTAB;
	}
	memset(harvest, 0, sizeof(harvest));
}

static void mark(const struct xenmig_watch *w)
{
	u32 i;

	for (i = 0; i < w->nr; i++)
		harvest[w->gfn[i] / 64] |= 1UL << w->gfn[i] % 64;
}

static void frames_lie_below_the_limit(void)
{
	struct xenmig_watch w;
	u32 i;

	set_up();
	xenmig_watch_choose(&w, numbers, FRAMES);
	CHECK_EQ(w.nr, XENMIG_WATCH_MAX);
	for (i = 0; i < w.nr; i++)
		CHECK(w.gfn[i] < FRAMES);
}

static void one_frame(void)
{
	struct xenmig_watch w;

	set_up();
	xenmig_watch_choose(&w, numbers, 1);
	CHECK_EQ(w.nr, XENMIG_WATCH_MAX);
	CHECK_EQ(w.gfn[XENMIG_WATCH_MAX - 1], 0);
}

/* A guest that has given everything back: a division by zero once. */
static void no_frame(void)
{
	struct xenmig_watch w;

	set_up();
	xenmig_watch_choose(&w, numbers, 0);
	CHECK_EQ(w.nr, 0);
	xenmig_watch_keep(&w, types);
	CHECK(!xenmig_watch_lost(&w, harvest));
}

static void holes_are_not_watched(void)
{
	struct xenmig_watch w, all;
	u32 i, kept = 0;

	set_up();
	xenmig_watch_choose(&w, numbers, FRAMES);
	all = w;
	for (i = 0; i < XENMIG_WATCH_MAX; i += 3)
		types[i] = XENMIG_PFN_XTAB;
	xenmig_watch_keep(&w, types);
	for (i = 0; i < XENMIG_WATCH_MAX; i++)
		if (i % 3)
			CHECK_EQ(w.gfn[kept++], all.gfn[i]);
	CHECK_EQ(w.nr, kept);
}

static void a_lost_mark_is_seen(void)
{
	struct xenmig_watch w;
	const u64 *lost;
	u64 gfn;

	set_up();
	xenmig_watch_choose(&w, numbers, FRAMES);
	xenmig_watch_keep(&w, types);
	mark(&w);
	CHECK(!xenmig_watch_lost(&w, harvest));
	gfn = w.gfn[7];
	harvest[gfn / 64] &= ~(1UL << gfn % 64);
	lost = xenmig_watch_lost(&w, harvest);
	CHECK(lost && *lost == gfn);
}

static const struct test tests[] = {
	TEST(frames_lie_below_the_limit),
	TEST(one_frame),
	TEST(no_frame),
	TEST(holes_are_not_watched),
	TEST(a_lost_mark_is_seen),
};

HARNESS_MAIN(tests)
