// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guest/console.h"
#include "peer/relay.h"
#include "recovery/trail.h"
#include "serve/console-server.h"

#define AGAIN_US	200000
#define AGAIN_MAX	25	/* a console that is there and cannot be read */

/**
 * struct attendance - somebody who looks at a console of this host
 * @m: this host
 * @fd: the connection
 * @config: of this host
 * @domid: the guest
 * @uuid: its handle
 * @stop: readable when this process is to end
 * @attached: it was shown something
 */
struct attendance {
	struct move *m;
	int fd;
	const struct config *config;
	uint32_t domid;
	uint8_t uuid[16];
	int stop;
	bool attached;
};

/* Whoever knows of the move by which a guest came here is who may see it. */
static int admit(struct attendance *a, const struct cause *cause)
{
	static const uint8_t none[16];
	struct record record;
	bool held;

	if (memcmp(cause->journal, journal_identity(a->m->journal), sizeof(cause->journal)) ||
	    !memcmp(cause->move, none, sizeof(none)) ||
	    journal_find(a->m->journal, cause->move, RECORD_DESTINATION, &record, &held) ||
	    memcmp(cause->guest, record.data.guest, sizeof(cause->guest)))
		return error_set(&a->m->err, EXIT_REFUSED,
			"%s does not know of that move, and shows a console to nobody who does not: attach to it there with 'migctl console'.",
			a->m->host.host);
	if ((record.state != RECORD_RUNNING && record.state != RECORD_FORGOTTEN) ||
	    !record_same_boot(&record.data, a->m->host.boot_id))
		return error_set(&a->m->err, EXIT_ENDED,
				 "By that move no guest runs at %s (any more).", a->m->host.host);
	a->domid = record.data.domid;
	memcpy(a->uuid, record.data.guest, sizeof(a->uuid));
	return 0;
}

static void say_why(struct attendance *a)
{
	struct abort_msg abort = { .have = ~(1ULL << ABORT_CAUSE), .code = a->m->err.code };

	snprintf(abort.text, sizeof(abort.text), "%.*s", SENTENCE_LEN - 1, a->m->err.text);
	message_send(a->fd, MSG_ABORT, &abort);
}

static enum relay_end relay(struct attendance *a, const struct console *console)
{
	struct wire near = { .fd = a->fd, .gives = MSG_INPUT, .takes = MSG_OUTPUT,
			     .silence = a->config->silence_limit, .word = a->m->in };
	struct line far = { .in = console->fd, .out = console->fd };

	if (!a->attached && message_send(a->fd, MSG_ATTACHED, NULL))
		return RELAY_LEFT;
	a->attached = true;
	return relay_to_wire(&near, &far, a->stop);
}

/* Until it closes, 0; 1 when whoever looks has left. */
static int show(struct attendance *a)
{
	struct error ignored = { 0 };
	struct console console;
	struct domain d;
	int left;

	if (link_find(a->m->link, a->domid, a->uuid, &d, &ignored) <= 0)
		return 0;
	if (console_attach(&a->m->store, a->domid, &console, &a->m->err))
		return -1;
	left = relay(a, &console) == RELAY_LEFT;
	console_detach(&console);
	return left;
}

/* 1 when that was all there is to say. */
static int look_after(struct attendance *a)
{
	struct elsewhere elsewhere;

	switch (trail_of(a->m, a->domid, a->uuid, &elsewhere)) {
	case TRAIL_MOVED:
		message_send(a->fd, MSG_ELSEWHERE, &elsewhere);
		return 1;
	case TRAIL_ENDED:
		return error_set(&a->m->err, EXIT_ENDED, "The guest has ended at %s.",
				 a->m->host.host);
	default:
		usleep(AGAIN_US);
		return 0;
	}
}

static int attend(struct attendance *a)
{
	unsigned int again;
	int rc = 0;

	for (again = 0; !rc && again < AGAIN_MAX; again++) {
		rc = show(a);
		if (!rc)
			rc = look_after(a);
	}
	if (!rc)
		return error_set(&a->m->err, EXIT_FAILED,
			"The guest's console at %s closes again and again: look at xenconsoled there.",
			a->m->host.host);
	return rc;
}

static int catch_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/**
 * attend_run() - show a guest's console to whoever followed the guest here
 * @m: opened; HELLO was exchanged
 * @fd: the connection; the caller closes it
 * @config: of this host
 * @question: CONSOLE
 *
 * Until who asked leaves; or the guest does, which is said then.
 *
 * Return: 0, or -1 when it was refused.
 */
int attend_run(struct move *m, int fd, const struct config *config, const struct message *question)
{
	struct attendance a = { .m = m, .fd = fd, .config = config };
	struct timeval limit = { .tv_sec = config->silence_limit };
	int rc;

	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	a.stop = catch_signals();
	rc = admit(&a, &question->cause) || attend(&a) < 0 ? -1 : 0;
	if (rc)
		say_why(&a);
	if (rc && !a.attached)
		fprintf(stderr, "migctl serve: a console was not shown to %s: %s\n", m->theirs.host,
			m->err.text);
	return rc;
}
