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
 */
struct program {
	char *const *argv;
	char *const *envp;
	enum haste haste;
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

	dup2(open("/dev/null", O_RDONLY), 0);
	dup2(2, 1);
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
 *
 * Its standard input is empty, its output goes to our standard error.
 *
 * Return: its exit status, or a negative errno.
 */
int script_run(char *const argv[], char *const envp[], int timeout_ms, enum haste haste)
{
	struct program p = { .argv = argv, .envp = envp, .haste = haste };

	return child_run("migctl-script", become, &p, clock_ms() + timeout_ms);
}
