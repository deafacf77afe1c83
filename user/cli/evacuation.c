// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/xenmig.h>

#include "base/clock.h"
#include "base/uuid.h"
#include "cli/command.h"
#include "cli/evacuation.h"
#include "guest/guest.h"
#include "host/host.h"
#include "module/link.h"
#include "peer/config.h"
#include "serve/signals.h"
#include "source/source.h"
#include "xenstore/store.h"

#define NEWS_MS		200
#define KEPT_FD		3	/* of what a process that moves a guest has inherited */
#define LOOK_MS		1000	/* whatever may have been missed */

/* What the process that moves a guest tells of it. */
struct news {
	bool over;
	struct report report;
	struct error err;
};

/* ---- the process that moves one ---- */

struct teller {
	int fd;
	enum phase phase;
	uint64_t told;
	struct news news;
};

/* Nobody waits for it: what does not go through now is told the next time, but for the last word. */
static void tell(struct teller *t, const struct report *report, int flags)
{
	t->news.report = *report;
	t->phase = report->phase;
	t->told = clock_ms();
	if (send(t->fd, &t->news, sizeof(t->news), flags | MSG_NOSIGNAL) < 0)
		t->told = 0;
}

static void on_progress(void *arg, const struct report *report)
{
	struct teller *t = arg;

	/* Nor is anything told in the pause, which would take of its time. */
	if (report->phase >= PHASE_PAUSE && report->phase <= PHASE_COMMIT && report->session.round)
		return;
	if (report->phase != t->phase || clock_ms() - t->told >= NEWS_MS)
		tell(t, report, MSG_DONTWAIT);
}

