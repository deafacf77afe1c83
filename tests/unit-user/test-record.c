// SPDX-License-Identifier: GPL-2.0-or-later
/* A record: what may follow what, and what a crash leaves of it. No file is touched. */
#include <errno.h>
#include <stdlib.h>

#include "harness.h"

#include "record-head.h"

/* ---- states ---- */

static void test_every_pair(void)
{
	static const struct { enum record_side side; const char *from, *to; } may[] = {
		{ RECORD_SOURCE, "begun", "committing" }, { RECORD_SOURCE, "begun", "failed" },
		{ RECORD_SOURCE, "begun", "lost" }, { RECORD_SOURCE, "begun", "resuming" },
		{ RECORD_SOURCE, "committing", "destroying" },
		{ RECORD_SOURCE, "committing", "resuming" }, { RECORD_SOURCE, "committing", "lost" },
		{ RECORD_SOURCE, "committing", "discarded" },
		{ RECORD_SOURCE, "destroying", "moved" },
		{ RECORD_SOURCE, "destroying", "discarded" },
		{ RECORD_SOURCE, "resuming", "resumed" }, { RECORD_SOURCE, "resuming", "lost" },
		{ RECORD_SOURCE, "resuming", "discarded" },
		{ RECORD_DESTINATION, "begun", "ready" }, { RECORD_DESTINATION, "begun", "failed" },
		{ RECORD_DESTINATION, "begun", "refused" },
		{ RECORD_DESTINATION, "ready", "starting" },
		{ RECORD_DESTINATION, "ready", "refused" },
		{ RECORD_DESTINATION, "starting", "running" },
		{ RECORD_DESTINATION, "running", "forgotten" },
		{ RECORD_DESTINATION, "starting", "discarded" },
		{ RECORD_DESTINATION, "running", "discarded" },
	};
	int side, from, to;
	size_t i;

	for (side = 0; side <= RECORD_DESTINATION + 1; side++)
		for (from = 0; from <= RECORD_STATES; from++)
			for (to = 0; to <= RECORD_STATES; to++) {
				bool want = false;

				for (i = 0; i < sizeof(may) / sizeof(may[0]); i++)
					want |= may[i].side == (enum record_side)side &&
						from < RECORD_STATES && to < RECORD_STATES &&
						!strcmp(may[i].from, record_word(from)) &&
						!strcmp(may[i].to, record_word(to));
				CHECK_EQ(record_may(side, from, to), want);
			}
}

static void test_settled(void)
{
	static const char *const ends[] = { "failed", "moved", "resumed", "lost", "discarded",
					    "refused", "forgotten" };
	int state;
	size_t i;

	for (state = 0; state <= RECORD_STATES; state++) {
		bool want = false;

		for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
			want |= state < RECORD_STATES && !strcmp(ends[i], record_word(state));
		CHECK_EQ(record_settled(state), want);
	}
}

/* Every way through the table can be written, and nothing beside it. */
static void walk(const char *text, enum record_side side, enum record_state from,
		 const struct record_data *data)
{
	char next[RECORD_SIZE];
	struct record r;
	int to;

	for (to = 0; to < RECORD_STATES; to++) {
		bool may = record_may(side, from, to);
		bool note = (int)from == to && !record_settled(from);

		CHECK_EQ(record_append(text, to, data, LATER, next), may || note ? 0 : -EINVAL);
		if (!may)
			continue;
		CHECK(!record_parse(next, RECORD_SIZE, &r));
		CHECK_EQ(r.state, to);
		CHECK_EQ(r.damaged, false);
		walk(next, side, to, data);
	}
}

static void worst(char *text, size_t size)
{
	memset(text, '\1', size - 1);
	text[size - 1] = '\0';
}

static struct record_data worst_head(enum record_side side)
{
	struct record_data head = a_head(1, side);

	worst(head.name, sizeof(head.name));
	worst(head.peer, sizeof(head.peer));
	memset(head.address, '1', sizeof(head.address) - 1);
	worst(head.reason, sizeof(head.reason));
	worst(head.outcome, sizeof(head.outcome));
	worst(head.peer_boot, sizeof(head.peer_boot));
	head.domid = head.peer_domid = UINT32_MAX;
	memset(head.peer_identity, 1, sizeof(head.peer_identity));
	return head;
}

