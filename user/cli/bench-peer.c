// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A connection carries one order: eight octets that say what it is, the errand among
 * them, and the number of octets, big-endian. Then they follow.
 */
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <netinet/in.h>
#include <signal.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "cli/bench-peer.h"

#define SILENCE_S	10
#define LONGEST_MS	600000	/* of a connection, whatever its peer does */
#define CHUNK		(1 << 20)
/* More than the largest measurement with its headers. */
#define OCTETS_MAX	(8ULL << 30)

struct order_header {
	char what[8];
	uint64_t octets;
};

static const char what_it_is[8] = "xmbench";

static int limit_waits(int fd)
{
	struct timeval limit = { .tv_sec = SILENCE_S };

	return setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) ||
	       setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) ? -1 : 0;
}

static int read_header(int fd, enum errand *errand, uint64_t *octets)
{
	struct order_header h;

	if (recv(fd, &h, sizeof(h), MSG_WAITALL) != sizeof(h) ||
	    memcmp(h.what, what_it_is, sizeof(h.what) - 1))
		return -1;
	*errand = h.what[sizeof(h.what) - 1];
	*octets = be64toh(h.octets);
	return *octets && *octets <= OCTETS_MAX ? 0 : -1;
}

/* MSG_TRUNC: the kernel drops them where they are. */
static int drop(int fd, char *buf, uint64_t octets)
{
	uint64_t until = clock_ms() + LONGEST_MS;
	ssize_t n;

	while (octets) {
		n = recv(fd, buf, octets < CHUNK ? octets : CHUNK, MSG_TRUNC);
		if (n <= 0 || clock_ms() > until)
			return -1;
		octets -= n;
	}
	return send(fd, "", 1, MSG_NOSIGNAL) == 1 ? 0 : -1;
}

static int feed(int fd, const char *buf, uint64_t octets)
{
	uint64_t until = clock_ms() + LONGEST_MS;
	ssize_t n;

	while (octets) {
		n = send(fd, buf, octets < CHUNK ? octets : CHUNK, MSG_NOSIGNAL);
		if (n <= 0 || clock_ms() > until)
			return -1;
		octets -= n;
	}
	return 0;
}

/**
 * bench_peer_run() - do what a connection wants
 * @fd: a connected socket, from the accepting side; not closed
 *
 * Waits SILENCE_S at most for a silent peer.
 *
 * Return: 0, or -1 for one that broke off or does not speak this.
 */
int bench_peer_run(int fd)
{
	enum errand errand;
	uint64_t octets;
	char *buf;
	int rc = -1;

	if (limit_waits(fd) || read_header(fd, &errand, &octets))
		return -1;
	buf = malloc(CHUNK);
	if (buf && errand == ERRAND_READ)
		rc = drop(fd, buf, octets);
	else if (buf && errand == ERRAND_WRITE)
		rc = feed(fd, memset(buf, 'x', CHUNK), octets);
	free(buf);
	return rc;
}

/**
 * bench_peer_order() - say what the other end is to do
 * @fd: a connected socket, from the connecting side
 * @errand: what
 * @octets: how many
 *
 * Return: 0 or -1.
 */
int bench_peer_order(int fd, enum errand errand, uint64_t octets)
{
	struct order_header h = { .octets = htobe64(octets) };

	memcpy(h.what, what_it_is, sizeof(h.what));
	h.what[sizeof(h.what) - 1] = errand;
	return send(fd, &h, sizeof(h), MSG_NOSIGNAL) == sizeof(h) ? 0 : -1;
}

static int port_of(int fd, struct place *place)
{
	struct sockaddr_in sa;
	socklen_t len = sizeof(sa);

	if (getsockname(fd, (struct sockaddr *)&sa, &len))
		return -1;
	snprintf(place->host, sizeof(place->host), "127.0.0.1");
	snprintf(place->port, sizeof(place->port), "%u", ntohs(sa.sin_port));
	return 0;
}

static int answer_one(void *arg)
{
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fd = accept(*(int *)arg, NULL, NULL);
	return fd < 0 || bench_peer_run(fd) ? 1 : 0;
}

/**
 * bench_peer_fork() - a counterpart of one's own, behind the loopback device
 * @peer: its process, to be awaited where this succeeds; it ends after one connection
 * @err: why not
 *
 * Return: a connected socket, or -1.
 */
int bench_peer_fork(struct child *peer, struct error *err)
{
	struct place place;
	int listener, fd, rc;

	if (listen_on("127.0.0.1", "0", true, &listener, 1, err) < 0)
		return -1;
	rc = port_of(listener, &place) ? -errno :
	     child_start(peer, "migctl-bench", answer_one, &listener);
	if (rc) {
		close(listener);
		return error_set(err, EXIT_REFUSED, "No process could be started: %s.",
				 strerror(-rc));
	}
	fd = connect_to(&place, SILENCE_S * 1000, true, err);
	close(listener);
	if (fd < 0)
		child_await(peer, clock_ms());
	return fd;
}
