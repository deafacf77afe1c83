// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/files.h"
#include "guest/console.h"
#include "host/openfiles.h"

#define DAEMON		"xenconsoled"
#define FOLLOWER	"migctl"
#define LOCK		"/var/lock/xenconsole.%u"	/* xl console takes the same */
#define EXPECTED_DIR	"/run/migctl/expected"	/* one who follows the domain of that id */
#define EXPECTED_S	30	/* since the guest came; who follows it has given up by then */
#define EXPECTED_POLL_US 20000
#define TTY_WAIT_MS	5000
#define TAKEN_POLL_US	1000
#define TAKEN_LOG_US	2000	/* xenconsoled writes its log when it has emptied the ring */
#define TAKEN_WAIT_MS	1000
#define READ_POLL_US	5000
#define READ_QUIET	20	/* polls without anything to read */
#define READ_WAIT_MS	5000

static bool not_empty(const char *value, const void *arg)
{
	(void)arg;
	return value && *value;
}

/* An emulated serial port is the console of whoever has one, as it is to xl. */
static bool find_tty(struct store *s, uint32_t domid, int wait_ms, char *tty, size_t size)
{
	char path[64];

	if (store_get_text(s, tty, size, "/local/domain/%u/serial/0/tty", domid) && *tty)
		return true;
	snprintf(path, sizeof(path), "/local/domain/%u/console/tty", domid);
	if (wait_ms)
		store_wait(s, path, not_empty, NULL, wait_ms);
	return store_get_text(s, tty, size, "%s", path) && *tty;
}

static int open_tty(const char *tty, int flags)
{
	int fd = open(tty, flags | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0 && !isatty(fd)) {
		close(fd);
		errno = ENOTTY;
		return -1;
	}
	return fd;
}

/* Whoever has it removes the file in the end: what was locked must still be that file. */
static bool is_current(int fd, const char *path)
{
	struct stat ours, there;

	return !fstat(fd, &ours) && !stat(path, &there) && ours.st_dev == there.st_dev &&
	       ours.st_ino == there.st_ino;
}

static int take_lock(struct console *c, struct error *err)
{
	int failure;

	do {
		c->lock = open(c->lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		if (c->lock >= 0 && !flock(c->lock, LOCK_EX | LOCK_NB)) {
			if (is_current(c->lock, c->lock_path))
				return 0;
			close(c->lock);
			continue;
		}
		failure = errno;
		if (c->lock >= 0)
			close(c->lock);
		if (failure == EWOULDBLOCK)
			return error_set(err, EXIT_REFUSED,
				"Somebody is attached to the guest's console already, with 'xl console' or 'migctl console': what it prints goes to one only.");
		if (failure != EINTR)
			return error_set(err, EXIT_FAILED, "%s cannot be locked: %s.",
					 c->lock_path, strerror(failure));
	} while (1);
}

static void expected_path(uint32_t domid, char *path, size_t size)
{
	snprintf(path, size, EXPECTED_DIR "/%u", domid);
}

static bool is_expected(uint32_t domid)
{
	struct stat st;
	char path[64];

	expected_path(domid, path, sizeof(path));
	return !stat(path, &st) && time(NULL) - st.st_mtime < EXPECTED_S;
}

static void expect_no_more(uint32_t domid)
{
	char path[64];

	expected_path(domid, path, sizeof(path));
	unlink(path);
}

/**
 * console_is_followed() - whether somebody is attached who goes where the guest goes
 * @s: the store
 * @domid: the guest
 *
 * Return: whether somebody is.
 */
bool console_is_followed(struct store *s, uint32_t domid)
{
	char tty[PATH_MAX];

	return find_tty(s, domid, 0, tty, sizeof(tty)) && openfiles_has(FOLLOWER, tty);
}

/**
 * console_expect() - somebody who followed a guest here is about to attach to its console
 * @domid: the guest here
 *
 * Should it move on before, what it has printed waits for them.
 */
void console_expect(uint32_t domid)
{
	char name[16];

	snprintf(name, sizeof(name), "%u", domid);
	if (!files_make_dir(EXPECTED_DIR))
		files_put(EXPECTED_DIR, name, "", 0, 0600);
}

/**
 * console_attach() - have a guest's console to oneself
 * @s: the store
 * @domid: the guest
 * @console: filled in
 * @err: why not
 *
 * Return: 0 or -1.
 */
int console_attach(struct store *s, uint32_t domid, struct console *console, struct error *err)
{
	char tty[PATH_MAX];

	snprintf(console->lock_path, sizeof(console->lock_path), LOCK, domid);
	if (take_lock(console, err))
		return -1;
	console->fd = -1;
	if (!find_tty(s, domid, TTY_WAIT_MS, tty, sizeof(tty)))
		error_set(err, EXIT_REFUSED,
			  "The guest has no console that could be attached to: is xenconsoled running?");
	else if ((console->fd = open_tty(tty, O_RDWR)) < 0)
		error_set(err, EXIT_REFUSED, "The guest's console %s cannot be opened: %s.", tty,
			  strerror(errno));
	if (console->fd < 0) {
		console_detach(console);
		return -1;
	}
	expect_no_more(domid);
	return 0;
}

/**
 * console_detach() - let others have it
 * @console: attached
 */
void console_detach(struct console *console)
{
	if (console->fd >= 0)
		close(console->fd);
	unlink(console->lock_path);
	close(console->lock);
}

/**
 * console_await_taken() - wait until xenconsoled has all that a guest has written
 * @link: to the module
 * @domid: the guest, suspended
 * @uuid: its handle
 * @timeout_ms: how long at most
 */
void console_await_taken(struct link *link, uint32_t domid, const uint8_t *uuid, int timeout_ms)
{
	uint64_t until = clock_ms() + timeout_ms;
	struct error ignored = { 0 };
	bool waited = false;
	uint32_t octets;

	while (!link_unread(link, domid, uuid, &octets, &ignored) && octets &&
	       clock_ms() < until) {
		usleep(TAKEN_POLL_US);
		waited = true;
	}
	if (waited)
		usleep(TAKEN_LOG_US);
}

/**
 * console_await_read() - wait until whoever is attached has seen all that a guest has written
 * @link: to the module
 * @s: the store
 * @domid: the guest, suspended, which is to be destroyed
 * @uuid: its handle
 *
 * With the domain xenconsoled closes the terminal, and what was not read is gone.
 */
void console_await_read(struct link *link, struct store *s, uint32_t domid, const uint8_t *uuid)
{
	unsigned int quiet = 0;
	char tty[PATH_MAX];
	uint64_t until;
	int fd, octets;

	while (is_expected(domid))
		usleep(EXPECTED_POLL_US);
	expect_no_more(domid);
	console_await_taken(link, domid, uuid, TAKEN_WAIT_MS);
	if (!find_tty(s, domid, 0, tty, sizeof(tty)) || !openfiles_shared(tty, DAEMON))
		return;
	fd = open_tty(tty, O_RDONLY);
	until = clock_ms() + READ_WAIT_MS;
	while (fd >= 0 && quiet < READ_QUIET && clock_ms() < until) {
		/* What xenconsoled holds back for want of room follows at once. */
		quiet = !ioctl(fd, FIONREAD, &octets) && octets ? 0 : quiet + 1;
		usleep(READ_POLL_US);
	}
	if (fd >= 0)
		close(fd);
}
