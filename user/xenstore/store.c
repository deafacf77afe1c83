// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "xenstore/store.h"

#define PATH_LEN	1024	/* as xenstored limits it */
#define VALUE_MAX	4096
#define TRIES		50

#define FORMAT_PATH(path, fmt)							\
	char path[PATH_LEN];							\
	do {									\
		va_list ap_;							\
		va_start(ap_, fmt);						\
		vsnprintf(path, sizeof(path), fmt, ap_);			\
		va_end(ap_);							\
	} while (0)

/**
 * store_open() - connect to xenstored
 * @s: filled in
 * @err: why not
 *
 * Return: 0 or -1.
 */
int store_open(struct store *s, struct error *err)
{
	memset(s, 0, sizeof(*s));
	s->t = XBT_NULL;
	s->xs = xs_open(0);
	if (!s->xs)
		return error_set(err, EXIT_REFUSED,
			"xenstored does not answer here (%s): start Xen's services, and run migctl as root in dom0.",
			strerror(errno));
	return 0;
}

/**
 * store_close() - end the connection
 * @s: the store, may be closed already
 */
void store_close(struct store *s)
{
	if (s->xs)
		xs_close(s->xs);
	s->xs = NULL;
}

static char *get(struct store *s, const char *path)
{
	unsigned int len;
	char *value = xs_read(s->xs, s->t, path, &len);

	if (value && (len > VALUE_MAX || strlen(value) != len)) {
		free(value);
		return NULL;
	}
	return value;
}

/**
 * store_get() - read a node
 * @s: the store
 * @fmt: path
 *
 * Return: its value, which the caller frees; NULL when there is none, or it is
 * too long or no text.
 */
char *store_get(struct store *s, const char *fmt, ...)
{
	FORMAT_PATH(path, fmt);
	return get(s, path);
}

/**
 * store_get_text() - read a node into a buffer
 * @s: the store
 * @text: buffer, unchanged when this fails
 * @size: of @text
 * @fmt: path
 *
 * Return: whether the node exists, is not empty and fits.
 */
bool store_get_text(struct store *s, char *text, size_t size, const char *fmt, ...)
{
	FORMAT_PATH(path, fmt);
	char *value = get(s, path);
	bool fits = value && *value && strlen(value) < size;

	if (fits)
		strcpy(text, value);
	free(value);
	return fits;
}

/**
 * store_get_number() - read a node that is a decimal number
 * @s: the store
 * @value: set when this succeeds
 * @fmt: path
 *
 * Return: whether it exists and is a number.
 */
bool store_get_number(struct store *s, uint64_t *value, const char *fmt, ...)
{
	FORMAT_PATH(path, fmt);
	char *text = get(s, path), *end = text;
	unsigned long long number = 0;

	errno = 0;
	if (text && *text >= '0' && *text <= '9')
		number = strtoull(text, &end, 10);
	if (!text || end == text || *end || errno) {
		free(text);
		return false;
	}
	free(text);
	*value = number;
	return true;
}

/**
 * store_list() - names of the children of a node
 * @s: the store
 * @count: set to how many
 * @fmt: path
 *
 * Return: an array, freed in one piece by the caller; NULL when there is no such node.
 */
char **store_list(struct store *s, unsigned int *count, const char *fmt, ...)
{
	FORMAT_PATH(path, fmt);
	*count = 0;
	return xs_directory(s->xs, s->t, path, count);
}

/**
 * store_exists() - whether a node is there
 * @s: the store
 * @fmt: path
 */
bool store_exists(struct store *s, const char *fmt, ...)
{
	FORMAT_PATH(path, fmt);
	unsigned int len;
	char *value = xs_read(s->xs, s->t, path, &len);

	free(value);
	return value;
}

/**
 * store_is_hosts() - whether a node is there and dom0's own
 * @s: the store
 * @fmt: path
 */
bool store_is_hosts(struct store *s, const char *fmt, ...)
{
	FORMAT_PATH(path, fmt);
	unsigned int count = 0;
	struct xs_permissions *perms = xs_get_permissions(s->xs, s->t, path, &count);
	bool is = perms && count && !perms[0].id;

	free(perms);
	return is;
}

static void put(struct store *s, const char *path, const char *value)
{
	if (!xs_write(s->xs, s->t, path, value, strlen(value)))
		s->failed = true;
}

/**
 * store_put() - write a node; a failure is kept in @s->failed
 * @s: the store
 * @value: its value
 * @fmt: path
 */
void store_put(struct store *s, const char *value, const char *fmt, ...)
{
	FORMAT_PATH(path, fmt);
	put(s, path, value);
}

/**
 * store_put_number() - write a node in decimal; a failure is kept in @s->failed
 * @s: the store
 * @value: its value
 * @fmt: path
 */
void store_put_number(struct store *s, uint64_t value, const char *fmt, ...)
{
	FORMAT_PATH(path, fmt);
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	put(s, path, text);
}

