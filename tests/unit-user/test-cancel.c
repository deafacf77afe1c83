// SPDX-License-Identifier: GPL-2.0-or-later
/* Whoever has a guest moved says when he wants no more of it, and hears what nothing returns. */
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "harness.h"
#include "nothing-there.h"

#include "base/context.h"
#include "move/move.h"

static struct move m;
static struct message in;

/* ---- what it is told ---- */

static char told[256];
static enum level how_much;
static unsigned int times;

static void tell(void *arg, enum level level, const char *sentence)
{
	CHECK(arg == &times);
	times++;
	how_much = level;
	snprintf(told, sizeof(told), "%s", sentence);
}

static void begin(int cancel)
{
	memset(&m, 0, sizeof(m));
	memset(&in, 0, sizeof(in));
	m.context = (struct context){ .tell = tell, .arg = &times, .cancel = cancel };
	m.peer.fd = -1;
	m.in = &in;
	m.cancellable = true;
	strcpy(m.host.host, "alpha");
	times = 0;
}

/* ---- cancelling ---- */

static void check_cancelled(void)
{
	CHECK_EQ(move_pump(&m, 0), -1);
	CHECK_EQ(m.err.code, EXIT_CANCELLED);
	CHECK_STR(m.err.text, "Cancelled at alpha.");
	CHECK_EQ(times, 0);
}

static void test_eventfd(void)
{
	uint64_t one = 1;
	int fd = eventfd(0, EFD_CLOEXEC);

	begin(fd);
	CHECK_EQ(move_pump(&m, 0), 0);
	CHECK_EQ(write(fd, &one, sizeof(one)), sizeof(one));
	check_cancelled();
	close(fd);
}

static void test_signalfd(void)
{
	sigset_t term, before;
	int fd;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &term, &before);
	fd = signalfd(-1, &term, SFD_CLOEXEC | SFD_NONBLOCK);
	begin(fd);
	CHECK_EQ(move_pump(&m, 0), 0);
	raise(SIGTERM);
	check_cancelled();
	close(fd);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* Whoever could have said it is gone; and it is heard of once. */
static void test_end(void)
{
	int ends[2];

	CHECK(!pipe(ends));
	begin(ends[0]);
	CHECK_EQ(move_pump(&m, 0), 0);
	close(ends[1]);
	check_cancelled();
	error_clear(&m.err);
	CHECK_EQ(move_pump(&m, 0), 0);
	close(ends[0]);
}

static void test_nobody(void)
{
	begin(0);
	CHECK_EQ(move_pump(&m, 0), 0);
	begin(-1);
	CHECK_EQ(move_pump(&m, 0), 0);
}

static void test_too_late(void)
{
	uint64_t one = 1;
	int fd = eventfd(0, EFD_CLOEXEC), i;

	begin(fd);
	m.cancellable = false;
	for (i = 0; i < 2; i++) {
		CHECK_EQ(write(fd, &one, sizeof(one)), sizeof(one));
		CHECK_EQ(move_pump(&m, 0), 0);
	}
	CHECK_EQ(times, 1);
	CHECK_EQ(how_much, LEVEL_NOTE);
	CHECK_STR(told, "Too late to cancel.");
	close(fd);
}

/* ---- being told ---- */

static void test_told(void)
{
	static char longest[4096];
	struct context deaf = { 0 };

	begin(0);
	memset(longest, 'x', sizeof(longest) - 1);
	context_tell(&m.context, LEVEL_ERROR, "%u of %s.", 1, "two");
	CHECK_STR(told, "1 of two.");
	CHECK_EQ(how_much, LEVEL_ERROR);
	context_tell(&m.context, LEVEL_WARNING, "%s%s%s", longest, longest, longest);
	CHECK_EQ(times, 2);
	context_tell(&deaf, LEVEL_ERROR, "Nobody.");
	context_tell(NULL, LEVEL_ERROR, "Nobody.");
	CHECK_EQ(times, 2);
}

static const struct test tests[] = {
	TEST(test_eventfd), TEST(test_signalfd), TEST(test_end), TEST(test_nobody),
	TEST(test_too_late), TEST(test_told),
};

HARNESS_MAIN(tests)
