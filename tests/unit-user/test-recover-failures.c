// SPDX-License-Identifier: GPL-2.0-or-later
/* The source: whatever fails, and wherever its controller dies, a move ends the same. */
#include "harness.h"

#include "at-source.h"

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
	TEST(test_full_disk),
	TEST(test_call_that_fails_once_is_made_again),
	TEST(test_module_that_does_not_answer_settles_nothing),
	TEST(test_write_that_fails_is_made_again),
	TEST(test_killed_anywhere_its_successor_ends_the_same),
};

HARNESS_MAIN(tests)
