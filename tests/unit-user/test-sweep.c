// SPDX-License-Identifier: GPL-2.0-or-later
/* The destination: what is left of a guest that it refused is removed, and nothing else. */
#include "harness.h"

#include "at-destination.h"

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

static const struct test tests[] = {
	TEST(test_sweep_removes_what_was_refused_in_this_boot),
	TEST(test_sweep_removes_traces_of_what_is_gone),
	TEST(test_sweep_waits_until_the_module_answers),
};

HARNESS_MAIN(tests)
