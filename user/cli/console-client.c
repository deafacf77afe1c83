// SPDX-License-Identifier: GPL-2.0-or-later
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fault.h"
#include "cli/console-client.h"
#include "cli/terminal.h"
#include "guest/console.h"
#include "guest/guest.h"
#include "module/domain.h"
#include "peer/ask.h"
#include "peer/config.h"
#include "peer/relay.h"
#include "recovery/trail.h"

#define ESCAPE		0x1d	/* Ctrl-], as in xl console */
#define DIAL_MS		10000
#define AGAIN_US	200000
#define AGAIN_MAX	25	/* a console that is there and cannot be read */

/**
 * struct attachment - a person who looks at a console
 * @m: this host
 * @config: of it
 * @person: where they sit
 * @stop: readable when they have had enough
 * @raw: their terminal is
 * @domid: the guest here
 * @uuid: its handle
 * @elsewhere: where it is when it is not here
 */
struct attachment {
	struct move m;
	struct config config;
	struct line person;
	int stop;
	bool raw;
	uint32_t domid;
	uint8_t uuid[16];
	struct elsewhere elsewhere;
};

/* Where to look next. */
enum where { WHERE_NOWHERE, WHERE_HERE, WHERE_ELSEWHERE };

/* Among what the guest prints; a raw terminal does not begin a line by itself. */
__attribute__((format(printf, 2, 3)))
static void say(const struct attachment *a, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%smigctl: ", a->raw ? "\r\n" : "");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "%s\n", a->raw ? "\r" : "");
}

