/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MIGCTL_COMMAND_H
#define MIGCTL_COMMAND_H

#include "base/context.h"
#include "base/error.h"

/**
 * struct command - a sub-command
 * @name: what people type
 * @usage: its arguments, for --help
 * @help: what it does, some lines
 * @run: does it; argv[0] is the name; returns an exit code
 */
struct command {
	const char *name;
	const char *usage;
	const char *help;
	int (*run)(int argc, char **argv);
};

extern const struct command command_live;
extern const struct command command_move;
extern const struct command command_check;
extern const struct command command_evacuate;
extern const struct command command_serve;
extern const struct command command_list;
extern const struct command command_status;
extern const struct command command_watch;
extern const struct command command_cancel;
extern const struct command command_set;
extern const struct command command_history;
extern const struct command command_resolve;
extern const struct command command_bench;
extern const struct command command_console;

extern const struct context command_context;

int command_usage(const struct command *command);
int command_help(const struct command *command);
int command_error(const struct error *err);

#endif /* MIGCTL_COMMAND_H */
