// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/cmd/options.h"
#include "cli/command.h"
#include "cli/evacuation.h"
#include "cli/events.h"
#include "cli/policy.h"
#include "cli/progress.h"

#define OPT_PARALLEL	OPT_OWN
#define SHOW_MS		200
#define PAGES_PER_MIB	256

/**
 * struct view - how an evacuation is shown
 * @e: the evacuation
 * @p: how
 * @lines: of the table of those that are under way, on a terminal
 * @shown: clock_ms() when it was drawn
 */
struct view {
	struct evacuation e;
	struct progress p;
	unsigned int lines;
	uint64_t shown;
};

static double seconds(const struct report *r)
{
	return r->over_ns > r->began_ns ? (r->over_ns - r->began_ns) / 1e9 : 0;
}

static void erase(struct view *v)
{
	for (; v->lines; v->lines--)
		printf("\033[A\r\033[K");
}

static void draw(struct view *v)
{
	const struct evacuation *e = &v->e;
	unsigned int i;

	erase(v);
	/* A line that is cut and not wrapped is one line to erase. */
	printf("\033[?7l");
	for (i = 0; i < e->count; i++) {
		if (e->list[i].state != EVACUEE_MOVES)
			continue;
		progress_line(&e->list[i].report);
		v->lines++;
	}
	printf("%u moved, %u under way, %u wait, %u stay\n",
	       evacuation_number(e, EVACUEE_MOVED), evacuation_number(e, EVACUEE_MOVES),
	       evacuation_number(e, EVACUEE_WAITS),
	       evacuation_number(e, EVACUEE_STAYS) + evacuation_number(e, EVACUEE_UNKNOWN));
	printf("\033[?7h");
	v->lines++;
	v->shown = clock_ms();
	fflush(stdout);
}

static void say_over(const struct evacuee *one)
{
	if (one->state == EVACUEE_MOVED)
		printf("%s: runs at %s (domain %u there), %" PRIu64 " MiB in %.1f s, paused for %.1f ms\n",
		       one->name, one->report.host, one->report.there, one->pages / PAGES_PER_MIB,
		       seconds(&one->report), report_paused_us(&one->report) / 1000.0);
	else
		printf("%s: %s %s\n", one->name,
		       one->state == EVACUEE_STAYS ? "stays:" : "outcome unknown:", one->err.text);
}

static void changed(void *arg, const struct evacuee *one, bool over)
{
	struct view *v = arg;

	if (v->p.json) {
		/* Of one that never had a turn there is none. */
		if (over && one->report.began_ns)
			progress_result(&v->p, &one->report, &one->err);
		return;
	}
	if (v->p.quiet)
		return;
	if (over) {
		erase(v);
		say_over(one);
	}
	if (v->p.tty && (over || clock_ms() - v->shown >= SHOW_MS))
		draw(v);
	fflush(stdout);
}

/* The worst that became of any. */
static int code_of(const struct evacuation *e)
{
	if (evacuation_number(e, EVACUEE_UNKNOWN))
		return EXIT_UNKNOWN;
	if (e->cancelled)
		return EXIT_CANCELLED;
	return evacuation_number(e, EVACUEE_STAYS) ? EXIT_FAILED : 0;
}

static void show_json(const struct evacuation *e, double took)
{
	yajl_gen g = event_begin("evacuated");
	unsigned int i;

	event_integer(g, "exit_code", code_of(e));
	event_double(g, "total_s", took);
	event_integer(g, "moved", evacuation_number(e, EVACUEE_MOVED));
	event_open_list(g, "stay");
	for (i = 0; i < e->count; i++) {
		if (e->list[i].state == EVACUEE_MOVED)
			continue;
		event_open(g, NULL);
		event_string(g, "name", e->list[i].name);
		event_string(g, "uuid", e->list[i].uuid);
		event_integer(g, "exit_code", e->list[i].err.code);
		event_string(g, "message", e->list[i].err.text);
		event_close(g);
	}
	event_close_list(g);
	event_end(g, stdout);
}

/* Those that never had a turn were not told of yet, and all that stay are told of once more. */
static void show_text(const struct evacuation *e, const char *host, double took)
{
	unsigned int i, left = e->count - evacuation_number(e, EVACUEE_MOVED);

	printf("%u of %u guests moved to %s in %.1f s%s\n", e->count - left, e->count, host, took,
	       left ? "; not moved:" : ".");
	for (i = 0; i < e->count; i++)
		if (e->list[i].state != EVACUEE_MOVED)
			printf("  %-24s %s\n", e->list[i].name, e->list[i].err.text);
}

static int evacuate(struct view *v)
{
	uint64_t began = clock_ms();
	struct evacuation *e = &v->e;
	struct error err = { 0 };
	double took;
	int code;

	if (evacuation_begin(e, &err) || evacuation_run(e, &err)) {
		evacuation_end(e);
		return command_error(&err);
	}
	took = (clock_ms() - began) / 1000.0;
	if (v->p.json) {
		show_json(e, took);
	} else if (!v->p.quiet) {
		erase(v);
		show_text(e, e->order->place.host, took);
	}
	code = code_of(e);
	if (code)
		fprintf(stderr, "migctl: %u of %u guests were not moved: %s.\n",
			e->count - evacuation_number(e, EVACUEE_MOVED), e->count,
			v->p.json || v->p.quiet ? "'migctl list' and 'migctl history' say why" :
			"the list says why");
	evacuation_end(e);
	return code;
}

static int run_evacuate(int argc, char **argv)
{
	static const struct option options[] = {
		POLICY_OPTIONS, MOVE_OPTIONS,
		{ "parallel", required_argument, NULL, OPT_PARALLEL },
		{ NULL, 0, NULL, 0 },
	};
	struct view v = { .p.tty = isatty(STDOUT_FILENO) };
	struct order order = { 0 };
	int opt;

	v.e.order = &order;
	v.e.parallel = 1;
	v.e.changed = changed;
	v.e.arg = &v;
	options_default(&order, true);
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == OPT_HELP)
			return command_help(&command_evacuate);
		if (opt == OPT_PARALLEL ?
		    policy_number("parallel", optarg, 1, EVACUEES_AT_ONCE, &v.e.parallel) :
		    options_take(opt, &order, &v.p.json, &v.p.quiet))
			return command_usage(&command_evacuate);
	}
	if (argc - optind != 1)
		return command_usage(&command_evacuate);
	if (options_place(argv[optind], &order))
		return EXIT_USAGE;
	return evacuate(&v);
}

const struct command command_evacuate = {
	.name = "evacuate",
	.usage = "HOST[:PORT] [--parallel N] " POLICY_USAGE " " MOVE_USAGE,
	.help =
"Moves all guests of this host that can be moved to HOST, where 'migctl serve' must\n"
"listen: live, the largest first, and tells in the end which stay and why.\n"
"\n"
"  --parallel N          so many at once (1, at most 16)\n"
"  --bandwidth MIB_S     send so many MiB a second at most, of all of them together, while\n"
"                        they run; 0 for no limit (0)\n"
POLICY_HELP
MOVE_HELP
"\n"
"SIGINT and SIGTERM cancel those under way, and no more is begun.\n"
"\n"
"Exit status: 0 all moved, 1 some stay, 2 usage, 3 of some the outcome is unknown,\n"
"4 cancelled, 6 refused before anything was touched.\n",
	.run = run_evacuate,
};
