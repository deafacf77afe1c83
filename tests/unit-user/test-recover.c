// SPDX-License-Identifier: GPL-2.0-or-later
/* The source: what becomes of a move, and of the copy here, when its controller is gone. */
#include "harness.h"

#include "at-source.h"

/* ---- every record, wherever the guest is, whatever the peer says ---- */

/* COMMIT was never sent, so the destination only has to be told. */
static void test_begun_goes_on_here(void)
{
	static const char *const want[PLACES] = {
		"settled failed: resume, end, " GOES_ON ", ask ABORT, disk failed",
		"settled failed: " GOES_ON ", ask ABORT, disk failed",
		"settled failed: end, ask ABORT, disk failed",
		"settled lost: ask ABORT, disk lost",
		"later begun: ",
	};

	check_any_answer(RECORD_BEGUN, want);
}

static void test_committing_obeys_the_answer(void)
{
	static const struct {
		enum outcome_kind answer;
		const char *want[PLACES];
	} rows[] = {
		{ OUTCOME_RUNNING, {
			"settled moved: ask COMMIT, disk destroying, remove, end, ask FORGET, disk moved",
			/* Two copies: neither is touched. */
			"later destroying: ask COMMIT, disk destroying",
			"settled moved: ask COMMIT, disk destroying, end, ask FORGET, disk moved",
			"settled moved: ask COMMIT, disk destroying, ask FORGET, disk moved",
			"later destroying: ask COMMIT, disk destroying",
		} },
		{ OUTCOME_REFUSED, {
			"settled resumed: ask COMMIT, disk resuming, resume, end, " GOES_ON ", disk resumed",
			"settled resumed: ask COMMIT, disk resuming, " GOES_ON ", disk resumed",
			"settled lost: ask COMMIT, disk resuming, end, disk lost",
			"settled lost: ask COMMIT, disk lost",
			"later resuming: ask COMMIT, disk resuming",
		} },
		{ OUTCOME_MAY_HAVE_RUN, {
			"person committing: ask COMMIT, disk committing",
			"person committing: ask COMMIT, disk committing",
			"person committing: ask COMMIT, disk committing",
			"person committing: ask COMMIT, disk committing",
			"person committing: ask COMMIT, disk committing",
		} },
		{ OUTCOME_READY, {
			"later committing: ask COMMIT", "later committing: ask COMMIT",
			"later committing: ask COMMIT", "later committing: ask COMMIT",
			"later committing: ask COMMIT",
		} },
		{ OUTCOME_NONE, {
			"later committing: ask COMMIT", "later committing: ask COMMIT",
			"later committing: ask COMMIT", "later committing: ask COMMIT",
			"later committing: ask COMMIT",
		} },
	};
	size_t i;
	int place;

	for (i = 0; i < ROWS(rows); i++)
		for (place = 0; place < PLACES; place++)
			check_recovered(RECORD_COMMITTING, place, rows[i].answer,
					rows[i].want[place]);
}

static void test_destroying_destroys_the_copy_here(void)
{
	static const char *const want[PLACES] = {
		"settled moved: remove, end, ask FORGET, disk moved",
		"later destroying: ",
		"settled moved: end, ask FORGET, disk moved",
		"settled moved: ask FORGET, disk moved",
		"later destroying: ",
	};

	check_any_answer(RECORD_DESTROYING, want);
}

static void test_resuming_goes_on_here(void)
{
	static const char *const want[PLACES] = {
		"settled resumed: resume, end, " GOES_ON ", disk resumed",
		"settled resumed: " GOES_ON ", disk resumed",
		"settled lost: end, disk lost",
		"settled lost: disk lost",
		"later resuming: ",
	};

	check_any_answer(RECORD_RESUMING, want);
}

static void test_settled_is_left_alone(void)
{
	static const enum record_state states[] = {
		RECORD_FAILED, RECORD_MOVED, RECORD_RESUMED, RECORD_LOST, RECORD_DISCARDED,
	};
	const char *want[PLACES];
	char text[64];
	size_t i;
	int place;

	for (i = 0; i < ROWS(states); i++) {
		snprintf(text, sizeof(text), "settled %s: ", record_word(states[i]));
		for (place = 0; place < PLACES; place++)
			want[place] = text;
		check_any_answer(states[i], want);
	}
}

static void test_damaged_record_waits_for_a_person(void)
{
	static const char *const want[PLACES] = {
		"person damaged: ", "person damaged: ", "person damaged: ", "person damaged: ",
		"person damaged: ",
	};

	check_any_answer(RECORD_UNKNOWN, want);
}

