// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/xenmig-bench.h>

#include "xenmig/wire.h"

#include "base/child.h"
#include "base/clock.h"
#include "cli/bench-peer.h"
#include "cli/command.h"
#include "cli/events.h"
#include "cli/policy.h"
#include "cli/quantiles.h"
#include "guest/guest.h"
#include "host/host.h"
#include "module/link.h"
#include "peer/config.h"
#include "peer/connect.h"
#include "xenstore/store.h"

#define PORTION			512	/* frames of one record, as in a move */
#define PAGE			4096
#define FRAMES			16384
#define FRAMES_MAX		1048576
#define REPETITIONS		9
#define REPETITIONS_MAX		1000
#define CONNECT_MS		10000
#define CHILD_MS		12000
#define LISTENERS		8

/* What a piece is called, and what it needs. */
static const struct piece {
	const char *name;
	bool domain;
	enum errand errand;	/* of the other end; 0: none */
} pieces[] = {
	[XENMIG_BENCH_PIECE_TAKE] = { .name = "take" },
	[XENMIG_BENCH_PIECE_ENCODE] = { .name = "encode" },
	[XENMIG_BENCH_PIECE_CHECK] = { .name = "check" },
	[XENMIG_BENCH_PIECE_COPY] = { .name = "copy" },
	[XENMIG_BENCH_PIECE_SEND] = { .name = "send", .errand = ERRAND_READ },
	[XENMIG_BENCH_PIECE_SEND_COPIED] = { .name = "send-copied", .errand = ERRAND_READ },
	[XENMIG_BENCH_PIECE_RECEIVE] = { .name = "receive", .errand = ERRAND_WRITE },
	[XENMIG_BENCH_PIECE_TYPES] = { .name = "types", .domain = true },
	[XENMIG_BENCH_PIECE_MAP] = { .name = "map", .domain = true },
	[XENMIG_BENCH_PIECE_UNMAP] = { .name = "unmap", .domain = true },
	[XENMIG_BENCH_PIECE_HARVEST] = { .name = "harvest", .domain = true },
};

#define PIECES (sizeof(pieces) / sizeof(pieces[0]))

/**
 * struct bench - what is to be measured
 * @link: to the module that measures
 * @wanted: bit n: piece n
 * @all: nobody chose pieces: all that can be measured
 * @domain: whose memory, NULL for dom0's own
 * @domid: its id
 * @to: the other end, NULL for a process here
 * @place: where that is
 * @plain: the network may be used without encryption
 * @frames: of each measurement
 * @repetitions: that count
 * @warm_up: that do not
 * @json: for programs
 */
struct bench {
	struct link *link;
	uint32_t wanted;
	bool all;
	const char *domain;
	uint32_t domid;
	const char *to;
	struct place place;
	bool plain;
	unsigned int frames;
	unsigned int repetitions;
	unsigned int warm_up;
	bool json;
};

/* One piece, measured often enough. */
struct figures {
	struct quantiles ns;	/* of a page */
	double hypercalls;	/* of a thousand pages */
	double copied;		/* percent */
	uint64_t frames;
};

static int choose(struct bench *b, char *list)
{
	char *name, *rest = NULL;
	size_t i;

	b->all = false;
	for (name = strtok_r(list, ",", &rest); name; name = strtok_r(NULL, ",", &rest)) {
		for (i = 0; i < PIECES && strcmp(name, pieces[i].name); i++)
			;
		if (i == PIECES) {
			fprintf(stderr, "migctl: There is no piece '%s': 'migctl bench --help' lists them.\n",
				name);
			return -1;
		}
		b->wanted |= 1U << i;
	}
	return b->wanted ? 0 : -1;
}

/* ---- one measurement ---- */

/* Of records as a source sends them, or of pages alone. */
static uint64_t octets_of(enum errand errand, uint64_t frames)
{
	uint64_t head = sizeof(struct xenmig_record_header) + sizeof(struct xenmig_page_data) +
			PORTION * sizeof(uint64_t);

	return frames * PAGE + (errand == ERRAND_READ ? frames / PORTION * head : 0);
}

static int reach(const struct bench *b, enum errand errand, uint64_t frames, struct child *peer,
		 struct error *err)
{
	int fd;

