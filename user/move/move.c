// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/xenmig.h>

#include "base/clock.h"
#include "base/version.h"
#include "move/move.h"
#include "peer/config.h"

#define ASK_MS		200	/* a lost notification must do no harm */
#define BLAME_MS	2000
#define CANCEL_WORD	128	/* a signalfd tells no less */

static void describe_host(struct hello *hello, const struct host_info *info)
{
	hello->have = ~0ULL;
	hello->protocol = PROTO_VERSION;
	hello->xen_major = info->xen_major;
	hello->xen_minor = info->xen_minor;
	snprintf(hello->migctl, sizeof(hello->migctl), "%s", MIGCTL_VERSION);
	snprintf(hello->module, sizeof(hello->module), "%s", info->version);
	gethostname(hello->host, sizeof(hello->host) - 1);
}

/**
 * move_open() - prepare one end of a move
 * @m: zeroed but for @m->context, @m->peer.fd -1; the peer may be connected already
 * @link: owned by @m from now on, also when this fails
 * @err: why not
 *
 * Return: 0 or -1.
 */
int move_open(struct move *m, struct link *link, struct error *err)
{
	struct host_info info;

	m->link = link;
	m->in = calloc(1, sizeof(*m->in));
	if (!m->in)
		return error_set(err, EXIT_FAILED, "Out of memory.");
	if (store_open(&m->store, err))
		return -1;
	m->store.context = &m->context;
	if (link_watch(link, err) || link_info(link, &info, err))
		return -1;
	m->journal = journal_open(JOURNAL_DIR, err);
	if (!m->journal)
		return -1;
	/* Without it every record would be of another boot, and its guest taken for gone. */
	if (journal_boot_id(m->host.boot_id))
		return error_set(err, EXIT_FAILED,
			"Which boot of this host this is cannot be told: /proc/sys/kernel/random/boot_id cannot be read.");
	describe_host(&m->host, &info);
	memcpy(m->host.journal, journal_identity(m->journal), sizeof(m->host.journal));
	return 0;
}

/**
 * move_close() - give everything up
 * @m: opened, wholly or not
 */
void move_close(struct move *m)
{
	if (m->peer.fd >= 0)
		peer_stop(&m->peer);
	journal_close(m->journal);
	store_close(&m->store);
	link_close(m->link);
	free(m->in);
	memset(m, 0, sizeof(*m));
	m->peer.fd = -1;
}

/**
 * move_hello() - introduce this host to the peer
 * @m: connected
 *
 * Return: 0 or -1.
 */
int move_hello(struct move *m)
{
	return peer_send(&m->peer, MSG_HELLO, &m->host);
}

/**
 * move_check_hello() - whether the peer's HELLO, in @m->in, is one to work with
 * @m: connected
 *
 * Return: 0 or -1 with @m->err set.
 */
int move_check_hello(struct move *m)
{
	struct hello *h = &m->in->hello;

	error_printable(h->host);
	error_printable(h->migctl);
	error_printable(h->module);
	if (h->protocol != PROTO_VERSION)
		return error_set(&m->err, EXIT_REFUSED,
			"The versions of migctl differ: %s speaks protocol %u (migctl %s), %s speaks protocol %u (migctl %s); install one release at both.",
			m->host.host, PROTO_VERSION, MIGCTL_VERSION, h->host, h->protocol,
			h->migctl);
	if (h->boot_id[0] && !strcmp(h->boot_id, m->host.boot_id))
		return error_set(&m->err, EXIT_REFUSED,
			"The host named is this host itself, and a domain cannot be moved to where it is: name another host.");
	m->theirs = *h;
	return 0;
}

static enum exit_code code_of_reason(uint32_t reason)
{
	if (reason == XENMIG_REASON_GUEST_ENDED)
		return EXIT_ENDED;
	return reason == XENMIG_REASON_CANCELLED ? EXIT_CANCELLED : EXIT_FAILED;
}

