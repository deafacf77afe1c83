// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "peer/peer.h"

#define BEATS_AT_ONCE	64	/* a peer that sends nothing else keeps nobody for ever */

static int write_all(int fd, const uint8_t *octets, size_t len)
{
	ssize_t n;

	while (len) {
		n = send(fd, octets, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		octets += n;
		len -= n;
	}
	return 0;
}

/**
 * message_send() - send one message
 * @fd: connected socket; its send timeout bounds this
 * @type: enum msg_type
 * @obj: the struct that goes with it, or NULL
 *
 * Return: 0 or -1.
 */
int message_send(int fd, uint16_t type, const void *obj)
{
	uint8_t *octets;
	size_t len;
	int rc;

	if (proto_build(type, obj, &octets, &len))
		return -1;
	rc = write_all(fd, octets, len);
	free(octets);
	return rc;
}

/**
 * outlet_put() - let a message leave when there is room for it
 * @out: has nothing on its way
 * @type: enum msg_type
 * @obj: the struct that goes with it, or NULL
 *
 * Return: 0, or -1 when there is no memory.
 */
int outlet_put(struct outlet *out, uint16_t type, const void *obj)
{
	out->at = 0;
	return proto_build(type, obj, &out->octets, &out->len);
}

/**
 * outlet_flush() - send what can be sent without waiting
 * @out: the message
 * @fd: connected socket
 *
 * Return: 1 when nothing is left, 0 when something is, -1 when the connection broke.
 */
int outlet_flush(struct outlet *out, int fd)
{
	ssize_t n;

	while (out->octets && out->at < out->len) {
		n = send(fd, out->octets + out->at, out->len - out->at,
			 MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n <= 0)
			return -1;
		out->at += n;
	}
	outlet_reset(out);
	return 1;
}

/**
 * outlet_reset() - forget what is on its way
 * @out: the message
 */
void outlet_reset(struct outlet *out)
{
	free(out->octets);
	memset(out, 0, sizeof(*out));
}

/**
 * intake_reset() - forget what has come of a message
 * @in: the message
 */
void intake_reset(struct intake *in)
{
	free(in->payload);
	memset(in, 0, sizeof(*in));
}

static int header_complete(struct intake *in)
{
	if (proto_header(in->header, &in->type, &in->len))
		return -1;
	in->payload = calloc(1, in->len + 1);
	return in->payload ? 0 : -1;
}

/* Reads what is there of the rest; 1: some octets came, 0: none now, -1: the end. */
static int read_some(struct intake *in, int fd)
{
	uint8_t *to = in->have < PROTO_HEADER ? in->header + in->have :
						in->payload + in->have - PROTO_HEADER;
	size_t want = in->have < PROTO_HEADER ? PROTO_HEADER - in->have :
						in->len + PROTO_HEADER - in->have;
	ssize_t n = recv(fd, to, want, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0)
		return -1;
	in->have += n;
	if (in->have == PROTO_HEADER && header_complete(in))
		return -1;
	return 1;
}

/**
 * intake_read() - receive what is there of a message
 * @in: keeps what came of it so far
 * @fd: connected socket
 * @out: filled in when it is whole
 *
 * Never reads an octet past the message: a stream for the kernel may follow.
 *
 * Return: 1 when @out is a message, 0 when more must come, -1 when the
 * connection ended or what came is no message.
 */
int intake_read(struct intake *in, int fd, struct message *out)
{
	int rc;

	while (in->have < PROTO_HEADER || in->have < PROTO_HEADER + in->len) {
		rc = read_some(in, fd);
		if (rc <= 0)
			return rc;
	}
	rc = proto_parse(in->type, in->payload, in->len, out) ? -1 : 1;
	intake_reset(in);
	return rc;
}

/**
 * message_receive() - receive one message
 * @fd: connected socket
 * @out: filled in
 * @timeout_ms: for all of it
 *
 * Return: 0 or -1.
 */
int message_receive(int fd, struct message *out, int timeout_ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	uint64_t until = clock_ms() + timeout_ms;
	struct intake in = { 0 };
	int rc;

	for (;;) {
		rc = intake_read(&in, fd, out);
		if (rc || clock_ms() >= until)
			break;
		poll(&pfd, 1, clock_left(until));
	}
	intake_reset(&in);
	return rc == 1 ? 0 : -1;
}

static void *beat(void *arg)
{
	struct peer *peer = arg;
	struct pollfd pfd = { .fd = peer->stop_fd, .events = POLLIN };

	while (poll(&pfd, 1, peer->silence_ms / PEER_BEATS) <= 0)
		if (peer_send(peer, MSG_KEEPALIVE, NULL))
			break;
	return NULL;
}

static int start_beat(struct peer *peer)
{
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	rc = pthread_create(&peer->beat, NULL, beat, peer);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc ? -1 : 0;
}

/**
 * peer_start() - begin to exchange messages, and keepalives in the background
 * @peer: zeroed
 * @fd: connected socket; belongs to @peer if this succeeds
 * @silence: s after which a silent peer is taken for dead
 *
 * Return: 0 or -1.
 */
int peer_start(struct peer *peer, int fd, unsigned int silence)
{
	struct timeval limit = { .tv_sec = silence };

	peer->stop_fd = eventfd(0, EFD_CLOEXEC);
	if (peer->stop_fd < 0)
		return -1;
	peer->fd = fd;
	peer->silence_ms = silence * 1000;
	peer->heard = clock_ms();
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	pthread_mutex_init(&peer->send_lock, NULL);
	if (!start_beat(peer))
		return 0;
	close(peer->stop_fd);
	peer->fd = -1;
	return -1;
}

/**
 * peer_stop() - end the exchange and close the connection
 * @peer: started
 */
void peer_stop(struct peer *peer)
{
	uint64_t one = 1;

	shutdown(peer->fd, SHUT_WR);
	if (write(peer->stop_fd, &one, sizeof(one)) != sizeof(one))
		return;
	pthread_join(peer->beat, NULL);
	intake_reset(&peer->intake);
	close(peer->stop_fd);
	close(peer->fd);
	peer->fd = -1;
}

/**
 * peer_send() - send a message to the peer
 * @peer: started
 * @type: enum msg_type
 * @obj: the struct that goes with it, or NULL
 *
 * Return: 0 or -1.
 */
int peer_send(struct peer *peer, uint16_t type, const void *obj)
{
	int rc;

	pthread_mutex_lock(&peer->send_lock);
	rc = message_send(peer->fd, type, obj);
	pthread_mutex_unlock(&peer->send_lock);
	return rc;
}

/**
 * peer_receive() - take a message that has arrived; does not wait
 * @peer: started
 * @out: filled in
 *
 * Keepalives are swallowed.
 *
 * Return: 1 when @out is a message, 0 when there is none, -1 when the
 * connection ended, what came is no message, or the peer fell silent, as
 * @peer->silent then says.
 */
int peer_receive(struct peer *peer, struct message *out)
{
	uint32_t before = peer->intake.have;
	unsigned int beats = 0;
	int rc;

	do {
		rc = intake_read(&peer->intake, peer->fd, out);
		if (rc > 0)
			peer->heard = clock_ms();
	} while (rc > 0 && out->type == MSG_KEEPALIVE && ++beats < BEATS_AT_ONCE);
	if (rc > 0 && out->type != MSG_KEEPALIVE)
		return rc;
	/* The last thing heard may have been a KEEPALIVE, and is no message to anybody. */
	out->type = 0;
	if (rc < 0)
		return rc;
	if (peer->intake.have > before)
		peer->heard = clock_ms();
	peer->silent = clock_ms() - peer->heard > (uint64_t)peer->silence_ms;
	return peer->silent ? -1 : 0;
}
