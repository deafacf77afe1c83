/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Octets of a console, both ways between two ends, as fast as the slower one takes them. */
#ifndef MIGCTL_RELAY_H
#define MIGCTL_RELAY_H

#include "peer/peer.h"

/**
 * struct line - an end that takes and gives octets as they are
 * @in: read from; -1 for nothing to read
 * @out: written to
 * @escape: octet from @in that ends the relay; 0 for none
 */
struct line {
	int in;
	int out;
	unsigned char escape;
};

/**
 * struct wire - an end that takes and gives them in messages
 * @fd: connected socket
 * @gives: type of those that come
 * @takes: type of those that leave
 * @silence: s after which a silent peer is taken for dead
 * @word: the message that ended the relay; type 0 when none did
 */
struct wire {
	int fd;
	uint16_t gives;
	uint16_t takes;
	unsigned int silence;
	struct message *word;

	/* the relay's own */
	struct intake intake;
	struct outlet outlet;
	uint64_t heard;
	uint64_t beaten;
};

enum relay_end {
	RELAY_LEFT,	/* the near end is through with it, or @stop became readable */
	RELAY_OVER,	/* the far end is a line and ended, and all that came of it was passed on */
	RELAY_WORD,	/* the wire has said something else, in its @word */
	RELAY_BROKEN,	/* the wire broke, fell silent or said what is no message */
};

enum relay_end relay_lines(struct line *near, struct line *far, int stop);
enum relay_end relay_from_wire(struct line *near, struct wire *far, int stop);
enum relay_end relay_to_wire(struct wire *near, struct line *far, int stop);

#endif /* MIGCTL_RELAY_H */