static struct record_data worst_data(void)
{
	struct record_data data = { .domid = UINT32_MAX - 1, .peer_domid = UINT32_MAX - 1 };

	memset(data.peer_identity, 2, sizeof(data.peer_identity));
	memset(data.boot, 'b', sizeof(data.boot) - 1);
	memset(data.peer_boot, 'b', sizeof(data.peer_boot) - 1);
	memset(data.outcome, 'o', sizeof(data.outcome) - 1);
	worst(data.reason, sizeof(data.reason));
	return data;
}

static void test_every_way(void)
{
	struct record_data nothing = { 0 };
	char text[RECORD_SIZE];
	int side;

	for (side = RECORD_SOURCE; side <= RECORD_DESTINATION; side++) {
		struct record_data head = a_head(1, side);

		CHECK(!record_begin(&head, NOW, text));
		walk(text, side, RECORD_BEGUN, &nothing);
	}
}

/* With the longest head, and notes until none fits, each state still has room for its facts. */
static void fill_and_walk(const char *text, enum record_side side, enum record_state from)
{
	struct record_data data = worst_data();
	char now[RECORD_SIZE], next[RECORD_SIZE];
	struct record r;
	int to, i;

	memcpy(now, text, RECORD_SIZE);
	for (i = 0; i < 200 && !record_settled(from); i++) {
		struct record_data note = { .peer_domid = 100 + i };

		if (i % 2)
			worst(note.reason, sizeof(note.reason) - i);
		if (record_append(now, from, &note, LATER, next))
			break;
		memcpy(now, next, RECORD_SIZE);
	}
	for (to = 0; to < RECORD_STATES; to++) {
		if (!record_may(side, from, to))
			continue;
		CHECK(!record_append(now, to, &data, LATER, next));
		CHECK(!record_parse(next, RECORD_SIZE, &r));
		CHECK_EQ(r.state, to);
		CHECK_EQ(r.data.peer_domid, data.peer_domid);
		CHECK_STR(r.data.peer_boot, data.peer_boot);
		CHECK_STR(r.data.outcome, data.outcome);
		CHECK(strlen(r.data.reason) >= 40);
		fill_and_walk(next, side, to);
	}
}

static void test_room_for_states(void)
{
	char text[RECORD_SIZE], next[RECORD_SIZE];
	struct record_data note = { .peer_domid = 5 };
	int side;

	for (side = RECORD_SOURCE; side <= RECORD_DESTINATION; side++) {
		struct record_data head = worst_head(side);

		CHECK(!record_begin(&head, NOW, text));
		memset(note.peer_identity, 3, sizeof(note.peer_identity));
		strcpy(note.peer_boot, "a961d722-d62c-4446-ad9d-6207a065ea1e");
		CHECK(!record_append(text, RECORD_BEGUN, &note, LATER, next));
		fill_and_walk(text, side, RECORD_BEGUN);
	}
}

static unsigned int differs(const char *a, const char *b)
{
	return !!memcmp(a, b, RECORD_SIZE);
}

static void test_notes(void)
{
	struct record_data head = a_head(1, RECORD_SOURCE), note = { 0 };
	char text[RECORD_SIZE], next[RECORD_SIZE];
	struct record r;
	int i;

	CHECK(!record_begin(&head, NOW, text));
	note.peer_domid = 9;
	CHECK(!record_append(text, RECORD_COMMITTING, &note, LATER, next));
	memcpy(text, next, RECORD_SIZE);
	note.peer_domid = 0;
	strcpy(note.outcome, "may-have-run");
	CHECK(!record_append(text, RECORD_COMMITTING, &note, LATER, next));
	memcpy(text, next, RECORD_SIZE);
	note.outcome[0] = '\0';
	for (i = 0; i < 1000; i++) {
		snprintf(note.reason, sizeof(note.reason), "beta cannot be reached, time %d.", i);
		CHECK(!record_append(text, RECORD_COMMITTING, &note, LATER, next));
		memcpy(text, next, RECORD_SIZE);
	}
	CHECK(!record_append(text, RECORD_COMMITTING, &note, NOW, next));
	CHECK_EQ(differs(text, next), 0);
	CHECK(!record_parse(text, RECORD_SIZE, &r));
	CHECK_EQ(r.count, 3);
	CHECK_STR(r.data.reason, "beta cannot be reached, time 999.");
	CHECK_STR(r.data.outcome, "may-have-run");
	CHECK_EQ(r.data.peer_domid, 9);
	note.reason[0] = '\0';
	CHECK(!record_append(text, RECORD_DESTROYING, &note, LATER, next));
	CHECK(!record_parse(next, RECORD_SIZE, &r));
	CHECK_STR(r.data.reason, "");
	CHECK_STR(r.data.outcome, "may-have-run");
}

