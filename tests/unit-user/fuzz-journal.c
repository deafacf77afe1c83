// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whatever a record may hold: as it is, and, since no checksum is guessed, with a good one put
 * behind each of its lines. What is good in it must stay so when the next line is written.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journal/record.h"

#define NOW	"2026-11-22T10:11:12.123Z"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int condition)
{
	if (!condition)
		abort();
}

/* Behind a good first line of a side, if one is given, puts each line with time and checksum. */
static void seal(const uint8_t *data, size_t size, enum record_side side, char *text)
{
	struct record_data head = { .move = { 1 }, .side = side };
	struct record record;
	const uint8_t *end;
	uint32_t crc;
	size_t at, len;

	memset(text, 0, RECORD_SIZE);
	if (side)
		check(!record_begin(&head, NOW, text));
	record_parse(text, RECORD_SIZE, &record);
	at = record.end;
	crc = record.crc;
	for (; size; data += len + 1, size -= len + 1) {
		end = memchr(data, '\n', size);
		if (!end)
			break;
		len = end - data;
		if (at + len + 36 > RECORD_SIZE)
			break;
		memcpy(text + at, NOW " ", 25);
		memcpy(text + at + 25, data, len);
		crc = record_crc(crc, text + at, len + 25);
		at += len + 25;
		at += snprintf(text + at, 11, " %08x\n", crc);
	}
	if (size && at < RECORD_SIZE)
		memcpy(text + at, data, size < RECORD_SIZE - at ? size : RECORD_SIZE - at);
}

static void write_on(const char *text, const struct record *record, const uint8_t *rest,
		     size_t size)
{
	struct record_data data = { .peer_domid = 7 };
	char next[RECORD_SIZE];
	struct record after;
	int state;

	memcpy(data.reason, rest, size < sizeof(data.reason) ? size : sizeof(data.reason) - 1);
	for (state = 0; state < RECORD_STATES; state++) {
		int rc = record_append(text, state, &data, NOW, next);

		check(rc || (int)record->state == state ||
		      record_may(record->data.side, record->state, state));
		if (rc)
			continue;
		check(!record_parse(next, sizeof(next), &after));
		check((int)after.state == state);
		check(after.data.side == record->data.side);
		check(!strcmp(after.data.name, record->data.name));
	}
}

static void read_it(const char *text, size_t size, const uint8_t *rest, size_t rest_size)
{
	char *copy = malloc(size + !size);	/* with nothing readable behind it */
	struct record record;

	memcpy(copy, text, size);
	record_parse(copy, size, &record);
	check(record.end <= size && record.count <= RECORD_LINES && record.last <= record.end);
	check(!record.damaged || record.state == RECORD_UNKNOWN);
	if (size == RECORD_SIZE)
		write_on(copy, &record, rest, rest_size);
	free(copy);
}

static void begin_with(const uint8_t *data, size_t size)
{
	struct record_data head = { .move = { 1 }, .side = RECORD_SOURCE };
	char text[RECORD_SIZE];
	struct record record;

	memcpy(head.name, data, size < sizeof(head.name) ? size : sizeof(head.name) - 1);
	memcpy(head.address, data, size < 64 ? size : 64);
	record_reason(&head, head.name);
	check(!record_begin(&head, NOW, text));
	check(!record_parse(text, sizeof(text), &record));
	check(!strcmp(record.data.name, head.name) && !strcmp(record.data.address, head.address));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[RECORD_SIZE];
	int side;

	read_it((const char *)data, size < RECORD_SIZE ? size : RECORD_SIZE, data, size);
	for (side = 0; side <= RECORD_DESTINATION; side++) {
		seal(data, size, side, text);
		read_it(text, RECORD_SIZE, data, size);
	}
	begin_with(data, size);
	return 0;
}
