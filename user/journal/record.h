/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the journal says of one move at one side: a file of RECORD_SIZE octets, lines of text and
 * then zeros. A line is
 *
 *	2026-11-22T10:11:12.123Z committing peer_domid=7 reason="..." 8f3a01c2
 *
 * the last word being the CRC-32C of what stands before it, begun with that of the line before.
 * So a line that was written by half, or that stood there before, is no line; the last line that
 * is one counts. A line with the state of the line before is a note; one of nothing but
 * `reason` and `outcome` is a comment, which the next comment replaces.
 *
 * Nothing here touches a file.
 */
#ifndef MIGCTL_RECORD_H
#define MIGCTL_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "journal/record-state.h"

#define RECORD_SIZE	4096
#define RECORD_TIME	25	/* room for a time and its NUL */
#define RECORD_LINES	128	/* more than fit */
#define RECORD_REASON	1000	/* room for a reason as it is written */

/**
 * struct record_data - what is noted with a state; zero and "" are not noted
 * @move: UUID of the move
 * @side: of this record
 * @order: grows from record to record of a journal, whatever the host's clock says; 0 in those
 * of earlier versions
 * @guest: UUID of the guest
 * @domid: its id at this host
 * @peer_domid: its id at the other
 * @peer_identity: identity of the other host's journal
 * @name: name of the guest
 * @peer: name of the other host
 * @address: where it can be dialled again; never cut
 * @boot: boot id of this host
 * @peer_boot: boot id of the other
 * @outcome: a word for what was answered or decided
 * @reason: a sentence, cut to fit; it belongs to its state and is gone with the next
 *
 * @move, @side, @order, @guest, @name, @peer and @address are in the first line only; the others may also
 * come later, and what was said last counts.
 */
struct record_data {
	uint8_t move[16];
	enum record_side side;
	uint32_t order;
	uint8_t guest[16];
	uint32_t domid;
	uint32_t peer_domid;
	uint8_t peer_identity[16];
	char name[256];
	char peer[256];
	char address[272];
	char boot[40];
	char peer_boot[40];
	char outcome[40];
	char reason[RECORD_REASON];
};

/**
 * struct record - what a record says
 * @state: of its last line
 * @word: the same as it is written; "damaged" for a damaged record
 * @damaged: lines are there that cannot be trusted; @state is RECORD_UNKNOWN
 * @data: what its lines say together
 * @count: number of @lines
 * @lines: when which state or note was written
 * @end: octets of good lines, which is where the next one goes
 * @last: where the last good line begins
 * @crc: of the last good line
 * @comment: the last good line is a comment
 */
struct record {
	enum record_state state;
	char word[RECORD_WORD];
	bool damaged;
	struct record_data data;
	unsigned int count;
	struct {
		char time[RECORD_TIME];
		char word[RECORD_WORD];
	} lines[RECORD_LINES];

	/* for record_append() */
	size_t end;
	size_t last;
	uint32_t crc;
	bool comment;
};

bool record_same_boot(const struct record_data *data, const char *boot);

uint32_t record_crc(uint32_t before, const char *text, size_t len);
int record_parse(const char *text, size_t size, struct record *record);
int record_begin(const struct record_data *head, const char *time, char *text);
int record_append(const char *text, enum record_state state, const struct record_data *data,
		  const char *time, char *result);
void record_reason(struct record_data *data, const char *sentence);

#endif /* MIGCTL_RECORD_H */
