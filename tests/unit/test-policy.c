// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The verdict, at and beside each of its thresholds. */
#include <linux/limits.h>

#include "harness.h"
#include "session/policy.h"

#define MB	1000000ULL

/* 300 ms asked for, 50 ms fixed; 30 rounds, 60 s. */
static const struct xenmig_policy usual = {
	.downtime_us = 300000,
	.fixed_us = 50000,
	.max_rounds = 30,
	.max_us = 60 * MB,
};

/* Far from every threshold: 4 GiB dirty at 1 GB/s. */
static const struct xenmig_snapshot busy = {
	.round = 3,
	.elapsed_us = 12 * MB,
	.dirty = 1 << 20,
	.last_dirty = 2 << 20,
	.rate = 1000 * MB,
};

static void expected_is_exact(void)
{
	struct xenmig_policy p = { .fixed_us = 7 };
	struct xenmig_snapshot s = { .dirty = 1000, .rate = 4096 * 1000 };

	CHECK_EQ(xenmig_policy_expected_us(&p, &s), 1000007);
	s.rate = 4096;
	CHECK_EQ(xenmig_policy_expected_us(&p, &s), 1000000007);
	s.dirty = 0;
	CHECK_EQ(xenmig_policy_expected_us(&p, &s), 7);
	s.dirty = 1;
	s.rate = 3;	/* 4096 / 3 s = 1365.333... s */
	CHECK_EQ(xenmig_policy_expected_us(&p, &s), 1365333333 + 7);
}

static void expected_without_rate(void)
{
	struct xenmig_policy p = { .fixed_us = 7 };
	struct xenmig_snapshot s = { .dirty = 1 };

	CHECK(xenmig_policy_expected_us(&p, &s) == U64_MAX);
	s.dirty = 0;
	CHECK(xenmig_policy_expected_us(&p, &s) == U64_MAX);
}

static void expected_saturates(void)
{
	struct xenmig_policy p = { .fixed_us = 0 };
	struct xenmig_snapshot s = { .dirty = U64_MAX, .rate = U64_MAX };

	CHECK(xenmig_policy_expected_us(&p, &s) == U64_MAX);	/* bytes do not fit */
	s.dirty = U64_MAX >> 12;
	CHECK_EQ(xenmig_policy_expected_us(&p, &s), 999999);
	s.rate = 1;
	CHECK(xenmig_policy_expected_us(&p, &s) == U64_MAX);	/* seconds do not fit */
	s.dirty = 1;
	s.rate = 4096;
	p.fixed_us = U64_MAX - 1000000;
	CHECK(xenmig_policy_expected_us(&p, &s) == U64_MAX);	/* exactly */
	p.fixed_us++;
	CHECK(xenmig_policy_expected_us(&p, &s) == U64_MAX);	/* the sum does not fit */
	p.fixed_us = U64_MAX - 1000001;
	CHECK(xenmig_policy_expected_us(&p, &s) == U64_MAX - 1);
}

/* Against 128-bit arithmetic; sizes of every magnitude. */
static void expected_property(void)
{
	int i;

	for (i = 0; i < 200000; i++) {
		struct xenmig_policy p = { .fixed_us = any() >> any_below(64) };
		struct xenmig_snapshot s = {
			.dirty = (any() >> 12) >> any_below(52),
			.rate = any() >> any_below(64),
		};
		__extension__ unsigned __int128 want;

		if (!s.rate)
			continue;
		want = s.dirty * 4096;
		want = want * MB / s.rate + p.fixed_us;
		if (want > U64_MAX)
			want = U64_MAX;
		if (xenmig_policy_expected_us(&p, &s) == (u64)want)
			continue;
		CHECK(!"expected");
		return;
	}
}

static void nothing_before_round_1(void)
{
	struct xenmig_policy p = usual;
	struct xenmig_snapshot s = busy;

	s.round = 0;
	s.dirty = 0;
	p.max_rounds = 0;
	s.elapsed_us = U64_MAX;
	CHECK_EQ(xenmig_policy_decide(&p, &s), XENMIG_VERDICT_AGAIN);
	s.round = 1;
	CHECK_EQ(xenmig_policy_decide(&p, &s), XENMIG_VERDICT_PAUSE);
}