static int catch_signals(void)
{
	static const int caught[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
		sigaddset(&set, caught[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static enum where follow(struct attachment *a)
{
	error_printable(a->elsewhere.host);
	error_printable(a->elsewhere.address);
	memcpy(a->uuid, a->elsewhere.cause.guest, sizeof(a->uuid));
	return WHERE_ELSEWHERE;
}

/* ---- here ---- */

static enum where after_here(struct attachment *a)
{
	switch (trail_of(&a->m, a->domid, a->uuid, &a->elsewhere)) {
	case TRAIL_HERE:
		usleep(AGAIN_US);
		return WHERE_HERE;
	case TRAIL_MOVED:
		say(a, "The guest has moved to %s.", error_printable(a->elsewhere.host));
		return follow(a);
	default:
		error_set(&a->m.err, EXIT_ENDED, "The guest has ended.");
		return WHERE_NOWHERE;
	}
}

static enum where look_here(struct attachment *a)
{
	struct console console;
	struct line guest = { 0 };
	enum relay_end end;

	if (console_attach(&a->m.store, a->domid, &console, &a->m.err))
		return WHERE_NOWHERE;
	guest.in = guest.out = console.fd;
	end = relay_lines(&a->person, &guest, a->stop);
	console_detach(&console);
	return end == RELAY_LEFT ? WHERE_NOWHERE : after_here(a);
}

/* ---- elsewhere ---- */

/* It may have come back. */
static bool is_here(struct attachment *a)
{
	struct error ignored = { 0 };
	struct domain d;

	if (link_find_uuid(a->m.link, a->uuid, &d, &ignored) <= 0)
		return false;
	a->domid = d.domid;
	return true;
}

/* Its host has something to say other than what the guest prints. */
static enum where take_word(struct attachment *a, struct message *word)
{
	switch (word->type) {
	case MSG_ELSEWHERE:
		a->elsewhere = word->elsewhere;
		say(a, "The guest has moved to %s.", error_printable(a->elsewhere.host));
		follow(a);
		return is_here(a) ? WHERE_HERE : WHERE_ELSEWHERE;
	case MSG_ABORT:
		error_set(&a->m.err, word->abort.code == EXIT_ENDED ? EXIT_ENDED : EXIT_REFUSED,
			  "%s", error_printable(word->abort.text));
		return WHERE_NOWHERE;
	default:
		error_set(&a->m.err, EXIT_FAILED, "%s sent %s where the guest's console was due.",
			  a->elsewhere.host, proto_name(word->type));
		return WHERE_NOWHERE;
	}
}

static enum where look_there(struct attachment *a, int fd, struct message *word)
{
	struct wire guest = { .fd = fd, .gives = MSG_OUTPUT, .takes = MSG_INPUT,
			      .silence = a->config.silence_limit, .word = word };

	switch (relay_from_wire(&a->person, &guest, a->stop)) {
	case RELAY_WORD:
		return take_word(a, word);
	case RELAY_LEFT:
		return WHERE_NOWHERE;
	default:
		error_set(&a->m.err, EXIT_FAILED,
			  "The connection to %s was lost, where the guest runs on: attach again, here or there, with 'migctl console'.",
			  a->elsewhere.host);
		return WHERE_NOWHERE;
	}
}

static bool has_enough(const struct attachment *a)
{
	struct pollfd pfd = { .fd = a->stop, .events = POLLIN };

	return poll(&pfd, 1, 0) > 0;
}

/* That host was reached a moment ago by the guest: what stands in the way may pass. */
static int dial(struct attachment *a, const struct place *place, struct message *answer)
{
	uint64_t until = clock_ms() + DIAL_MS;
	struct error err = { 0 };
	int fd;

	do {
		error_clear(&err);
		fd = ask_stay(place, &a->config, &a->m.host, MSG_CONSOLE, &a->elsewhere.cause,
			      answer, &err);
		if (fd < 0 && clock_ms() < until)
			usleep(AGAIN_US);
	} while (fd < 0 && clock_ms() < until && !has_enough(a));
	if (fd < 0)
		error_set(&a->m.err, EXIT_REFUSED,
			  "The guest runs at %s, but its console cannot be shown from here: %.*s",
			  a->elsewhere.host, SENTENCE_LEN, err.text);
	return fd;
}

static enum where look_elsewhere(struct attachment *a)
{
	struct message *word;
	struct place place;
	enum where next = WHERE_NOWHERE;
	int fd;

	if (place_parse(a->elsewhere.address, DEFAULT_PORT, &place)) {
		error_set(&a->m.err, EXIT_FAILED, "It is not known where %s is.",
			  a->elsewhere.host);
		return WHERE_NOWHERE;
	}
	fault_point("following");
	word = calloc(1, sizeof(*word));
	fd = word ? dial(a, &place, word) : -1;
	if (fd >= 0) {
		next = word->type == MSG_ATTACHED ? look_there(a, fd, word) : take_word(a, word);
		close(fd);
	}
	free(word);
	return next;
}

/* ---- both ---- */

/* Where to begin: not every guest is where it was last seen. */
static enum where find(struct attachment *a, const char *guest)
{
	struct domain d;

	if (!guest_find(a->m.link, &a->m.store, guest, &d, &a->m.err)) {
		a->domid = d.domid;
		memcpy(a->uuid, d.uuid, sizeof(a->uuid));
		return WHERE_HERE;
	}
	if (!trail_of_name(&a->m, guest, &a->elsewhere))
		return WHERE_NOWHERE;
	error_clear(&a->m.err);
	return follow(a);
}

static void look(struct attachment *a, const char *guest)
{
	enum where where = find(a, guest), before = WHERE_NOWHERE;
	unsigned int again = 0;

	if (where == WHERE_NOWHERE)
		return;
	a->raw = terminal_raw();
	a->person.escape = a->raw ? ESCAPE : 0;
	while (where != WHERE_NOWHERE && again < AGAIN_MAX) {
		again = where == WHERE_HERE && before == WHERE_HERE ? again + 1 : 0;
		before = where;
		where = where == WHERE_HERE ? look_here(a) : look_elsewhere(a);
	}
	terminal_restore();
	if (where != WHERE_NOWHERE)
		error_set(&a->m.err, EXIT_FAILED,
			  "The guest's console closes again and again: look at xenconsoled.");
}

/**
 * attach_run() - show a guest's console until it ends or whoever looks has seen enough
 * @guest: its name, its id or its UUID
 * @err: why it could not be shown (any more)
 *
 * Return: 0 or -1.
 */
int attach_run(const char *guest, struct error *err)
{
	struct attachment a = {
		.m = { .peer = { .fd = -1 }, .signals = -1 },
		.person = { .in = STDIN_FILENO, .out = STDOUT_FILENO },
	};
	struct link *link;

	a.stop = catch_signals();
	if (!host_check(&a.m.err) && !config_read(&a.config, &a.m.err) &&
	    (link = link_open(&a.m.err)) && !move_open(&a.m, link, &a.m.err))
		look(&a, guest);
	*err = a.m.err;
	move_close(&a.m);
	close(a.stop);
	return err->text[0] ? -1 : 0;
}
