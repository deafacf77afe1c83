// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "cli/terminal.h"

static struct termios before;
static bool raw;

/**
 * terminal_raw() - let every key reach the guest
 *
 * However the process exits, the terminal is as it was then; signals that would end it
 * without an exit are the caller's to catch.
 *
 * Return: whether standard input is a terminal.
 */
bool terminal_raw(void)
{
	struct termios now;

	if (raw)
		return true;
	if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &before))
		return false;
	now = before;
	cfmakeraw(&now);
	raw = true;
	atexit(terminal_restore);
	tcsetattr(STDIN_FILENO, TCSANOW, &now);
	return true;
}

/**
 * terminal_restore() - make the terminal what it was before terminal_raw()
 */
void terminal_restore(void)
{
	if (raw)
		tcsetattr(STDIN_FILENO, TCSANOW, &before);
	raw = false;
}
