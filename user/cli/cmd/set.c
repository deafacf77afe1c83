// SPDX-License-Identifier: GPL-2.0-or-later
#include <getopt.h>
#include <stdlib.h>

#include <linux/xenmig.h>

#include "cli/command.h"
#include "cli/policy.h"
#include "guest/guest.h"
#include "host/host.h"
#include "module/link.h"
#include "xenstore/store.h"

enum { OPT_HELP = 256 };

static const struct option options[] = {
	POLICY_OPTIONS,
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

static int change(struct link *link, const struct domain *d, const char *text,
		  struct limits *limits, struct error *err)
{
	struct session *list;
	unsigned int count, i;
	bool found = false;

	if (link_sessions(link, &list, &count, err))
		return -1;
	for (i = 0; i < count && !found; i++) {
		found = list[i].role == XENMIG_ROLE_SOURCE && list[i].domid == d->domid &&
			!link_session_over(&list[i]);
		limits->id = list[i].id;
	}
	free(list);
	if (!found)
		return error_set(err, EXIT_REFUSED,
				 "The domain '%s' is not being moved away: 'migctl status' shows what is.",
				 text);
	GIVE(limits, XENMIG_A_SESSION_ID);
	return link_session_set(link, limits, err);
}

static int run_set(int argc, char **argv)
{
	struct limits limits = { 0 };
	struct store store = { 0 };
	struct error err = { 0 };
	struct link *link = NULL;
	struct domain d;
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == OPT_HELP)
			return command_help(&command_set);
		if (policy_take(opt, optarg, &limits))
			return command_usage(&command_set);
	}
	if (argc - optind != 1 || !limits.have)
		return command_usage(&command_set);
	if (!host_check(&err))
		link = link_open(&err);
	if (link && !store_open(&store, &err) &&
	    !guest_find(link, &store, argv[optind], &d, &err))
		change(link, &d, argv[optind], &limits, &err);
	store_close(&store);
	link_close(link);
	return err.text[0] ? command_error(&err) : 0;
}

const struct command command_set = {
	.name = "set",
	.usage = "DOM " POLICY_USAGE,
	.help =
"Changes the limits of the move of DOM (a name, an id or a UUID) while it is under\n"
"way: those of 'migctl live', and until the guest is asked to suspend. What is not\n"
"given stays as it is.\n",
	.run = run_set,
};
