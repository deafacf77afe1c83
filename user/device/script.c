// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "device/script.h"

#define PATIENT_NICE	"10"

/**
 * struct program - what is run
 * @argv: its absolute path and arguments
 * @envp: its whole environment
 * @haste: whether somebody waits for it
 * @output: where its output goes, 0 for nowhere
 */
struct program {
	char *const *argv;
	char *const *envp;
	enum haste haste;
	int output;
};

/*
 * The share of the processor of a whole session (sched(7), autogroup), and so not of
 * a daemon that a script leaves behind, which has a session of its own.
 */
static void be_patient(void)
{
	int fd = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);

	/* A kernel without has none; the script takes its share then. */
	if (fd < 0 || write(fd, PATIENT_NICE, strlen(PATIENT_NICE)) < 0)
		return;
	close(fd);
}

static int become(void *arg)
{
	const struct program *p = arg;
	int null = open("/dev/null", O_RDWR);

	/* Before 1 and 2, one of which it may be. */
	dup2(null, 0);
	dup2(p->output > 0 ? p->output : null, 1);
	dup2(1, 2);
	if (p->haste == HASTE_NONE)
		be_patient();
	return child_become(p->argv, p->envp, 3);
}

/**
 * script_run() - run a program and wait for it
 * @argv: its absolute path and arguments
 * @envp: its whole environment
 * @timeout_ms: after this it is killed with all its children
 * @haste: HASTE_NONE: memory and guests come first
 * @output: descriptor that all of its output goes to, 0 for nowhere
 *
 * Its standard input is empty.
 *
 * Return: its exit status, or a negative errno.
 */
int script_run(char *const argv[], char *const envp[], int timeout_ms, enum haste haste,
	       int output)
{
	struct program p = { .argv = argv, .envp = envp, .haste = haste, .output = output };

	return child_run("migctl-script", become, &p, clock_ms() + timeout_ms);
}
