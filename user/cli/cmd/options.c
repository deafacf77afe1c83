// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>

#include <linux/xenmig.h>

#include "base/error.h"
#include "cli/cmd/options.h"
#include "cli/policy.h"

/**
 * options_default() - what holds where nothing else is asked for
 * @order: zeroed; filled in
 * @live: pages are sent while the guest runs
 */
void options_default(struct order *order, bool live)
{
	struct limits *l = &order->limits;

	l->no_live = !live;
	l->downtime_ms = 300;
	l->max_rounds = 30;
	l->on_limit = XENMIG_ON_LIMIT_STOP;
	order->connect_timeout = 10;
	order->suspend_timeout = 60;
	order->outcome_timeout = 60;
	order->drain_timeout = 10;
	GIVE(l, XENMIG_A_SESSION_VERIFY);
	GIVE(l, XENMIG_A_SESSION_NO_LIVE);
	GIVE(l, XENMIG_A_SESSION_DOWNTIME_MS);
	GIVE(l, XENMIG_A_SESSION_MAX_ROUNDS);
	GIVE(l, XENMIG_A_SESSION_MAX_SECONDS);
	GIVE(l, XENMIG_A_SESSION_ON_LIMIT);
}

/**
 * options_take() - take one of MOVE_OPTIONS or POLICY_OPTIONS
 * @opt: as getopt_long() returned it, with its argument in optarg
 * @order: changed
 * @json: set when that is it
 * @quiet: set when that is it
 *
 * Return: 0; 1 for an option that is none of these; -1 after a complaint on standard error.
 */
int options_take(int opt, struct order *order, bool *json, bool *quiet)
{
	switch (opt) {
	case OPT_SUSPEND:
		return policy_number("suspend-timeout", optarg, 1, 3600, &order->suspend_timeout);
	case OPT_CONNECT:
		return policy_number("connect-timeout", optarg, 1, 3600, &order->connect_timeout);
	case OPT_OUTCOME:
		return policy_number("outcome-timeout", optarg, 1, 86400, &order->outcome_timeout);
	case OPT_DRAIN:
		return policy_number("drain-timeout", optarg, 1, 3600, &order->drain_timeout);
	case OPT_UNSAFE_STORAGE:
		order->unsafe_storage = true;
		return 0;
	case OPT_VERIFY:
		order->limits.verify = true;
		return 0;
	case OPT_AUTOSTART:
		order->autostart = true;
		return 0;
	case OPT_JSON:
		*json = true;
		return 0;
	case OPT_QUIET:
		*quiet = true;
		return 0;
	default:
		return policy_take(opt, optarg, &order->limits);
	}
}

/**
 * options_place() - take the destination that was named
 * @text: HOST, HOST:PORT or [ADDRESS]:PORT
 * @order: changed
 *
 * Return: 0, or -1 after a complaint on standard error.
 */
int options_place(const char *text, struct order *order)
{
	if (!place_parse(text, DEFAULT_PORT, &order->place))
		return 0;
	fprintf(stderr, "migctl: '%s' is not HOST, HOST:PORT or [ADDRESS]:PORT.\n", text);
	return -1;
}
