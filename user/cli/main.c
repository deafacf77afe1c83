// SPDX-License-Identifier: GPL-2.0-or-later
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/version.h"
#include "cli/command.h"
#include "module/link.h"

static int run_version(int argc, char **argv);

static void tell(void *arg, enum level level, const char *sentence)
{
	(void)arg;
	fprintf(stderr, "migctl: %s%s\n", level == LEVEL_WARNING ? "warning: " : "", sentence);
}

/* Of a command that a person has given. */
const struct context command_context = { .tell = tell, .output = STDERR_FILENO };

static const struct command command_version = {
	.name = "version",
	.usage = "",
	.help = "Print the versions of migctl and, when it is loaded, of the kernel module.\n",
	.run = run_version,
};

static const struct command *const commands[] = {
	&command_live, &command_move, &command_check, &command_evacuate, &command_serve,
	&command_list, &command_status, &command_watch, &command_set, &command_cancel,
	&command_history, &command_resolve, &command_console, &command_bench,
	&command_version,
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int run_version(int argc, char **argv)
{
	struct error err = { 0 };
	struct host_info info;
	struct link *link;

	(void)argv;
	if (argc > 1)
		return command_usage(&command_version);
	printf("migctl %s\n", MIGCTL_VERSION);
	link = link_open(&err);
	if (link && !link_info(link, &info, &err))
		printf("xenmig %s\nXen %u.%u\n", info.version, info.xen_major, info.xen_minor);
	link_close(link);
	return 0;
}

static void print_commands(FILE *to)
{
	size_t i;

	fprintf(to, "Usage: migctl COMMAND [ARGUMENTS]\n\nMoves running Xen guests between hosts.\n\nCommands:\n");
	for (i = 0; i < COMMANDS; i++)
		fprintf(to, "  %-8s %s\n", commands[i]->name, commands[i]->usage);
	fprintf(to, "\n'migctl COMMAND --help' explains one; migctl(8) explains all.\n");
}

/**
 * command_help() - explain a command on standard output
 * @command: the command
 *
 * Return: exit code 0.
 */
int command_help(const struct command *command)
{
	printf("Usage: migctl %s %s\n\n%s", command->name, command->usage, command->help);
	return 0;
}

/**
 * command_usage() - say how a command is used, after it was not
 * @command: the command
 *
 * Return: the exit code for that.
 */
int command_usage(const struct command *command)
{
	fprintf(stderr, "Usage: migctl %s %s\n", command->name, command->usage);
	return EXIT_USAGE;
}

/**
 * command_error() - print an error
 * @err: the error
 *
 * Return: its exit code.
 */
int command_error(const struct error *err)
{
	fprintf(stderr, "migctl: %s\n", err->text);
	return err->code;
}

int main(int argc, char **argv)
{
	size_t i;

	/* Whoever ignores it passes that on, and then it cannot be known how a child ended. */
	signal(SIGCHLD, SIG_DFL);
	if (argc < 2) {
		print_commands(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		print_commands(stdout);
		return 0;
	}
	for (i = 0; i < COMMANDS; i++) {
		if (strcmp(argv[1], commands[i]->name) &&
		    !(commands[i] == &command_version && !strcmp(argv[1], "--version")))
			continue;
		if (argc == 3 && (!strcmp(argv[2], "--help") || !strcmp(argv[2], "-h")))
			return command_help(commands[i]);
		return commands[i]->run(argc - 1, argv + 1);
	}
	fprintf(stderr, "migctl: There is no command '%s'; 'migctl --help' lists them.\n", argv[1]);
	return EXIT_USAGE;
}
