// SPDX-License-Identifier: GPL-2.0-or-later
/* The source: what becomes of a move, and of the copy here, when its controller is gone. */
#include "harness.h"

#include "fake-host.h"

/* Where the guest of a record is. */
enum place_of {
	IS_SUSPENDED,	/* here, and the module holds it */
	IS_RUNNING,	/* here: it was resumed */
	IS_GONE,	/* but the module still has its session */
	LONG_AGO,	/* the record is of another boot; what is here now is somebody else's */
	NOT_KNOWN,	/* as IS_SUSPENDED, but the module does not answer */
	PLACES,
};

static const char *const places[PLACES] = {
	"suspended", "running", "gone", "another boot", "not known",
};

#define GOES_ON		"tell xenstored, carry, announce, watch"
#define ROWS(table)	(sizeof(table) / sizeof((table)[0]))

static const enum outcome_kind all_outcomes[] = {
	OUTCOME_RUNNING, OUTCOME_REFUSED, OUTCOME_MAY_HAVE_RUN, OUTCOME_READY, OUTCOME_NONE,
};

static const struct config config;

static void place_guest(enum place_of place)
{
	static const enum copy copies[PLACES] = { SUSPENDED, RUNS, GONE, RUNS, SUSPENDED };

	host->copy = copies[place];
	if (place == IS_SUSPENDED || place == IS_GONE || place == NOT_KNOWN)
		host->session = XENMIG_STATE_HELD;
	if (place == NOT_KNOWN)
		host->blind = BLIND;
}

static struct writer *new_record(enum record_state state, enum place_of place,
				 enum outcome_kind answer)
{
	struct record_data head = a_head(RECORD_SOURCE);
	struct writer *writer;

	new_host();
	if (place == LONG_AGO)
		strcpy(head.boot, LAST_BOOT);
	writer = record_in(&head, state);
	place_guest(place);
	host->answer = answer;
	return writer;
}

static const char *word(void)
{
	return word_of(the_move, RECORD_SOURCE);
}

static const char *const ends[] = {
	[RECOVERED_SETTLED] = "settled", [RECOVERED_LATER] = "later",
	[RECOVERED_PERSON] = "person",
};

static bool is_arrival(const struct writer *writer)
{
	return writer_record(writer)->data.side == RECORD_DESTINATION;
}

/* "HOW STATE: WHAT WAS DONE" */
static const char *recovered(struct writer *writer)
{
	static char text[1200];
	int saved = quiet();
	enum recovered rc = recover(&m, &config, writer, &err);

	loud(saved);
	CHECK_STR(writer_record(writer)->word,
		  word_of(the_move, is_arrival(writer) ? RECORD_DESTINATION : RECORD_SOURCE));
	snprintf(text, sizeof(text), "%s %s: %s", ends[rc], writer_record(writer)->word,
		 host->done);
	error_clear(&err);
	host->done[0] = '\0';
	return text;
}

static void check_case(enum record_state state, enum place_of place, enum outcome_kind answer,
		       const char *got, const char *want)
{
	char got_text[1400], want_text[1400];

	snprintf(got_text, sizeof(got_text), "%s, %s, %s => %s", record_word(state),
		 places[place], outcomes[answer], got);
	snprintf(want_text, sizeof(want_text), "%s, %s, %s => %s", record_word(state),
		 places[place], outcomes[answer], want);
	CHECK_STR(got_text, want_text);
}

static void check_recovered(enum record_state state, enum place_of place,
			    enum outcome_kind answer, const char *want)
{
	struct writer *writer = new_record(state, place, answer);

	check_case(state, place, answer, recovered(writer), want);
	writer_close(writer);
	end_host();
}

static void check_any_answer(enum record_state state, const char *const *want)
{
	size_t place, i;

	for (place = 0; place < PLACES; place++)
		for (i = 0; i < ROWS(all_outcomes); i++)
			check_recovered(state, place, all_outcomes[i], want[place]);
}

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

/* ---- a full disk ---- */

/* Only a refusal lets the guest go on without a word in the journal: it will not change. */
static void test_full_disk(void)
{
	static const struct {
		enum record_state state;
		enum outcome_kind answer;
		const char *want;
	} rows[] = {
		{ RECORD_COMMITTING, OUTCOME_RUNNING, "later committing: ask COMMIT" },
		{ RECORD_COMMITTING, OUTCOME_MAY_HAVE_RUN, "person committing: ask COMMIT" },
		{ RECORD_COMMITTING, OUTCOME_READY, "later committing: ask COMMIT" },
		{ RECORD_COMMITTING, OUTCOME_REFUSED,
		  "later committing: ask COMMIT, resume, end, " GOES_ON },
		{ RECORD_BEGUN, OUTCOME_NONE, "later begun: resume, end, " GOES_ON ", ask ABORT" },
		{ RECORD_RESUMING, OUTCOME_NONE, "later resuming: resume, end, " GOES_ON },
		{ RECORD_DESTROYING, OUTCOME_NONE, "later destroying: remove, end, ask FORGET" },
	};
	struct writer *writer;
	size_t i;

	for (i = 0; i < ROWS(rows); i++) {
		writer = new_record(rows[i].state, IS_SUSPENDED, rows[i].answer);
		host->full = true;
		check_case(rows[i].state, IS_SUSPENDED, rows[i].answer, recovered(writer),
			   rows[i].want);
		writer_close(writer);
		end_host();
	}
}