static void test_what_belongs_to_the_head(void)
{
	struct record_data head = a_head(1, RECORD_SOURCE), late = { 0 };
	char text[RECORD_SIZE], next[RECORD_SIZE];

	CHECK(!record_begin(&head, NOW, text));
	strcpy(late.name, "other");
	CHECK_EQ(record_append(text, RECORD_COMMITTING, &late, LATER, next), -EINVAL);
	CHECK_EQ(differs(text, next), 0);
	memset(head.address, '"', sizeof(head.address) - 1);
	CHECK_EQ(record_begin(&head, NOW, text), -EINVAL);
	head = a_head(1, 0);
	CHECK_EQ(record_begin(&head, NOW, text), -EINVAL);
	head = a_head(1, RECORD_SOURCE);
	CHECK_EQ(record_begin(&head, "now", text), -EINVAL);
	memset(head.move, 0, sizeof(head.move));
	CHECK_EQ(record_begin(&head, NOW, text), -EINVAL);
}

/* ---- text ---- */

static void test_hostile_texts(void)
{
	static const char *const hostile[] = {
		"a\nb", "\" state=x \"", "\\", "\\\\\"", "\\x00", "2026-11-22T10:11:12.123Z moved",
		"\n2026-11-22T10:11:12.123Z moved 00000000\n", "\x1b[2J", "g\xc3\xbc\xff", " ", "=",
		"reason=\"x\"", "\x7f\x01",
	};
	char text[RECORD_SIZE], next[RECORD_SIZE];
	struct record r;
	size_t i, n;

	for (i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		struct record_data head = a_head(1, RECORD_SOURCE), data = { 0 };

		strcpy(head.name, hostile[i]);
		strcpy(head.address, hostile[i]);
		strcpy(data.reason, hostile[i]);
		strcpy(data.peer_boot, hostile[i][0] == '\n' ? "" : hostile[i]);
		CHECK(!record_begin(&head, NOW, text));
		CHECK(!record_append(text, RECORD_COMMITTING, &data, LATER, next));
		CHECK(!record_parse(next, RECORD_SIZE, &r));
		CHECK_EQ(r.count, 2);
		CHECK_STR(r.data.name, hostile[i]);
		CHECK_STR(r.data.address, hostile[i]);
		CHECK_STR(r.data.reason, hostile[i]);
		CHECK_STR(r.data.peer_boot, data.peer_boot);
		for (n = 0; n < r.end; n++)
			CHECK(next[n] == '\n' || (next[n] >= 0x20 && next[n] < 0x7f));
	}
}

static void test_every_octet_in_a_name(void)
{
	struct record_data head = a_head(1, RECORD_DESTINATION);
	char text[RECORD_SIZE];
	struct record r;
	int i;

	for (i = 0; i < 255; i++)
		head.name[i] = i + 1;
	CHECK(!record_begin(&head, NOW, text));
	CHECK(!record_parse(text, RECORD_SIZE, &r));
	CHECK_STR(r.data.name, head.name);
}

/* A line as another version might write it. */
static size_t add_line(char *text, const char *body)
{
	struct record r;
	uint32_t crc;

	record_parse(text, RECORD_SIZE, &r);
	crc = record_crc(r.crc, body, strlen(body));
	return sprintf(text + r.end, "%s %08x\n", body, crc);
}

