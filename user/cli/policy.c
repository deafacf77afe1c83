// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/xenmig.h>

#include "cli/policy.h"

/**
 * policy_number() - the number that an option wants
 * @option: its name, for people
 * @text: what was given
 * @min: least it may be
 * @max: most
 * @value: set to the number
 *
 * Return: 0, or -1 after a complaint on standard error.
 */
int policy_number(const char *option, const char *text, uint32_t min, uint32_t max,
		  uint32_t *value)
{
	unsigned long n;
	char *end;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || n < min || n > max) {
		fprintf(stderr, "migctl: --%s wants a number from %u to %u and not '%s'.\n",
			option, min, max, text);
		return -1;
	}
	*value = n;
	return 0;
}

static int on_limit(const char *text, uint32_t *value)
{
	static const char *const words[] = {
		[XENMIG_ON_LIMIT_STOP] = "stop", [XENMIG_ON_LIMIT_ABORT] = "abort",
		[XENMIG_ON_LIMIT_THROTTLE] = "throttle",
	};
	uint32_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(text, words[i]))
			continue;
		*value = i;
		return 0;
	}
	fprintf(stderr, "migctl: --on-limit wants 'stop', 'abort' or 'throttle' and not '%s'.\n",
		text);
	return -1;
}

/**
 * policy_take() - take one of POLICY_OPTIONS
 * @opt: as getopt_long() returned it
 * @text: its argument
 * @limits: changed; what was given is marked in it
 *
 * Return: 0; 1 for an option that is none of these; -1 after a complaint on
 * standard error.
 */
int policy_take(int opt, const char *text, struct limits *limits)
{
	switch (opt) {
	case OPT_DOWNTIME:
		GIVE(limits, XENMIG_A_SESSION_DOWNTIME_MS);
		return policy_number("downtime", text, 1, 3600000, &limits->downtime_ms);
	case OPT_MAX_ROUNDS:
		GIVE(limits, XENMIG_A_SESSION_MAX_ROUNDS);
		return policy_number("max-rounds", text, 1, 10000, &limits->max_rounds);
	case OPT_MAX_TIME:
		GIVE(limits, XENMIG_A_SESSION_MAX_SECONDS);
		return policy_number("max-time", text, 0, 604800, &limits->max_seconds);
	case OPT_ON_LIMIT:
		GIVE(limits, XENMIG_A_SESSION_ON_LIMIT);
		return on_limit(text, &limits->on_limit);
	case OPT_BANDWIDTH:
		GIVE(limits, XENMIG_A_SESSION_BANDWIDTH_MIB);
		return policy_number("bandwidth", text, 0, 1000000, &limits->bandwidth_mib);
	default:
		return 1;
	}
}
