// SPDX-License-Identifier: GPL-2.0-or-later
#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>

#include "serve/signals.h"

/**
 * signals_catch() - hear of SIGINT and SIGTERM, which end this process no more
 *
 * Return: a descriptor for context.cancel; -1 when there is none, and they end it as before.
 */
int signals_catch(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd >= 0)
		sigprocmask(SIG_BLOCK, &set, NULL);
	return fd;
}
