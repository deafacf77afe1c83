/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record of a move at its destination, wherever its guest is, and what is answered. Included once. */
#ifndef AT_DESTINATION_H
#define AT_DESTINATION_H

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

static inline void place_guest(enum place_of place)
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

static inline void fresh_host(void)
{
	journal_forget(&swept);
	new_host();
}

static inline void new_record(enum record_state state, enum place_of place)
{
	struct record_data head = a_head(RECORD_DESTINATION);

	fresh_host();
	if (place == LONG_AGO)
		strcpy(head.boot, LAST_BOOT);
	writer_close(record_in(&head, state));
	place_guest(place);
}

static inline void serve_for(uint16_t type, const uint8_t *journal)
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

static inline void serve(uint16_t type)
{
	serve_for(type, journal_identity(m.journal));
}

static inline void sweep(void)
{
	int saved = quiet();

	answer_sweep(&m, &swept);
	loud(saved);
}

/* The one thing that was said, "nothing" for none. */
static inline const char *answer(void)
{
	static char said[32];
	const char *at = strstr(host->done, "say ");

	if (!at)
		return "nothing";
	snprintf(said, sizeof(said), "%.*s", (int)strcspn(at + 4, ","), at + 4);
	return strstr(at + 4, "say ") ? "more than one answer" : said;
}

static inline const char *word(void)
{
	return word_of(the_move, RECORD_DESTINATION);
}

static inline void check_case(const char *what, enum record_state state, enum place_of place,
		       const char *got, const char *want)
{
	char got_text[1200], want_text[1200];

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

static const struct row forgets[] = {
	{ RECORD_STARTING, { "FORGOTTEN forgotten", "FORGOTTEN forgotten", "nothing starting",
			     "nothing starting", "nothing starting", "nothing starting" } },
	{ RECORD_RUNNING, { "FORGOTTEN forgotten", "FORGOTTEN forgotten", "FORGOTTEN forgotten",
			    "FORGOTTEN forgotten", "FORGOTTEN forgotten", "nothing running" } },
	{ RECORD_FORGOTTEN, ALL("FORGOTTEN forgotten") },
	{ RECORD_DISCARDED, ALL("FORGOTTEN discarded") },
};

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

#endif /* AT_DESTINATION_H */
