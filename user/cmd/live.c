// SPDX-License-Identifier: GPL-2.0-or-later
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/xenmig.h>

#include "../command.h"
#include "../policy.h"
#include "../progress.h"

enum option_id {
	OPT_VERIFY = 256, OPT_SUSPEND, OPT_JSON, OPT_QUIET, OPT_CONNECT, OPT_OUTCOME,
	OPT_DRAIN, OPT_UNSAFE_STORAGE, OPT_AUTOSTART, OPT_HELP,
};

#define OPTIONS								\
	{ "verify", no_argument, NULL, OPT_VERIFY },			\
	{ "suspend-timeout", required_argument, NULL, OPT_SUSPEND },	\
	{ "connect-timeout", required_argument, NULL, OPT_CONNECT },	\
	{ "outcome-timeout", required_argument, NULL, OPT_OUTCOME },	\
	{ "drain-timeout", required_argument, NULL, OPT_DRAIN },	\
	{ "unsafe-storage", no_argument, NULL, OPT_UNSAFE_STORAGE },	\
	{ "autostart", no_argument, NULL, OPT_AUTOSTART },		\
	{ "json", no_argument, NULL, OPT_JSON },			\
	{ "quiet", no_argument, NULL, OPT_QUIET },			\
	{ "help", no_argument, NULL, OPT_HELP },			\
	{ NULL, 0, NULL, 0 }

#define USAGE "[--verify] [--suspend-timeout S] [--connect-timeout S] [--outcome-timeout S] [--drain-timeout S] [--unsafe-storage] [--autostart] [--json] [--quiet]"

#define HELP								\
"  --verify              compare digests of the guest's memory before it starts there\n"	\
"  --suspend-timeout S   how long the guest may take to suspend itself (60)\n"		\
"  --connect-timeout S   how long to try each address of HOST (10)\n"			\
"  --outcome-timeout S   how long to ask for the outcome when the answer to the\n"	\
"                        commit is lost; 'migctl serve' goes on then (60)\n"		\
"  --drain-timeout S     how long the disks may take to answer what the guest has\n"	\
"                        written and to be flushed, while it is paused (10)\n"		\
"  --unsafe-storage      take the word of whoever names this for it that the disks are\n"	\
"                        the same at both hosts\n"					\
"  --autostart           move the guest's entry in /etc/xen/auto along, so that it is\n"	\
"                        started there, and not here, when the host boots\n"		\
"  --json                one JSON object a line, the last one being the result\n"	\
"  --quiet               print nothing but errors\n"					\
"\n"											\
"Exit status: 0 moved, 1 failed and the guest runs here, 2 usage, 3 outcome\n"		\
"unknown, 4 cancelled, 5 the guest ended during the move, 6 refused before\n"		\
"anything was touched.\n"

static int take(int opt, struct order *order, struct progress *p)
{
	switch (opt) {
	case OPT_SUSPEND:
		return policy_number("suspend-timeout", optarg, 1, 3600, &order->suspend_timeout);
	case OPT_CONNECT:
		return policy_number("connect-timeout", optarg, 1, 3600, &order->connect_timeout);
	case OPT_OUTCOME:
		return policy_number("outcome-timeout", optarg, 1, 86400, &order->outcome_timeout);
	case OPT_DRAIN:
		return policy_number("drain-timeout", optarg, 1, 3600, &order->drain_timeout);
	case OPT_UNSAFE_STORAGE:
		order->unsafe_storage = true;
		return 0;
	case OPT_VERIFY:
		order->limits.verify = true;
		return 0;
	case OPT_AUTOSTART:
		order->autostart = true;
		return 0;
	case OPT_JSON:
		p->json = true;
		return 0;
	case OPT_QUIET:
		p->quiet = true;
		return 0;
	default:
		return policy_take(opt, optarg, &order->limits);
	}
}

