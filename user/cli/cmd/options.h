/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options that every command which moves guests has. */
#ifndef MIGCTL_OPTIONS_H
#define MIGCTL_OPTIONS_H

#include <getopt.h>

#include "source/source.h"

enum {
	OPT_VERIFY = 256, OPT_SUSPEND, OPT_CONNECT, OPT_OUTCOME, OPT_DRAIN, OPT_UNSAFE_STORAGE,
	OPT_AUTOSTART, OPT_JSON, OPT_QUIET, OPT_HELP,
	OPT_OWN,	/* the first number that is free for a command's own */
};

#define MOVE_OPTIONS							\
	{ "verify", no_argument, NULL, OPT_VERIFY },			\
	{ "suspend-timeout", required_argument, NULL, OPT_SUSPEND },	\
	{ "connect-timeout", required_argument, NULL, OPT_CONNECT },	\
	{ "outcome-timeout", required_argument, NULL, OPT_OUTCOME },	\
	{ "drain-timeout", required_argument, NULL, OPT_DRAIN },	\
	{ "unsafe-storage", no_argument, NULL, OPT_UNSAFE_STORAGE },	\
	{ "autostart", no_argument, NULL, OPT_AUTOSTART },		\
	{ "json", no_argument, NULL, OPT_JSON },			\
	{ "quiet", no_argument, NULL, OPT_QUIET },			\
	{ "help", no_argument, NULL, OPT_HELP }

#define MOVE_USAGE "[--verify] [--suspend-timeout S] [--connect-timeout S] [--outcome-timeout S] [--drain-timeout S] [--unsafe-storage] [--autostart] [--json] [--quiet]"

#define POLICY_HELP							\
"  --downtime MS         end the rounds when a pause of MS is to be expected (300)\n"	\
"  --max-rounds N        most rounds (30)\n"						\
"  --max-time S          longest time of rounds; 0 for no limit (0)\n"			\
"  --on-limit ACTION     at either limit: stop the guest all the same; abort the move; or\n"	\
"                        throttle the guest more and more, and then stop it (stop)\n"

#define MOVE_HELP							\
"  --verify              compare digests of the guest's memory before it starts there\n"	\
"  --suspend-timeout S   how long the guest may take to suspend itself (60)\n"		\
"  --connect-timeout S   how long to try each address of HOST (10)\n"			\
"  --outcome-timeout S   how long to ask for the outcome when the answer to the\n"	\
"                        commit is lost; 'migctl serve' goes on then (60)\n"		\
"  --drain-timeout S     how long the disks may take to answer what the guest has\n"	\
"                        written and to be flushed, while it is paused (10)\n"		\
"  --unsafe-storage      take the word of whoever names this for it that the disks are\n"	\
"                        the same at both hosts\n"					\
"  --autostart           move the guest's entry in /etc/xen/auto along, so that it is\n"	\
"                        started there, and not here, when the host boots\n"		\
"  --json                one JSON object a line, the last one being the result\n"	\
"  --quiet               print nothing but errors\n"

void options_default(struct order *order, bool live);
int options_take(int opt, struct order *order, bool *json, bool *quiet);
int options_place(const char *text, struct order *order);

#endif /* MIGCTL_OPTIONS_H */