static void busy_goes_on(void)
{
	CHECK_EQ(xenmig_policy_decide(&usual, &busy), XENMIG_VERDICT_AGAIN);
}

/* 250 ms are left for pages: at 4096 pages in a ms, 1024000 pages. */
static void downtime_threshold(void)
{
	struct xenmig_snapshot s = busy;

	s.rate = 4096ULL * 4096 * 1000;
	s.dirty = 250 * 4096;
	CHECK_EQ(xenmig_policy_expected_us(&usual, &s), 300000);
	CHECK_EQ(xenmig_policy_decide(&usual, &s), XENMIG_VERDICT_PAUSE);
	s.dirty += 5;	/* 1.2 us */
	CHECK_EQ(xenmig_policy_decide(&usual, &s), XENMIG_VERDICT_AGAIN);
}

static void nothing_dirty_pauses(void)
{
	struct xenmig_policy p = usual;
	struct xenmig_snapshot s = busy;

	s.dirty = 0;
	p.fixed_us = 2 * p.downtime_us;	/* more rounds would not help */
	CHECK_EQ(xenmig_policy_decide(&p, &s), XENMIG_VERDICT_PAUSE);
	s.rate = 0;
	CHECK_EQ(xenmig_policy_decide(&p, &s), XENMIG_VERDICT_PAUSE);
}

static void unknown_rate_goes_on(void)
{
	struct xenmig_snapshot s = busy;

	s.dirty = 1;
	s.rate = 0;
	CHECK_EQ(xenmig_policy_decide(&usual, &s), XENMIG_VERDICT_AGAIN);
}

static void round_limit(void)
{
	struct xenmig_policy p = usual;
	struct xenmig_snapshot s = busy;

	s.round = 29;
	CHECK_EQ(xenmig_policy_decide(&p, &s), XENMIG_VERDICT_AGAIN);
	s.round = 30;
	CHECK_EQ(xenmig_policy_decide(&p, &s), XENMIG_VERDICT_LIMIT);
	s.round = 31;
	CHECK_EQ(xenmig_policy_decide(&p, &s), XENMIG_VERDICT_LIMIT);
	p.on_limit = XENMIG_ON_LIMIT_ABORT;
	CHECK_EQ(xenmig_policy_decide(&p, &s), XENMIG_VERDICT_ABORT);
	s.round = 29;
	CHECK_EQ(xenmig_policy_decide(&p, &s), XENMIG_VERDICT_AGAIN);
}

static void time_limit(void)
{
	struct xenmig_policy p = usual;
	struct xenmig_snapshot s = busy;

	s.elapsed_us = p.max_us - 1;
	CHECK_EQ(xenmig_policy_decide(&p, &s), XENMIG_VERDICT_AGAIN);
	s.elapsed_us = p.max_us;
	CHECK_EQ(xenmig_policy_decide(&p, &s), XENMIG_VERDICT_LIMIT);
	p.on_limit = XENMIG_ON_LIMIT_ABORT;
	CHECK_EQ(xenmig_policy_decide(&p, &s), XENMIG_VERDICT_ABORT);
	p.max_us = 0;
	s.elapsed_us = U64_MAX;
	CHECK_EQ(xenmig_policy_decide(&p, &s), XENMIG_VERDICT_AGAIN);
}

static void pause_wins_over_limits(void)
{
	struct xenmig_policy p = usual;
	struct xenmig_snapshot s = busy;

	p.on_limit = XENMIG_ON_LIMIT_ABORT;
	s.round = p.max_rounds;
	s.elapsed_us = p.max_us;
	s.dirty = 10;
	CHECK_EQ(xenmig_policy_decide(&p, &s), XENMIG_VERDICT_PAUSE);
}

