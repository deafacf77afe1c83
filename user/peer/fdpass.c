// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "peer/fdpass.h"
#include "peer/proto.h"

/* The abstract name of the socket that the process with this token listens at. */
static socklen_t address(const uint8_t *token, struct sockaddr_un *sa)
{
	char *to = sa->sun_path + 1;
	int i;

	memset(sa, 0, sizeof(*sa));
	sa->sun_family = AF_UNIX;
	to += sprintf(to, "migctl-");
	for (i = 0; i < TOKEN_LEN; i++)
		to += sprintf(to, "%02x", token[i]);
	return to - (char *)sa;
}

static int is_root(int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) && !cred.uid;
}

/**
 * fdpass_listen() - be there for further connections of a move
 * @token: of the move, TOKEN_LEN octets
 *
 * Return: a socket to poll and give to fdpass_accept(), or -1.
 */
int fdpass_listen(const uint8_t *token)
{
	struct sockaddr_un sa;
	socklen_t len = address(token, &sa);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (!bind(fd, (struct sockaddr *)&sa, len) && !listen(fd, 4))
		return fd;
	close(fd);
	return -1;
}

static int receive_fd(int from, uint16_t *type)
{
	union {
		struct cmsghdr align;
		char octets[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { .iov_base = type, .iov_len = sizeof(*type) };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.octets, .msg_controllen = sizeof(control.octets),
	};
	struct cmsghdr *cmsg;
	int fd;

	if (recvmsg(from, &msg, MSG_CMSG_CLOEXEC) != sizeof(*type))
		return -1;
	cmsg = CMSG_FIRSTHDR(&msg);
	if (!cmsg || cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS ||
	    cmsg->cmsg_len != CMSG_LEN(sizeof(int)))
		return -1;
	memcpy(&fd, CMSG_DATA(cmsg), sizeof(fd));
	return fd;
}

/**
 * fdpass_accept() - take a socket that is being passed
 * @listener: readable
 * @type: set to what fdpass_send() was given
 *
 * Return: the socket, or -1.
 */
int fdpass_accept(int listener, uint16_t *type)
{
	struct timeval limit = { .tv_sec = 2 };
	int from = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	int fd = -1;

	if (from < 0)
		return -1;
	setsockopt(from, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (is_root(from))
		fd = receive_fd(from, type);
	close(from);
	return fd;
}

static int send_fd(int to, uint16_t type, int fd)
{
	union {
		struct cmsghdr align;
		char octets[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { .iov_base = &type, .iov_len = sizeof(type) };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.octets, .msg_controllen = sizeof(control.octets),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	return sendmsg(to, &msg, MSG_NOSIGNAL) == sizeof(type) ? 0 : -1;
}

/**
 * fdpass_send() - pass a socket to the process that has a token
 * @token: the token
 * @type: enum msg_type of the last message on it
 * @fd: the socket; the caller closes its own copy
 *
 * Return: 0, or -1 when nobody has that token.
 */
int fdpass_send(const uint8_t *token, uint16_t type, int fd)
{
	struct sockaddr_un sa;
	socklen_t len = address(token, &sa);
	int to = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int rc = -1;

	if (to < 0)
		return -1;
	if (!connect(to, (struct sockaddr *)&sa, len) && is_root(to))
		rc = send_fd(to, type, fd);
	close(to);
	return rc;
}
