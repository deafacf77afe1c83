// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"

#define LOOK_MS		20	/* where nothing tells of an end */
#define KILLED_MS	500
#define STUCK_MAX	16

/* Killed and not gone: the kernel has not let go of them. 0 for a place that is free. */
static pid_t stuck[STUCK_MAX];

static void leave(pid_t pid)
{
	size_t i;

	for (i = 0; i < STUCK_MAX; i++) {
		if (stuck[i])
			continue;
		stuck[i] = pid;
		return;
	}
}

/* Those whose end has come meanwhile need not stay zombies; one that is not ours is nobody. */
static void bury(void)
{
	size_t i;

	for (i = 0; i < STUCK_MAX; i++)
		if (stuck[i] && waitpid(stuck[i], NULL, WNOHANG))
			stuck[i] = 0;
}

/**
 * child_fork() - fork a process that child_await() will wait for
 *
 * It leads a session, so that what it starts in turn can be killed with it, and may
 * be given a share of the processor of its own.
 *
 * Return: as fork() does, but a negative errno when that fails.
 */
pid_t child_fork(void)
{
	pid_t pid;

	/* Before there is a process whose number might be one of those. */
	bury();
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid)
		setsid();
	return pid;
}

/* 1: it has ended; 0: not until then; or a negative errno. */
static int await_end(pid_t pid, int *status, uint64_t until)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0), left;
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	pid_t got;
	int rc;

	while (!(got = waitpid(pid, status, WNOHANG)) && (left = clock_left(until))) {
		/* An end is told of for ever, though whoever traces it may be the first to wait. */
		if (poll(&pfd, 1, pfd.fd < 0 && left > LOOK_MS ? LOOK_MS : left) > 0)
			pfd.fd = -1;
	}
	rc = got < 0 ? -errno : got > 0;
	if (fd >= 0)
		close(fd);
	return rc;
}

/**
 * child_await() - wait for a process
 * @pid: from child_fork()
 * @until: clock_ms() at the latest; then it is killed with all its children
 *
 * No process can make us wait much longer than that: one that hangs in the
 * kernel cannot even be killed, and is left behind.
 *
 * Return: its exit status; -ETIMEDOUT; -EINTR when a signal ended it; or another negative errno
 * when it is not known how it ended.
 */
int child_await(pid_t pid, uint64_t until)
{
	int status, rc = await_end(pid, &status, until);

	if (rc < 0)
		return rc;
	if (rc)
		return WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
	/* It may not have come so far as to lead a session. */
	if (kill(-pid, SIGKILL))
		kill(pid, SIGKILL);
	if (!await_end(pid, &status, clock_ms() + KILLED_MS))
		leave(pid);
	return -ETIMEDOUT;
}
