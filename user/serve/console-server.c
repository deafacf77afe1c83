// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guest/console.h"
#include "peer/relay.h"
#include "recovery/trail.h"
#include "serve/console-server.h"
#include "serve/signals.h"

#define AGAIN_US	200000
#define AGAIN_MAX	25	/* a console that is there and cannot be read */

/**
 * struct console_server - shows a console of this host to somebody
 * @m: this host
 * @fd: the connection
 * @config: of this host
 * @domid: the guest
 * @uuid: its handle
 * @stop: readable when this process is to end
 * @attached: it was shown something
 */
struct console_server {
	struct move *m;
	int fd;
	const struct config *config;
	uint32_t domid;
	uint8_t uuid[16];
	int stop;
	bool attached;
};

/* Whoever knows of the move by which a guest came here is who may see it. */
static int admit(struct console_server *s, const struct cause *cause)
{
	static const uint8_t none[16];
	struct record record;
	bool held;

	if (memcmp(cause->journal, journal_identity(s->m->journal), sizeof(cause->journal)) ||
	    !memcmp(cause->move, none, sizeof(none)) ||
	    journal_find(s->m->journal, cause->move, RECORD_DESTINATION, &record, &held) ||
	    memcmp(cause->guest, record.data.guest, sizeof(cause->guest)))
		return error_set(&s->m->err, EXIT_REFUSED,
			"%s does not know of that move, and shows a console to nobody who does not: attach to it there with 'migctl console'.",
			s->m->host.host);
	if ((record.state != RECORD_RUNNING && record.state != RECORD_FORGOTTEN) ||
	    !record_same_boot(&record.data, s->m->host.boot_id))
		return error_set(&s->m->err, EXIT_ENDED,
				 "By that move no guest runs at %s (any more).", s->m->host.host);
	s->domid = record.data.domid;
	memcpy(s->uuid, record.data.guest, sizeof(s->uuid));
	return 0;
}

static void say_why(struct console_server *s)
{
	struct abort_msg abort = { .have = ~(1ULL << ABORT_CAUSE), .code = s->m->err.code };

	snprintf(abort.text, sizeof(abort.text), "%.*s", SENTENCE_LEN - 1, s->m->err.text);
	message_send(s->fd, MSG_ABORT, &abort);
}

static enum relay_end relay(struct console_server *s, const struct console *console)
{
	struct wire near = { .fd = s->fd, .gives = MSG_INPUT, .takes = MSG_OUTPUT,
			     .silence = s->config->silence_limit, .word = s->m->in };
	struct line far = { .in = console->fd, .out = console->fd };

	if (!s->attached && message_send(s->fd, MSG_ATTACHED, NULL))
		return RELAY_LEFT;
	s->attached = true;
	return relay_to_wire(&near, &far, s->stop);
}

/* Until it closes, 0; 1 when whoever looks has left. */
static int show(struct console_server *s)
{
	struct error ignored = { 0 };
	struct console console;
	struct domain d;
	int left;

	if (link_find(s->m->link, s->domid, s->uuid, &d, &ignored) <= 0)
		return 0;
	if (console_attach(&s->m->store, s->domid, &console, &s->m->err))
		return -1;
	left = relay(s, &console) == RELAY_LEFT;
	console_detach(&console);
	return left;
}

/* 1 when that was all there is to say. */
static int look_after(struct console_server *s)
{
	struct elsewhere elsewhere;

	switch (trail_of(s->m, s->domid, s->uuid, &elsewhere)) {
	case TRAIL_MOVED:
		message_send(s->fd, MSG_ELSEWHERE, &elsewhere);
		return 1;
	case TRAIL_ENDED:
		return error_set(&s->m->err, EXIT_ENDED, "The guest has ended at %s.",
				 s->m->host.host);
	default:
		usleep(AGAIN_US);
		return 0;
	}
}

static int serve(struct console_server *s)
{
	unsigned int again;
	int rc = 0;

	for (again = 0; !rc && again < AGAIN_MAX; again++) {
		rc = show(s);
		if (!rc)
			rc = look_after(s);
	}
	if (!rc)
		return error_set(&s->m->err, EXIT_FAILED,
			"The guest's console at %s closes again and again: look at xenconsoled there.",
			s->m->host.host);
	return rc;
}

/**
 * console_server_run() - show a guest's console to whoever followed the guest here
 * @m: opened; HELLO was exchanged
 * @fd: the connection; the caller closes it
 * @config: of this host
 * @question: CONSOLE
 *
 * Until who asked leaves; or the guest does, which is said then.
 *
 * Return: 0, or -1 when it was refused.
 */
int console_server_run(struct move *m, int fd, const struct config *config,
		       const struct message *question)
{
	struct console_server s = { .m = m, .fd = fd, .config = config };
	struct timeval limit = { .tv_sec = config->silence_limit };
	int rc;

	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	s.stop = signals_catch();
	rc = admit(&s, &question->cause) || serve(&s) < 0 ? -1 : 0;
	if (rc)
		say_why(&s);
	if (rc && !s.attached)
		fprintf(stderr, "migctl serve: a console was not shown to %s: %s\n", m->theirs.host,
			m->err.text);
	return rc;
}
