// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "peer/connect.h"

static const char loopback_sentence[] =
	"There is no encryption yet, so only loopback is allowed: on a dedicated network, write 'security = none' into /etc/migctl/migctl.conf at both hosts.";

static int copy_port(const char *text, struct place *place)
{
	char *end;
	long port = strtol(text, &end, 10);

	if (end == text || *end || port < 1 || port > 65535)
		return -1;
	snprintf(place->port, sizeof(place->port), "%ld", port);
	return 0;
}

/**
 * place_format() - write a place so that place_parse() reads it
 * @place: the place
 * @text: receives it; cut where it does not fit
 * @size: of @text
 */
void place_format(const struct place *place, char *text, size_t size)
{
	bool brackets = strchr(place->host, ':');

	snprintf(text, size, "%s%s%s:%s", brackets ? "[" : "", place->host, brackets ? "]" : "",
		 place->port);
}

/**
 * place_parse() - HOST, HOST:PORT, an IPv6 address, or [ADDRESS]:PORT
 * @text: one of these
 * @port: for a @text that has none
 * @place: filled in
 *
 * Return: 0 or -1.
 */
int place_parse(const char *text, const char *port, struct place *place)
{
	const char *host = text, *colon = strrchr(text, ':');
	size_t len = strlen(text);

	if (*text == '[') {
		const char *close = strchr(text, ']');

		if (!close || (close[1] && close[1] != ':'))
			return -1;
		host = text + 1;
		len = close - host;
		port = close[1] ? close + 2 : port;
	} else if (colon && strchr(text, ':') == colon) {
		len = colon - text;
		port = colon + 1;
	}
	if (!len || len >= sizeof(place->host) || copy_port(port, place))
		return -1;
	memcpy(place->host, host, len);
	place->host[len] = '\0';
	return 0;
}

static bool is_loopback(const struct sockaddr *sa)
{
	if (sa->sa_family == AF_INET)
		return ntohl(((const struct sockaddr_in *)sa)->sin_addr.s_addr) >> 24 == 127;
	if (sa->sa_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)sa)->sin6_addr);
	return false;
}

static void tune(int fd)
{
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
}

static int connect_one(const struct addrinfo *ai, int timeout_ms)
{
	int fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
			ai->ai_protocol);
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };
	socklen_t len = sizeof(errno);
	int failure = 0;

	if (fd < 0)
		return -1;
	if (connect(fd, ai->ai_addr, ai->ai_addrlen) && errno != EINPROGRESS) {
		failure = errno;
	} else if (poll(&pfd, 1, timeout_ms) <= 0) {
		failure = ETIMEDOUT;
	} else {
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &len);
	}
	if (failure) {
		close(fd);
		errno = failure;
		return -1;
	}
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	tune(fd);
	return fd;
}

static int explain_connect(const struct place *place, int failure, struct error *err)
{
	if (failure == ECONNREFUSED)
		return error_set(err, EXIT_REFUSED,
			"Nothing listens at %s port %s: start 'migctl serve' there, or name the right port.",
			place->host, place->port);
	if (failure == ETIMEDOUT)
		return error_set(err, EXIT_REFUSED,
			"%s port %s did not answer in time: check that the host is up and no firewall is between.",
			place->host, place->port);
	return error_set(err, EXIT_REFUSED,
		"%s port %s cannot be reached: %s; check the network between the hosts.",
		place->host, place->port, strerror(failure));
}

static struct addrinfo *resolve(const struct place *place, struct error *err)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };
	struct addrinfo *list = NULL;
	int rc = getaddrinfo(place->host, place->port, &hints, &list);

	if (rc == EAI_ADDRFAMILY || rc == EAI_NONAME) {
		hints.ai_flags = 0;
		rc = getaddrinfo(place->host, place->port, &hints, &list);
	}
	if (rc)
		error_set(err, EXIT_REFUSED,
			  "The host '%s' is unknown (%s): check its name, or give its address.",
			  place->host, gai_strerror(rc));
	return rc ? NULL : list;
}

/**
 * connect_to() - connect to a peer
 * @place: where
 * @timeout_ms: for each of its addresses
 * @loopback_only: refuse other addresses
 * @err: why not
 *
 * Return: a blocking socket, or -1.
 */
int connect_to(const struct place *place, int timeout_ms, bool loopback_only, struct error *err)
{
	struct addrinfo *list = resolve(place, err), *ai;
	int fd = -1, failure = EHOSTUNREACH;

	if (!list)
		return -1;
	for (ai = list; ai && fd < 0; ai = ai->ai_next) {
		if (loopback_only && !is_loopback(ai->ai_addr)) {
			failure = 0;
			continue;
		}
		fd = connect_one(ai, timeout_ms);
		if (fd < 0)
			failure = errno;
	}
	freeaddrinfo(list);
	if (fd >= 0)
		return fd;
	if (!failure)
		return error_set(err, EXIT_REFUSED, "%s", loopback_sentence);
	return explain_connect(place, failure, err);
}

static int listen_one(const struct addrinfo *ai)
{
	int fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC, ai->ai_protocol);
	int on = 1, failure;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (ai->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (!bind(fd, ai->ai_addr, ai->ai_addrlen) && !listen(fd, 32))
		return fd;
	failure = errno;
	close(fd);
	errno = failure;
	return -1;
}

/**
 * listen_on() - listen for peers
 * @bind_to: address, or NULL for all
 * @port: number
 * @loopback_only: refuse other addresses
 * @fds: receives the sockets, one for each address
 * @max: room in @fds
 * @err: why not
 *
 * Return: how many sockets, or -1.
 */
int listen_on(const char *bind_to, const char *port, bool loopback_only, int *fds, int max,
	      struct error *err)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
	struct addrinfo *list, *ai;
	int count = 0, failure = EADDRNOTAVAIL, rc;

	rc = getaddrinfo(bind_to, port, &hints, &list);
	if (rc)
		return error_set(err, EXIT_REFUSED, "The address '%s' to listen at is unknown: %s.",
				 bind_to ? bind_to : "*", gai_strerror(rc));
	for (ai = list; ai && count < max; ai = ai->ai_next) {
		if (loopback_only && !is_loopback(ai->ai_addr)) {
			failure = 0;
			break;
		}
		fds[count] = listen_one(ai);
		if (fds[count] >= 0)
			count++;
		else if (errno != EAFNOSUPPORT)
			failure = errno;
	}
	freeaddrinfo(list);
	if (count)
		return count;
	if (!failure)
		return error_set(err, EXIT_REFUSED, "%s", loopback_sentence);
	return error_set(err, EXIT_REFUSED, "Cannot listen at port %s: %s.", port,
			 strerror(failure));
}

/**
 * connect_adopt() - make an accepted connection like one of our own
 * @fd: a connected socket
 * @text: receives the address at the other end
 * @size: of @text
 */
void connect_adopt(int fd, char *text, int size)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);

	snprintf(text, size, "?");
	if (!getpeername(fd, (struct sockaddr *)&sa, &len))
		getnameinfo((struct sockaddr *)&sa, len, text, size, NULL, 0, NI_NUMERICHOST);
	tune(fd);
}
