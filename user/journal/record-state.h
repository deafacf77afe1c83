/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The states of a record, and which of them may follow which. */
#ifndef MIGCTL_RECORD_STATE_H
#define MIGCTL_RECORD_STATE_H

#include <stdbool.h>
#include <stdint.h>

#define RECORD_WORD	16	/* room for the word of a state */

enum record_side {
	RECORD_SOURCE = 1,
	RECORD_DESTINATION,
};

/* RECORD_UNKNOWN is never written: the words of a later version, or a damaged record. */
enum record_state {
	RECORD_UNKNOWN,
	/* at either side */
	RECORD_BEGUN,
	RECORD_FAILED,
	/* at the source */
	RECORD_COMMITTING,
	RECORD_DESTROYING,
	RECORD_RESUMING,
	RECORD_MOVED,
	RECORD_RESUMED,
	RECORD_LOST,
	RECORD_DISCARDED,
	/* at the destination */
	RECORD_READY,
	RECORD_STARTING,
	RECORD_RUNNING,
	RECORD_REFUSED,
	RECORD_FORGOTTEN,
	RECORD_STATES,
};

const char *record_word(enum record_state state);
const char *record_side_word(enum record_side side);
bool record_settled(enum record_state state);
bool record_may(enum record_side side, enum record_state from, enum record_state to);
unsigned int record_steps_after(enum record_side side, enum record_state state);
enum record_state record_state_of(enum record_side side, const char *word);

#endif /* MIGCTL_RECORD_STATE_H */