	fd = b->to ? connect_to(&b->place, CONNECT_MS, !b->plain, err) : bench_peer_fork(peer, err);
	if (fd >= 0 && bench_peer_order(fd, errand, octets_of(errand, frames))) {
		error_set(err, EXIT_FAILED, "The other end closed the connection: is it 'migctl bench --serve'?");
		close(fd);
		if (!b->to)
			child_await(peer, clock_ms());
		fd = -1;
	}
	return fd;
}

static int measure(const struct bench *b, uint32_t number, struct measurement *m,
		   struct error *err)
{
	const struct piece *piece = &pieces[number];
	struct measurement wanted = { .piece = number, .frames = b->frames, .domid = b->domid };
	struct child peer;
	int fd = -1, rc;

	GIVE(&wanted, XENMIG_BENCH_A_MEASUREMENT_PIECE);
	GIVE(&wanted, XENMIG_BENCH_A_MEASUREMENT_FRAMES);
	if (b->domain)
		GIVE(&wanted, XENMIG_BENCH_A_MEASUREMENT_DOMID);
	if (piece->errand) {
		fd = reach(b, piece->errand, b->frames, &peer, err);
		if (fd < 0)
			return -1;
		wanted.socket = fd;
		GIVE(&wanted, XENMIG_BENCH_A_MEASUREMENT_SOCKET);
	}
	rc = link_measure(b->link, &wanted, m, err);
	if (fd >= 0)
		close(fd);
	if (fd >= 0 && !b->to)
		child_await(&peer, clock_ms() + CHILD_MS);
	if (!rc && !m->frames)
		rc = error_set(err, EXIT_FAILED, "The module measured nothing of the piece '%s'.",
			       piece->name);
	return rc;
}

static int repeat(const struct bench *b, uint32_t number, struct figures *o, struct error *err)
{
	double *ns = calloc(b->repetitions, sizeof(*ns));
	struct measurement m;
	unsigned int i;
	int rc = 0;

	if (!ns)
		return error_set(err, EXIT_REFUSED, "There is no memory for the results.");
	for (i = 0; i < b->warm_up + b->repetitions && !rc; i++) {
		rc = measure(b, number, &m, err);
		if (rc || i < b->warm_up)
			continue;
		ns[i - b->warm_up] = (double)m.ns / m.frames;
		o->hypercalls = m.hypercalls * 1000.0 / m.frames;
		o->copied = m.copied * 100.0 / ((double)m.frames * PAGE);
		o->frames = m.frames;
	}
	if (!rc)
		o->ns = quantiles_of(ns, b->repetitions);
	free(ns);
	return rc;
}

/* ---- the results ---- */

static double rate_of(const struct figures *o)
{
	return o->ns.median > 0 ? 1e9 / o->ns.median * PAGE / (1 << 20) : 0;
}

static const char *memory_of(const struct bench *b, const struct piece *piece)
{
	return b->domain && piece->errand != ERRAND_WRITE &&
	       (piece->domain || piece->errand) ? b->domain : "own";
}

static void show_json(const struct bench *b, const struct piece *piece, const struct figures *o)
{
	yajl_gen g = event_begin("piece");

	event_string(g, "piece", piece->name);
	event_string(g, "memory", memory_of(b, piece));
	if (piece->errand)
		event_string(g, "to", b->to ? b->to : "loopback");
	event_integer(g, "frames", o->frames);
	event_integer(g, "repetitions", b->repetitions);
	event_open(g, "ns_per_page");
	event_double(g, "median", o->ns.median);
	event_double(g, "least", o->ns.least);
	event_double(g, "most", o->ns.most);
	event_close(g);
	event_double(g, "mib_s", rate_of(o));
	event_double(g, "hypercalls_per_1000_pages", o->hypercalls);
	if (piece->errand == ERRAND_READ)
		event_double(g, "copied_percent", o->copied);
	event_end(g, stdout);
}

static void show_head(const struct bench *b)
{
	if (b->json)
		return;
	printf("%u times %u pages, after %u to warm up; %s%s; the other end: %s\n\n", b->repetitions,
	       b->frames, b->warm_up, b->domain ? "memory of " : "memory of this machine's own",
	       b->domain ? b->domain : "", b->to ? b->to : "a process here, by loopback");
	printf("%-12s %10s %10s %10s %10s %12s %7s\n", "piece", "ns a page", "least", "most", "MiB/s",
	       "hypercalls", "copied");
	printf("%-12s %10s %10s %10s %10s %12s %7s\n", "", "(median)", "", "", "", "(1000 pages)",
	       "%");
}

