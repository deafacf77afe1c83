// SPDX-License-Identifier: GPL-2.0-or-later
/* A terminal is raw while somebody looks at a console, and afterwards what it was, however that ends. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "harness.h"

#include "cli/terminal.h"

static int master, slave;

static void open_terminal(void)
{
	master = posix_openpt(O_RDWR | O_NOCTTY);
	CHECK(master >= 0 && !grantpt(master) && !unlockpt(master));
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	CHECK(slave >= 0);
}

static void close_terminal(void)
{
	close(master);
	close(slave);
}

static tcflag_t local_flags(void)
{
	struct termios now = { 0 };

	CHECK(!tcgetattr(slave, &now));
	return now.c_lflag;
}

/* A process that sits at it, says when it has come so far, and ends when it is let. */
static int sit(bool restores, int in, void (*leave)(int))
{
	int ready[2], go[2], status = 0;
	char octet;
	pid_t pid;

	CHECK(!pipe(ready) && !pipe(go));
	fflush(stdout);
	pid = fork();
	if (!pid) {
		dup2(in, 0);
		octet = terminal_raw() && terminal_raw();
		if (write(ready[1], &octet, 1) != 1 || read(go[0], &octet, 1) != 1)
			_exit(99);
		if (restores)
			terminal_restore();
		leave(3);
	}
	CHECK_EQ(read(ready[0], &octet, 1), 1);
	CHECK_EQ(octet, in == slave);
	if (in == slave)
		CHECK(!(local_flags() & (ICANON | ECHO | ISIG)));
	CHECK_EQ(write(go[1], "", 1), 1);
	waitpid(pid, &status, 0);
	close(ready[0]);
	close(ready[1]);
	close(go[0]);
	close(go[1]);
	return WEXITSTATUS(status);
}

static void it_is_restored(void)
{
	tcflag_t before;

	open_terminal();
	before = local_flags();
	CHECK(before & ICANON && before & ECHO);
	CHECK_EQ(sit(true, slave, _exit), 3);
	CHECK_EQ(local_flags(), before);
	CHECK_EQ(sit(false, slave, exit), 3);
	CHECK_EQ(local_flags(), before);
	/* This would show if it were not. */
	CHECK_EQ(sit(false, slave, _exit), 3);
	CHECK(local_flags() != before);
	close_terminal();
}

static void it_is_no_terminal(void)
{
	int null = open("/dev/null", O_RDONLY);

	open_terminal();
	CHECK_EQ(sit(true, null, exit), 3);
	close(null);
	close_terminal();
}

static const struct test tests[] = { TEST(it_is_restored), TEST(it_is_no_terminal) };

HARNESS_MAIN(tests)
