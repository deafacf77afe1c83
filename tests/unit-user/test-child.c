// SPDX-License-Identifier: GPL-2.0-or-later
/* Processes that end, that do not, and that cannot even be killed. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

#include "base/child.h"
#include "base/clock.h"
#include "device/script.h"

#define SHORT_MS	100
#define LONG_MS		20000	/* none of these tests waits so long */

/* A wait that is not bounded ends this program instead, which counts as a failure. */
static void begin(void)
{
	alarm(30);
	signal(SIGCHLD, SIG_DFL);
}

static void sleep_for_ever(void)
{
	signal(SIGTERM, SIG_IGN);
	alarm(30);
	for (;;)
		pause();
}

static pid_t start_sleeper(void)
{
	pid_t pid = child_fork();

	if (!pid)
		sleep_for_ever();
	CHECK(pid > 0);
	return pid;
}

/* No zombie either. */
static bool is_gone(pid_t pid)
{
	return waitpid(pid, NULL, WNOHANG) == -1 && errno == ECHILD && kill(pid, 0);
}

static void test_status(void)
{
	pid_t pid;

	begin();
	pid = child_fork();
	if (!pid)
		_exit(3);
	CHECK_EQ(child_await(pid, clock_ms() + LONG_MS), 3);
	CHECK(is_gone(pid));
	pid = child_fork();
	if (!pid)
		_exit(0);
	CHECK_EQ(child_await(pid, clock_ms() + LONG_MS), 0);
	pid = child_fork();
	if (!pid) {
		usleep(SHORT_MS * 1000);
		_exit(255);
	}
	CHECK_EQ(child_await(pid, clock_ms() + LONG_MS), 255);
	CHECK(is_gone(pid));
}

static void test_killed(void)
{
	pid_t pid;

	begin();
	pid = start_sleeper();
	kill(pid, SIGKILL);
	CHECK_EQ(child_await(pid, clock_ms() + LONG_MS), -EINTR);
	CHECK(is_gone(pid));
}

static void test_limit(void)
{
	uint64_t before = clock_ms();
	pid_t pid;

	begin();
	pid = start_sleeper();
	CHECK_EQ(child_await(pid, clock_ms() + SHORT_MS), -ETIMEDOUT);
	CHECK(clock_ms() - before >= SHORT_MS);
	CHECK(clock_ms() - before < LONG_MS);
	CHECK(is_gone(pid));
}

/* How a process ended counts, whatever the time; one that has not is not waited for. */
static void test_limit_passed(void)
{
	siginfo_t info;
	pid_t pid;

	begin();
	pid = child_fork();
	if (!pid)
		_exit(3);
	CHECK(!waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
	CHECK_EQ(child_await(pid, clock_ms() - 1), 3);
	pid = start_sleeper();
	CHECK_EQ(child_await(pid, clock_ms() - 1), -ETIMEDOUT);
	CHECK(is_gone(pid));
}

/* What it has started in turn is killed with it. */
static void test_group(void)
{
	struct pollfd pfd = { .events = POLLIN };
	int ends[2];
	pid_t pid;

	begin();
	CHECK(!pipe(ends));
	pid = child_fork();
	if (!pid) {
		if (fork())
			close(ends[1]);
		sleep_for_ever();
	}
	close(ends[1]);
	CHECK_EQ(child_await(pid, clock_ms() + SHORT_MS), -ETIMEDOUT);
	pfd.fd = ends[0];
	CHECK_EQ(poll(&pfd, 1, LONG_MS), 1);
	close(ends[0]);
}

/* Somebody may have started us without caring for children: no status is no success. */
static void test_nobody_cares(void)
{
	pid_t pid;

	begin();
	signal(SIGCHLD, SIG_IGN);
	pid = child_fork();
	if (!pid)
		_exit(3);
	CHECK_EQ(child_await(pid, clock_ms() + LONG_MS), -ECHILD);
	signal(SIGCHLD, SIG_DFL);
}

/*
 * Holds a process as a fault of the kernel or of the storage may: whoever traces it has to take
 * note of its end first, and this one never does. Says through @ready that it holds it.
 */
static pid_t start_holder(pid_t held)
{
	char octet = 0;
	int ready[2];
	pid_t pid;

	CHECK(!pipe(ready));
	pid = fork();
	if (!pid) {
		octet = !ptrace(PTRACE_SEIZE, held, NULL, NULL);
		if (write(ready[1], &octet, 1) == 1)
			sleep_for_ever();
		_exit(1);
	}
	close(ready[1]);
	CHECK_EQ(read(ready[0], &octet, 1), 1);
	CHECK(octet);
	close(ready[0]);
	return pid;
}

static void test_stuck(void)
{
	uint64_t before;
	pid_t pid, holder, next;

	begin();
	pid = child_fork();
	if (!pid) {
		prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
		sleep_for_ever();
	}
	usleep(SHORT_MS * 1000);
	holder = start_holder(pid);
	before = clock_ms();
	CHECK_EQ(child_await(pid, clock_ms() + SHORT_MS), -ETIMEDOUT);
	CHECK(clock_ms() - before < LONG_MS / 4);
	CHECK_EQ(waitpid(pid, NULL, WNOHANG), 0);
	/* Once it can be had, the next one takes it along. */
	kill(holder, SIGKILL);
	CHECK_EQ(waitpid(holder, NULL, 0), holder);
	next = child_fork();
	if (!next)
		_exit(4);
	CHECK(is_gone(pid));
	CHECK_EQ(child_await(next, clock_ms() + LONG_MS), 4);
}

static void test_script(void)
{
	char *fails[] = { "/bin/sh", "-c", "exit 7", NULL };
	char *hangs[] = { "/bin/sh", "-c", "trap '' TERM; sleep 60", NULL };
	char *missing[] = { "/nonexistent/script", NULL };
	char *envp[] = { "PATH=/usr/bin:/bin", NULL };

	begin();
	CHECK_EQ(script_run(fails, envp, LONG_MS, HASTE_NONE), 7);
	CHECK_EQ(script_run(hangs, envp, SHORT_MS, HASTE_FULL), -ETIMEDOUT);
	CHECK_EQ(script_run(missing, envp, LONG_MS, HASTE_NONE), 127);
}

/* The script looks; a kernel without autogroups has nothing to see. */
static void test_script_share(void)
{
	char *gentle[] = { "/bin/sh", "-c", "grep -q 'nice 10$' /proc/self/autogroup", NULL };
	char *hasty[] = { "/bin/sh", "-c", "grep -q 'nice 0$' /proc/self/autogroup", NULL };
	char *envp[] = { "PATH=/usr/bin:/bin", NULL };

	if (access("/proc/self/autogroup", W_OK))
		return;
	begin();
	CHECK_EQ(script_run(hasty, envp, LONG_MS, HASTE_FULL), 0);
	CHECK_EQ(script_run(gentle, envp, LONG_MS, HASTE_NONE), 0);
	CHECK_EQ(script_run(hasty, envp, LONG_MS, HASTE_FULL), 0);
}

static const struct test tests[] = {
	TEST(test_status), TEST(test_killed), TEST(test_limit), TEST(test_limit_passed),
	TEST(test_group), TEST(test_nobody_cares), TEST(test_stuck), TEST(test_script),
	TEST(test_script_share),
};

HARNESS_MAIN(tests)
