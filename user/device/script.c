// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "device/script.h"

#define PATIENT_NICE	10

/*
 * The share of the processor of a whole session (sched(7), autogroup), and so not of
 * a daemon that a script leaves behind, which has a session of its own.
 */
static void be_patient(void)
{
	int fd = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;		/* a kernel without; the script takes its share then */
	dprintf(fd, "%d", PATIENT_NICE);
	close(fd);
}

static void become(char *const argv[], char *const envp[], enum haste haste)
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
	if (haste == HASTE_NONE)
		be_patient();
	execve(argv[0], argv, envp);
	_exit(127);
}

/**
 * script_run() - run a program and wait for it
 * @argv: its absolute path and arguments
 * @envp: its whole environment
 * @timeout_ms: after this it is killed with all its children
 * @haste: HASTE_NONE: memory and guests come first
 *
 * Its standard input is empty, its output goes to our standard error.
 *
 * Return: its exit status, or a negative errno.
 */
int script_run(char *const argv[], char *const envp[], int timeout_ms, enum haste haste)
{
	uint64_t until = clock_ms() + timeout_ms;
	pid_t pid = child_fork();

	if (pid < 0)
		return pid;
	if (!pid)
		become(argv, envp, haste);
	return child_await(pid, until);
}