static void set_defaults(struct order *order, bool live)
{
	struct limits *l = &order->limits;

	l->no_live = !live;
	l->downtime_ms = 300;
	l->max_rounds = 30;
	l->on_limit = XENMIG_ON_LIMIT_STOP;
	order->connect_timeout = 10;
	order->suspend_timeout = 60;
	order->outcome_timeout = 60;
	order->drain_timeout = 10;
	GIVE(l, XENMIG_A_SESSION_VERIFY);
	GIVE(l, XENMIG_A_SESSION_NO_LIVE);
	GIVE(l, XENMIG_A_SESSION_DOWNTIME_MS);
	GIVE(l, XENMIG_A_SESSION_MAX_ROUNDS);
	GIVE(l, XENMIG_A_SESSION_MAX_SECONDS);
	GIVE(l, XENMIG_A_SESSION_ON_LIMIT);
}

/* What would make a second copy of a guest that has moved. */
static void warn_autostart(const struct order *order, const struct report *report)
{
	if (report->autostart[0] && !report->autostart_moved)
		fprintf(stderr, "migctl: warning: %s would start the guest here too at the next boot: 'migctl serve' holds it back then, and --autostart moves it along with a guest.\n",
			report->autostart);
	else if (order->autostart && !report->autostart[0])
		fprintf(stderr, "migctl: warning: The guest has no autostart entry here, so none was moved along.\n");
}

static int move(const struct order *order, struct progress *p)
{
	struct report *report = calloc(1, sizeof(*report));
	struct error err = { 0 };
	int code = 0;

	if (!report)
		return EXIT_REFUSED;
	source_move(order, report, progress_show, p, &err);
	progress_result(p, report, &err);
	if (err.text[0])
		code = command_error(&err);
	else
		warn_autostart(order, report);
	free(report);
	return code;
}

static int run(const struct command *command, const struct option *options, bool live, int argc,
	       char **argv)
{
	struct order order = { 0 };
	struct progress p = { .tty = isatty(STDOUT_FILENO) };
	int opt;

	set_defaults(&order, live);
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == OPT_HELP)
			return command_help(command);
		if (take(opt, &order, &p))
			return command_usage(command);
	}
	if (argc - optind != 2)
		return command_usage(command);
	order.domain = argv[optind];
	if (place_parse(argv[optind + 1], DEFAULT_PORT, &order.place)) {
		fprintf(stderr, "migctl: '%s' is not HOST, HOST:PORT or [ADDRESS]:PORT.\n",
			argv[optind + 1]);
		return EXIT_USAGE;
	}
	return move(&order, &p);
}

static int run_live(int argc, char **argv)
{
	static const struct option options[] = { POLICY_OPTIONS, OPTIONS };

	return run(&command_live, options, true, argc, argv);
}

static int run_move(int argc, char **argv)
{
	static const struct option options[] = { OPTIONS };

	return run(&command_move, options, false, argc, argv);
}

const struct command command_live = {
	.name = "live",
	.usage = "DOM HOST[:PORT] " POLICY_USAGE " " USAGE,
	.help =
"Moves the running guest DOM (a name, an id or a UUID) to HOST, where\n"
"'migctl serve' must listen.\n"
"\n"
"  --downtime MS         end the rounds when a pause of MS is to be expected (300)\n"
"  --max-rounds N        most rounds (30)\n"
"  --max-time S          longest time of rounds; 0 for no limit (0)\n"
"  --on-limit ACTION     at either limit: stop the guest all the same; abort the move; or\n"
"                        throttle the guest more and more, and then stop it (stop)\n"
"  --bandwidth MIB_S     send so many MiB a second at most while the guest runs; 0 for no\n"
"                        limit (0)\n"
HELP,
	.run = run_live,
};

const struct command command_move = {
	.name = "move",
	.usage = "DOM HOST[:PORT] " USAGE,
	.help =
"Suspends the guest DOM (a name, an id or a UUID), copies it to HOST, where\n"
"'migctl serve' must listen, and lets it go on there. Each page is sent once.\n"
"\n"
HELP,
	.run = run_move,
};
