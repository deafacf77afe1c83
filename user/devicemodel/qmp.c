// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "devicemodel/qmp.h"
#include "module/model.h"

#define DEPTH_MAX	32
#define COMMAND_MAX	1024
#define RETRY_MS	20

/* A message is a line: no line break is in a string but as an escape. */
static bool is_shallow(const char *text)
{
	bool in_string = false;
	int depth = 0;

	for (; *text; text++) {
		if (in_string && *text == '\\' && text[1])
			text++;
		else if (*text == '"')
			in_string = !in_string;
		else if (!in_string && (*text == '{' || *text == '[') && ++depth > DEPTH_MAX)
			return false;
		else if (!in_string && (*text == '}' || *text == ']'))
			depth--;
	}
	return true;
}

static int broken(struct error *err, const char *how)
{
	return error_set(err, EXIT_FAILED, "The guest's device model %s.", how);
}

/* One more piece of what it says. */
static int read_more(struct qmp *q, uint64_t until, struct error *err)
{
	struct pollfd pfd = { .fd = q->fd, .events = POLLIN };
	ssize_t n;

	if (q->have == QMP_LINE_MAX)
		return broken(err, "says more than can be an answer");
	if (poll(&pfd, 1, clock_left(until)) <= 0) {
		if (clock_ms() < until)
			return 0;
		return broken(err, "did not answer in time: see its log in /var/log/xen");
	}
	n = recv(q->fd, q->line + q->have, QMP_LINE_MAX - q->have, MSG_DONTWAIT);
	if (n > 0)
		q->have += n;
	else if (!n || (errno != EAGAIN && errno != EINTR))
		return broken(err, "has ended: see its log in /var/log/xen");
	return 0;
}

/* The next message, whatever it is; the caller frees it. */
static yajl_val next_message(struct qmp *q, uint64_t until, struct error *err)
{
	char *end;
	yajl_val tree;
	size_t len;

	while (!(end = memchr(q->line, '\n', q->have)))
		if (read_more(q, until, err))
			return NULL;
	*end = '\0';
	len = end + 1 - q->line;
	tree = strlen(q->line) == len - 1 && is_shallow(q->line) ? json_parse(q->line) : NULL;
	memmove(q->line, q->line + len, q->have - len);
	q->have -= len;
	if (!tree)
		broken(err, "said something that is no JSON");
	return tree;
}

static int send_octets(struct qmp *q, const char *text, size_t len, int fd, uint64_t until,
		       struct error *err)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { .iov_base = (char *)text, .iov_len = len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct pollfd pfd = { .fd = q->fd, .events = POLLOUT };
	ssize_t n;

	if (fd >= 0) {
		msg.msg_control = control.room;
		msg.msg_controllen = sizeof(control.room);
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	}
	while (iov.iov_len) {
		n = sendmsg(q->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return broken(err, "has ended: see its log in /var/log/xen");
		if (n < 0 && poll(&pfd, 1, clock_left(until)) <= 0 && clock_ms() >= until)
			return broken(err, "does not read what it is told");
		if (n <= 0)
			continue;
		/* The descriptor went with the first octet. */
		msg.msg_control = NULL;
		msg.msg_controllen = 0;
		iov.iov_base = (char *)iov.iov_base + n;
		iov.iov_len -= n;
	}
	return 0;
}

static int refused(const char *command, yajl_val error, struct error *err)
{
	char why[SENTENCE_LEN];
	const char *text = json_text(error, "desc");

	snprintf(why, sizeof(why), "%s", text ? text : "without a reason");
	error_sentence(why, sizeof(why));
	return error_set(err, EXIT_FAILED, "The guest's device model refused %s: %s", command, why);
}

/* Events, and answers to what was given up, are passed over. */
static int take_answer(struct qmp *q, const char *command, uint64_t until, yajl_val *answer,
		       struct error *err)
{
	yajl_val message, error;
	uint64_t id;
	int rc;

	for (;;) {
		message = next_message(q, until, err);
		if (!message)
			return -1;
		if (json_number(message, "id", &id) && id == q->last)
			break;
		yajl_tree_free(message);
	}
	error = json_at(message, "error");
	rc = error ? refused(command, error, err) : 0;
	if (!rc && !json_at(message, "return"))
		rc = broken(err, "gave an answer that is none");
	if (!rc && answer)
		*answer = message;
	else
		yajl_tree_free(message);
	return rc;
}

/**
 * qmp_run() - give a command and wait for its answer
 * @q: open
 * @command: its name
 * @arguments: a JSON object, or NULL
 * @fd: descriptor that goes along, or -1
 * @until: clock_ms() at the latest
 * @answer: set to the whole answer, in which "return" is, to be freed; or NULL
 * @err: why not
 *
 * After a failure the connection is of no more use.
 *
 * Return: 0 or -1.
 */
int qmp_run(struct qmp *q, const char *command, const char *arguments, int fd, uint64_t until,
	    yajl_val *answer, struct error *err)
{
	char text[COMMAND_MAX];
	int len;

	if (q->fd < 0)
		return broken(err, "is not connected");
	len = snprintf(text, sizeof(text), "{\"execute\":\"%s\",\"id\":%u%s%s}\n", command,
		       ++q->last, arguments ? ",\"arguments\":" : "", arguments ? arguments : "");
	if (len >= (int)sizeof(text))
		return broken(err, "was to be told something too long");
	if (send_octets(q, text, len, fd, until, err))
		return -1;
	return take_answer(q, command, until, answer, err);
}

static int dial(const char *path, uint64_t until)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd, rc;

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	for (;;) {
		if (!connect(fd, (struct sockaddr *)&sa, sizeof(sa)))
			return fd;
		rc = -errno;
		/* EAGAIN: others wait to be served before us. */
		if ((rc != -EAGAIN && rc != -EINTR) || clock_ms() >= until)
			break;
		usleep(RETRY_MS * 1000);
	}
	close(fd);
	return rc;
}