__attribute__((noreturn))
static void move_one(const struct evacuee *one, const struct order *order, pid_t parent)
{
	struct order mine = *order;
	struct context context = command_context;
	struct teller t = { .fd = one->fd };
	struct report report = { 0 };

	/* What the others say and hear is not this one's. */
	if (t.fd != KEPT_FD && dup2(t.fd, KEPT_FD) == KEPT_FD)
		t.fd = KEPT_FD;
	close_range(KEPT_FD + 1, ~0U, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(0);
	/* A key pressed at the terminal is the evacuation's, which passes it on. */
	setpgid(0, 0);
	mine.domain = one->uuid;
	mine.limits.no_live |= one->regular;
	context.cancel = signals_catch();
	signal(SIGPIPE, SIG_IGN);
	source_move(&context, &mine, &report, on_progress, &t, &t.news.err);
	t.news.over = true;
	tell(&t, &report, 0);
	_exit(0);
}

/* ---- all of them ---- */

static int by_size(const void *a, const void *b)
{
	const struct evacuee *x = a, *y = b;

	if (x->pages != y->pages)
		return x->pages < y->pages ? 1 : -1;
	return strcmp(x->name, y->name);
}

static void take_in(struct evacuation *e, struct link *link, struct store *store,
		    const struct host_info *host, uint32_t domid)
{
	struct evacuee *one = &e->list[e->count];
	struct error err = { 0 }, ignored = { 0 };
	struct domain d;

	/* It may have ended since. */
	if (link_domain(link, domid, &d, &err))
		return;
	uuid_format(d.uuid, one->uuid);
	one->pages = d.pages;
	one->fd = -1;
	snprintf(one->name, sizeof(one->name), "domain %u", domid);
	store_get_text(store, one->name, sizeof(one->name), "/local/domain/%u/name", domid);
	error_printable(one->name);
	memcpy(one->report.name, one->name, sizeof(one->report.name));
	memcpy(one->report.uuid, one->uuid, sizeof(one->report.uuid));
	one->report.domid = domid;
	if (guest_check(store, &d, &one->err))
		one->state = EVACUEE_STAYS;
	one->regular = guest_check_live(&d, host, &ignored);
	e->count++;
}

/* Before each of many guests is told so. */
static int reach(const struct order *order, struct error *err)
{
	struct config config;
	int fd;

	if (config_read(&config, err))
		return -1;
	fd = connect_to(&order->place, order->connect_timeout * 1000, !config.plain, err);
	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

/**
 * evacuation_begin() - find the guests of this host
 * @e: @order, @parallel, @changed and @arg set, the rest zeroed; to be ended in any case
 * @err: why not
 *
 * Those that cannot be moved are in the list too, with the reason.
 *
 * Return: 0 or -1.
 */
int evacuation_begin(struct evacuation *e, struct error *err)
{
	struct domain *domains = NULL;
	struct store store = { 0 };
	struct link *link = NULL;
	struct host_info host;
	unsigned int count, i;
	int rc = -1;

	if (!host_check(err) && !reach(e->order, err))
		link = link_open(err);
	if (!link || store_open(&store, err) || link_info(link, &host, err) ||
	    link_domains(link, &domains, &count, err))
		goto out;
	e->list = calloc(count + 1, sizeof(*e->list));
	if (!e->list) {
		error_set(err, EXIT_REFUSED, "Out of memory.");
		goto out;
	}
	for (i = 0; i < count; i++)
		if (domains[i].domid)
			take_in(e, link, &store, &host, domains[i].domid);
	qsort(e->list, e->count, sizeof(*e->list), by_size);
	rc = 0;
out:
	free(domains);
	store_close(&store);
	link_close(link);
	return rc;
}

/**
 * evacuation_number() - how many are in a state
 * @e: begun
 * @state: which
 *
 * Return: how many.
 */
unsigned int evacuation_number(const struct evacuation *e, enum evacuee_state state)
{
	unsigned int i, n = 0;

	for (i = 0; i < e->count; i++)
		n += e->list[i].state == state;
	return n;
}

/* Of each that is under way, when so many are; 0 for no limit. */
static uint32_t share(const struct evacuation *e, unsigned int moving)
{
	uint32_t all = e->order->limits.bandwidth_mib;

	if (!all)
		return 0;
	return moving && all / moving ? all / moving : 1;
}

/* Every one that is under way gets the same; one that sends no rounds any more is not held up. */
static void share_out(const struct evacuation *e, struct link *link)
{
	struct limits limits = { .bandwidth_mib = share(e, evacuation_number(e, EVACUEE_MOVES)) };
	struct error ignored = { 0 };
	unsigned int i;

	if (!limits.bandwidth_mib)
		return;
	GIVE(&limits, XENMIG_A_SESSION_ID);
	GIVE(&limits, XENMIG_A_SESSION_BANDWIDTH_MIB);
	for (i = 0; i < e->count; i++) {
		if (e->list[i].state != EVACUEE_MOVES || !e->list[i].report.session.id ||
		    e->list[i].report.phase != PHASE_ROUNDS ||
		    e->list[i].report.session.bandwidth_mib == limits.bandwidth_mib)
			continue;
		limits.id = e->list[i].report.session.id;
		link_session_set(link, &limits, &ignored);
		error_clear(&ignored);
	}
}

static void stays(struct evacuee *one, enum exit_code code, const char *why)
{
	one->state = EVACUEE_STAYS;
	error_clear(&one->err);
	error_set(&one->err, code, "%s", why);
}

static void start_one(struct evacuation *e, struct evacuee *one)
{
	struct order order = *e->order;
	pid_t parent = getpid();
	int fds[2];

	order.limits.bandwidth_mib = share(e, evacuation_number(e, EVACUEE_MOVES) + 1);
	if (order.limits.bandwidth_mib)
		GIVE(&order.limits, XENMIG_A_SESSION_BANDWIDTH_MIB);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds)) {
		stays(one, EXIT_REFUSED, "No socket for the process that would move it.");
		return;
	}
	fflush(NULL);
	one->pid = fork();
	if (!one->pid) {
		close(fds[0]);
		one->fd = fds[1];
		move_one(one, &order, parent);
	}
	close(fds[1]);
	one->fd = fds[0];
	one->state = EVACUEE_MOVES;
	if (one->pid > 0)
		return;
	close(one->fd);
	one->fd = -1;
	stays(one, EXIT_REFUSED, "No process could be made that would move it.");
}