/* RUNNING may also come as the answer to COMMIT that the destination's controller gives. */
static void test_running_in_its_own_message(void)
{
	struct writer *writer = new_record(RECORD_COMMITTING, IS_SUSPENDED, OUTCOME_RUNNING);

	host->short_answer = true;
	CHECK_STR(recovered(writer),
		  "settled moved: ask COMMIT, disk destroying, remove, end, ask FORGET, disk moved");
	CHECK_EQ(writer_record(writer)->data.peer_domid, LATER_DOMID);
	CHECK_STR(writer_record(writer)->data.outcome, "running");
	writer_close(writer);
	end_host();
}

static void test_forget_is_repeated_until_it_is_acknowledged(void)
{
	struct writer *writer = new_record(RECORD_COMMITTING, IS_SUSPENDED, OUTCOME_RUNNING);

	host->forgets = false;
	CHECK_STR(recovered(writer),
		  "later destroying: ask COMMIT, disk destroying, remove, end, ask FORGET");
	CHECK_STR(recovered(writer), "later destroying: ask FORGET");
	host->forgets = true;
	CHECK_STR(recovered(writer), "settled moved: ask FORGET, disk moved");
	writer_close(writer);
	end_host();
}

static void test_answer_to_another_question_is_none(void)
{
	struct writer *writer = new_record(RECORD_COMMITTING, IS_SUSPENDED, OUTCOME_RUNNING);

	host->confused = true;
	CHECK_STR(recovered(writer), "later committing: ask COMMIT");
	writer_close(writer);
	end_host();
	writer = new_record(RECORD_DESTROYING, IS_GONE, OUTCOME_NONE);
	host->confused = true;
	CHECK_STR(recovered(writer), "later destroying: end, ask FORGET");
	writer_close(writer);
	end_host();
}

/* What the peer said in its sentence is kept, as one line. */
static void test_doubt_is_noted(void)
{
	struct writer *writer = new_record(RECORD_COMMITTING, IS_SUSPENDED, OUTCOME_MAY_HAVE_RUN);

	recovered(writer);
	CHECK_STR(writer_record(writer)->data.outcome, "may-have-run");
	CHECK_STR(writer_record(writer)->data.reason, "A word.");
	CHECK_EQ(host->copy, SUSPENDED);
	writer_close(writer);
	end_host();
}

static void test_peer_without_an_address_is_not_asked(void)
{
	struct record_data head = a_head(RECORD_SOURCE);
	struct writer *writer;

	new_host();
	head.address[0] = '\0';
	writer = record_in(&head, RECORD_COMMITTING);
	place_guest(IS_SUSPENDED);
	host->answer = OUTCOME_REFUSED;
	CHECK_STR(recovered(writer), "later committing: ");
	writer_close(writer);
	end_host();
}

/* The destination's records, which nobody asks about. */
static void test_arrivals(void)
{
	static const struct {
		enum record_state state;
		enum copy copy;
		unsigned int blind;
		const char *want;
	} rows[] = {
		{ RECORD_BEGUN, PAUSED, 0, "settled failed: disk failed, end, remove" },
		{ RECORD_READY, PAUSED, 0, "settled refused: disk refused, end, remove" },
		{ RECORD_STARTING, PAUSED, 0, "person running: unpause, disk running, name, end" },
		{ RECORD_STARTING, PAUSED, BLIND, "later starting: " },
		{ RECORD_STARTING, PAUSED, BLIND_ACTS, "later starting: " },
		{ RECORD_STARTING, GONE, 0, "person starting: " },
		{ RECORD_RUNNING, PAUSED, 0, "person running: name, end" },
		{ RECORD_RUNNING, PAUSED, BLIND, "person running: " },
		{ RECORD_RUNNING, GONE, 0, "person running: end" },
		{ RECORD_REFUSED, PAUSED, 0, "settled refused: " },
		{ RECORD_FORGOTTEN, PAUSED, 0, "settled forgotten: " },
	};
	struct record_data head = a_head(RECORD_DESTINATION);
	struct writer *writer;
	size_t i;

	for (i = 0; i < ROWS(rows); i++) {
		new_host();
		writer = record_in(&head, rows[i].state);
		host->copy = rows[i].copy;
		host->session = XENMIG_STATE_KEPT;
		host->blind = rows[i].blind;
		CHECK_STR(recovered(writer), rows[i].want);
		writer_close(writer);
		end_host();
	}
}