static void test_later_version(void)
{
	struct record_data head = a_head(1, RECORD_SOURCE);
	char text[RECORD_SIZE], next[RECORD_SIZE];
	struct record r;

	CHECK(!record_begin(&head, NOW, text));
	add_line(text, LATER " committing colour=red smell=\"none \\\"\" peer_domid=5");
	CHECK(!record_parse(text, RECORD_SIZE, &r));
	CHECK_EQ(r.state, RECORD_COMMITTING);
	CHECK_EQ(r.data.peer_domid, 5);
	add_line(text, LATER " teleporting");
	CHECK(!record_parse(text, RECORD_SIZE, &r));
	CHECK_EQ(r.state, RECORD_UNKNOWN);
	CHECK_STR(r.word, "teleporting");
	CHECK(!record_settled(r.state));
	CHECK_EQ(record_append(text, RECORD_MOVED, &(struct record_data){ 0 }, LATER, next), -EINVAL);
	CHECK_EQ(record_append(text, RECORD_UNKNOWN, &(struct record_data){ 0 }, LATER, next), -EINVAL);

	/* what this version cannot read is not guessed at */
	CHECK(!record_begin(&head, NOW, text));
	add_line(text, LATER " committing peer_domid=x");
	CHECK(!record_parse(text, RECORD_SIZE, &r));
	CHECK_EQ(r.state, RECORD_UNKNOWN);
	/* the other side's word */
	CHECK(!record_begin(&head, NOW, text));
	add_line(text, LATER " running");
	CHECK(!record_parse(text, RECORD_SIZE, &r));
	CHECK_EQ(r.state, RECORD_UNKNOWN);
}

/* ---- crashes ---- */

/* Of an append, the first @cut octets got to the disk; behind them is what was, or rubbish. */
static void check_torn(const char *before, const char *after, enum record_state from,
		       enum record_state to)
{
	char torn[RECORD_SIZE], next[RECORD_SIZE];
	struct record_data data = { 0 };
	struct record r, good;
	size_t cut, i, end;
	int rubbish;
	bool whole;

	CHECK(!record_parse(before, RECORD_SIZE, &good));
	CHECK(!record_parse(after, RECORD_SIZE, &r));
	end = r.end;
	strcpy(data.reason, "After the crash.");
	for (cut = good.end; cut <= end + 2; cut++) {
		for (rubbish = 0; rubbish < 5; rubbish++) {
			memcpy(torn, before, RECORD_SIZE);
			memcpy(torn + good.end, after + good.end, cut - good.end);
			for (i = cut; i < RECORD_SIZE && rubbish; i++)
				torn[i] = rubbish == 1 ? '\n' : rubbish == 2 ? 'x' :
					  rubbish == 3 ? (char)0xff : (char)any();
			CHECK(!record_parse(torn, RECORD_SIZE, &r));
			whole = !memcmp(torn, after, end);	/* rubbish may be just right */
			CHECK(whole || cut < end);
			CHECK_EQ(r.state, whole ? to : from);
			CHECK_EQ(r.count, good.count + whole);
			CHECK(!record_append(torn, r.state, &data, LATER, next));
			CHECK(!record_parse(next, RECORD_SIZE, &r));
			CHECK_EQ(r.state, whole ? to : from);
			CHECK_STR(r.data.reason, data.reason);
			for (i = r.end; i < RECORD_SIZE; i++)
				if (next[i])
					break;
			CHECK_EQ(i, RECORD_SIZE);
		}
		/* the file ends there */
		record_parse(torn, cut, &r);
		CHECK_EQ(r.state, cut >= end ? to : from);
	}
}

static void test_torn_appends(void)
{
	struct record_data head = a_head(1, RECORD_SOURCE), data = { .peer_domid = 3 };
	char a[RECORD_SIZE], b[RECORD_SIZE];

	strcpy(data.reason, "A sentence, \"quoted\".");
	CHECK(!record_begin(&head, NOW, a));
	CHECK(!record_append(a, RECORD_COMMITTING, &data, LATER, b));
	check_torn(a, b, RECORD_BEGUN, RECORD_COMMITTING);
	CHECK(!record_append(b, RECORD_RESUMING, &data, LATER, a));
	check_torn(b, a, RECORD_COMMITTING, RECORD_RESUMING);
}

