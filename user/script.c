// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "script.h"

static void become(char *const argv[], char *const envp[])
{
	sigset_t none;
	int null = open("/dev/null", O_RDONLY);

	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGHUP, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	dup2(null, 0);
	dup2(2, 1);
	close_range(3, ~0U, 0);
	execve(argv[0], argv, envp);
	_exit(127);
}

static int await(pid_t pid, int timeout_ms)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int status, rc;

	do
		rc = poll(&pfd, 1, timeout_ms);
	while (rc < 0 && errno == EINTR);
	if (fd >= 0)
		close(fd);
	if (rc <= 0)
		kill(-pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (rc <= 0)
		return -ETIMEDOUT;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
}

/**
 * script_run() - run a program and wait for it
 * @argv: its absolute path and arguments
 * @envp: its whole environment
 * @timeout_ms: after this it is killed with all its children
 *
 * Its standard input is empty, its output goes to our standard error.
 *
 * Return: its exit status, or a negative errno.
 */
int script_run(char *const argv[], char *const envp[], int timeout_ms)
{
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (!pid)
		become(argv, envp);
	setpgid(pid, pid);
	return await(pid, timeout_ms);
}