/* ---- whatever fails, and wherever it dies ---- */

struct scene {
	enum record_state state;
	enum place_of place;
	enum outcome_kind answer;
	char want[64];		/* how it ends when nothing fails */
};

/* What is recorded is so, at any time. */
static void check_recorded(const struct scene *scene)
{
	bool elsewhen = scene->place == LONG_AGO, here = !elsewhen && host->copy != GONE;
	const char *now = word();

	if (here && (!strcmp(now, "lost") || !strcmp(now, "moved")))
		check_case(scene->state, scene->place, scene->answer, now, "while it is here");
	if ((!strcmp(now, "failed") || !strcmp(now, "resumed")) && host->copy == SUSPENDED)
		check_case(scene->state, scene->place, scene->answer, now, "while it is held");
}

/* The next attempts of `migctl serve`, with nothing in their way. */
static void ending(char *text, size_t size)
{
	static const char *const copies[] = { "gone", "paused", "runs", "suspended" };
	struct writer *writer = take_up(RECORD_SOURCE);
	int i;

	for (i = 0; i < 2; i++)
		recovered(writer);
	writer_close(writer);
	snprintf(text, size, "%s %s", word(), copies[host->copy]);
}

static void set_scene(struct scene *scene)
{
	writer_close(new_record(scene->state, scene->place, scene->answer));
	ending(scene->want, sizeof(scene->want));
	end_host();
}

static void check_end(const struct scene *scene)
{
	char got[64];

	check_recorded(scene);
	ending(got, sizeof(got));
	check_recorded(scene);
	check_case(scene->state, scene->place, scene->answer, got, scene->want);
	end_host();
}

static void with_failing_calls(const struct scene *scene)
{
	bool failed = true;
	struct writer *writer;
	int n;

	for (n = 0; failed; n++) {
		writer = new_record(scene->state, scene->place, scene->answer);
		host->calls_left = n;
		recovered(writer);
		failed = host->failed;
		host->calls_left = -1;
		writer_close(writer);
		check_end(scene);
	}
}

/* One kind of question, or what changes something, always fails. */
static void with_blindness(const struct scene *scene)
{
	struct writer *writer;
	unsigned int blind;

	for (blind = 1; blind < BLIND; blind <<= 1) {
		writer = new_record(scene->state, scene->place, scene->answer);
		host->blind = blind;
		recovered(writer);
		recovered(writer);
		host->blind = 0;
		writer_close(writer);
		check_end(scene);
	}
}

static void with_failing_syncs(const struct scene *scene)
{
	bool failed = true;
	struct writer *writer;
	int n;

	for (n = 0; failed; n++) {
		writer = new_record(scene->state, scene->place, scene->answer);
		host->syncs_left = n / 2;
		host->failing_syncs = 1 + n % 2;	/* the withdrawal too */
		recovered(writer);
		failed = host->failed;
		host->syncs_left = -1;
		writer_close(writer);
		check_end(scene);
	}
}

/* Killed after any step. */
static void with_death(const struct scene *scene)
{
	struct writer *writer;
	int n, status = 0;
	pid_t child;

	if (scene->place != IS_SUSPENDED)
		return;
	for (n = 0; !status; n++) {
		writer_close(new_record(scene->state, scene->place, scene->answer));
		child = fork();
		if (!child) {
			writer = take_up(RECORD_SOURCE);
			host->dies_after = n;
			recovered(writer);
			_exit(1);
		}
		CHECK_EQ(waitpid(child, &status, 0), child);
		host->dies_after = -1;
		check_end(scene);
	}
}

static void for_each_scene(void (*check)(const struct scene *scene))
{
	static const enum record_state states[] = {
		RECORD_BEGUN, RECORD_COMMITTING, RECORD_DESTROYING, RECORD_RESUMING,
	};
	struct scene scene;
	size_t i, answer;

	for (i = 0; i < ROWS(states); i++)
		for (scene.place = 0; scene.place < NOT_KNOWN; scene.place++)
			for (answer = 0; answer < 3; answer++) {
				if (answer && states[i] != RECORD_COMMITTING)
					continue;
				scene.state = states[i];
				scene.answer = all_outcomes[answer];
				set_scene(&scene);
				check(&scene);
			}
}

static void test_call_that_fails_once_is_made_again(void)
{
	for_each_scene(with_failing_calls);
}

static void test_module_that_does_not_answer_settles_nothing(void)
{
	for_each_scene(with_blindness);
}

static void test_write_that_fails_is_made_again(void)
{
	for_each_scene(with_failing_syncs);
}

static void test_killed_anywhere_its_successor_ends_the_same(void)
{
	for_each_scene(with_death);
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
	TEST(test_withdrawal_waits_for_the_answer),
	TEST(test_resume_follows_resuming),
	TEST(test_device_model_goes_on_first),
	TEST(test_removal_follows_destroying),
	TEST(test_discarded_is_what_is_not_here),
	TEST(test_full_disk),
	TEST(test_call_that_fails_once_is_made_again),
	TEST(test_module_that_does_not_answer_settles_nothing),
	TEST(test_write_that_fails_is_made_again),
	TEST(test_killed_anywhere_its_successor_ends_the_same),
};

HARNESS_MAIN(tests)
