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

static int sleep_for_ever(void *arg)
{
	uint64_t until = clock_ms() + 30000;

	(void)arg;
	while (clock_ms() < until)
		sleep(1);
	return 1;
}

static int end_with(void *status)
{
	return *(int *)status;
}

static int end_later(void *status)
{
	usleep(SHORT_MS * 1000);
	return *(int *)status;
}

static struct child start(int (*work)(void *arg), int status)
{
	struct child c = { 0 };

	CHECK(!child_start(&c, "test", work, &status));
	CHECK(c.pid > 0);
	return c;
}

/* No zombie either, and nobody's child. */
static bool is_gone(const struct child *c)
{
	return waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD && kill(c->pid, 0) &&
	       kill(c->keeper, 0);
}

static void test_status(void)
{
	struct child c;

	begin();
	c = start(end_with, 3);
	CHECK_EQ(child_await(&c, clock_ms() + LONG_MS), 3);
	CHECK(is_gone(&c));
	c = start(end_with, 0);
	CHECK_EQ(child_await(&c, clock_ms() + LONG_MS), 0);
	c = start(end_later, 255);
	CHECK_EQ(child_await(&c, clock_ms() + LONG_MS), 255);
	CHECK(is_gone(&c));
}

static void test_killed(void)
{
	struct child c;

	begin();
	c = start(sleep_for_ever, 0);
	kill(c.pid, SIGKILL);
	CHECK_EQ(child_await(&c, clock_ms() + LONG_MS), -EINTR);
	CHECK(is_gone(&c));
}

static void test_limit(void)
{
	uint64_t before = clock_ms();
	struct child c;

	begin();
	c = start(sleep_for_ever, 0);
	CHECK_EQ(child_await(&c, clock_ms() + SHORT_MS), -ETIMEDOUT);
	CHECK(clock_ms() - before >= SHORT_MS);
	CHECK(clock_ms() - before < LONG_MS);
	CHECK(is_gone(&c));
}

/* How a process ended counts, whatever the time; one that has not is not waited for. */
static void test_limit_passed(void)
{
	uint64_t until = clock_ms() + LONG_MS;
	struct child c;

	begin();
	c = start(end_with, 3);
	while (!kill(c.pid, 0) && clock_ms() < until)
		usleep(1000);
	CHECK_EQ(child_await(&c, clock_ms() - 1), 3);
	c = start(sleep_for_ever, 0);
	CHECK_EQ(child_await(&c, clock_ms() - 1), -ETIMEDOUT);
	CHECK(is_gone(&c));
}

static int start_another(void *end)
{
	if (fork())
		close(*(int *)end);
	return sleep_for_ever(NULL);
}

/* What it has started in turn is killed with it. */
static void test_group(void)
{
	struct pollfd pfd = { .events = POLLIN };
	int ends[2];

	begin();
	CHECK(!pipe(ends));
	CHECK_EQ(child_run("test", start_another, &ends[1], clock_ms() + SHORT_MS), -ETIMEDOUT);
	close(ends[1]);
	pfd.fd = ends[0];
	CHECK_EQ(poll(&pfd, 1, LONG_MS), 1);
	close(ends[0]);
}

/* Somebody may have started us without caring for children. */
static void test_nobody_cares(void)
{
	struct child c;

	begin();
	signal(SIGCHLD, SIG_IGN);
	c = start(end_later, 3);
	CHECK_EQ(child_await(&c, clock_ms() + LONG_MS), 3);
	c = start(sleep_for_ever, 0);
	CHECK_EQ(child_await(&c, clock_ms() + SHORT_MS), -ETIMEDOUT);
	CHECK(is_gone(&c));
	signal(SIGCHLD, SIG_DFL);
}

/* Who kills the keeper has us not know how it ended: no status is no success. */
static void test_no_keeper(void)
{
	struct child c;

	begin();
	c = start(sleep_for_ever, 0);
	kill(c.keeper, SIGKILL);
	CHECK_EQ(child_await(&c, clock_ms() + LONG_MS), -ECHILD);
	kill(c.pid, SIGKILL);
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
			sleep_for_ever(NULL);
		_exit(1);
	}
	close(ready[1]);
	CHECK_EQ(read(ready[0], &octet, 1), 1);
	CHECK(octet);
	close(ready[0]);
	return pid;
}

static int be_held(void *arg)
{
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	return sleep_for_ever(arg);
}

static void test_stuck(void)
{
	uint64_t before;
	struct child c;
	pid_t holder;

	begin();
	/* So that what is left behind for init can be seen. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	c = start(be_held, 0);
	usleep(SHORT_MS * 1000);
	holder = start_holder(c.pid);
	before = clock_ms();
	CHECK_EQ(child_await(&c, clock_ms() + SHORT_MS), -ETIMEDOUT);
	CHECK(clock_ms() - before < LONG_MS / 4);
	CHECK(kill(c.keeper, 0));
	CHECK_EQ(waitpid(c.pid, NULL, WNOHANG), 0);
	kill(holder, SIGKILL);
	CHECK_EQ(waitpid(holder, NULL, 0), holder);
	CHECK_EQ(waitpid(c.pid, NULL, 0), c.pid);
	CHECK(is_gone(&c));
	prctl(PR_SET_CHILD_SUBREAPER, 0);
}

static void test_script(void)
{
	char *fails[] = { "/bin/sh", "-c", "exit 7", NULL };
	char *hangs[] = { "/bin/sh", "-c", "trap '' TERM; sleep 60", NULL };
	char *missing[] = { "/nonexistent/script", NULL };
	char *envp[] = { "PATH=/usr/bin:/bin", NULL };

	begin();
	CHECK_EQ(script_run(fails, envp, LONG_MS, HASTE_NONE, 0), 7);
	CHECK_EQ(script_run(hangs, envp, SHORT_MS, HASTE_FULL, 0), -ETIMEDOUT);
	CHECK_EQ(script_run(missing, envp, LONG_MS, HASTE_NONE, 0), 127);
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
	CHECK_EQ(script_run(hasty, envp, LONG_MS, HASTE_FULL, 0), 0);
	CHECK_EQ(script_run(gentle, envp, LONG_MS, HASTE_NONE, 0), 0);
	CHECK_EQ(script_run(hasty, envp, LONG_MS, HASTE_FULL, 0), 0);
}

static const struct test tests[] = {
	TEST(test_status), TEST(test_killed), TEST(test_limit), TEST(test_limit_passed),
	TEST(test_group), TEST(test_nobody_cares), TEST(test_no_keeper), TEST(test_stuck),
	TEST(test_script), TEST(test_script_share),
};

HARNESS_MAIN(tests)