static void set_access(struct store *s, enum store_access access, uint32_t domid, const char *path)
{
	struct xs_permissions perms[2] = {
		{ .id = 0, .perms = XS_PERM_NONE },
		{ .id = domid, .perms = XS_PERM_READ },
	};
	unsigned int count = 2;

	switch (access) {
	case ACCESS_HOST:
		count = 1;
		break;
	case ACCESS_GUEST_READS:
		break;
	case ACCESS_GUEST_OWNS:
		perms[0].id = domid;
		count = 1;
		break;
	case ACCESS_FRONTEND:
		perms[0].id = domid;
		perms[1].id = 0;
		break;
	}
	if (!xs_set_permissions(s->xs, s->t, path, perms, count))
		s->failed = true;
}

/**
 * store_make() - make an empty node; a failure is kept in @s->failed
 * @s: the store
 * @access: who may do what
 * @domid: the guest
 * @fmt: path
 */
void store_make(struct store *s, enum store_access access, uint32_t domid, const char *fmt, ...)
{
	FORMAT_PATH(path, fmt);
	put(s, path, "");
	set_access(s, access, domid, path);
}

/**
 * store_access() - change who may do what; a failure is kept in @s->failed
 * @s: the store
 * @access: who may do what
 * @domid: the guest
 * @fmt: path
 */
void store_access(struct store *s, enum store_access access, uint32_t domid, const char *fmt, ...)
{
	FORMAT_PATH(path, fmt);
	set_access(s, access, domid, path);
}

/**
 * store_remove() - remove a node and all below it; it need not exist
 * @s: the store
 * @fmt: path
 */
void store_remove(struct store *s, const char *fmt, ...)
{
	FORMAT_PATH(path, fmt);
	if (!xs_rm(s->xs, s->t, path) && errno != ENOENT)
		s->failed = true;
}

/**
 * store_transact() - do something wholly or not at all
 * @s: the store
 * @body: reads and writes; called again when another one's writes came between
 * @arg: for @body
 *
 * Return: 0 or a negative errno.
 */
int store_transact(struct store *s, void (*body)(struct store *s, void *arg), void *arg)
{
	int tries;

	for (tries = 0; tries < TRIES; tries++) {
		s->t = xs_transaction_start(s->xs);
		if (s->t == XBT_NULL)
			return -errno;
		s->failed = false;
		body(s, arg);
		if (s->failed) {
			xs_transaction_end(s->xs, s->t, true);
			s->t = XBT_NULL;
			return -EIO;
		}
		if (xs_transaction_end(s->xs, s->t, false)) {
			s->t = XBT_NULL;
			return 0;
		}
		s->t = XBT_NULL;
		if (errno != EAGAIN)
			return -errno;
	}
	return -EAGAIN;
}

static void wait_event(struct store *s, uint64_t until)
{
	struct pollfd pfd = { .fd = xs_fileno(s->xs), .events = POLLIN };
	int left = clock_left(until);
	char **event;

	/* Looked at every 200 ms all the same: a lost event must do no harm. */
	if (poll(&pfd, 1, left < 200 ? left : 200) <= 0)
		return;
	while ((event = xs_check_watch(s->xs)))
		free(event);
}

/**
 * store_wait() - wait until a node has a value
 * @s: the store, not in a transaction
 * @path: the node
 * @done: says whether the value (NULL: no such node) is good
 * @arg: for @done
 * @timeout_ms: how long to wait
 *
 * Return: 0 when it is good, -ETIMEDOUT.
 */
int store_wait(struct store *s, const char *path, bool (*done)(const char *value, const void *arg),
	       const void *arg, int timeout_ms)
{
	uint64_t until = clock_ms() + timeout_ms;
	bool good;
	char *value;

	xs_watch(s->xs, path, "wait");
	for (;;) {
		value = get(s, path);
		good = done(value, arg);
		free(value);
		if (good || clock_ms() >= until)
			break;
		wait_event(s, until);
	}
	xs_unwatch(s->xs, path, "wait");
	return good ? 0 : -ETIMEDOUT;
}

/**
 * store_watch() - hear of changes of a node and of all below it; a failure is kept in @s->failed
 * @s: a store that is used for nothing else but reading, since store_wait() hears
 * such changes as well
 * @fmt: path
 */
void store_watch(struct store *s, const char *fmt, ...)
{
	FORMAT_PATH(path, fmt);
	if (!xs_watch(s->xs, path, "watch"))
		s->failed = true;
}

/**
 * store_changed() - whether any watched node was changed
 * @s: the store
 * @fmt: path of a node, read so that every change before now has been heard of
 *
 * Each watch tells of a change when it is set.
 *
 * Return: whether one was, since the last time; also when that cannot be known.
 */
bool store_changed(struct store *s, const char *fmt, ...)
{
	FORMAT_PATH(path, fmt);
	bool changed = s->failed;
	char *value, **event;

	/* xenstored answers in order, and the library hears events before a later answer. */
	value = get(s, path);
	if (!value)
		changed = true;
	free(value);
	while ((event = xs_check_watch(s->xs))) {
		changed = true;
		free(event);
	}
	return changed;
}