/* It says what it is, and takes commands once it was told what we can. */
static int greet(struct qmp *q, uint64_t until, struct error *err)
{
	yajl_val greeting = next_message(q, until, err);
	bool good = json_at(greeting, "QMP") != NULL;

	if (!greeting)
		return -1;
	yajl_tree_free(greeting);
	if (!good)
		return broken(err, "does not speak QMP");
	return qmp_run(q, "qmp_capabilities", NULL, -1, until, NULL, err);
}

/**
 * qmp_open() - connect to the device model of a guest of this host
 * @q: filled in; to be closed, also when this fails
 * @domid: the guest
 * @until: clock_ms() at the latest
 * @err: why not
 *
 * It serves one connection after the other: while this one is open libxl waits.
 *
 * Return: 0 or -1.
 */
int qmp_open(struct qmp *q, uint32_t domid, uint64_t until, struct error *err)
{
	char path[64];

	memset(q, 0, sizeof(*q));
	q->fd = -1;
	q->line = malloc(QMP_LINE_MAX);
	if (!q->line)
		return error_set(err, EXIT_FAILED, "Out of memory.");
	snprintf(path, sizeof(path), QMP_PATH, domid);
	q->fd = dial(path, until);
	if (q->fd < 0)
		return error_set(err, EXIT_FAILED,
				 "The guest's device model cannot be reached at %s: %s.", path,
				 strerror(-q->fd));
	return greet(q, until, err);
}

/**
 * qmp_close() - end a connection
 * @q: opened, wholly or not; or zeroed but for @q->fd, -1
 */
void qmp_close(struct qmp *q)
{
	if (q->fd >= 0)
		close(q->fd);
	free(q->line);
	memset(q, 0, sizeof(*q));
	q->fd = -1;
}

/**
 * qmp_status() - how a device model is
 * @q: open
 * @until: clock_ms() at the latest
 * @status: set to its word for it
 * @size: room for it
 * @err: why that is not known
 *
 * Return: 0 or -1.
 */
int qmp_status(struct qmp *q, uint64_t until, char *status, size_t size, struct error *err)
{
	yajl_val answer;
	const char *text;

	if (qmp_run(q, "query-status", NULL, -1, until, &answer, err))
		return -1;
	text = json_text(answer, "return/status");
	snprintf(status, size, "%s", text ? text : "");
	yajl_tree_free(answer);
	return text ? 0 : broken(err, "does not say how it is");
}
