// SPDX-License-Identifier: GPL-2.0-or-later
#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>

#include "cli/command.h"
#include "guest/autostart-hold.h"
#include "journal/journal.h"
#include "serve/server.h"

/* Before anything that can fail: xendomains must not start a guest that is elsewhere. */
static int hold_back(void)
{
	struct error err = { 0 };

	return autostart_hold_begin(&server_context, JOURNAL_DIR, &err) ? command_error(&err) : 0;
}

static int begin(const char *bind_to, const char *port)
{
	struct error err = { 0 };

	hold_back();
	return server_run(bind_to, port, &err) ? command_error(&err) : 0;
}

static int run_serve(int argc, char **argv)
{
	static const struct option options[] = {
		{ "port", required_argument, NULL, 'p' },
		{ "bind", required_argument, NULL, 'b' },
		{ "hold-back", no_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *bind_to = NULL, *port = NULL;
	bool only_hold_back = false;
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 'o':
			only_hold_back = true;
			break;
		case 'p':
			port = optarg;
			break;
		case 'b':
			bind_to = optarg;
			break;
		case 'h':
			return command_help(&command_serve);
		default:
			return command_usage(&command_serve);
		}
	}
	if (optind != argc || (only_hold_back && (bind_to || port)))
		return command_usage(&command_serve);
	if (only_hold_back)
		return hold_back();
	return begin(bind_to, port);
}

const struct command command_serve = {
	.name = "serve",
	.usage = "[--port PORT] [--bind ADDRESS] | --hold-back",
	.help =
"Listens for guests that other hosts send with 'migctl live', takes them in, and\n"
"reacts when one of them powers off, reboots or crashes later. Brings moves of\n"
"this host to their end that were interrupted. Stays in the foreground.\n"
"\n"
"First of all it holds back the entries in /etc/xen/auto of guests that run\n"
"elsewhere or may, and puts those back whose guests have come back.\n"
"\n"
"  --port PORT       where to listen (8002)\n"
"  --bind ADDRESS    at which address only\n"
"  --hold-back       only hold entries back and put them back, then exit: for use\n"
"                    before xendomains where the daemon itself is started later\n",
	.run = run_serve,
};
