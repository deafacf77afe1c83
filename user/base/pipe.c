// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>

#include "base/pipe.h"

/**
 * pipe_write() - write(), without SIGPIPE where nobody reads any more
 * @fd: as for write()
 * @octets: as for write()
 * @len: as for write()
 *
 * What the process does on that signal stays as it is, and so does one that somebody else caused.
 *
 * Return: as write() does.
 */
ssize_t pipe_write(int fd, const void *octets, size_t len)
{
	static const struct timespec now;
	sigset_t ours, before, waiting;
	bool waited;
	ssize_t n;
	int why;

	sigemptyset(&ours);
	sigaddset(&ours, SIGPIPE);
	sigpending(&waiting);
	waited = sigismember(&waiting, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &ours, &before);
	n = write(fd, octets, len);
	why = errno;
	if (n < 0 && why == EPIPE && !waited)
		while (sigtimedwait(&ours, NULL, &now) < 0 && errno == EINTR)
			;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = why;
	return n;
}
