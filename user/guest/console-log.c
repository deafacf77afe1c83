// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "guest/console-log.h"
#include "host/openfiles.h"
#include "module/model.h"

#define DAEMON		"xenconsoled"
#define KNOWN_MIN	256	/* octets that are the same by no accident */

/* Where it writes it, if it does: under the name that the guest had when it took it up. */
static bool find(const char *name, char *path, size_t size)
{
	char file[NAME_LEN + 16];

	snprintf(file, sizeof(file), "guest-%s.log", name);
	return openfiles_find(DAEMON, file, path, size);
}

/* ---- at the source ---- */

static off_t size_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) ? 0 : st.st_size;
}

/**
 * console_log_open() - find a guest's log
 * @log: zeroed; stays so when there is none
 * @name: the guest's
 */
void console_log_open(struct console_log *log, const char *name)
{
	char path[PATH_MAX];
	int fd;

	if (!find(name, path, sizeof(path)))
		return;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		log->fd = fd;
}

static int send_one(struct console_log *log, struct peer *peer, struct octets *octets, off_t end)
{
	size_t want = end - log->at < OCTETS_MAX ? end - log->at : OCTETS_MAX;
	ssize_t n = pread(log->fd, octets->data, want, log->at);

	if (n <= 0)
		return 1;	/* it was cut meanwhile */
	log->at += n;
	octets->have = ~0ULL;
	octets->len = n;
	octets->more = log->at < end;
	return peer_send(peer, MSG_LOG, octets);
}

/**
 * console_log_send() - send what was added to a log since it was read last
 * @log: opened, or none
 * @peer: the destination
 * @most: no more than so many octets, of its end
 * @err: why not
 *
 * Return: 0 or -1.
 */
int console_log_send(struct console_log *log, struct peer *peer, size_t most, struct error *err)
{
	struct octets *octets;
	off_t end;
	int rc = 0;

	if (log->fd <= 0)
		return 0;
	end = size_of(log->fd);
	if (end - log->at > (off_t)most)
		log->at = end - most;
	octets = malloc(sizeof(*octets));
	while (octets && !rc && log->at < end)
		rc = send_one(log, peer, octets, end);
	free(octets);
	return rc < 0 ? error_set(err, EXIT_FAILED, "The guest's console log could not be sent.") : 0;
}

/**
 * console_log_close() - read it no more
 * @log: opened, or none
 */
void console_log_close(struct console_log *log)
{
	if (log->fd > 0)
		close(log->fd);
	log->fd = 0;
}

/* ---- at the destination ---- */

/*
 * Lengths of what @a has in common with the beginning of @b from each of its octets on, both
 * read backwards (the Z algorithm); @own are those of @b itself.
 */
static uint32_t *common(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len,
			const uint32_t *own)
{
	uint32_t *z = calloc(a_len + 1, sizeof(*z)), known;
	size_t i, from = 0, to = 0;

	for (i = own ? 0 : 1; z && i < a_len; i++) {
		known = i < to ? (own ? own : z)[i - from] : 0;
		z[i] = known < to - i || i >= to ? known : to - i;
		while (i + z[i] < a_len && z[i] < b_len &&
		       a[a_len - 1 - i - z[i]] == b[b_len - 1 - z[i]])
			z[i]++;
		if (i + z[i] > to) {
			from = i;
			to = i + z[i];
		}
	}
	return z;
}

/**
 * console_log_known() - how much of a piece of a log is there already
 * @have: the end of the log that is there
 * @have_len: of it
 * @octets: the piece
 * @len: of it
 *
 * A guest that comes back brings along what it left behind. That is found by the longest part
 * of the piece that the log ends with; where several are as long, nothing is lost.
 *
 * Return: how many octets of the piece to leave out, 0 for none.
 */
size_t console_log_known(const uint8_t *have, size_t have_len, const uint8_t *octets, size_t len)
{
	uint32_t *own = common(have, have_len, have, have_len, NULL), *z = NULL;
	size_t i, most = 0, known = 0;

	if (own)
		z = common(octets, len, have, have_len, own);
	for (i = 0; z && i < len; i++) {
		if (z[i] < most || !z[i])
			continue;
		most = z[i];
		known = len - i;
	}
	free(own);
	free(z);
	return most == have_len || most >= KNOWN_MIN ? known : 0;
}

static int append(const char *path, const uint8_t *octets, size_t len)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW), rc = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	while (len && !rc) {
		n = write(fd, octets, len);
		if (n < 0) {
			rc = -errno;
			break;
		}
		octets += n;
		len -= n;
	}
	close(fd);
	return rc;
}

/* The end of what is there; its length. */
static size_t read_end(const char *path, uint8_t *octets, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	off_t at = fd < 0 ? 0 : size_of(fd) - (off_t)size;
	ssize_t n = fd < 0 ? 0 : pread(fd, octets, size, at > 0 ? at : 0);

	if (fd >= 0)
		close(fd);
	return n > 0 ? n : 0;
}

static int begin(struct logpiece *p)
{
	uint8_t *have = malloc(CONSOLE_LOG_FIRST);
	size_t known = 0;
	int rc;

	if (have)
		known = console_log_known(have, read_end(p->path, have, CONSOLE_LOG_FIRST),
					  p->octets, p->len);
	rc = append(p->path, p->octets + known, p->len - known);
	free(have);
	free(p->octets);
	p->octets = NULL;
	p->begun = true;
	return rc;
}

static int take(struct logpiece *p, const struct octets *octets)
{
	if (p->begun)
		return append(p->path, octets->data, octets->len);
	if (!p->octets)
		p->octets = malloc(CONSOLE_LOG_FIRST);
	if (!p->octets)
		return -ENOMEM;
	memcpy(p->octets + p->len, octets->data, octets->len);
	p->len += octets->len;
	return octets->more ? 0 : begin(p);
}

/**
 * console_log_take() - let a guest's log go on with what it was at the source
 * @piece: zeroed before the first
 * @name: the guest's
 * @octets: what came of it
 * @err: why not; it is not worth to end a move
 *
 * Where nothing is logged, it is left alone.
 *
 * Return: 0, or -1 when more came than was agreed on.
 */
int console_log_take(struct logpiece *piece, const char *name, const struct octets *octets,
		     struct error *err)
{
	int rc = 0;

	piece->total += octets->len;
	if (piece->total > (piece->begun ? CONSOLE_LOG_FIRST + 2 * CONSOLE_LOG_LATER :
					   CONSOLE_LOG_FIRST))
		return -1;
	if (!piece->looked && !find(name, piece->path, sizeof(piece->path)))
		piece->path[0] = '\0';
	piece->looked = true;
	if (piece->path[0])
		rc = take(piece, octets);
	else if (!octets->more)
		piece->begun = true;
	if (!rc)
		return 0;
	error_set(err, EXIT_FAILED, "The guest's console log %s does not go on: %s.", piece->path,
		  strerror(-rc));
	piece->path[0] = '\0';
	return 0;
}

/**
 * console_log_end() - no more will come
 * @piece: of which some may have come
 */
void console_log_end(struct logpiece *piece)
{
	free(piece->octets);
	piece->octets = NULL;
}
