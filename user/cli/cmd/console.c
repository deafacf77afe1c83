// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "cli/command.h"
#include "cli/console-client.h"

static int run_console(int argc, char **argv)
{
	struct error err = { 0 };

	if (argc != 2 || argv[1][0] == '-')
		return command_usage(&command_console);
	return console_client_run(argv[1], &err) ? command_error(&err) : 0;
}

const struct command command_console = {
	.name = "console",
	.usage = "DOM",
	.help =
"Attaches to the console of a guest, as 'xl console' does, and stays attached when\n"
"the guest moves: to whichever host, and back. Ctrl-] leaves it.\n"
"\n"
"Where standard input is no terminal, what comes of it is typed for the guest, and\n"
"its end is not the end.\n",
	.run = run_console,
};
