// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "base/uuid.h"
#include "peer/ask.h"
#include "recovery/trail.h"

/**
 * struct search - for the last move of a guest away from here
 * @m: this host
 * @domid: which of its domains; 0 for any
 * @uuid: the guest...
 * @name: ...or NULL and its name
 * @found: filled in
 */
struct search {
	struct move *m;
	uint32_t domid;
	const uint8_t *uuid;
	const char *name;
	struct record_data *found;
};

static bool is_it(const struct search *s, const struct record_data *data)
{
	if (data->side != RECORD_SOURCE)
		return false;
	if (s->uuid ? memcmp(data->guest, s->uuid, sizeof(data->guest)) : strcmp(data->name, s->name))
		return false;
	return !s->domid ||
	       (data->domid == s->domid && record_same_boot(data, s->m->host.boot_id));
}

/* Or a person has said so. */
static bool has_left(enum record_state state)
{
	return state == RECORD_DESTROYING || state == RECORD_MOVED || state == RECORD_DISCARDED;
}

/* The newest comes first. */
static int look_at(void *arg, const struct record *record, bool held)
{
	struct search *s = arg;

	(void)held;
	if (!is_it(s, &record->data) || !has_left(record->state))
		return 0;
	*s->found = record->data;
	return 1;
}

static bool search(struct search *s, struct elsewhere *elsewhere)
{
	struct record_data data;

	s->found = &data;
	if (journal_read_each(s->m->journal, look_at, s) != 1)
		return false;
	memset(elsewhere, 0, sizeof(*elsewhere));
	elsewhere->have = ~0ULL;
	elsewhere->cause = ask_cause(&data);
	snprintf(elsewhere->host, sizeof(elsewhere->host), "%s", data.peer);
	snprintf(elsewhere->address, sizeof(elsewhere->address), "%s", data.address);
	return true;
}

/**
 * trail_of() - what became of a domain
 * @m: this host
 * @domid: its id
 * @uuid: its handle
 * @elsewhere: filled in when it has moved: whom to ask, and about which move
 *
 * Return: that.
 */
enum trail trail_of(struct move *m, uint32_t domid, const uint8_t *uuid,
		    struct elsewhere *elsewhere)
{
	struct search s = { .m = m, .domid = domid, .uuid = uuid };
	struct error ignored = { 0 };
	struct domain d;

	if (link_find(m->link, domid, uuid, &d, &ignored))
		return TRAIL_HERE;
	return search(&s, elsewhere) ? TRAIL_MOVED : TRAIL_ENDED;
}

/**
 * trail_of_name() - where a guest has gone that is not here
 * @m: this host
 * @guest: its name or its UUID in text
 * @elsewhere: filled in
 *
 * Return: whether a move away from here is known.
 */
bool trail_of_name(struct move *m, const char *guest, struct elsewhere *elsewhere)
{
	struct search s = { .m = m, .name = guest };
	uint8_t uuid[16];

	if (!uuid_parse(guest, uuid))
		s.uuid = uuid;
	return search(&s, elsewhere);
}
