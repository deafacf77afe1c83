// SPDX-License-Identifier: GPL-2.0-or-later
/* The source: other moves of the same guest, those that cannot be read, and the next one. */
#include "harness.h"

#include "at-source.h"

/* ---- another move of the same guest ---- */

static struct record_data another_move(void)
{
	struct record_data head = a_head(RECORD_SOURCE);

	head.move[0] ^= 0xff;
	return head;
}

static void check_beside(const struct record_data *other, enum record_state state, bool goes_on)
{
	struct record_data head = a_head(RECORD_SOURCE);
	struct writer *writer;

	new_host();
	writer_close(record_in(other, state));
	writer = record_in(&head, RECORD_BEGUN);
	place_guest(IS_SUSPENDED);
	check_case(state, IS_SUSPENDED, OUTCOME_NONE, recovered(writer), goes_on ?
		   "settled failed: resume, end, " GOES_ON ", ask ABORT, disk failed" :
		   "settled failed: ask ABORT, disk failed");
	CHECK_EQ(host->copy, goes_on ? RUNS : SUSPENDED);
	writer_close(writer);
	end_host();
}

/* What the module holds is then the other move's, whose record says what becomes of it. */
static void test_guest_of_another_open_move_is_not_resumed(void)
{
	static const enum record_state open[] = {
		RECORD_BEGUN, RECORD_COMMITTING, RECORD_DESTROYING, RECORD_RESUMING,
	}, settled[] = {
		RECORD_FAILED, RECORD_MOVED, RECORD_RESUMED, RECORD_LOST, RECORD_DISCARDED,
	};
	struct record_data other = another_move(), arrival = another_move();
	size_t i;

	arrival.side = RECORD_DESTINATION;
	for (i = 0; i < ROWS(open); i++)
		check_beside(&other, open[i], false);
	for (i = 0; i < ROWS(settled); i++)
		check_beside(&other, settled[i], true);
	check_beside(&arrival, RECORD_RUNNING, true);
	other.guest[0] ^= 1;
	for (i = 0; i < ROWS(open); i++)
		check_beside(&other, open[i], true);
}

/* It has come back from there since, and nobody else would resume it. */
static void test_copy_that_is_being_destroyed_is_no_reason_to_hold_the_guest(void)
{
	struct record_data other = another_move(), long_ago = another_move();

	other.domid = DOMID - 1;
	check_beside(&other, RECORD_DESTROYING, true);
	check_beside(&other, RECORD_COMMITTING, false);
	strcpy(long_ago.boot, LAST_BOOT);
	check_beside(&long_ago, RECORD_DESTROYING, true);
}

/* The last of several moves that were begun lets it go on. */
static void test_last_of_two_lets_it_go_on(void)
{
	struct record_data other = another_move(), head = a_head(RECORD_SOURCE);
	struct writer *writer;

	new_host();
	writer_close(record_in(&other, RECORD_BEGUN));
	writer_close(record_in(&head, RECORD_BEGUN));
	place_guest(IS_SUSPENDED);
	writer = take_up(RECORD_SOURCE);
	CHECK_STR(recovered(writer), "settled failed: ask ABORT, disk failed");
	CHECK_EQ(host->session, XENMIG_STATE_HELD);
	writer_close(writer);
	CHECK(!recover_older(&m, &config, the_guest, &err));
	CHECK_EQ(host->copy, RUNS);
	end_host();
}

/* ---- a journal that cannot be read ---- */

/* It may hide the move that the guest belongs to. */
static void test_unreadable_journal_resumes_nobody(void)
{
	struct record_data other = another_move();
	struct writer *writer = new_record(RECORD_BEGUN, IS_SUSPENDED, OUTCOME_REFUSED);

	put_unreadable(other.move, RECORD_SOURCE);
	CHECK_STR(recovered(writer), "later begun: ");
	CHECK_EQ(host->copy, SUSPENDED);
	rmdir(path_of(other.move, RECORD_SOURCE));
	CHECK_STR(recovered(writer),
		  "settled failed: resume, end, " GOES_ON ", ask ABORT, disk failed");
	writer_close(writer);
	end_host();
}

/* Where the record itself says whose the guest is, the others do not matter. */
static void test_unreadable_journal_does_not_stop_what_is_decided(void)
{
	static const struct { enum record_state state; enum outcome_kind answer; const char *want; }
	rows[] = {
		{ RECORD_COMMITTING, OUTCOME_REFUSED, "resumed" },
		{ RECORD_COMMITTING, OUTCOME_RUNNING, "moved" },
		{ RECORD_DESTROYING, OUTCOME_NONE, "moved" },
		{ RECORD_RESUMING, OUTCOME_NONE, "resumed" },
	};
	struct record_data other = another_move();
	struct writer *writer;
	size_t i;

	for (i = 0; i < ROWS(rows); i++) {
		writer = new_record(rows[i].state, IS_SUSPENDED, rows[i].answer);
		put_unreadable(other.move, RECORD_SOURCE);
		recovered(writer);
		CHECK_STR(word(), rows[i].want);
		writer_close(writer);
		end_host();
	}
}

