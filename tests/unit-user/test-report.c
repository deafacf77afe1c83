// SPDX-License-Identifier: GPL-2.0-or-later
/* What is said of a pause whose two ends were seen by two clocks. */
#include "harness.h"

#include "move/report.h"

#define MS	1000000ULL

/* Suspended at 1000 ms, COMMIT at 1040, RUNNING at 1140; 10 ms to unpause and 60 more to say so. */
static struct report usual(void)
{
	return (struct report){
		.session = { .suspended_ns = 1000 * MS },
		.commit_ns = 1040 * MS,
		.running_ns = 1140 * MS,
		.commit_to_unpaused_us = 10000,
		.unpaused_to_running_us = 60000,
	};
}

static void test_half_of_the_ways_counts(void)
{
	struct report r = usual();

	/* 30 ms were spent on the ways of both messages. */
	CHECK_EQ(report_paused_us(&r), 40000 + 10000 + 15000);
}

/* READY came 2 ms before COMMIT left; the destination saw 8 ms between: 6 ms of ways, and not 30. */
static void test_the_shorter_ways_count(void)
{
	struct report r = usual();

	r.ready_ns = 1038 * MS;
	r.ready_to_commit_us = 8000;
	CHECK_EQ(report_paused_us(&r), 40000 + 10000 + 3000);
	/* COMMIT was no longer on its way than COMMIT and RUNNING together. */
	r.ready_to_commit_us = 80000;
	CHECK_EQ(report_paused_us(&r), 40000 + 10000 + 15000);
	/* Less between them there than here: nobody's clock goes backwards. */
	r.ready_to_commit_us = 1999;
	CHECK_EQ(report_paused_us(&r), 40000 + 10000 + 15000);
	r.ready_to_commit_us = UINT64_MAX;
	CHECK_EQ(report_paused_us(&r), 40000 + 10000 + 15000);
}

static void test_without_running(void)
{
	struct report r = usual();

	r.commit_to_unpaused_us = 0;
	r.unpaused_to_running_us = 0;
	CHECK_EQ(report_paused_us(&r), 140000);
}

static void test_impossible_answers(void)
{
	struct report r = usual();

	/* More than there was time for: nothing of it is believed. */
	r.unpaused_to_running_us = 91000;
	CHECK_EQ(report_paused_us(&r), 140000);
	r = usual();
	r.commit_to_unpaused_us = UINT64_MAX;
	r.unpaused_to_running_us = 2;
	CHECK_EQ(report_paused_us(&r), 140000);
	r = usual();
	r.commit_ns = 999 * MS;
	CHECK_EQ(report_paused_us(&r), 140000);
}

static void test_no_pause(void)
{
	struct report r = usual();

	r.session.suspended_ns = 0;
	CHECK_EQ(report_paused_us(&r), 0);
	r = usual();
	r.running_ns = 0;
	CHECK_EQ(report_paused_us(&r), 0);
}

static const struct test tests[] = {
	TEST(test_half_of_the_ways_counts), TEST(test_the_shorter_ways_count),
	TEST(test_without_running),
	TEST(test_impossible_answers), TEST(test_no_pause),
};

HARNESS_MAIN(tests)
