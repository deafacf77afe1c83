// SPDX-License-Identifier: GPL-2.0-or-later
#include "move/report.h"

/*
 * What COMMIT was on its way at the most. The time of two messages' ways is known, one there and
 * one back, by what both ends say was between them: that of READY and COMMIT, and that of COMMIT
 * and RUNNING. RUNNING's may be long: the guest, on its way, has the processor too.
 */
static uint64_t longest_way(const struct report *r, uint64_t ways_after)
{
	uint64_t between = (r->commit_ns - r->ready_ns) / 1000;

	if (!r->ready_ns || r->commit_ns < r->ready_ns || r->ready_to_commit_us < between ||
	    r->ready_to_commit_us - between > ways_after)
		return ways_after;
	return r->ready_to_commit_us - between;
}

/**
 * report_paused_us() - how long a move kept its guest from running
 * @r: of a move that is over
 *
 * From the guest being suspended here to its being unpaused there. The hosts' clocks
 * differ: of what COMMIT was on its way at the most, half counts. Where RUNNING did not
 * come all of the time does until the outcome was known.
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
	return (r->commit_ns - suspended) / 1000 + r->commit_to_unpaused_us +
	       longest_way(r, ways) / 2;
}
