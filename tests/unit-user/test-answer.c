// SPDX-License-Identifier: GPL-2.0-or-later
/* The destination: what it answers of a move, and what is on its disk and in its host by then. */
#include "harness.h"

#include "fake-host.h"

/* Where the guest of a record is. */
enum place_of {
	IS_PAUSED,	/* here as it was made, and the module keeps it */
	IS_RUNNING,	/* here; nothing is left to do for it */
	WAS_REBOOTED,	/* here with another id */
	IS_GONE,
	LONG_AGO,	/* the record is of another boot; what is here now is somebody else's */
	NOT_KNOWN,	/* as IS_PAUSED, but the module does not answer */
	PLACES,
};

static const char *const places[PLACES] = {
	"paused", "running", "rebooted", "gone", "another boot", "not known",
};

static void place_guest(enum place_of place)
{
	static const enum copy copies[PLACES] = { PAUSED, RUNS, RUNS, GONE, RUNS, PAUSED };

	host->copy = copies[place];
	if (place == WAS_REBOOTED)
		host->domid = LATER_DOMID;
	if (copies[place] == PAUSED)
		host->session = XENMIG_STATE_KEPT;
	if (place == NOT_KNOWN)
		host->blind = BLIND;
}

static struct journal_past swept;

static void fresh_host(void)
{
	journal_forget(&swept);
	new_host();
}

static void new_record(enum record_state state, enum place_of place)
{
	struct record_data head = a_head(RECORD_DESTINATION);

	fresh_host();
	if (place == LONG_AGO)
		strcpy(head.boot, LAST_BOOT);
	writer_close(record_in(&head, state));
	place_guest(place);
}

static void serve_for(uint16_t type, const uint8_t *journal)
{
	struct cause cause = { .have = ~0ULL };
	static struct message question;
	int saved = quiet();

	memcpy(cause.move, the_move, 16);
	memcpy(cause.guest, the_guest, 16);
	memcpy(cause.journal, journal, 16);
	memset(&question, 0, sizeof(question));
	question.type = type;
	*(type == MSG_ABORT ? &question.abort.cause : &question.cause) = cause;
	answer_serve(&m, -1, &question);
	loud(saved);
}

static void serve(uint16_t type)
{
	serve_for(type, journal_identity(m.journal));
}

static void sweep(void)
{
	int saved = quiet();

	answer_sweep(&m, &swept);
	loud(saved);
}

/* The one thing that was said, "nothing" for none. */
static const char *answer(void)
{
	static char said[32];
	const char *at = strstr(host->done, "say ");

	if (!at)
		return "nothing";
	snprintf(said, sizeof(said), "%.*s", (int)strcspn(at + 4, ","), at + 4);
	return strstr(at + 4, "say ") ? "more than one answer" : said;
}

static const char *word(void)
{
	return word_of(the_move, RECORD_DESTINATION);
}

static void check_case(const char *what, enum record_state state, enum place_of place,
		       const char *got, const char *want)
{
	char got_text[256], want_text[256];

	snprintf(got_text, sizeof(got_text), "%s, %s, %s: %s", what, record_word(state),
		 places[place], got);
	snprintf(want_text, sizeof(want_text), "%s, %s, %s: %s", what, record_word(state),
		 places[place], want);
	CHECK_STR(got_text, want_text);
}

/* ---- what is answered, and what the record says then ---- */

struct row {
	enum record_state state;
	const char *want[PLACES];
};

#define ALL(want) { want, want, want, want, want, want }

/*
 * REFUSED of what never ran does not need the hypervisor; of what was started, only it knows
 * whether it is there, and while it does not answer, nobody does.
 */
