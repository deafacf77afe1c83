/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* When do the rounds end? A pure function from statistics to a verdict. */
#ifndef _XENMIG_POLICY_H
#define _XENMIG_POLICY_H

#include <linux/types.h>
#ifdef __KERNEL__
#include <uapi/linux/xenmig.h>
#else
#include <linux/xenmig.h>
#endif

/**
 * struct xenmig_policy - what was asked for
 * @downtime_us: longest expected pause at which the rounds end
 * @fixed_us: part of the pause that does not depend on pages
 * @max_rounds: most rounds
 * @max_us: time since session-start after which no round begins, 0 for no limit
 * @bandwidth: most bytes sent in a second while the guest runs, 0 for no limit
 * @on_limit: what to do at a limit of rounds or time
 * @hold_pause: the destination is not ready for the pause
 */
struct xenmig_policy {
	u64 downtime_us;
	u64 fixed_us;
	u32 max_rounds;
	u64 max_us;
	u64 bandwidth;
	enum xenmig_on_limit on_limit;
	bool hold_pause;
};

/**
 * struct xenmig_snapshot - what is known after a round
 * @round: rounds done, from 1; without those that only bridged a wait
 * @elapsed_us: since session-start
 * @dirty: frames known to be dirty now
 * @last_dirty: frames that were dirty when the round just done began
 * @rate: bytes sent in a second of late, 0 when not known
 * @throttle: percent of its CPU time that the guest was denied in that round
 */
struct xenmig_snapshot {
	u32 round;
	u64 elapsed_us;
	u64 dirty;
	u64 last_dirty;
	u64 rate;
	u32 throttle;
};

enum xenmig_verdict {
	XENMIG_VERDICT_AGAIN,	/* one more round */
	XENMIG_VERDICT_PAUSE,	/* suspend: the pause is expected to be short enough */
	XENMIG_VERDICT_LIMIT,	/* suspend: a limit was reached */
	XENMIG_VERDICT_ABORT,	/* a limit was reached, and that is to be the end */
	XENMIG_VERDICT_THROTTLE,	/* one more round, with the guest slowed (more) */
	XENMIG_VERDICT_WAIT,	/* the rounds could end, and the destination is not ready */
};

u64 xenmig_policy_expected_us(const struct xenmig_policy *p, const struct xenmig_snapshot *s);
enum xenmig_verdict xenmig_policy_decide(const struct xenmig_policy *p,
					 const struct xenmig_snapshot *s);
u32 xenmig_policy_throttle(u32 now);

/**
 * struct xenmig_pace - how fast flights may leave
 * @due_ns: when the next one may; zeroed at first
 */
struct xenmig_pace {
	u64 due_ns;
};

u64 xenmig_pace_ns(struct xenmig_pace *pace, u64 now_ns, u64 bytes, u64 bandwidth);

#endif /* _XENMIG_POLICY_H */
