/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record of a move at its source, wherever its guest is, and what is made of it. Included once. */
#ifndef AT_SOURCE_H
#define AT_SOURCE_H

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

static inline void place_guest(enum place_of place)
{
	static const enum copy copies[PLACES] = { SUSPENDED, RUNS, GONE, RUNS, SUSPENDED };

	host->copy = copies[place];
	if (place == IS_SUSPENDED || place == IS_GONE || place == NOT_KNOWN)
		host->session = XENMIG_STATE_HELD;
	if (place == NOT_KNOWN)
		host->blind = BLIND;
}

static inline struct writer *new_record(enum record_state state, enum place_of place,
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

static inline const char *word(void)
{
	return word_of(the_move, RECORD_SOURCE);
}

static const char *const ends[] = {
	[RECOVERED_SETTLED] = "settled", [RECOVERED_LATER] = "later",
	[RECOVERED_PERSON] = "person",
};

static inline bool is_arrival(const struct writer *writer)
{
	return writer_record(writer)->data.side == RECORD_DESTINATION;
}

/* "HOW STATE: WHAT WAS DONE" */
static inline const char *recovered(struct writer *writer)
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

static inline void check_case(enum record_state state, enum place_of place, enum outcome_kind answer,
		       const char *got, const char *want)
{
	char got_text[1400], want_text[1400];

	snprintf(got_text, sizeof(got_text), "%s, %s, %s => %s", record_word(state),
		 places[place], outcomes[answer], got);
	snprintf(want_text, sizeof(want_text), "%s, %s, %s => %s", record_word(state),
		 places[place], outcomes[answer], want);
	CHECK_STR(got_text, want_text);
}

static inline void check_recovered(enum record_state state, enum place_of place,
			    enum outcome_kind answer, const char *want)
{
	struct writer *writer = new_record(state, place, answer);

	check_case(state, place, answer, recovered(writer), want);
	writer_close(writer);
	end_host();
}

static inline void check_any_answer(enum record_state state, const char *const *want)
{
	size_t place, i;

	for (place = 0; place < PLACES; place++)
		for (i = 0; i < ROWS(all_outcomes); i++)
			check_recovered(state, place, all_outcomes[i], want[place]);
}

#endif /* AT_SOURCE_H */
