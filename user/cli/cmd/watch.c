// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/names.h"
#include "host/host.h"
#include "module/link.h"

static void show(const struct session *s, bool json)
{
	yajl_gen g;

	if (json) {
		g = event_begin("session");
		names_session(g, s);
		event_end(g, stdout);
		return;
	}
	printf("session %u: %s of domain %u, %s, round %u, %" PRIu64 " MiB sent, %" PRIu64 " MiB left%s%s\n",
	       s->id, name_of_role(s->role), s->domid, name_of_state(s->state), s->round,
	       s->frames_sent / 256, s->frames_left / 256, s->message[0] ? ": " : "",
	       s->message);
	fflush(stdout);
}

static void watch(struct link *link, bool json)
{
	struct pollfd pfd = { .fd = link_watch_fd(link), .events = POLLIN };
	struct session s;

	while (poll(&pfd, 1, -1) >= 0)
		while (link_watch_read(link, &s))
			show(&s, json);
}

static int run_watch(int argc, char **argv)
{
	bool json = argc == 2 && !strcmp(argv[1], "--json");
	struct error err = { 0 };
	struct link *link = NULL;

	if (argc != 1 + json)
		return command_usage(&command_watch);
	if (!host_check(&err))
		link = link_open(&err);
	if (link && !link_watch(link, &err))
		watch(link, json);
	link_close(link);
	return err.text[0] ? command_error(&err) : 0;
}

const struct command command_watch = {
	.name = "watch",
	.usage = "[--json]",
	.help = "Prints every change of every session of this host until it is interrupted.\n",
	.run = run_watch,
};
