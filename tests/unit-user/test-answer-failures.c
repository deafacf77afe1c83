// SPDX-License-Identifier: GPL-2.0-or-later
/* The destination: whatever fails, and wherever it dies, no answer is wrong. */
#include "harness.h"

#include "at-destination.h"

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
	TEST(test_call_that_fails_once_makes_no_wrong_answer),
	TEST(test_write_that_fails_makes_no_wrong_answer),
	TEST(test_full_disk_has_no_answers),
	TEST(test_unknown_move_is_not_refused_without_a_record),
	TEST(test_killed_anywhere_its_successor_ends_the_same),
};

HARNESS_MAIN(tests)