static void no_gain_is_up_to_the_limits(void)
{
	struct xenmig_snapshot s = busy;

	s.last_dirty = s.dirty;
	CHECK_EQ(xenmig_policy_decide(&usual, &s), XENMIG_VERDICT_AGAIN);
	s.last_dirty = 1;
	CHECK_EQ(xenmig_policy_decide(&usual, &s), XENMIG_VERDICT_AGAIN);
	s.round = usual.max_rounds;
	CHECK_EQ(xenmig_policy_decide(&usual, &s), XENMIG_VERDICT_LIMIT);
}

/* Fewer dirty frames or a faster wire never turn a pause into another round. */
static void monotone_property(void)
{
	int i;

	for (i = 0; i < 100000; i++) {
		struct xenmig_snapshot s = busy, better;

		s.dirty = any_below(1 << 18);
		s.rate = any_below(2000 * MB);
		better = s;
		better.dirty -= s.dirty ? any_below(s.dirty) : 0;
		better.rate += any_below(MB);
		if (xenmig_policy_decide(&usual, &s) == XENMIG_VERDICT_PAUSE)
			CHECK_EQ(xenmig_policy_decide(&usual, &better), XENMIG_VERDICT_PAUSE);
	}
}

static void throttle_steps(void)
{
	u32 now = 0, next, steps = 0;

	while ((next = xenmig_policy_throttle(now)) != now) {
		CHECK(next > now && next < 100);
		now = next;
		steps++;
	}
	CHECK_EQ(steps, 5);
	CHECK_EQ(xenmig_policy_throttle(99), 99);
}

/* Slowed after a round without a gain, or at a limit; not on account of the first round. */
static void throttle_when_it_helps(void)
{
	struct xenmig_policy p = usual;
	struct xenmig_snapshot s = busy;

	p.on_limit = XENMIG_ON_LIMIT_THROTTLE;
	s.last_dirty = s.dirty * 2;
	CHECK_EQ(xenmig_policy_decide(&p, &s), XENMIG_VERDICT_AGAIN);
	s.last_dirty = s.dirty / 3 * 4 + 8;
	CHECK_EQ(xenmig_policy_decide(&p, &s), XENMIG_VERDICT_AGAIN);
	s.last_dirty = s.dirty / 3 * 4 - 8;
	CHECK_EQ(xenmig_policy_decide(&p, &s), XENMIG_VERDICT_THROTTLE);
	s.round = 1;
	CHECK_EQ(xenmig_policy_decide(&p, &s), XENMIG_VERDICT_AGAIN);
	s.last_dirty = s.dirty * 2;
	s.round = p.max_rounds;
	CHECK_EQ(xenmig_policy_decide(&p, &s), XENMIG_VERDICT_THROTTLE);
	s.dirty = 10;
	CHECK_EQ(xenmig_policy_decide(&p, &s), XENMIG_VERDICT_PAUSE);
}

/* Beyond a limit it ends when the guest cannot be slowed any more; without a limit it goes on. */
static void throttle_ends(void)
{
	struct xenmig_policy p = usual;
	struct xenmig_snapshot s = busy;
	int rounds = 0;

	p.on_limit = XENMIG_ON_LIMIT_THROTTLE;
	s.round = p.max_rounds;
	while (rounds++ < 10 && xenmig_policy_decide(&p, &s) == XENMIG_VERDICT_THROTTLE) {
		s.throttle = xenmig_policy_throttle(s.throttle);
		s.round++;
	}
	CHECK_EQ(xenmig_policy_decide(&p, &s), XENMIG_VERDICT_LIMIT);
	s.round = 3;
	s.last_dirty = s.dirty;
	CHECK_EQ(xenmig_policy_decide(&p, &s), XENMIG_VERDICT_AGAIN);
}

static void pace_without_limit(void)
{
	struct xenmig_pace pace = { .due_ns = U64_MAX };

	CHECK_EQ(xenmig_pace_ns(&pace, 5, 1 << 20, 0), 0);
	CHECK_EQ(pace.due_ns, 0);
}

