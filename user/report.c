// SPDX-License-Identifier: GPL-2.0-or-later
#include "report.h"

/**
 * report_paused_us() - how long a move kept its guest from running
 * @r: of a move that is over
 *
 * From the guest being suspended here to its being unpaused there. The hosts' clocks
 * differ: of the ways of COMMIT and RUNNING, which are known together, half counts.
 * Where RUNNING did not come all of the time does until the outcome was known.
 *
 * Return: us; 0 of a guest that was not suspended, or does not run there.
 */
uint64_t report_paused_us(const struct report *r)
{
	uint64_t suspended = r->session.suspended_ns, ways;

	if (!suspended || r->running_ns < suspended)
		return 0;
	ways = (r->running_ns - r->commit_ns) / 1000;
	/* What the peer says is believed if there was time for it. */
	if (!r->commit_to_unpaused_us || r->commit_ns < suspended || r->commit_ns > r->running_ns ||
	    r->commit_to_unpaused_us > ways ||
	    r->unpaused_to_running_us > ways - r->commit_to_unpaused_us)
		return (r->running_ns - suspended) / 1000;
	ways -= r->commit_to_unpaused_us + r->unpaused_to_running_us;
	return (r->commit_ns - suspended) / 1000 + r->commit_to_unpaused_us + ways / 2;
}