static void show(const struct bench *b, const struct piece *piece, const struct figures *o)
{
	char copied[16] = "-";

	if (b->json) {
		show_json(b, piece, o);
		return;
	}
	if (piece->errand == ERRAND_READ)
		snprintf(copied, sizeof(copied), "%.0f", o->copied);
	printf("%-12s %10.1f %10.1f %10.1f %10.0f %12.1f %7s\n", piece->name, o->ns.median,
	       o->ns.least, o->ns.most, rate_of(o), o->hypercalls, copied);
	fflush(stdout);
}

static int run_pieces(const struct bench *b, struct error *err)
{
	struct figures o = { 0 };
	uint32_t i;

	show_head(b);
	for (i = 0; i < PIECES; i++) {
		if (!(b->wanted & 1U << i))
			continue;
		if (repeat(b, i, &o, err))
			return -1;
		show(b, &pieces[i], &o);
	}
	return 0;
}

static int find_domain(struct bench *b, struct error *err)
{
	struct link *link = host_check(err) ? NULL : link_open(err);
	struct store store = { 0 };
	struct domain d = { 0 };
	int rc = -1;

	if (link && !store_open(&store, err)) {
		rc = guest_find(link, &store, b->domain, &d, err);
		store_close(&store);
	}
	link_close(link);
	b->domid = d.domid;
	return rc;
}

static int check_choice(const struct bench *b, struct error *err)
{
	uint32_t i;

	for (i = 0; i < PIECES; i++)
		if (b->wanted & 1U << i && pieces[i].domain && !b->domain)
			return error_set(err, EXIT_USAGE,
				"The piece '%s' is measured of a domain: name one with --domain.",
				pieces[i].name);
	return 0;
}

static int begin(struct bench *b)
{
	struct error err = { 0 };
	struct config config;
	uint32_t i;

	for (i = 0; i < PIECES && b->all; i++)
		if (b->domain || !pieces[i].domain)
			b->wanted |= 1U << i;
	if (!check_choice(b, &err) && !config_read(&config, &err)) {
		b->plain = config.plain;
		b->link = link_open_bench(&err);
	}
	if (b->link && (!b->domain || !find_domain(b, &err)))
		run_pieces(b, &err);
	link_close(b->link);
	return err.text[0] ? command_error(&err) : 0;
}

/* ---- the other end ---- */

/* One at a time: two at once would measure each other. */
static int serve(const char *bind_to, const char *port)
{
	struct error err = { 0 };
	struct config config;
	struct pollfd fds[LISTENERS];
	int listeners[LISTENERS], count, i, fd;
	char from[64];

	if (config_read(&config, &err))
		return command_error(&err);
	if (!bind_to && config.bind[0])
		bind_to = config.bind;
	count = listen_on(bind_to, port, !config.plain, listeners, LISTENERS, &err);
	if (count < 0)
		return command_error(&err);
	fprintf(stderr, "migctl bench: listening at port %s\n", port);
	for (i = 0; i < count; i++)
		fds[i] = (struct pollfd){ .fd = listeners[i], .events = POLLIN };
	for (;;) {
		if (poll(fds, count, -1) < 0 && errno != EINTR)
			return EXIT_FAILED;
		for (i = 0; i < count; i++) {
			if (!(fds[i].revents & POLLIN))
				continue;
			fd = accept4(listeners[i], NULL, NULL, SOCK_CLOEXEC);
			if (fd < 0)
				continue;
			connect_adopt(fd, from, sizeof(from));
			if (bench_peer_run(fd))
				fprintf(stderr, "migctl bench: %s broke off, or is no 'migctl bench'\n",
					from);
			close(fd);
		}
	}
}

enum { OPT_DOMAIN = 256, OPT_TO, OPT_PIECES, OPT_FRAMES, OPT_REPETITIONS, OPT_WARM_UP, OPT_SERVE,
       OPT_PORT, OPT_BIND, OPT_JSON, OPT_HELP };