/* 100 flights of 2 MiB at 20 MiB/s take 10 s, less what may be made good for. */
static void pace_is_kept(void)
{
	struct xenmig_pace pace = { 0 };
	u64 now = 7000 * MB, began = now;
	int i;

	for (i = 0; i < 100; i++)
		now += xenmig_pace_ns(&pace, now, 2 << 20, 20 << 20) + any_below(40 * MB);
	CHECK(now - began >= 9750 * MB && now - began <= 10000 * MB + 40 * MB);
}

/* Who was held up does not send all of it at once afterwards. */
static void pace_forgets(void)
{
	struct xenmig_pace pace = { 0 };
	u64 now = 1000 * MB, sent = 0;

	xenmig_pace_ns(&pace, now, 1 << 20, 1 << 20);
	now += 60000 * MB;
	while (!xenmig_pace_ns(&pace, now, 1 << 10, 1 << 20))
		sent += 1 << 10;
	CHECK(sent <= (1 << 20) / 20 + (1 << 10));
}

static void pace_follows_a_change(void)
{
	struct xenmig_pace pace = { 0 };

	xenmig_pace_ns(&pace, 1000 * MB, 1 << 20, 1 << 20);
	CHECK_EQ(xenmig_pace_ns(&pace, 1950 * MB, 1 << 20, 10 << 20), 0);
	CHECK_EQ(xenmig_pace_ns(&pace, 1950 * MB, 1 << 20, 10 << 20), 100 * MB);
	CHECK_EQ(xenmig_pace_ns(&pace, 1950 * MB, 1 << 20, 0), 0);
	CHECK_EQ(xenmig_pace_ns(&pace, 1950 * MB, 1 << 20, 10 << 20), 0);
}

static void held_pause_waits(void)
{
	struct xenmig_policy p = usual;
	struct xenmig_snapshot s = busy;

	p.hold_pause = true;
	CHECK_EQ(xenmig_policy_decide(&p, &s), XENMIG_VERDICT_AGAIN);
	s.dirty = 10;
	CHECK_EQ(xenmig_policy_decide(&p, &s), XENMIG_VERDICT_WAIT);
	s.dirty = 0;
	CHECK_EQ(xenmig_policy_decide(&p, &s), XENMIG_VERDICT_WAIT);
	s = busy;
	s.round = 30;
	CHECK_EQ(xenmig_policy_decide(&p, &s), XENMIG_VERDICT_WAIT);
	/* What is not to end in a pause does not wait for one. */
	p.on_limit = XENMIG_ON_LIMIT_ABORT;
	CHECK_EQ(xenmig_policy_decide(&p, &s), XENMIG_VERDICT_ABORT);
	p.on_limit = XENMIG_ON_LIMIT_THROTTLE;
	CHECK_EQ(xenmig_policy_decide(&p, &s), XENMIG_VERDICT_THROTTLE);
	s.throttle = 95;
	CHECK_EQ(xenmig_policy_decide(&p, &s), XENMIG_VERDICT_WAIT);
	p.hold_pause = false;
	CHECK_EQ(xenmig_policy_decide(&p, &s), XENMIG_VERDICT_LIMIT);
}

static const struct test tests[] = {
	TEST(expected_is_exact),
	TEST(expected_without_rate),
	TEST(expected_saturates),
	TEST(expected_property),
	TEST(nothing_before_round_1),
	TEST(busy_goes_on),
	TEST(downtime_threshold),
	TEST(nothing_dirty_pauses),
	TEST(unknown_rate_goes_on),
	TEST(round_limit),
	TEST(time_limit),
	TEST(pause_wins_over_limits),
	TEST(no_gain_is_up_to_the_limits),
	TEST(monotone_property),
	TEST(throttle_steps),
	TEST(throttle_when_it_helps),
	TEST(throttle_ends),
	TEST(held_pause_waits),
	TEST(pace_without_limit),
	TEST(pace_is_kept),
	TEST(pace_forgets),
	TEST(pace_follows_a_change),
};

HARNESS_MAIN(tests)
