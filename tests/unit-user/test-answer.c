// SPDX-License-Identifier: GPL-2.0-or-later
/* The destination: what it answers of a move, and what is on its disk and in its host by then. */
#include "harness.h"

#include "at-destination.h"

/* ---- what is answered, and what the record says then ---- */

static void check_served(const struct row *row, uint16_t type)
{
	char got[64];
	int place;

	for (place = 0; place < PLACES; place++) {
		new_record(row->state, place);
		serve(type);
		snprintf(got, sizeof(got), "%s %s", answer(), word());
		check_case(proto_name(type), row->state, place, got, row->want[place]);
		end_host();
	}
}

/* Whatever it asks with, the source hears the same. */
static void test_answer_is_journal_and_hypervisor_together(void)
{
	size_t i;

	for (i = 0; i < ROWS(answers); i++) {
		check_served(&answers[i], MSG_COMMIT);
		check_served(&answers[i], MSG_QUERY);
		check_served(&answers[i], MSG_ABORT);
	}
}

/* The same where nobody has asked yet: `migctl serve` finds the record. */
static void test_record_is_settled_as_it_is_answered(void)
{
	struct outcome outcome;
	struct writer *writer;
	char got[64];
	int place, saved;
	size_t i;

	for (i = 0; i < ROWS(answers); i++)
		for (place = 0; place < PLACES; place++) {
			new_record(answers[i].state, place);
			writer = take_up(RECORD_DESTINATION);
			saved = quiet();
			answer_record(&m, writer, &outcome);
			loud(saved);
			snprintf(got, sizeof(got), "%s %s", outcome.kind ?
				 outcomes[outcome.kind] : "nothing", word());
			check_case("alone", answers[i].state, place, got, answers[i].want[place]);
			CHECK(outcome.text[0]);
			writer_close(writer);
			end_host();
		}
}

/* ---- what cannot be told is not taken for 'gone' ---- */

/* One question to the module at a time never has an answer. */
static void test_question_without_answer_is_not_an_answer(void)
{
	static const struct { enum record_state state; unsigned int blind; } rows[] = {
		{ RECORD_STARTING, BLIND_ID }, { RECORD_STARTING, BLIND_ACTS },
		{ RECORD_RUNNING, BLIND_UUID }, { RECORD_FORGOTTEN, BLIND_UUID },
		{ RECORD_DISCARDED, BLIND_UUID },
	};
	char want[64], got[64];
	size_t i;

	for (i = 0; i < ROWS(rows); i++) {
		new_record(rows[i].state, IS_PAUSED);
		host->blind = rows[i].blind;
		serve(MSG_COMMIT);
		snprintf(got, sizeof(got), "%s %s", answer(), word());
		snprintf(want, sizeof(want), "nothing %s", record_word(rows[i].state));
		CHECK_STR(got, want);
		CHECK_EQ(host->copy, PAUSED);
		host->blind = 0;
		host->done[0] = '\0';
		serve(MSG_COMMIT);
		CHECK_STR(answer(), "RUNNING");
		end_host();
	}
}

/* What is left of one that never ran can wait, but not be forgotten. */
static void test_refusal_does_not_wait_for_the_module(void)
{
	static const enum record_state states[] = { RECORD_BEGUN, RECORD_READY };
	size_t i;

	for (i = 0; i < ROWS(states); i++) {
		new_record(states[i], NOT_KNOWN);
		serve(MSG_COMMIT);
		CHECK_STR(answer(), "REFUSED");
		CHECK_EQ(host->copy, PAUSED);
		host->blind = 0;
		sweep();
		CHECK_EQ(host->copy, GONE);
		CHECK_EQ(host->session, NO_SESSION);
		end_host();
	}
}

/* ---- a move that has no record ---- */

static const uint8_t another_journal[16] = { 0x99 };

static void check_unknown(const uint8_t *identity, enum place_of place, const char *want)
{
	char got[64];

	fresh_host();
	place_guest(place);
	serve_for(MSG_COMMIT, identity ? identity : journal_identity(m.journal));
	snprintf(got, sizeof(got), "%s %s", answer(), word());
	check_case(identity ? "another journal" : "this journal", RECORD_UNKNOWN, place, got, want);
	end_host();
}

