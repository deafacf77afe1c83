// SPDX-License-Identifier: GPL-2.0-or-later
/* Whoever calls finds his process as it was: its signals, its children, its terminal. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

#include "base/child.h"
#include "base/clock.h"
#include "base/pipe.h"
#include "device/announce.h"
#include "device/script.h"

#define LONG_MS		20000	/* none of these tests waits so long */
#define SIGNALS		32

static char *const envp[] = { "PATH=/usr/bin:/bin", NULL };

static int run_shell(const char *line)
{
	char *argv[] = { "/bin/sh", "-c", (char *)line, NULL };

	return script_run(argv, envp, LONG_MS, HASTE_FULL, 0);
}

/* ---- signals ---- */

/* What the process does on each signal, and which its thread does not hear. */
struct signals {
	void (*action[SIGNALS])(int sig);
	sigset_t blocked;
};

static void look_at_signals(struct signals *s)
{
	struct sigaction now;
	int i;

	memset(s, 0, sizeof(*s));
	for (i = 1; i < SIGNALS; i++)
		if (!sigaction(i, NULL, &now))
			s->action[i] = now.sa_handler;
	pthread_sigmask(SIG_BLOCK, NULL, &s->blocked);
}

static bool same_signals(const struct signals *a, const struct signals *b)
{
	bool same = true;
	int i;

	for (i = 1; i < SIGNALS; i++)
		same &= a->action[i] == b->action[i] &&
			sigismember(&a->blocked, i) == sigismember(&b->blocked, i);
	return same;
}

static void test_signals_stay(void)
{
	struct signals before, after;

	alarm(60);
	look_at_signals(&before);
	CHECK_EQ(run_shell("exit 3"), 3);
	announce(&(struct vif){ .mac = "none" }, 1);
	look_at_signals(&after);
	CHECK(same_signals(&before, &after));
}

static volatile sig_atomic_t caught;

static void note(int sig)
{
	caught = sig;
}

/* It hears all of them, whatever its starter does with them. */
static void test_program_hears(void)
{
	sigset_t term, before;

	alarm(60);
	signal(SIGHUP, SIG_IGN);
	signal(SIGUSR1, note);
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &term, &before);
	CHECK_EQ(run_shell("kill -HUP $$; exit 0"), -EINTR);
	CHECK_EQ(run_shell("kill -TERM $$; exit 0"), -EINTR);
	CHECK_EQ(run_shell("kill -USR1 $$; exit 0"), -EINTR);
	CHECK_EQ(caught, 0);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	signal(SIGHUP, SIG_DFL);
	signal(SIGUSR1, SIG_DFL);
}

/* Whoever reads has ended: that is said once, by what is returned. */
static void test_broken_pipe(void)
{
	struct signals before, after;
	sigset_t waiting;
	int ends[2];

	alarm(60);
	CHECK(!pipe(ends));
	close(ends[0]);
	look_at_signals(&before);
	CHECK_EQ(pipe_write(ends[1], "x", 1), -1);
	CHECK_EQ(errno, EPIPE);
	look_at_signals(&after);
	CHECK(same_signals(&before, &after));
	CHECK(!sigpending(&waiting) && !sigismember(&waiting, SIGPIPE));
	close(ends[1]);
}

/* One that was there before is its receiver's. */
static void test_other_sigpipe(void)
{
	sigset_t ours, before, waiting;
	const struct timespec now = { 0 };
	int ends[2];

	alarm(60);
	sigemptyset(&ours);
	sigaddset(&ours, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &ours, &before);
	raise(SIGPIPE);
	CHECK(!pipe(ends));
	close(ends[0]);
	CHECK_EQ(pipe_write(ends[1], "x", 1), -1);
	CHECK(!sigpending(&waiting) && sigismember(&waiting, SIGPIPE));
	CHECK_EQ(sigtimedwait(&ours, NULL, &now), SIGPIPE);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	close(ends[1]);
}

/* ---- what a program says ---- */

static int run_chatterer(int output)
{
	char *argv[] = { "/bin/sh", "-c", "echo one; echo two >&2; read line || echo none", NULL };

	return script_run(argv, envp, LONG_MS, HASTE_FULL, output);
}

/* All of it where the caller wants it, and nothing elsewhere. */
static void test_output(void)
{
	int ours[2], own[2], saved_out = dup(1), saved_err = dup(2);
	char text[64] = "";

	alarm(60);
	CHECK(!pipe2(ours, O_NONBLOCK) && !pipe2(own, O_NONBLOCK));
	fflush(NULL);
	dup2(own[1], 1);
	dup2(own[1], 2);
	CHECK_EQ(run_chatterer(ours[1]), 0);
	CHECK_EQ(run_chatterer(0), 0);
	dup2(saved_out, 1);
	dup2(saved_err, 2);
	CHECK_EQ(read(ours[0], text, sizeof(text) - 1), 13);
	CHECK_STR(text, "one\ntwo\nnone\n");
	CHECK_EQ(read(own[0], text, sizeof(text) - 1), -1);
	close(ours[0]);
	close(ours[1]);
	close(own[0]);
	close(own[1]);
	close(saved_out);
	close(saved_err);
}

/* ---- children ---- */

static int reaped;

/* As many programs do it: whatever has ended. */
static void reap_all(int sig)
{
	int before = errno;

	(void)sig;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		reaped++;
	errno = before;
}

static void test_caller_reaps(void)
{
	int i;

	alarm(60);
	signal(SIGCHLD, reap_all);
	for (i = 0; i < 20; i++)
		CHECK_EQ(run_shell("exit 5"), 5);
	signal(SIGCHLD, SIG_IGN);
	for (i = 0; i < 20; i++)
		CHECK_EQ(run_shell("exit 6"), 6);
	signal(SIGCHLD, SIG_DFL);
	CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
}

/* What goes on for some seconds, and nobody waits for, is no child of ours. */
static void test_announce_leaves_none(void)
{
	alarm(60);
	announce(&(struct vif){ .mac = "none" }, 1);
	CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
}

static int say_parent(void *arg)
{
	int *ends = arg;
	pid_t parent;

	usleep(200000);
	parent = getppid();
	return write(ends[1], &parent, sizeof(parent)) != sizeof(parent);
}

/* One that was left goes on, and with the same parent as if we had ended. */
static void test_left(void)
{
	struct child c;
	pid_t parent = 0;
	int ends[2];

	alarm(60);
	CHECK(!pipe(ends));
	CHECK(!child_start(&c, "test", say_parent, ends));
	child_leave(&c);
	CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
	CHECK_EQ(read(ends[0], &parent, sizeof(parent)), sizeof(parent));
	CHECK(parent && parent != getpid() && parent != c.keeper);
	close(ends[0]);
	close(ends[1]);
}

static const struct test tests[] = {
	TEST(test_signals_stay), TEST(test_program_hears), TEST(test_broken_pipe),
	TEST(test_other_sigpipe), TEST(test_output),
	TEST(test_caller_reaps), TEST(test_announce_leaves_none), TEST(test_left),
};

HARNESS_MAIN(tests)
