// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>

#include <linux/xenmig.h>

#include "../command.h"
#include "../guest.h"
#include "../move.h"
#include "../words.h"

static bool is_over(const struct session *s)
{
	return s->state == XENMIG_STATE_FAILED || s->state == XENMIG_STATE_CANCELLED ||
	       s->state == XENMIG_STATE_RESUMED;
}

static int cancel_of(struct link *link, const struct domain *d, const char *text, struct error *err)
{
	struct session *list;
	unsigned int count, i;
	int rc = 1;

	if (link_sessions(link, &list, &count, err))
		return -1;
	for (i = 0; i < count && rc > 0; i++) {
		if (list[i].domid != d->domid || is_over(&list[i]))
			continue;
		if (list[i].state == XENMIG_STATE_HELD || list[i].state == XENMIG_STATE_KEPT)
			rc = error_set(err, EXIT_FAILED,
				"The move of '%s' was committed and cannot be cancelled any more.",
				text);
		else
			rc = link_session_cancel(link, list[i].id, err);
	}
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
	.help = "Cancels the move of DOM (a name, an id or a UUID); returns when DOM runs on here.\n",
	.run = run_cancel,
};
