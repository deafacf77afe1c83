/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options that say when the rounds of a move end, and how fast they go. */
#ifndef MIGCTL_POLICY_H
#define MIGCTL_POLICY_H

#include <getopt.h>
#include <stdint.h>

#include "module/model.h"

enum {
	OPT_DOWNTIME = 512, OPT_MAX_ROUNDS, OPT_MAX_TIME, OPT_ON_LIMIT, OPT_BANDWIDTH,
};

#define POLICY_OPTIONS							\
	{ "downtime", required_argument, NULL, OPT_DOWNTIME },		\
	{ "max-rounds", required_argument, NULL, OPT_MAX_ROUNDS },	\
	{ "max-time", required_argument, NULL, OPT_MAX_TIME },		\
	{ "on-limit", required_argument, NULL, OPT_ON_LIMIT },		\
	{ "bandwidth", required_argument, NULL, OPT_BANDWIDTH }

#define POLICY_USAGE \
	"[--downtime MS] [--max-rounds N] [--max-time S] [--on-limit stop|abort|throttle] [--bandwidth MIB_S]"

int policy_number(const char *option, const char *text, uint32_t min, uint32_t max,
		  uint32_t *value);
int policy_take(int opt, const char *text, struct limits *limits);

#endif /* MIGCTL_POLICY_H */
