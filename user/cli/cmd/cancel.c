// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <linux/xenmig.h>

#include "base/clock.h"
#include "cli/command.h"
#include "guest/guest.h"
#include "host/host.h"
#include "journal/journal.h"
#include "module/domain.h"
#include "module/link.h"
#include "xenstore/store.h"

#define OUTCOME_WAIT_MS	90000

/* Committed: the outcome is on its way, and is one of two. */
static int await_outcome(const struct domain *d, const char *text, struct error *err)
{
	uint64_t until = clock_ms() + OUTCOME_WAIT_MS;
	struct journal *journal = journal_look(JOURNAL_DIR, err);
	struct record record = { 0 };
	char uuid[UUID_TEXT];
	bool held;

	uuid_format(d->uuid, uuid);
	while (journal && !journal_find_guest(journal, uuid, &record, &held) &&
	       !record_settled(record.state) && record.state != RECORD_DESTROYING &&
	       clock_ms() < until)
		usleep(100000);
	journal_close(journal);
	if (record.state == RECORD_MOVED || record.state == RECORD_DESTROYING)
		return error_set(err, EXIT_FAILED, "Too late to cancel: '%s' runs at %s.", text,
				 record.data.peer);
	if (record_settled(record.state))
		return 0;
	return error_set(err, EXIT_UNKNOWN,
		"Too late to cancel: '%s' was committed to %s, which has not answered yet: 'migctl resolve %s' asks and decides.",
		text, record.data.peer[0] ? record.data.peer : "the other host", text);
}

static int cancel_session(struct link *link, const struct domain *d, const struct session *s,
			  const char *text, struct error *err)
{
	struct error why = { 0 };

	if (s->state != XENMIG_STATE_HELD && s->state != XENMIG_STATE_KEPT &&
	    !link_session_cancel(link, s->id, &why))
		return 0;
	/* A commit may have been faster. */
	if (s->role == XENMIG_ROLE_SOURCE)
		return await_outcome(d, text, err);
	return error_set(err, EXIT_FAILED, "Too late to cancel: '%s' was committed to this host.",
			 text);
}

static int cancel_of(struct link *link, const struct domain *d, const char *text, struct error *err)
{
	struct session *list;
	unsigned int count, i;
	int rc = 1;

	if (link_sessions(link, &list, &count, err))
		return -1;
	for (i = 0; i < count && rc > 0; i++)
		if (list[i].domid == d->domid && !link_session_over(&list[i]))
			rc = cancel_session(link, d, &list[i], text, err);
	free(list);
	if (rc > 0)
		return error_set(err, EXIT_REFUSED,
				 "The domain '%s' is not being moved: 'migctl status' shows what is.",
				 text);
	return rc;
}

static int run_cancel(int argc, char **argv)
{
	struct error err = { 0 };
	struct store store = { 0 };
	struct link *link = NULL;
	struct domain d;

	if (argc != 2)
		return command_usage(&command_cancel);
	if (!host_check(&err))
		link = link_open(&err);
	if (link && !store_open(&store, &err) && !guest_find(link, &store, argv[1], &d, &err))
		cancel_of(link, &d, argv[1], &err);
	store_close(&store);
	link_close(link);
	return err.text[0] ? command_error(&err) : 0;
}

const struct command command_cancel = {
	.name = "cancel",
	.usage = "DOM",
	.help = "Cancels the move of DOM (a name, an id or a UUID). Returns when DOM runs on here,\n"
"or says that it is too late and where it runs.\n",
	.run = run_cancel,
};
