// SPDX-License-Identifier: GPL-2.0-or-later
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/cmd/options.h"
#include "cli/command.h"
#include "cli/policy.h"
#include "cli/progress.h"
#include "serve/signals.h"
#include "source/source.h"

static int move(const struct order *order, struct progress *p)
{
	struct report *report = calloc(1, sizeof(*report));
	struct context context = command_context;
	struct error err = { 0 };
	int code = 0;

	if (!report)
		return EXIT_REFUSED;
	context.cancel = signals_catch();
	/* It goes on when nobody looks any more. */
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	source_move(&context, order, report, progress_show, p, &err);
	progress_result(p, report, &err);
	if (err.text[0])
		code = command_error(&err);
	else
		progress_warn_autostart(order->autostart, report);
	free(report);
	return code;
}

static int run(const struct command *command, const struct option *options, bool live, int argc,
	       char **argv)
{
	struct progress p = { .tty = isatty(STDOUT_FILENO) };
	struct order order = { 0 };
	int opt;

	options_default(&order, live);
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == OPT_HELP)
			return command_help(command);
		if (options_take(opt, &order, &p.json, &p.quiet))
			return command_usage(command);
	}
	if (argc - optind != 2)
		return command_usage(command);
	order.domain = argv[optind];
	if (options_place(argv[optind + 1], &order))
		return EXIT_USAGE;
	return move(&order, &p);
}

static int run_live(int argc, char **argv)
{
	static const struct option options[] = {
		POLICY_OPTIONS, MOVE_OPTIONS, { NULL, 0, NULL, 0 },
	};

	return run(&command_live, options, true, argc, argv);
}

static int run_move(int argc, char **argv)
{
	static const struct option options[] = { MOVE_OPTIONS, { NULL, 0, NULL, 0 } };

	return run(&command_move, options, false, argc, argv);
}

#define STATUS								\
"\n"									\
"Exit status: 0 moved, 1 failed and the guest runs here, 2 usage, 3 outcome\n"		\
"unknown, 4 cancelled, 5 the guest ended during the move, 6 refused before\n"		\
"anything was touched.\n"

const struct command command_live = {
	.name = "live",
	.usage = "DOM HOST[:PORT] " POLICY_USAGE " " MOVE_USAGE,
	.help =
"Moves the running guest DOM (a name, an id or a UUID) to HOST, where\n"
"'migctl serve' must listen.\n"
"\n"
POLICY_HELP
"  --bandwidth MIB_S     send so many MiB a second at most while the guest runs; 0 for no\n"
"                        limit (0)\n"
MOVE_HELP STATUS,
	.run = run_live,
};

const struct command command_move = {
	.name = "move",
	.usage = "DOM HOST[:PORT] " MOVE_USAGE,
	.help =
"Suspends the guest DOM (a name, an id or a UUID), copies it to HOST, where\n"
"'migctl serve' must listen, and lets it go on there. Each page is sent once.\n"
"\n"
MOVE_HELP STATUS,
	.run = run_move,
};