/* A refusal that could not be noted is tried again, and needs no person for that. */
static void test_refusal_that_cannot_be_noted_is_repeated(void)
{
	static const enum record_state states[] = { RECORD_BEGUN, RECORD_READY };
	struct record_data head = a_head(RECORD_DESTINATION);
	struct writer *writer;
	size_t i;

	for (i = 0; i < ROWS(states); i++) {
		new_host();
		writer = record_in(&head, states[i]);
		host->copy = PAUSED;
		host->full = true;
		CHECK_EQ(recover(&m, &config, writer, &err), RECOVERED_LATER);
		CHECK_STR(host->done, "");
		host->full = false;
		error_clear(&err);
		CHECK_EQ(recover(&m, &config, writer, &err), RECOVERED_SETTLED);
		CHECK_EQ(host->copy, GONE);
		writer_close(writer);
		end_host();
	}
}

/* ---- what the module still does with the guest ---- */

static void test_the_module_is_not_interrupted(void)
{
	static const struct { int session; const char *want; } rows[] = {
		{ XENMIG_STATE_NEW, "later begun: " },
		{ XENMIG_STATE_RUNNING, "later begun: " },
		{ XENMIG_STATE_SUSPENDING, "later begun: " },
		{ XENMIG_STATE_PAUSED, "later begun: " },
		{ XENMIG_STATE_SENT, "later begun: " },
		{ XENMIG_STATE_HELD,
		  "settled failed: resume, end, " GOES_ON ", ask ABORT, disk failed" },
		{ XENMIG_STATE_FAILED, "settled failed: " GOES_ON ", ask ABORT, disk failed" },
		{ XENMIG_STATE_CANCELLED, "settled failed: " GOES_ON ", ask ABORT, disk failed" },
		{ XENMIG_STATE_RESUMED, "settled failed: " GOES_ON ", ask ABORT, disk failed" },
	};
	struct writer *writer;
	size_t i;

	for (i = 0; i < ROWS(rows); i++) {
		writer = new_record(RECORD_BEGUN, IS_RUNNING, OUTCOME_NONE);
		host->session = rows[i].session;
		host->calls_left = 0;
		CHECK_STR(recovered(writer), "later begun: ");
		CHECK_STR(recovered(writer), rows[i].want);
		writer_close(writer);
		end_host();
	}
}

/* ---- what a person or the living controller asks for ---- */

static const char *withdrawn(struct writer *writer)
{
	static char text[1200];
	enum recovered rc = recover_withdraw(&m, &config, writer, &err);

	snprintf(text, sizeof(text), "%s %s: %s", ends[rc], word(), host->done);
	return text;
}

static void test_withdrawal_waits_for_the_answer(void)
{
	static const struct {
		enum record_state state;
		enum outcome_kind answer;
		bool full;
		const char *want;
	} rows[] = {
		{ RECORD_COMMITTING, OUTCOME_RUNNING, false,
		  "settled moved: ask ABORT, disk destroying, remove, end, ask FORGET, disk moved" },
		{ RECORD_COMMITTING, OUTCOME_REFUSED, false,
		  "settled resumed: ask ABORT, disk resuming, resume, end, " GOES_ON ", disk resumed" },
		{ RECORD_COMMITTING, OUTCOME_MAY_HAVE_RUN, false,
		  "person committing: ask ABORT, disk committing" },
		/* READY is no leave to resume: COMMIT may be under way. */
		{ RECORD_COMMITTING, OUTCOME_READY, false, "later committing: ask ABORT" },
		{ RECORD_COMMITTING, OUTCOME_NONE, false, "later committing: ask ABORT" },
		/* `committing` could not be written, and may be on the disk all the same. */
		{ RECORD_BEGUN, OUTCOME_REFUSED, false,
		  "settled resumed: ask ABORT, disk resuming, resume, end, " GOES_ON ", disk resumed" },
		{ RECORD_BEGUN, OUTCOME_REFUSED, true,
		  "later begun: ask ABORT, resume, end, " GOES_ON },
		{ RECORD_BEGUN, OUTCOME_NONE, false, "later begun: ask ABORT" },
		{ RECORD_BEGUN, OUTCOME_READY, false, "later begun: ask ABORT" },
	};
	struct writer *writer;
	size_t i;

	for (i = 0; i < ROWS(rows); i++) {
		writer = new_record(rows[i].state, IS_SUSPENDED, rows[i].answer);
		host->full = rows[i].full;
		check_case(rows[i].state, IS_SUSPENDED, rows[i].answer, withdrawn(writer),
			   rows[i].want);
		writer_close(writer);
		end_host();
	}
}

enum act { RESUME, DESTROY, DISCARD };

static int do_act(enum act act, struct writer *writer)
{
	switch (act) {
	case RESUME:
		return recover_resume(&m, writer, "resume-by-hand", "Taken back by hand.", &err);
	case DESTROY:
		return recover_destroy(&m, writer, LATER_DOMID, &err);
	default:
		host->by_hand = true;
		return recover_discard(&m, writer, &err);
	}
}

