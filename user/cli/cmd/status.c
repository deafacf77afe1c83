// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/version.h"
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
	printf("session %u: %s of domain %u, %s, round %u, %" PRIu64 " MiB sent%s%s\n", s->id,
	       name_of_role(s->role), s->domid, name_of_state(s->state), s->round,
	       s->frames_sent / 256, s->message[0] ? ": " : "", s->message);
}

static void show_host(struct link *link, bool json, struct error *err)
{
	struct host_info info;
	yajl_gen g;

	if (link_info(link, &info, err))
		return;
	if (!json) {
		printf("xenmig %s on Xen %u.%u, %" PRIu64 " of %" PRIu64 " MiB free, %u sessions, %u pages in quarantine\n",
		       info.version, info.xen_major, info.xen_minor, info.free_kib / 1024,
		       info.total_kib / 1024, info.sessions, info.quarantined);
		return;
	}
	g = event_begin("host");
	event_string(g, "migctl", MIGCTL_VERSION);
	event_string(g, "module", info.version);
	event_integer(g, "xen_major", info.xen_major);
	event_integer(g, "xen_minor", info.xen_minor);
	event_integer(g, "free_kib", info.free_kib);
	event_integer(g, "total_kib", info.total_kib);
	event_integer(g, "sessions", info.sessions);
	event_integer(g, "quarantined", info.quarantined);
	event_end(g, stdout);
}

static int run_status(int argc, char **argv)
{
	bool json = argc == 2 && !strcmp(argv[1], "--json");
	struct error err = { 0 };
	struct link *link = NULL;
	struct session *list = NULL;
	unsigned int count = 0, i;

	if (argc != 1 + json)
		return command_usage(&command_status);
	if (!host_check(&err))
		link = link_open(&err);
	if (link)
		show_host(link, json, &err);
	if (link && !err.text[0])
		link_sessions(link, &list, &count, &err);
	for (i = 0; i < count; i++)
		show(&list[i], json);
	free(list);
	link_close(link);
	return err.text[0] ? command_error(&err) : 0;
}

const struct command command_status = {
	.name = "status",
	.usage = "[--json]",
	.help = "Shows the module, its host and its sessions.\n",
	.run = run_status,
};
