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
#include "host/host.h"
#include "peer/ask.h"
#include "peer/config.h"
#include "peer/relay.h"
#include "recovery/trail.h"

#define ESCAPE		0x1d	/* Ctrl-], as in xl console */
#define DIAL_MS		10000
#define AGAIN_US	200000
#define AGAIN_MAX	25	/* a console that is there and cannot be read */

/**
 * struct console_client - a person who looks at a console
 * @m: this host
 * @config: of it
 * @person: where they sit
 * @stop: readable when they have had enough
 * @raw: their terminal is
 * @domid: the guest here
 * @uuid: its handle
 * @elsewhere: where it is when it is not here
 */
struct console_client {
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
static void say(const struct console_client *c, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%smigctl: ", c->raw ? "\r\n" : "");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "%s\n", c->raw ? "\r" : "");
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

static enum where follow(struct console_client *c)
{
	error_printable(c->elsewhere.host);
	error_printable(c->elsewhere.address);
	memcpy(c->uuid, c->elsewhere.cause.guest, sizeof(c->uuid));
	return WHERE_ELSEWHERE;
}

/* ---- here ---- */

static enum where after_here(struct console_client *c)
{
	switch (trail_of(&c->m, c->domid, c->uuid, &c->elsewhere)) {
	case TRAIL_HERE:
		usleep(AGAIN_US);
		return WHERE_HERE;
	case TRAIL_MOVED:
		say(c, "The guest has moved to %s.", error_printable(c->elsewhere.host));
		return follow(c);
	default:
		error_set(&c->m.err, EXIT_ENDED, "The guest has ended.");
		return WHERE_NOWHERE;
	}
}

static enum where look_here(struct console_client *c)
{
	struct console console;
	struct line guest = { 0 };
	enum relay_end end;

	if (console_attach(&c->m.store, c->domid, &console, &c->m.err))
		return WHERE_NOWHERE;
	guest.in = guest.out = console.fd;
	end = relay_lines(&c->person, &guest, c->stop);
	console_detach(&console);
	return end == RELAY_LEFT ? WHERE_NOWHERE : after_here(c);
}

/* ---- elsewhere ---- */

/* It may have come back. */
static bool is_here(struct console_client *c)
{
	struct error ignored = { 0 };
	struct domain d;

	if (link_find_uuid(c->m.link, c->uuid, &d, &ignored) <= 0)
		return false;
	c->domid = d.domid;
	return true;
}

/* Its host has something to say other than what the guest prints. */
static enum where take_word(struct console_client *c, struct message *word)
{
	switch (word->type) {
	case MSG_ELSEWHERE:
		c->elsewhere = word->elsewhere;
		say(c, "The guest has moved to %s.", error_printable(c->elsewhere.host));
		follow(c);
		return is_here(c) ? WHERE_HERE : WHERE_ELSEWHERE;
	case MSG_ABORT:
		error_set(&c->m.err, word->abort.code == EXIT_ENDED ? EXIT_ENDED : EXIT_REFUSED,
			  "%s", error_printable(word->abort.text));
		return WHERE_NOWHERE;
	default:
		error_set(&c->m.err, EXIT_FAILED, "%s sent %s where the guest's console was due.",
			  c->elsewhere.host, proto_name(word->type));
		return WHERE_NOWHERE;
	}
}

static enum where look_there(struct console_client *c, int fd, struct message *word)
{
	struct wire guest = { .fd = fd, .gives = MSG_OUTPUT, .takes = MSG_INPUT,
			      .silence = c->config.silence_limit, .word = word };

	switch (relay_from_wire(&c->person, &guest, c->stop)) {
	case RELAY_WORD:
		return take_word(c, word);
	case RELAY_LEFT:
		return WHERE_NOWHERE;
	default:
		error_set(&c->m.err, EXIT_FAILED,
			  "The connection to %s was lost, where the guest runs on: attach again, here or there, with 'migctl console'.",
			  c->elsewhere.host);
		return WHERE_NOWHERE;
	}
}

static bool has_enough(const struct console_client *c)
{
	struct pollfd pfd = { .fd = c->stop, .events = POLLIN };

	return poll(&pfd, 1, 0) > 0;
}

/* That host was reached a moment ago by the guest: what stands in the way may pass. */
static int dial(struct console_client *c, const struct place *place, struct message *answer)
{
	uint64_t until = clock_ms() + DIAL_MS;
	struct error err = { 0 };
	int fd;

	do {
		error_clear(&err);
		fd = ask_stay(place, &c->config, &c->m.host, MSG_CONSOLE, &c->elsewhere.cause,
			      answer, &err);
		if (fd < 0 && clock_ms() < until)
			usleep(AGAIN_US);
	} while (fd < 0 && clock_ms() < until && !has_enough(c));
	if (fd < 0)
		error_set(&c->m.err, EXIT_REFUSED,
			  "The guest runs at %s, but its console cannot be shown from here: %.*s",
			  c->elsewhere.host, SENTENCE_LEN, err.text);
	return fd;
}

static enum where look_elsewhere(struct console_client *c)
{
	struct message *word;
	struct place place;
	enum where next = WHERE_NOWHERE;
	int fd;

	if (place_parse(c->elsewhere.address, DEFAULT_PORT, &place)) {
		error_set(&c->m.err, EXIT_FAILED, "It is not known where %s is.",
			  c->elsewhere.host);
		return WHERE_NOWHERE;
	}
	fault_point("following");
	word = calloc(1, sizeof(*word));
	fd = word ? dial(c, &place, word) : -1;
	if (fd >= 0) {
		next = word->type == MSG_ATTACHED ? look_there(c, fd, word) : take_word(c, word);
		close(fd);
	}
	free(word);
	return next;
}

/* ---- both ---- */

/* Where to begin: not every guest is where it was last seen. */
static enum where find(struct console_client *c, const char *guest)
{
	struct domain d;

	if (!guest_find(c->m.link, &c->m.store, guest, &d, &c->m.err)) {
		c->domid = d.domid;
		memcpy(c->uuid, d.uuid, sizeof(c->uuid));
		return WHERE_HERE;
	}
	if (!trail_of_name(&c->m, guest, &c->elsewhere))
		return WHERE_NOWHERE;
	error_clear(&c->m.err);
	return follow(c);
}

static void look(struct console_client *c, const char *guest)
{
	enum where where = find(c, guest), before = WHERE_NOWHERE;
	unsigned int again = 0;

	if (where == WHERE_NOWHERE)
		return;
	c->raw = terminal_raw();
	c->person.escape = c->raw ? ESCAPE : 0;
	while (where != WHERE_NOWHERE && again < AGAIN_MAX) {
		again = where == WHERE_HERE && before == WHERE_HERE ? again + 1 : 0;
		before = where;
		where = where == WHERE_HERE ? look_here(c) : look_elsewhere(c);
	}
	terminal_restore();
	if (where != WHERE_NOWHERE)
		error_set(&c->m.err, EXIT_FAILED,
			  "The guest's console closes again and again: look at xenconsoled.");
}

/**
 * console_client_run() - show a guest's console until it ends or whoever looks has seen enough
 * @guest: its name, its id or its UUID
 * @err: why it could not be shown (any more)
 *
 * Return: 0 or -1.
 */
int console_client_run(const char *guest, struct error *err)
{
	struct console_client c = {
		.m = { .peer = { .fd = -1 } },
		.person = { .in = STDIN_FILENO, .out = STDOUT_FILENO },
	};
	struct link *link;

	c.stop = catch_signals();
	if (!host_check(&c.m.err) && !config_read(&c.config, &c.m.err) &&
	    (link = link_open(&c.m.err)) && !move_open(&c.m, link, &c.m.err))
		look(&c, guest);
	*err = c.m.err;
	move_close(&c.m);
	close(c.stop);
	return err->text[0] ? -1 : 0;
}