/* ---- before a new move of the guest ---- */

static void check_older(enum record_state state, enum outcome_kind answer, int want,
			const char *word_then)
{
	struct writer *writer = new_record(state, IS_SUSPENDED, answer);

	writer_close(writer);
	check_case(state, IS_SUSPENDED, answer,
		   recover_older(&m, &config, the_guest, &err) ? "refused" : "may begin",
		   want ? "refused" : "may begin");
	CHECK_EQ(!want, !err.text[0]);
	CHECK_STR(word(), word_then);
	end_host();
}

static void test_no_move_begins_before_the_last_is_over(void)
{
	check_older(RECORD_BEGUN, OUTCOME_NONE, 0, "failed");
	check_older(RECORD_COMMITTING, OUTCOME_RUNNING, 0, "moved");
	check_older(RECORD_COMMITTING, OUTCOME_REFUSED, 0, "resumed");
	check_older(RECORD_COMMITTING, OUTCOME_MAY_HAVE_RUN, -1, "committing");
	check_older(RECORD_COMMITTING, OUTCOME_READY, -1, "committing");
	check_older(RECORD_COMMITTING, OUTCOME_NONE, -1, "committing");
	check_older(RECORD_RESUMING, OUTCOME_NONE, 0, "resumed");
	check_older(RECORD_DESTROYING, OUTCOME_NONE, 0, "destroying");
	check_older(RECORD_RESUMED, OUTCOME_NONE, 0, "resumed");
	check_older(RECORD_MOVED, OUTCOME_NONE, 0, "moved");
}

static void test_other_guests_do_not_matter(void)
{
	static const uint8_t other[16] = { 1 };

	writer_close(new_record(RECORD_COMMITTING, IS_SUSPENDED, OUTCOME_NONE));
	CHECK(!recover_older(&m, &config, other, &err));
	CHECK_STR(host->done, "");
	end_host();
}

static void test_no_move_begins_while_another_process_has_the_last(void)
{
	struct writer *writer = new_record(RECORD_BEGUN, IS_SUSPENDED, OUTCOME_NONE);

	CHECK(recover_older(&m, &config, the_guest, &err));
	CHECK(err.text[0]);
	CHECK_STR(host->done, "");
	writer_close(writer);
	end_host();
}

static void test_no_move_begins_on_an_unreadable_journal(void)
{
	struct record_data other = another_move();

	new_host();
	CHECK(!recover_older(&m, &config, the_guest, &err));
	put_unreadable(other.move, RECORD_SOURCE);
	CHECK(recover_older(&m, &config, the_guest, &err));
	CHECK_EQ(err.code, EXIT_REFUSED);
	CHECK_STR(host->done, "");
	end_host();
	/* Nor when there is another one, which is over then. */
	writer_close(new_record(RECORD_RESUMING, IS_SUSPENDED, OUTCOME_NONE));
	put_unreadable(other.move, RECORD_SOURCE);
	CHECK(recover_older(&m, &config, the_guest, &err));
	end_host();
}

/* One that is over now does not stand for all of them, whichever is found first. */
static void test_no_move_begins_before_all_are_over(void)
{
	struct record_data other = another_move(), head = a_head(RECORD_SOURCE);
	int first;

	for (first = 0; first < 2; first++) {
		new_host();
		other.move[0] = first ? 0 : 0xff;	/* in the order of their names at one time */
		if (!first)
			writer_close(record_in(&other, RECORD_RESUMING));
		writer_close(record_in(&head, RECORD_COMMITTING));
		if (first)
			writer_close(record_in(&other, RECORD_RESUMING));
		place_guest(IS_GONE);
		CHECK(recover_older(&m, &config, the_guest, &err));
		CHECK_STR(word(), "committing");
		CHECK_STR(word_of(other.move, RECORD_SOURCE), first ? "lost" : "resuming");
		end_host();
	}
}

static const struct test tests[] = {
	TEST(test_guest_of_another_open_move_is_not_resumed),
	TEST(test_copy_that_is_being_destroyed_is_no_reason_to_hold_the_guest),
	TEST(test_last_of_two_lets_it_go_on),
	TEST(test_unreadable_journal_resumes_nobody),
	TEST(test_unreadable_journal_does_not_stop_what_is_decided),
	TEST(test_no_move_begins_before_the_last_is_over),
	TEST(test_other_guests_do_not_matter),
	TEST(test_no_move_begins_while_another_process_has_the_last),
	TEST(test_no_move_begins_on_an_unreadable_journal),
	TEST(test_no_move_begins_before_all_are_over),
};

HARNESS_MAIN(tests)
