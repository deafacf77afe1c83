// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "child.h"
#include "clock.h"
#include "script.h"

static void become(char *const argv[], char *const envp[])
{
	sigset_t none;
	int null = open("/dev/null", O_RDONLY);

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
	uint64_t until = clock_ms() + timeout_ms;
	pid_t pid = child_fork();

	if (pid < 0)
		return pid;
	if (!pid)
		become(argv, envp);
	return child_await(pid, until);
}
