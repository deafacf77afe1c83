// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "journal/record-state.h"

static const char *const words[RECORD_STATES] = {
	[RECORD_UNKNOWN] = "unknown", [RECORD_BEGUN] = "begun", [RECORD_FAILED] = "failed",
	[RECORD_COMMITTING] = "committing", [RECORD_DESTROYING] = "destroying",
	[RECORD_RESUMING] = "resuming", [RECORD_MOVED] = "moved", [RECORD_RESUMED] = "resumed",
	[RECORD_LOST] = "lost", [RECORD_DISCARDED] = "discarded", [RECORD_READY] = "ready",
	[RECORD_STARTING] = "starting", [RECORD_RUNNING] = "running",
	[RECORD_REFUSED] = "refused", [RECORD_FORGOTTEN] = "forgotten",
};

/*
 * Which state may follow which, as the protocol has it: `committing` never goes back by itself,
 * `moved` and `forgotten` come only after RUNNING was said, and what is settled stays so. A
 * person may end by `discarded` whatever this host cannot end alone.
 */
#define S(state)	(1u << RECORD_##state)
static const uint32_t followers[][RECORD_STATES] = {
	[RECORD_SOURCE] = {
		[RECORD_BEGUN] = S(COMMITTING) | S(RESUMING) | S(FAILED) | S(LOST),
		[RECORD_COMMITTING] = S(DESTROYING) | S(RESUMING) | S(LOST) | S(DISCARDED),
		[RECORD_DESTROYING] = S(MOVED) | S(DISCARDED),
		[RECORD_RESUMING] = S(RESUMED) | S(LOST) | S(DISCARDED),
	},
	[RECORD_DESTINATION] = {
		[RECORD_BEGUN] = S(READY) | S(FAILED) | S(REFUSED),
		[RECORD_READY] = S(STARTING) | S(REFUSED),
		[RECORD_STARTING] = S(RUNNING) | S(DISCARDED),
		[RECORD_RUNNING] = S(FORGOTTEN) | S(DISCARDED),
	},
};

static const uint32_t settled = S(FAILED) | S(MOVED) | S(RESUMED) | S(LOST) | S(DISCARDED) |
				S(REFUSED) | S(FORGOTTEN);

static const uint32_t states_of[] = {
	[RECORD_SOURCE] = S(BEGUN) | S(FAILED) | S(COMMITTING) | S(DESTROYING) | S(RESUMING) |
			  S(MOVED) | S(RESUMED) | S(LOST) | S(DISCARDED),
	[RECORD_DESTINATION] = S(BEGUN) | S(FAILED) | S(READY) | S(STARTING) | S(RUNNING) |
			       S(REFUSED) | S(FORGOTTEN) | S(DISCARDED),
};
#undef S

/**
 * record_word() - the word of a state
 * @state: the state, or anything
 *
 * Return: a constant string.
 */
const char *record_word(enum record_state state)
{
	return state < RECORD_STATES ? words[state] : words[RECORD_UNKNOWN];
}

/**
 * record_side_word() - the word of a side
 * @side: the side
 *
 * Return: a constant string.
 */
const char *record_side_word(enum record_side side)
{
	return side == RECORD_SOURCE ? "source" : "destination";
}

/**
 * record_settled() - does nothing remain to be done?
 * @state: the state; an unknown one is not settled
 */
bool record_settled(enum record_state state)
{
	return state < RECORD_STATES && settled & 1u << state;
}

/**
 * record_may() - may a state follow another?
 * @side: at which side
 * @from: the one that is there
 * @to: the one to be written; not @from, which would be a note
 */
bool record_may(enum record_side side, enum record_state from, enum record_state to)
{
	if (side != RECORD_SOURCE && side != RECORD_DESTINATION)
		return false;
	return from < RECORD_STATES && to < RECORD_STATES && followers[side][from] & 1u << to;
}

/**
 * record_steps_after() - how many states can still come after one
 * @side: at which side
 * @state: the one that is there
 *
 * Return: the most of them, one after the other.
 */
unsigned int record_steps_after(enum record_side side, enum record_state state)
{
	unsigned int most = 0, steps;
	int next;

	for (next = 0; next < RECORD_STATES; next++) {
		if (!record_may(side, state, next))
			continue;
		steps = 1 + record_steps_after(side, next);
		if (steps > most)
			most = steps;
	}
	return most;
}

/**
 * record_state_of() - the state that a word stands for
 * @side: at which side
 * @word: the word
 *
 * Return: the state, RECORD_UNKNOWN when there is none of that word.
 */
enum record_state record_state_of(enum record_side side, const char *word)
{
	int state;

	if (side != RECORD_SOURCE && side != RECORD_DESTINATION)
		return RECORD_UNKNOWN;
	for (state = RECORD_BEGUN; state < RECORD_STATES; state++)
		if (states_of[side] & 1u << state && !strcmp(words[state], word))
			return state;
	return RECORD_UNKNOWN;
}
