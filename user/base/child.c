// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"

#define LOOK_MS		20	/* where nothing tells of an end */
#define LONG_MS		60000	/* and then again */
#define START_MS	10000
#define KILLED_MS	500

/*
 * 1: it has ended, and @how says how; 0: not until then, or before anything was to be read
 * from @word, -1 for none.
 */
static int await_end(pid_t pid, int word, uint64_t until, int *how)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0), status = 0, left;
	struct pollfd fds[] = { { .fd = fd, .events = POLLIN }, { .fd = word, .events = POLLIN } };
	pid_t got;

	while (!(got = waitpid(pid, &status, WNOHANG)) && !fds[1].revents &&
	       (left = clock_left(until))) {
		/* An end is told of for ever, though whoever traces it may be the first to wait. */
		if (poll(fds, 2, fds[0].fd < 0 && left > LOOK_MS ? LOOK_MS : left) > 0 &&
		    fds[0].revents)
			fds[0].fd = -1;
	}
	*how = got < 0 ? -errno : WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
	if (fd >= 0)
		close(fd);
	return got != 0;
}

static bool say(int word, int number)
{
	return send(word, &number, sizeof(number), MSG_NOSIGNAL) == sizeof(number);
}

/* False when nothing was said until then; nothing will be when the keeper is gone. */
static bool hear(int word, uint64_t until, int *number)
{
	struct pollfd pfd = { .fd = word, .events = POLLIN };

	while (poll(&pfd, 1, clock_left(until)) <= 0)
		if (clock_ms() >= until)
			return false;
	if (recv(word, number, sizeof(*number), MSG_DONTWAIT) != sizeof(*number))
		*number = -ECHILD;
	return true;
}

/* ---- the keeper, and the process that it keeps ---- */

/*
 * All signals are blocked: what is meant for the caller, by a terminal or by a name that they
 * share with him, is not for these. Nor does anything of his run in them on one.
 */
static void become_own(const char *name)
{
	int i;

	for (i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	setsid();
	prctl(PR_SET_NAME, name);
}

static void kill_all(pid_t pid)
{
	/* It may not have come so far as to lead a session. */
	if (kill(-pid, SIGKILL))
		kill(pid, SIGKILL);
}

static void keep(pid_t pid, int word)
{
	int how, ignored;

	while (!await_end(pid, word, clock_ms() + LONG_MS, &how)) {
		struct pollfd pfd = { .fd = word, .events = POLLIN };
		char octet;

		if (poll(&pfd, 1, 0) <= 0)
			continue;
		/* Whoever had it started has left it, or is gone; or he wants an end of it. */
		if (recv(word, &octet, 1, 0) != 1)
			return;
		kill_all(pid);
		await_end(pid, -1, clock_ms() + KILLED_MS, &ignored);
		how = -ETIMEDOUT;
		break;
	}
	say(word, how);
}

static void start_and_keep(int word, const char *name, int (*work)(void *arg), void *arg)
{
	pid_t pid;

	become_own("migctl-keeper");
	pid = fork();
	if (!pid) {
		close(word);
		become_own(name);
		_exit(work(arg));
	}
	/* What else is open here is the caller's and the child's; that it closes tells others. */
	child_close_but(word, -1);
	if (pid < 0)
		say(word, -errno);
	else if (say(word, pid))
		keep(pid, word);
	else
		kill_all(pid);
}

/* ---- whoever has one started ---- */

static pid_t fork_deaf(void)
{
	sigset_t all, before;
	pid_t pid;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	pid = fork();
	if (pid)
		pthread_sigmask(SIG_SETMASK, &before, NULL);
	return pid < 0 ? -errno : pid;
}

/**
 * child_start() - start a process
 * @c: filled in; to be awaited or left when this succeeds
 * @name: which it is seen by, 15 characters
 * @work: what it does; returns its exit status
 * @arg: for @work
 *
 * It leads a session, so that what it starts in turn can be killed with it, and may
 * be given a share of the processor of its own. All that is open here is open in it.
 *
 * Return: 0 or a negative errno.
 */
int child_start(struct child *c, const char *name, int (*work)(void *arg), void *arg)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	c->keeper = fork_deaf();
	if (!c->keeper) {
		close(ends[0]);
		start_and_keep(ends[1], name, work, arg);
		_exit(0);
	}
	close(ends[1]);
	c->word = ends[0];
	if (c->keeper < 0)
		c->pid = c->keeper;
	else if (!hear(c->word, clock_ms() + START_MS, &c->pid))
		c->pid = -ETIMEDOUT;
	if (c->pid > 0)
		return 0;
	child_leave(c);
	return c->pid;
}

/**
 * child_leave() - let a process go on that is nobody's business any more
 * @c: started
 */
void child_leave(struct child *c)
{
	int ignored;

	close(c->word);
	/* All that a keeper has left to do is to end. */
	if (c->keeper > 0)
		await_end(c->keeper, -1, clock_ms() + START_MS, &ignored);
}

/**
 * child_await() - wait for a process
 * @c: started; over afterwards
 * @until: clock_ms() at the latest; then it is killed with all its children
 *
 * No process can make us wait much longer than that: one that hangs in the
 * kernel cannot even be killed, and is left behind.
 *
 * Return: its exit status; -ETIMEDOUT; -EINTR when a signal ended it; or another negative errno
 * when it is not known how it ended.
 */
int child_await(struct child *c, uint64_t until)
{
	int how;

	if (!hear(c->word, until, &how)) {
		send(c->word, "", 1, MSG_NOSIGNAL);
		/* It may have ended meanwhile. */
		if (!hear(c->word, clock_ms() + 2 * KILLED_MS, &how))
			how = -ETIMEDOUT;
	}
	child_leave(c);
	return how;
}

/**
 * child_run() - have something done by a process
 * @name: which it is seen by, 15 characters
 * @work: what it does; returns its exit status
 * @arg: for @work
 * @until: clock_ms() at the latest; then it is killed with all its children
 *
 * Return: as child_await() does, also when it cannot be started.
 */
int child_run(const char *name, int (*work)(void *arg), void *arg, uint64_t until)
{
	struct child c;
	int rc = child_start(&c, name, work, arg);

	return rc ? rc : child_await(&c, until);
}

/* ---- what a child may do ---- */

/**
 * child_close_but() - close all descriptors but two
 * @one: which stays open
 * @other: the other, -1 for none
 *
 * What else is open in a child is its starter's: others may be told of his end by its closing.
 *
 * Return: 0, or a negative errno when that is not possible.
 */
int child_close_but(int one, int other)
{
	int low = one < other ? one : other, high = one < other ? other : one;

	if ((low > 0 && close_range(0, low - 1, 0)) ||
	    (high > low + 1 && close_range(low + 1, high - 1, 0)) ||
	    close_range(high + 1, ~0U, 0))
		return -errno;
	return 0;
}

/**
 * child_become() - become a program, which hears signals again
 * @argv: its absolute path and arguments
 * @envp: its whole environment
 * @fds: descriptors that it gets: those below this number
 *
 * Return: only where that fails, the exit status for it.
 */
int child_become(char *const argv[], char *const envp[], int fds)
{
	sigset_t none;

	close_range(fds, ~0U, 0);
	sigemptyset(&none);
	pthread_sigmask(SIG_SETMASK, &none, NULL);
	execve(argv[0], argv, envp);
	return 127;
}
