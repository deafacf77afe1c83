/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* When do the rounds end? A pure function from statistics to a verdict. */
#ifndef _XENMIG_POLICY_H
#define _XENMIG_POLICY_H

#include <linux/types.h>

/**
 * struct xenmig_policy - what was asked for
 * @downtime_us: longest expected pause at which the rounds end
 * @fixed_us: part of the pause that does not depend on pages
 * @max_rounds: most rounds
 * @max_us: time since session-start after which no round begins, 0 for no limit
 * @fail_at_limit: fail at a limit instead of suspending all the same
 */
struct xenmig_policy {
	u64 downtime_us;
	u64 fixed_us;
	u32 max_rounds;
	u64 max_us;
	bool fail_at_limit;
};

/**
 * struct xenmig_snapshot - what is known after a round
 * @round: rounds done, from 1
 * @elapsed_us: since session-start
 * @dirty: frames known to be dirty now
 * @last_dirty: frames that were dirty when the round just done began; not looked at yet
 * @rate: bytes sent in a second of late, 0 when not known
 */
struct xenmig_snapshot {
	u32 round;
	u64 elapsed_us;
	u64 dirty;
	u64 last_dirty;
	u64 rate;
};

enum xenmig_verdict {
	XENMIG_VERDICT_AGAIN,	/* one more round */
	XENMIG_VERDICT_PAUSE,	/* suspend: the pause is expected to be short enough */
	XENMIG_VERDICT_LIMIT,	/* suspend: a limit was reached */
	XENMIG_VERDICT_FAIL,	/* a limit was reached and fail_at_limit is set */
};

u64 xenmig_policy_expected_us(const struct xenmig_policy *p, const struct xenmig_snapshot *s);
enum xenmig_verdict xenmig_policy_decide(const struct xenmig_policy *p,
					 const struct xenmig_snapshot *s);

#endif /* _XENMIG_POLICY_H */