static void check_act(enum act act, enum place_of place, bool full, const char *want)
{
	struct writer *writer = new_record(RECORD_COMMITTING, place, OUTCOME_NONE);
	char got[1200];
	int rc;

	host->full = full;
	rc = do_act(act, writer);
	snprintf(got, sizeof(got), "%d %s: %s", rc, word(), host->done);
	check_case(RECORD_COMMITTING, place, OUTCOME_NONE, got, want);
	CHECK_EQ(!rc, !err.text[0]);
	writer_close(writer);
	end_host();
}

/* The word is on the disk before the act, so that whoever comes next goes on with it. */
static void test_resume_follows_resuming(void)
{
	check_act(RESUME, IS_SUSPENDED, false,
		  "0 resumed: disk resuming, resume, end, " GOES_ON ", disk resumed");
	check_act(RESUME, IS_SUSPENDED, true, "-1 committing: ");
	check_act(RESUME, IS_GONE, false, "0 lost: disk resuming, end, disk lost");
	check_act(RESUME, LONG_AGO, false, "0 lost: disk resuming, disk lost");
	check_act(RESUME, NOT_KNOWN, false, "-1 resuming: disk resuming");
}

/* Whatever lets a guest go on lets its device model go on first. */
static void test_device_model_goes_on_first(void)
{
	static const struct {
		enum record_state state;
		enum outcome_kind answer;
		const char *want;
	} rows[] = {
		{ RECORD_BEGUN, OUTCOME_NONE,
		  "settled failed: device model, resume, end, " GOES_ON ", ask ABORT, disk failed" },
		{ RECORD_COMMITTING, OUTCOME_REFUSED,
		  "settled resumed: ask COMMIT, disk resuming, device model, resume, end, " GOES_ON ", disk resumed" },
		{ RECORD_RESUMING, OUTCOME_NONE,
		  "settled resumed: device model, resume, end, " GOES_ON ", disk resumed" },
	};
	struct writer *writer;
	size_t i;

	for (i = 0; i < ROWS(rows); i++) {
		writer = new_record(rows[i].state, IS_SUSPENDED, rows[i].answer);
		host->stopped = true;
		CHECK_STR(recovered(writer), rows[i].want);
		CHECK(!host->stopped);
		writer_close(writer);
		end_host();
	}
}

static void test_removal_follows_destroying(void)
{
	check_act(DESTROY, IS_SUSPENDED, false, "0 destroying: disk destroying, remove, end");
	check_act(DESTROY, IS_SUSPENDED, true, "-1 committing: ");
	check_act(DESTROY, IS_RUNNING, false, "-1 destroying: disk destroying");
	check_act(DESTROY, IS_GONE, false, "0 destroying: disk destroying, end");
	check_act(DESTROY, LONG_AGO, false, "0 destroying: disk destroying");
	check_act(DESTROY, NOT_KNOWN, false, "-1 destroying: disk destroying");
}

static void test_discarded_is_what_is_not_here(void)
{
	check_act(DISCARD, IS_SUSPENDED, false, "0 discarded: remove, end, disk discarded");
	check_act(DISCARD, IS_RUNNING, false, "-1 committing: ");
	check_act(DISCARD, IS_GONE, false, "0 discarded: end, disk discarded");
	check_act(DISCARD, LONG_AGO, false, "0 discarded: disk discarded");
	check_act(DISCARD, NOT_KNOWN, false, "-1 committing: ");
}

static const struct test tests[] = {
	TEST(test_begun_goes_on_here),
	TEST(test_committing_obeys_the_answer),
	TEST(test_destroying_destroys_the_copy_here),
	TEST(test_resuming_goes_on_here),
	TEST(test_settled_is_left_alone),
	TEST(test_damaged_record_waits_for_a_person),
	TEST(test_running_in_its_own_message),
	TEST(test_forget_is_repeated_until_it_is_acknowledged),
	TEST(test_answer_to_another_question_is_none),
	TEST(test_doubt_is_noted),
	TEST(test_peer_without_an_address_is_not_asked),
	TEST(test_arrivals),
	TEST(test_refusal_that_cannot_be_noted_is_repeated),
	TEST(test_the_module_is_not_interrupted),
	TEST(test_withdrawal_waits_for_the_answer),
	TEST(test_resume_follows_resuming),
	TEST(test_device_model_goes_on_first),
	TEST(test_removal_follows_destroying),
	TEST(test_discarded_is_what_is_not_here),
};

HARNESS_MAIN(tests)
