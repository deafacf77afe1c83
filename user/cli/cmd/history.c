// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "base/uuid.h"
#include "cli/command.h"
#include "cli/events.h"
#include "guest/autostart-hold.h"
#include "journal/journal.h"

/* One guest's when @guest is not NULL. */
struct view {
	const char *guest;
	bool json;
};

static const char *const source_words[RECORD_STATES] = {
	[RECORD_BEGUN] = "under way",
	[RECORD_FAILED] = "failed, and the guest stayed here",
	[RECORD_COMMITTING] = "handed over, and not yet answered",
	[RECORD_DESTROYING] = "runs there, and its copy here is being removed",
	[RECORD_RESUMING] = "refused there, and being resumed here",
	[RECORD_MOVED] = "moved",
	[RECORD_RESUMED] = "resumed here",
	[RECORD_LOST] = "lost with this host",
	[RECORD_DISCARDED] = "given up here by a person",
};

static const char *const destination_words[RECORD_STATES] = {
	[RECORD_BEGUN] = "under way",
	[RECORD_FAILED] = "failed, and nothing is here",
	[RECORD_READY] = "ready, and waiting for the source's word",
	[RECORD_STARTING] = "being started here",
	[RECORD_RUNNING] = "runs here, and the source has yet to remove its copy",
	[RECORD_REFUSED] = "refused, and nothing is here",
	[RECORD_FORGOTTEN] = "moved",
};

static void state_in_words(const struct record *r, bool held, char *text, size_t size)
{
	const char *words = r->data.side == RECORD_SOURCE ? source_words[r->state] :
							     destination_words[r->state];

	if (r->damaged)
		words = "its record is damaged";
	if (words)
		snprintf(text, size, "%s%s", words, held || r->damaged || record_settled(r->state) ?
			 "" : " (no process looks after it)");
	else
		snprintf(text, size, "in a state that this version does not know, '%s'", r->word);
	error_printable(text);
}

/* "2026-11-22 10:11:12" of the first line. */
static void began(const struct record *r, char *text, size_t size)
{
	snprintf(text, size, "%.19s", r->count ? r->lines[0].time : "-");
	if (r->count)
		text[10] = ' ';
}

static void show(const struct record *r, bool held)
{
	struct record_data data = r->data;
	char time[RECORD_TIME], state[160], entry[512];

	began(r, time, sizeof(time));
	state_in_words(r, held, state, sizeof(state));
	printf("%-19s  %-24s %-4s %-16s  %s%s%s\n", time,
	       data.name[0] ? error_printable(data.name) : "(no name)",
	       data.side == RECORD_SOURCE ? "to" : "from",
	       data.peer[0] ? error_printable(data.peer) : "(no name)", state,
	       data.reason[0] ? ": " : "", error_printable(data.reason));
	if (autostart_hold_find(&r->data, entry, sizeof(entry)))
		printf("%19s  its autostart entry is held back: %s\n", "", error_printable(entry));
}

static void show_uuid(yajl_gen g, const char *key, const uint8_t *uuid)
{
	static const uint8_t none[16];
	char text[UUID_TEXT];

	if (!memcmp(uuid, none, sizeof(none)))
		return;
	uuid_format(uuid, text);
	event_string(g, key, text);
}

static void show_text(yajl_gen g, const char *key, const char *text)
{
	if (text[0])
		event_string(g, key, text);
}

static void show_number(yajl_gen g, const char *key, uint32_t number)
{
	if (number)
		event_integer(g, key, number);
}

static void show_lines(yajl_gen g, const struct record *r)
{
	unsigned int i;

	event_open_list(g, "lines");
	for (i = 0; i < r->count; i++) {
		event_open(g, NULL);
		event_string(g, "time", r->lines[i].time);
		event_string(g, "state", r->lines[i].word);
		event_close(g);
	}
	event_close_list(g);
}

static void show_json(const struct record *r, bool held)
{
	const struct record_data *d = &r->data;
	yajl_gen g = event_begin(NULL);
	char entry[512];

	show_uuid(g, "move", d->move);
	event_string(g, "side", record_side_word(d->side));
	event_string(g, "state", r->word);
	show_number(g, "order", d->order);
	event_integer(g, "settled", record_settled(r->state));
	event_integer(g, "held", held);
	show_text(g, "name", d->name);
	show_uuid(g, "guest", d->guest);
	show_number(g, "domid", d->domid);
	show_text(g, "boot", d->boot);
	show_text(g, "peer", d->peer);
	show_text(g, "address", d->address);
	show_number(g, "peer_domid", d->peer_domid);
	show_uuid(g, "peer_identity", d->peer_identity);
	show_text(g, "peer_boot", d->peer_boot);
	show_text(g, "outcome", d->outcome);
	show_text(g, "reason", d->reason);
	if (autostart_hold_find(d, entry, sizeof(entry)))
		event_string(g, "held_back", entry);
	show_lines(g, r);
	event_end(g, stdout);
}

static bool is_guest(const struct record *r, const char *guest)
{
	char uuid[UUID_TEXT];

	uuid_format(r->data.guest, uuid);
	return !strcmp(r->data.name, guest) || !strcasecmp(uuid, guest);
}

static int show_record(void *arg, const struct record *record, bool held)
{
	const struct view *v = arg;

	if (v->guest && !is_guest(record, v->guest))
		return 0;
	if (v->json)
		show_json(record, held);
	else
		show(record, held);
	return 0;
}

static int run_history(int argc, char **argv)
{
	bool json = argc > 1 && !strcmp(argv[1], "--json");
	struct view v = { .json = json, .guest = argv[1 + json] };
	struct error err = { 0 };
	struct journal *journal;
	int rc = 0;

	if (argc > 2 + json || (v.guest && v.guest[0] == '-'))
		return command_usage(&command_history);
	journal = journal_look(JOURNAL_DIR, &err);
	if (journal)
		rc = journal_read_each(journal, show_record, &v);
	if (rc)
		error_set(&err, EXIT_FAILED, "The journal " JOURNAL_DIR " cannot be read: %s.",
			  strerror(-rc));
	journal_close(journal);
	return err.text[0] ? command_error(&err) : 0;
}

const struct command command_history = {
	.name = "history",
	.usage = "[--json] [DOM]",
	.help = "Lists the moves of this host, or of the guest DOM, the newest first, and says what\n"
		"became of each.\n",
	.run = run_history,
};