static const struct row answers[] = {
	{ RECORD_UNKNOWN, ALL("MAY-HAVE-RUN damaged") },
	{ RECORD_BEGUN, ALL("REFUSED failed") },
	{ RECORD_READY, ALL("REFUSED refused") },
	{ RECORD_FAILED, ALL("REFUSED failed") },
	{ RECORD_REFUSED, ALL("REFUSED refused") },
	{ RECORD_STARTING, { "RUNNING running", "RUNNING running", "MAY-HAVE-RUN starting",
			     "MAY-HAVE-RUN starting", "MAY-HAVE-RUN starting",
			     "nothing starting" } },
	{ RECORD_RUNNING, { "RUNNING running", "RUNNING running", "RUNNING running",
			    "MAY-HAVE-RUN running", "MAY-HAVE-RUN running", "nothing running" } },
	{ RECORD_FORGOTTEN, { "RUNNING forgotten", "RUNNING forgotten", "RUNNING forgotten",
			      "MAY-HAVE-RUN forgotten", "MAY-HAVE-RUN forgotten",
			      "nothing forgotten" } },
	{ RECORD_DISCARDED, { "RUNNING discarded", "RUNNING discarded", "RUNNING discarded",
			      "MAY-HAVE-RUN discarded", "MAY-HAVE-RUN discarded",
			      "nothing discarded" } },
};

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

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

static const struct row forgets[] = {
	{ RECORD_STARTING, { "FORGOTTEN forgotten", "FORGOTTEN forgotten", "nothing starting",
			     "nothing starting", "nothing starting", "nothing starting" } },
	{ RECORD_RUNNING, { "FORGOTTEN forgotten", "FORGOTTEN forgotten", "FORGOTTEN forgotten",
			    "FORGOTTEN forgotten", "FORGOTTEN forgotten", "nothing running" } },
	{ RECORD_FORGOTTEN, ALL("FORGOTTEN forgotten") },
	{ RECORD_DISCARDED, ALL("FORGOTTEN discarded") },
};

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

/* ---- what is left of a refused guest ---- */

static void check_swept(enum record_side side, enum record_state state, enum place_of place,
			int session, const char *want)
{
	struct record_data head = a_head(side);
	struct writer *writer;

	fresh_host();
	if (place == LONG_AGO)
		strcpy(head.boot, LAST_BOOT);
	writer = record_in(&head, state);
	place_guest(place);
	host->session = session;
	sweep();
	check_case("held", state, place, host->done, "");
	writer_close(writer);
	sweep();
	check_case("swept", state, place, host->done, want);
	end_host();
}

static void test_sweep_waits_until_the_module_answers(void)
{
	new_record(RECORD_REFUSED, IS_PAUSED);
	host->blind = BLIND_SESSIONS;
	sweep();
	CHECK_STR(host->done, "");
	host->blind = BLIND_ACTS;
	sweep();
	CHECK_STR(host->done, "");
	host->blind = 0;
	sweep();
	CHECK_STR(host->done, "end, remove");
	end_host();
	new_record(RECORD_REFUSED, IS_PAUSED);
	host->session = NO_SESSION;
	host->blind = BLIND_ID;
	sweep();
	CHECK_STR(host->done, "");
	host->blind = 0;
	sweep();
	CHECK_STR(host->done, "remove");
	end_host();
}

/* Killed between the record and the end of its clearing up: the module has destroyed the domain. */
static void test_sweep_removes_traces_of_what_is_gone(void)
{
	static const enum record_state refusals[] = { RECORD_REFUSED, RECORD_FAILED };
	size_t i;

	for (i = 0; i < ROWS(refusals); i++) {
		new_record(refusals[i], IS_GONE);
		host->session = NO_SESSION;
		host->traces = true;
		host->blind = BLIND_ID;
		sweep();
		CHECK_STR(host->done, "");
		host->blind = 0;
		sweep();
		sweep();
		CHECK_STR(host->done, "remove");
		end_host();
	}
	new_record(RECORD_FORGOTTEN, IS_GONE);
	host->session = NO_SESSION;
	host->traces = true;
	sweep();
	CHECK_STR(host->done, "");
	end_host();
}