static const struct option options[] = {
	{ "domain", required_argument, NULL, OPT_DOMAIN },
	{ "to", required_argument, NULL, OPT_TO },
	{ "pieces", required_argument, NULL, OPT_PIECES },
	{ "frames", required_argument, NULL, OPT_FRAMES },
	{ "repetitions", required_argument, NULL, OPT_REPETITIONS },
	{ "warm-up", required_argument, NULL, OPT_WARM_UP },
	{ "serve", no_argument, NULL, OPT_SERVE },
	{ "port", required_argument, NULL, OPT_PORT },
	{ "bind", required_argument, NULL, OPT_BIND },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

static int take(int opt, struct bench *b)
{
	switch (opt) {
	case OPT_DOMAIN:
		b->domain = optarg;
		return 0;
	case OPT_TO:
		b->to = optarg;
		return place_parse(optarg, BENCH_PEER_PORT, &b->place);
	case OPT_PIECES:
		return choose(b, optarg);
	case OPT_FRAMES:
		if (policy_number("frames", optarg, PORTION, FRAMES_MAX, &b->frames))
			return -1;
		b->frames -= b->frames % PORTION;
		return 0;
	case OPT_REPETITIONS:
		return policy_number("repetitions", optarg, 1, REPETITIONS_MAX, &b->repetitions);
	case OPT_WARM_UP:
		return policy_number("warm-up", optarg, 0, REPETITIONS_MAX, &b->warm_up);
	case OPT_JSON:
		b->json = true;
		return 0;
	default:
		return -1;
	}
}

static int run_bench(int argc, char **argv)
{
	struct bench b = { .all = true, .frames = FRAMES, .repetitions = REPETITIONS, .warm_up = 1 };
	bool other_end = false, measures = false;
	const char *bind_to = NULL, *port = NULL;
	int opt;

	signal(SIGPIPE, SIG_IGN);
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == OPT_HELP)
			return command_help(&command_bench);
		if (opt == OPT_SERVE) {
			other_end = true;
		} else if (opt == OPT_PORT) {
			port = optarg;
		} else if (opt == OPT_BIND) {
			bind_to = optarg;
		} else {
			measures = true;
			if (take(opt, &b))
				return command_usage(&command_bench);
		}
	}
	if (optind != argc || (other_end && measures) || ((port || bind_to) && !other_end))
		return command_usage(&command_bench);
	return other_end ? serve(bind_to, port ? port : BENCH_PEER_PORT) : begin(&b);
}

const struct command command_bench = {
	.name = "bench",
	.usage = "[--domain DOM] [--to HOST[:PORT]] [--pieces LIST] [--frames N] [--repetitions N] [--warm-up N] [--json] | --serve [--port PORT] [--bind ADDRESS]",
	.help =
"Measures each piece of a page's way through the module alone; the module xenmig-bench\n"
"has to be loaded for it. Needs no hypervisor without --domain: the pages are memory of\n"
"this machine's own then.\n"
"\n"
"  take          frames are taken out of a dirty set that holds every fourth\n"
"  encode        headers of records are written\n"
"  check         they are checked, as a destination does\n"
"  copy          pages are copied by the processor, for comparison\n"
"  send          pages are sent by reference, until the other end has read them\n"
"  send-copied   the same by copies, for comparison\n"
"  receive       pages are received into their place\n"
"  types         Xen is asked what frames are\n"
"  map           frames are mapped over others\n"
"  unmap         slots are emptied\n"
"  harvest       Xen gives the log-dirty bitmap; log-dirty mode is on for a moment, and\n"
"                superpages that the domain writes to in it stay split\n"
"\n"
"  --domain DOM      take the pages of DOM, which runs on; measure the last four too\n"
"  --to HOST[:PORT]  the other end of the wire, where 'migctl bench --serve' listens;\n"
"                    else a process here, and loopback copies what is sent by reference\n"
"  --pieces LIST     only these, with commas between\n"
"  --frames N        pages of each measurement (16384), of a harvest all\n"
"  --repetitions N   measurements of each piece (9)\n"
"  --warm-up N       measurements before, which do not count (1)\n"
"  --serve           be the other end, until stopped: at --port PORT (8004), and at\n"
"                    --bind ADDRESS only\n"
"  --json            an object for each piece\n",
	.run = run_bench,
};