/* Only the journal that the source was told of can know that there was nothing. */
static void test_unknown_move_is_refused_by_its_own_journal_only(void)
{
	int place;

	for (place = 0; place < PLACES; place++)
		check_unknown(another_journal, place, "MAY-HAVE-RUN none");
	check_unknown(NULL, IS_GONE, "REFUSED failed");
	check_unknown(NULL, IS_RUNNING, "MAY-HAVE-RUN none");
	check_unknown(NULL, IS_PAUSED, "MAY-HAVE-RUN none");
	check_unknown(NULL, WAS_REBOOTED, "MAY-HAVE-RUN none");
	check_unknown(NULL, NOT_KNOWN, "nothing none");
}

/* What was refused once is refused for good, whatever comes to this host later. */
static void test_refusal_of_an_unknown_move_lasts(void)
{
	struct record record;
	bool held;

	fresh_host();
	serve(MSG_QUERY);
	CHECK_STR(host->done, "disk begun, disk failed, say REFUSED");
	CHECK(!journal_find(m.journal, the_move, RECORD_DESTINATION, &record, &held));
	CHECK(!held && !memcmp(record.data.guest, the_guest, 16));
	CHECK_STR(record.data.peer, "there");
	CHECK_STR(record.data.boot, THIS_BOOT);
	place_guest(IS_RUNNING);
	host->done[0] = '\0';
	serve(MSG_COMMIT);
	CHECK_STR(host->done, "disk failed, say REFUSED");
	end_host();
}

/* There was a record: it is not known what it said. */
static void test_record_that_cannot_be_read_is_not_unknown(void)
{
	static const uint16_t types[] = { MSG_COMMIT, MSG_QUERY, MSG_ABORT, MSG_FORGET };
	size_t i;

	for (i = 0; i < ROWS(types); i++) {
		fresh_host();
		put_unreadable(the_move, RECORD_DESTINATION);
		serve(types[i]);
		CHECK_STR(host->done, "");
		CHECK_STR(word(), "unreadable");
		end_host();
	}
}

/* ---- FORGET ---- */

static void test_forgotten_is_what_nothing_is_left_of(void)
{
	size_t i;

	for (i = 0; i < ROWS(forgets); i++)
		check_served(&forgets[i], MSG_FORGET);
	fresh_host();
	serve(MSG_FORGET);
	CHECK_STR(host->done, "say FORGOTTEN");
	CHECK_STR(word(), "none");
	end_host();
}

/* Its name, its watcher and the module's session come first; nobody looks after it later. */
static void test_nothing_is_forgotten_while_something_is_to_be_done(void)
{
	static const unsigned int blind[] = { BLIND_ID, BLIND_SESSIONS, BLIND_ACTS };
	struct record_data data = a_head(RECORD_DESTINATION);
	size_t i;

	for (i = 0; i < ROWS(blind); i++) {
		new_record(RECORD_RUNNING, IS_PAUSED);
		host->blind = blind[i];
		CHECK_EQ(answer_started(&m, &data, &err), -1);
		serve(MSG_FORGET);
		CHECK_STR(answer(), "nothing");
		CHECK_STR(word(), "running");
		host->blind = 0;
		host->done[0] = '\0';
		serve(MSG_FORGET);
		CHECK_STR(host->done, "disk running, name, end, disk forgotten, say FORGOTTEN, announce");
		end_host();
	}
}

/* ---- in which order ---- */