static void test_sweep_removes_what_was_refused_in_this_boot(void)
{
	static const enum record_state others[] = {
		RECORD_UNKNOWN, RECORD_BEGUN, RECORD_READY, RECORD_STARTING, RECORD_RUNNING,
		RECORD_FORGOTTEN, RECORD_DISCARDED,
	};
	const enum record_side side = RECORD_DESTINATION;
	const int kept = XENMIG_STATE_KEPT;
	size_t i;

	check_swept(side, RECORD_REFUSED, IS_PAUSED, kept, "end, remove");
	check_swept(side, RECORD_FAILED, IS_PAUSED, kept, "end, remove");
	check_swept(side, RECORD_REFUSED, LONG_AGO, kept, "");
	check_swept(side, RECORD_FAILED, LONG_AGO, kept, "");
	check_swept(side, RECORD_REFUSED, NOT_KNOWN, kept, "");
	check_swept(side, RECORD_REFUSED, IS_PAUSED, NO_SESSION, "remove");
	check_swept(side, RECORD_REFUSED, IS_GONE, kept, "end, remove");
	check_swept(side, RECORD_REFUSED, IS_GONE, NO_SESSION, "");
	check_swept(side, RECORD_REFUSED, LONG_AGO, NO_SESSION, "");
	/* Somebody has started it, for a reason that is not known here. */
	check_swept(side, RECORD_REFUSED, IS_RUNNING, NO_SESSION, "");
	check_swept(side, RECORD_REFUSED, WAS_REBOOTED, NO_SESSION, "");
	check_swept(RECORD_SOURCE, RECORD_FAILED, IS_PAUSED, kept, "");
	check_swept(RECORD_SOURCE, RECORD_FAILED, IS_PAUSED, NO_SESSION, "");
	check_swept(RECORD_SOURCE, RECORD_FAILED, IS_RUNNING, XENMIG_STATE_HELD, "");
	for (i = 0; i < ROWS(others); i++) {
		check_swept(side, others[i], IS_PAUSED, kept, "");
		check_swept(side, others[i], IS_PAUSED, NO_SESSION, "");
		check_swept(side, others[i], LONG_AGO, kept, "");
	}
}

/* ---- whatever fails, and wherever it dies ---- */

/* How a case ends: the last answer, the record, and the copy after a sweep. */
static void ending(char *text, size_t size)
{
	static const char *const copies[] = { "gone", "paused", "runs", "suspended" };
	char said[32];

	snprintf(said, sizeof(said), "%s", answer());
	sweep();
	snprintf(text, size, "%s %s %s", said, word(), copies[host->copy]);
}

struct scene {
	enum record_state state;
	enum place_of place;
	uint16_t type;
	char want[64];		/* how it ends when nothing fails */
};

static struct scene a_scene(enum record_state state, enum place_of place, uint16_t type)
{
	struct scene scene = { .state = state, .place = place, .type = type };

	new_record(state, place);
	serve(type);
	ending(scene.want, sizeof(scene.want));
	end_host();
	return scene;
}

/* Something failed. What was said is true all the same; asked once more, it ends as it should. */
static void check_end(const struct scene *scene)
{
	char got[64], said[32];

	snprintf(said, sizeof(said), "%s", answer());
	if (strcmp(said, "nothing") && strncmp(said, scene->want, strlen(said)))
		check_case("at once", scene->state, scene->place, said, scene->want);
	host->done[0] = '\0';
	serve(scene->type);
	ending(got, sizeof(got));
	check_case("in the end", scene->state, scene->place, got, scene->want);
	end_host();
}

static void with_failing_calls(const struct scene *scene)
{
	bool failed = true;
	int n;

	for (n = 0; failed; n++) {
		new_record(scene->state, scene->place);
		host->calls_left = n;
		serve(scene->type);
		failed = host->failed;
		host->calls_left = -1;
		check_end(scene);
	}
}

static void with_failing_syncs(const struct scene *scene)
{
	bool failed = true;
	int n;

	for (n = 0; failed; n++) {
		new_record(scene->state, scene->place);
		host->syncs_left = n / 2;
		host->failing_syncs = 1 + n % 2;	/* the withdrawal too */
		serve(scene->type);
		failed = host->failed;
		host->syncs_left = -1;
		check_end(scene);
	}
}

/* The next `migctl serve` begins like this. */
static void care(void)
{
	struct error why = { 0 };
	struct writer *writer;
	int saved;

	host->dies_after = -1;
	sweep();
	writer = take_up(RECORD_DESTINATION);
	saved = quiet();
	recover(&m, NULL, writer, &why);
	loud(saved);
	writer_close(writer);
}

/* Killed after any step. */
static void with_death(const struct scene *scene)
{
	int n, status = 0;
	pid_t child;

	for (n = 0; !status; n++) {
		new_record(scene->state, scene->place);
		host->dies_after = n;
		child = fork();
		if (!child) {
			serve(scene->type);
			_exit(1);
		}
		CHECK_EQ(waitpid(child, &status, 0), child);
		care();
		check_end(scene);
	}
	CHECK(n > 2);
}