static int check_session(struct move *m)
{
	struct session *s = &m->session;

	if (!m->has_session || m->err.text[0])
		return 0;
	if (s->state == XENMIG_STATE_CANCELLED || s->reason == XENMIG_REASON_CANCELLED) {
		m->err.reason = XENMIG_REASON_CANCELLED;
		return error_set(&m->err, EXIT_CANCELLED, "The move was cancelled.");
	}
	/* One that has failed and undoes what it did says so before it is over. */
	if (s->state != XENMIG_STATE_FAILED &&
	    !(s->role == XENMIG_ROLE_SOURCE && s->reason != XENMIG_REASON_NONE))
		return 0;
	m->err.reason = s->reason;
	error_sentence(s->message, sizeof(s->message));
	return error_set(&m->err, code_of_reason(s->reason), "%s",
			 s->message[0] ? s->message : "The session failed; the kernel log says why.");
}

static void ask_session(struct move *m)
{
	struct error err = { 0 };
	struct session news;

	m->asked = clock_ms();
	if (!link_session(m->link, m->session.id, &news, &err))
		m->session = news;
}

static void read_events(struct move *m)
{
	struct session news;

	while (link_watch_read(m->link, &news)) {
		if (!m->has_session || news.id != m->session.id)
			continue;
		m->session = news;
		m->asked = clock_ms();
	}
	if (m->has_session && clock_ms() - m->asked >= ASK_MS)
		ask_session(m);
}

static void read_cancel(struct move *m)
{
	char word[CANCEL_WORD];
	ssize_t n = read(m->context.cancel, word, sizeof(word));

	if (n < 0)
		return;
	/* At its end it would say so for ever. */
	if (!n)
		m->context.cancel = 0;
	if (!m->cancellable && !m->late) {
		m->late = true;
		context_tell(&m->context, LEVEL_NOTE, "Too late to cancel.");
	}
	if (!m->cancellable || m->err.text[0])
		return;
	m->err.reason = XENMIG_REASON_CANCELLED;
	error_set(&m->err, EXIT_CANCELLED, "Cancelled at %s.", m->host.host);
}

static void take_abort(struct move *m)
{
	struct abort_msg *abort = &m->in->abort;

	m->in->type = 0;
	/* What the peer saw may be the echo of a cancel here by somebody else. */
	if (m->has_session && !m->err.text[0]) {
		ask_session(m);
		if (m->session.reason == XENMIG_REASON_CANCELLED)
			check_session(m);
	}
	if (m->err.text[0])
		return;
	error_printable(abort->text);
	m->err.reason = abort->reason;
	m->err.from_peer = 1;
	if (abort->code == EXIT_CANCELLED)
		error_set(&m->err, EXIT_CANCELLED, "%s", abort->text);
	else
		error_set(&m->err, EXIT_FAILED, "At %s: %s", m->theirs.host, abort->text);
}

static void lose_peer(struct move *m)
{
	m->err.reason = XENMIG_REASON_PEER;
	if (m->peer.silent)
		error_set(&m->err, EXIT_FAILED,
			  "The controller at the other host has been silent for %d s: check that it is up, that its host is not overloaded, and that the network between is whole; 'silence-limit' in " CONFIG_FILE " is how long that is borne.",
			  m->peer.silence_ms / 1000);
	else
		error_set(&m->err, EXIT_FAILED,
			  "The connection to the controller at the other host was lost: check that it is up and the network between is whole.");
}

static void read_peer(struct move *m)
{
	int rc;

	if (m->peer.fd < 0 || m->in->type)
		return;
	rc = peer_receive(&m->peer, m->in);
	if (rc < 0 && !m->err.text[0])
		lose_peer(m);
	if (rc > 0 && m->in->type == MSG_ABORT)
		take_abort(m);
}

/**
 * move_pump() - wait until something happens and take note of it
 * @m: one end of a move
 * @timeout_ms: how long to wait at most; it is less in any case
 *
 * Afterwards @m->session and @m->in are up to date.
 *
 * Return: 0, or -1 with @m->err set when the move cannot go on.
 */