static void test_order(void)
{
	static const struct {
		enum record_state state;
		enum place_of place;
		uint16_t type;
		const char *want;
	} rows[] = {
		/* The refusal is on the disk before anything is done or said. */
		{ RECORD_BEGUN, IS_PAUSED, MSG_COMMIT,
		  "disk begun, disk failed, end, remove, say REFUSED" },
		{ RECORD_READY, IS_PAUSED, MSG_COMMIT,
		  "disk ready, disk refused, end, remove, say REFUSED" },
		/* What has this id in another boot is another guest. */
		{ RECORD_READY, LONG_AGO, MSG_COMMIT, "disk ready, disk refused, say REFUSED" },
		/* It runs, and that is on the disk, before it is said. */
		{ RECORD_STARTING, IS_PAUSED, MSG_COMMIT,
		  "disk starting, unpause, disk running, name, end, say RUNNING" },
		{ RECORD_STARTING, IS_RUNNING, MSG_COMMIT,
		  "disk starting, disk running, say RUNNING" },
		{ RECORD_STARTING, LONG_AGO, MSG_COMMIT, "disk starting, say MAY-HAVE-RUN" },
		/* Never unpaused twice: somebody may have paused it since. */
		{ RECORD_RUNNING, IS_PAUSED, MSG_COMMIT, "disk running, name, end, say RUNNING" },
		{ RECORD_RUNNING, LONG_AGO, MSG_COMMIT, "disk running, say MAY-HAVE-RUN" },
		{ RECORD_REFUSED, IS_PAUSED, MSG_ABORT, "disk refused, say REFUSED" },
		{ RECORD_RUNNING, IS_RUNNING, MSG_ABORT, "disk running, say RUNNING" },
		{ RECORD_STARTING, IS_PAUSED, MSG_FORGET,
		  "disk starting, unpause, disk running, name, end, disk forgotten, say FORGOTTEN, announce" },
		{ RECORD_RUNNING, IS_RUNNING, MSG_FORGET,
		  "disk running, disk forgotten, say FORGOTTEN, announce" },
		{ RECORD_RUNNING, IS_GONE, MSG_FORGET,
		  "disk running, disk forgotten, say FORGOTTEN" },
		{ RECORD_RUNNING, LONG_AGO, MSG_FORGET,
		  "disk running, disk forgotten, say FORGOTTEN" },
		{ RECORD_FORGOTTEN, IS_RUNNING, MSG_FORGET,
		  "disk forgotten, say FORGOTTEN, announce" },
	};
	size_t i;

	for (i = 0; i < ROWS(rows); i++) {
		new_record(rows[i].state, rows[i].place);
		serve(rows[i].type);
		check_case(proto_name(rows[i].type), rows[i].state, rows[i].place, host->done,
			   rows[i].want);
		end_host();
	}
}

/* ---- who answers ---- */

static void test_question_goes_to_who_cares_for_the_move(void)
{
	static const uint16_t types[] = { MSG_COMMIT, MSG_QUERY, MSG_ABORT };
	char want[64];
	size_t i;

	for (i = 0; i < ROWS(types); i++) {
		new_record(RECORD_READY, IS_PAUSED);
		host->holder = take_up(RECORD_DESTINATION);
		serve(types[i]);
		snprintf(want, sizeof(want), "pass %s on", proto_name(types[i]));
		CHECK_STR(host->done, want);
		CHECK_STR(word(), "ready");
		host->done[0] = '\0';
		host->nobody = true;	/* it dies before it takes the connection */
		serve(types[i]);
		CHECK_STR(answer(), "REFUSED");
		end_host();
	}
}

static void test_no_answer_while_the_record_is_held(void)
{
	struct writer *writer;

	new_record(RECORD_RUNNING, IS_RUNNING);
	writer = take_up(RECORD_DESTINATION);
	serve(MSG_FORGET);	/* not for who cares for the move: it is over for him */
	CHECK_STR(host->done, "");
	host->nobody = true;
	serve(MSG_COMMIT);
	serve(MSG_FORGET);
	CHECK_STR(host->done, "");
	CHECK_STR(word(), "running");
	writer_close(writer);
	end_host();
}

static const struct test tests[] = {
	TEST(test_answer_is_journal_and_hypervisor_together),
	TEST(test_record_is_settled_as_it_is_answered),
	TEST(test_question_without_answer_is_not_an_answer),
	TEST(test_refusal_does_not_wait_for_the_module),
	TEST(test_unknown_move_is_refused_by_its_own_journal_only),
	TEST(test_refusal_of_an_unknown_move_lasts),
	TEST(test_record_that_cannot_be_read_is_not_unknown),
	TEST(test_forgotten_is_what_nothing_is_left_of),
	TEST(test_nothing_is_forgotten_while_something_is_to_be_done),
	TEST(test_order),
	TEST(test_question_goes_to_who_cares_for_the_move),
	TEST(test_no_answer_while_the_record_is_held),
};

HARNESS_MAIN(tests)
