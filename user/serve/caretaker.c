// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "guest/autostart-hold.h"
#include "recovery/answer.h"
#include "recovery/recover.h"
#include "serve/caretaker.h"

#define LOOK_S		2
#define FIRST_MS	2000
#define LAST_MS		30000

/**
 * struct ward - a move that nobody else cares for
 * @move: its UUID
 * @side: of the record
 * @next: clock_ms() of the next attempt
 * @wait: ms after that one
 * @seen: in the present look at the journal
 */
struct ward {
	uint8_t move[16];
	enum record_side side;
	uint64_t next;
	uint32_t wait;
	bool seen;
};

struct caretaker {
	struct move m;
	struct config config;
	struct ward wards[JOURNAL_MAX_UNSETTLED];
	unsigned int count;
	struct journal_past past;	/* settled */
	struct journal_past swept;
	uint64_t settle;	/* clock_ms() of the next settle_rest() */
};

static struct ward *find(struct caretaker *c, const struct record_data *data)
{
	unsigned int i;

	for (i = 0; i < c->count; i++)
		if (c->wards[i].side == data->side && !memcmp(c->wards[i].move, data->move, 16))
			return &c->wards[i];
	if (c->count == JOURNAL_MAX_UNSETTLED)
		return NULL;
	memset(&c->wards[c->count], 0, sizeof(c->wards[0]));
	memcpy(c->wards[c->count].move, data->move, 16);
	c->wards[c->count].side = data->side;
	c->wards[c->count].wait = FIRST_MS;
	return &c->wards[c->count++];
}

/* What is settled stays so. */
static bool note(void *arg, const struct record *record, bool held)
{
	struct ward *ward;

	if (record_settled(record->state))
		return true;
	ward = held ? NULL : find(arg, &record->data);
	if (ward)
		ward->seen = true;
	return false;
}

/* Those that are settled, or that a process cares for again. */
static void drop_unseen(struct caretaker *c)
{
	unsigned int i = 0;

	while (i < c->count) {
		if (c->wards[i].seen)
			c->wards[i++].seen = false;
		else
			c->wards[i] = c->wards[--c->count];
	}
}

/*
 * The guest may have come, or been resumed: then its autostart entry follows.
 * And whoever refused one may not have lived to remove it.
 */
static void settle_rest(struct caretaker *c)
{
	c->settle = clock_ms() + LAST_MS;
	answer_sweep(&c->m, &c->swept);
	autostart_hold_settle(&c->m.context, c->m.journal, c->m.host.boot_id, false);
}

static void attempt(struct caretaker *c, struct ward *ward)
{
	struct error err = { 0 };
	struct writer *writer;
	enum record_state before;
	const struct record *record;

	ward->next = clock_ms() + ward->wait;
	ward->wait = ward->wait * 2 < LAST_MS ? ward->wait * 2 : LAST_MS;
	if (writer_adopt(c->m.journal, ward->move, ward->side, &writer, &err))
		return;
	record = writer_record(writer);
	before = record->state;
	recover(&c->m, &c->config, writer, &err);
	if (record->state != before) {
		c->settle = 0;
		fprintf(stderr, "migctl serve: %s: an unfinished move is %s now\n",
			record->data.name, record_word(record->state));
	}
	writer_close(writer);
}

static void look(struct caretaker *c)
{
	unsigned int i;

	journal_visit(c->m.journal, &c->past, note, c);
	drop_unseen(c);
	for (i = 0; i < c->count; i++)
		if (clock_ms() >= c->wards[i].next)
			attempt(c, &c->wards[i]);
	if (clock_ms() >= c->settle)
		settle_rest(c);
}

/**
 * caretaker_run() - bring unfinished moves to their end, until killed
 * @context: whom it is done for
 *
 * Return: 1 when that is not possible.
 */
int caretaker_run(const struct context *context)
{
	static struct caretaker c = { .m = { .peer = { .fd = -1 } } };
	struct error err = { 0 };
	struct link *link;

	c.m.context = *context;
	if (!config_read(&c.config, &err)) {
		link = link_open(&err);
		if (link && !move_open(&c.m, link, &err))
			for (;;) {
				look(&c);
				sleep(LOOK_S);
			}
	}
	fprintf(stderr, "migctl serve: unfinished moves cannot be looked after: %s\n", err.text);
	move_close(&c.m);
	sleep(5);
	return 1;
}