int move_pump(struct move *m, int timeout_ms)
{
	struct pollfd fds[] = {
		{ .fd = m->in->type ? -1 : m->peer.fd, .events = POLLIN },
		{ .fd = link_watch_fd(m->link), .events = POLLIN },
		{ .fd = m->context.cancel > 0 ? m->context.cancel : -1, .events = POLLIN },
	};

	if (poll(fds, 3, timeout_ms < ASK_MS ? timeout_ms : ASK_MS) > 0 && fds[2].revents)
		read_cancel(m);
	read_peer(m);
	read_events(m);
	check_session(m);
	return m->err.text[0] ? -1 : 0;
}

/**
 * move_expect() - wait for a message
 * @m: connected
 * @type: the only one that is right now
 * @timeout_ms: how long
 *
 * The message is in @m->in until move_consume().
 *
 * Return: 0, or -1 with @m->err set.
 */
int move_expect(struct move *m, uint16_t type, int timeout_ms)
{
	uint64_t until = clock_ms() + timeout_ms;

	while (!m->in->type) {
		if (move_pump(m, clock_left(until)))
			return -1;
		if (m->in->type || clock_ms() < until)
			continue;
		m->err.reason = XENMIG_REASON_TIMEOUT;
		return error_set(&m->err, EXIT_FAILED,
				 "The controller at the other host did not send %s within %d s.",
				 proto_name(type), timeout_ms / 1000);
	}
	if (m->in->type == type)
		return 0;
	m->err.reason = XENMIG_REASON_PEER;
	return error_set(&m->err, EXIT_FAILED,
			 "The controller at the other host sent %s where %s was due.",
			 proto_name(m->in->type), proto_name(type));
}

/**
 * move_consume() - make room for the next message
 * @m: connected
 */
void move_consume(struct move *m)
{
	m->in->type = 0;
}

/* What came from the peer or the module while nobody looked, as the error. */
static void look_again(struct move *m)
{
	move_consume(m);
	read_peer(m);
	if (m->has_session && !m->err.text[0]) {
		ask_session(m);
		check_session(m);
	}
}

static bool only_lost_peer(const struct move *m)
{
	return !m->err.text[0] || (m->err.reason == XENMIG_REASON_PEER && !m->err.from_peer);
}

/**
 * move_blame() - let the side that failed first say why
 * @m: failed
 *
 * An error of ours can be the echo of one that was not read yet; and when all
 * that is known is that the connection broke, the reason is mostly on its way:
 * wait for it a moment.
 */
void move_blame(struct move *m)
{
	uint64_t until = clock_ms() + BLAME_MS;
	struct pollfd pfd = { .fd = m->peer.fd, .events = POLLIN };
	struct error mine = m->err, heard;
	bool ended;

	if (!m->in || mine.from_peer || mine.code == EXIT_CANCELLED || m->peer.fd < 0)
		return;
	error_clear(&m->err);
	look_again(m);
	heard = m->err.text[0] ? m->err : mine;
	m->err = heard;
	while (only_lost_peer(m) && clock_ms() < until) {
		poll(&pfd, 1, clock_left(until));
		error_clear(&m->err);
		move_consume(m);
		read_peer(m);
		ended = m->err.text[0] && !m->err.from_peer;
		if (!m->err.from_peer)
			m->err = heard;
		if (ended)
			break;
	}
}

/**
 * move_abort() - tell the peer why this side failed
 * @m: failed
 */
void move_abort(struct move *m)
{
	struct abort_msg abort = { .have = ~0ULL, .reason = m->err.reason, .code = m->err.code };

	if (m->peer.fd < 0 || m->err.from_peer)
		return;
	snprintf(abort.text, sizeof(abort.text), "%.*s", SENTENCE_LEN - 1, m->err.text);
	peer_send(&m->peer, MSG_ABORT, &abort);
}

/**
 * move_await_end() - wait until the peer has nothing left to do
 * @m: over for this side
 * @timeout_ms: how long
 *
 * The peer closes the connection when it has cleaned up.
 */
void move_await_end(struct move *m, int timeout_ms)
{
	uint64_t until = clock_ms() + timeout_ms;
	struct pollfd pfd = { .fd = m->peer.fd, .events = POLLIN };

	if (m->peer.fd < 0)
		return;
	while (clock_ms() < until && peer_receive(&m->peer, m->in) >= 0)
		poll(&pfd, 1, clock_left(until) < 1000 ? clock_left(until) : 1000);
}