static void start_more(struct evacuation *e)
{
	unsigned int i, moving = evacuation_number(e, EVACUEE_MOVES);

	for (i = 0; i < e->count; i++) {
		struct evacuee *one = &e->list[i];

		if (one->state != EVACUEE_WAITS || (!e->cancelled && moving >= e->parallel))
			continue;
		if (e->cancelled)
			stays(one, EXIT_CANCELLED, "The evacuation was cancelled before its turn.");
		else
			start_one(e, one);
		moving += one->state == EVACUEE_MOVES;
		e->changed(e->arg, one, one->state != EVACUEE_MOVES);
	}
}

static void finish(struct evacuation *e, struct evacuee *one, bool told)
{
	int status;

	close(one->fd);
	one->fd = -1;
	while (waitpid(one->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!told) {
		one->state = EVACUEE_UNKNOWN;
		error_set(&one->err, EXIT_UNKNOWN,
			  "The process that moved it ended without a word: 'migctl history %s' tells what is known.",
			  one->name);
	} else if (!one->err.text[0]) {
		one->state = EVACUEE_MOVED;
	} else {
		one->state = one->err.code == EXIT_UNKNOWN ? EVACUEE_UNKNOWN : EVACUEE_STAYS;
	}
	e->changed(e->arg, one, true);
}

static void hear(struct evacuation *e, struct evacuee *one)
{
	struct news news;

	if (recv(one->fd, &news, sizeof(news), 0) != sizeof(news)) {
		finish(e, one, false);
		return;
	}
	/* Of a guest that was not found there is no name in it. */
	if (news.report.uuid[0])
		one->report = news.report;
	one->err = news.err;
	if (news.over)
		finish(e, one, true);
	else
		e->changed(e->arg, one, false);
}

static void cancel(struct evacuation *e)
{
	unsigned int i;

	e->cancelled = true;
	for (i = 0; i < e->count; i++)
		if (e->list[i].state == EVACUEE_MOVES)
			kill(e->list[i].pid, SIGTERM);
}

/* Waits until something is to be heard, or for a second. */
static void attend(struct evacuation *e, int signals)
{
	struct pollfd fds[EVACUEES_AT_ONCE + 1] = { { .fd = signals, .events = POLLIN } };
	struct evacuee *who[EVACUEES_AT_ONCE];
	struct signalfd_siginfo info;
	unsigned int i, n = 0;

	for (i = 0; i < e->count && n < EVACUEES_AT_ONCE; i++) {
		if (e->list[i].state != EVACUEE_MOVES)
			continue;
		who[n++] = &e->list[i];
		fds[n] = (struct pollfd){ .fd = e->list[i].fd, .events = POLLIN };
	}
	if (poll(fds, n + 1, LOOK_MS) <= 0)
		return;
	while (read(signals, &info, sizeof(info)) == sizeof(info))
		cancel(e);
	for (i = 0; i < n; i++)
		if (fds[i + 1].revents)
			hear(e, who[i]);
}

/**
 * evacuation_run() - move them, until each has moved or stays
 * @e: begun
 * @err: why not one was begun
 *
 * SIGINT and SIGTERM cancel those that are under way, and no more is begun.
 *
 * Return: 0, whatever became of the guests; or -1.
 */
int evacuation_run(struct evacuation *e, struct error *err)
{
	struct link *link = link_open(err);
	int signals;

	if (!link)
		return -1;
	signals = signals_catch();
	signal(SIGHUP, SIG_IGN);
	if (signals < 0) {
		link_close(link);
		return error_set(err, EXIT_REFUSED, "No signalfd.");
	}
	for (;;) {
		start_more(e);
		if (!evacuation_number(e, EVACUEE_MOVES))
			break;
		attend(e, signals);
		share_out(e, link);
	}
	close(signals);
	link_close(link);
	return 0;
}

/**
 * evacuation_end() - give the list up
 * @e: begun, or zeroed
 */
void evacuation_end(struct evacuation *e)
{
	free(e->list);
	e->list = NULL;
	e->count = 0;
}