/* Before KEEP the module destroys it with its controller, and behind KEEP nobody unpauses it. */
static bool is_possible(enum record_state state, enum place_of place)
{
	return (state != RECORD_BEGUN && state != RECORD_READY) ||
	       (place != IS_RUNNING && place != WAS_REBOOTED);
}

static void for_each_scene(void (*check)(const struct scene *scene))
{
	struct scene scene;
	int place;
	size_t i;

	for (place = 0; place < NOT_KNOWN; place++) {
		for (i = 0; i < ROWS(answers); i++) {
			if (!is_possible(answers[i].state, place))
				continue;
			scene = a_scene(answers[i].state, place, MSG_COMMIT);
			check(&scene);
		}
		for (i = 0; i < ROWS(forgets); i++) {
			scene = a_scene(forgets[i].state, place, MSG_FORGET);
			check(&scene);
		}
	}
}

static void test_call_that_fails_once_makes_no_wrong_answer(void)
{
	for_each_scene(with_failing_calls);
}

static void test_write_that_fails_makes_no_wrong_answer(void)
{
	for_each_scene(with_failing_syncs);
}

/* Nothing is said or done without a line on the disk. */
static void with_full_disk(const struct scene *scene)
{
	char before[32];
	enum copy copy;

	new_record(scene->state, scene->place);
	snprintf(before, sizeof(before), "%s", word());
	copy = host->copy;
	host->full = true;
	serve(scene->type);
	check_case("full disk", scene->state, scene->place, host->done, "");
	CHECK_STR(word(), before);
	CHECK_EQ(host->copy, copy);
	host->full = false;
	end_host();
}

static void test_full_disk_has_no_answers(void)
{
	for_each_scene(with_full_disk);
	fresh_host();
	host->full = true;
	serve(MSG_COMMIT);
	CHECK_STR(host->done, "");
	CHECK_STR(word(), "none");
	end_host();
}

/* The journal that cannot note that it refuses an unknown move does not refuse it. */
static void test_unknown_move_is_not_refused_without_a_record(void)
{
	int n;

	for (n = 0; n < 6; n++) {
		fresh_host();
		host->syncs_left = n / 2;	/* the file, the directory, `failed` */
		host->failing_syncs = 1 + n % 2;
		serve(MSG_COMMIT);
		CHECK_EQ(host->syncs_left, -1);
		CHECK_STR(answer(), "nothing");
		CHECK_STR(word(), n < 4 ? "none" : "begun");
		serve(MSG_COMMIT);
		CHECK_STR(answer(), "REFUSED");
		CHECK_STR(word(), "failed");
		end_host();
	}
}

static void test_killed_anywhere_its_successor_ends_the_same(void)
{
	static const struct {
		enum record_state state;
		enum place_of place;
		uint16_t type;
	} rows[] = {
		{ RECORD_BEGUN, IS_PAUSED, MSG_COMMIT }, { RECORD_READY, IS_PAUSED, MSG_COMMIT },
		{ RECORD_STARTING, IS_PAUSED, MSG_COMMIT },
		{ RECORD_RUNNING, IS_PAUSED, MSG_COMMIT },
		{ RECORD_STARTING, IS_PAUSED, MSG_FORGET },
		{ RECORD_RUNNING, IS_PAUSED, MSG_FORGET },
	};
	struct scene scene;
	size_t i;

	for (i = 0; i < ROWS(rows); i++) {
		scene = a_scene(rows[i].state, rows[i].place, rows[i].type);
		with_death(&scene);
	}
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
	TEST(test_sweep_removes_what_was_refused_in_this_boot),
	TEST(test_sweep_removes_traces_of_what_is_gone),
	TEST(test_sweep_waits_until_the_module_answers),
	TEST(test_call_that_fails_once_makes_no_wrong_answer),
	TEST(test_write_that_fails_makes_no_wrong_answer),
	TEST(test_full_disk_has_no_answers),
	TEST(test_unknown_move_is_not_refused_without_a_record),
	TEST(test_killed_anywhere_its_successor_ends_the_same),
};

HARNESS_MAIN(tests)