/* The same on what an earlier line left there that was withdrawn but had reached the disk. */
static void test_torn_over_old(void)
{
	struct record_data head = a_head(1, RECORD_SOURCE), data = { 0 };
	char before[RECORD_SIZE], old[RECORD_SIZE], after[RECORD_SIZE], torn[RECORD_SIZE];
	struct record r;
	size_t cut, end;

	CHECK(!record_begin(&head, NOW, before));
	strcpy(data.reason, "A long sentence that was withdrawn, longer than the one after it.");
	CHECK(!record_append(before, RECORD_COMMITTING, &data, LATER, old));
	strcpy(data.reason, "No.");
	CHECK(!record_append(before, RECORD_FAILED, &data, LATER, after));
	CHECK(!record_parse(after, RECORD_SIZE, &r));
	end = r.end;
	CHECK(!record_parse(before, RECORD_SIZE, &r));
	for (cut = r.end + 1; cut <= end; cut++) {
		memcpy(torn, old, RECORD_SIZE);
		memcpy(torn, after, cut);
		CHECK(!record_parse(torn, RECORD_SIZE, &r));
		if (cut >= end)
			CHECK_EQ(r.state, RECORD_FAILED);
		else
			CHECK(r.state == RECORD_BEGUN || r.state == RECORD_COMMITTING);
	}
}

/* A comment that replaces another may be lost, its state may not. */
static void test_torn_replacement(void)
{
	struct record_data head = a_head(1, RECORD_SOURCE), data = { 0 };
	char a[RECORD_SIZE], b[RECORD_SIZE], torn[RECORD_SIZE];
	struct record r;
	size_t cut;

	CHECK(!record_begin(&head, NOW, a));
	CHECK(!record_append(a, RECORD_COMMITTING, &data, LATER, b));
	strcpy(data.reason, "One.");
	CHECK(!record_append(b, RECORD_COMMITTING, &data, LATER, a));
	strcpy(data.reason, "Two, which is longer.");
	CHECK(!record_append(a, RECORD_COMMITTING, &data, LATER, b));
	for (cut = 0; cut <= RECORD_SIZE; cut++) {
		memcpy(torn, a, RECORD_SIZE);
		memcpy(torn, b, cut);
		CHECK(!record_parse(torn, RECORD_SIZE, &r));
		CHECK_EQ(r.state, RECORD_COMMITTING);
	}
}

static void test_torn_first_line(void)
{
	struct record_data head = a_head(1, RECORD_SOURCE);
	char text[RECORD_SIZE], torn[RECORD_SIZE];
	struct record r;
	size_t cut, end;

	CHECK(!record_begin(&head, NOW, text));
	CHECK(!record_parse(text, RECORD_SIZE, &r));
	end = r.end;
	for (cut = 0; cut < end; cut++) {
		memset(torn, 0, sizeof(torn));
		memcpy(torn, text, cut);
		CHECK_EQ(record_parse(torn, RECORD_SIZE, &r), -ENODATA);
		CHECK_EQ(record_parse(torn, cut, &r), -ENODATA);
	}
}

/* A line that was good and is bad now is no tail: nobody may act on the one before it. */
static void test_damage(void)
{
	struct record_data head = a_head(1, RECORD_SOURCE), data = { 0 };
	char a[RECORD_SIZE], b[RECORD_SIZE], next[RECORD_SIZE];
	struct record r;
	size_t i, last;

	CHECK(!record_begin(&head, NOW, a));
	CHECK(!record_append(a, RECORD_COMMITTING, &data, LATER, b));
	CHECK(!record_append(b, RECORD_DESTROYING, &data, LATER, a));
	CHECK(!record_parse(a, RECORD_SIZE, &r));
	last = r.last;
	for (i = 0; i < last - 1; i++) {
		memcpy(b, a, RECORD_SIZE);
		b[i] ^= 0x01;
		if (b[i] == '\n')
			continue;
		CHECK_EQ(record_parse(b, RECORD_SIZE, &r), -EBADMSG);
		CHECK_EQ(r.state, RECORD_UNKNOWN);
		CHECK_EQ(record_append(b, RECORD_MOVED, &data, LATER, next), -EINVAL);
	}
	memcpy(b, a, RECORD_SIZE);
	memset(b, 0, 300);
	CHECK_EQ(record_parse(b, RECORD_SIZE, &r), -EBADMSG);
}

static const struct test tests[] = {
	TEST(test_every_pair),
	TEST(test_settled),
	TEST(test_every_way),
	TEST(test_room_for_states),
	TEST(test_notes),
	TEST(test_what_belongs_to_the_head),
	TEST(test_hostile_texts),
	TEST(test_every_octet_in_a_name),
	TEST(test_later_version),
	TEST(test_torn_appends),
	TEST(test_torn_over_old),
	TEST(test_torn_replacement),
	TEST(test_torn_first_line),
	TEST(test_damage),
};

HARNESS_MAIN(tests)
