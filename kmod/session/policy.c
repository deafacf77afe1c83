// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* When do the rounds end? */
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/overflow.h>

#include "session/policy.h"
#include "xenmig/wire.h"

#define US_PER_SECOND	1000000ULL
#define NS_PER_SECOND	1000000000ULL
/* A sender that was held up may make good for so much. */
#define PACE_CREDIT_NS	(NS_PER_SECOND / 20)

/*
 * Microseconds to send @frames at @rate (not 0) bytes in a second, rounded
 * down; saturates. The remainder is below @rate, so the 128-bit product
 * divided by @rate is below US_PER_SECOND and the division cannot trap.
 */
static u64 send_us(u64 frames, u64 rate)
{
	u64 bytes, seconds, rest, us;

	if (check_mul_overflow(frames, (u64)XENMIG_PAGE_SIZE, &bytes))
		return U64_MAX;
	seconds = div64_u64_rem(bytes, rate, &rest);
	if (check_mul_overflow(seconds, US_PER_SECOND, &us))
		return U64_MAX;
	if (check_add_overflow(us, mul_u64_u64_div_u64(rest, US_PER_SECOND, rate), &us))
		return U64_MAX;
	return us;
}

static bool limit_reached(const struct xenmig_policy *p, const struct xenmig_snapshot *s)
{
	return s->round >= p->max_rounds || (p->max_us && s->elapsed_us >= p->max_us);
}

/* The guest wrote nearly as many frames as the round sent. */
static bool no_gain(const struct xenmig_snapshot *s)
{
	return s->round > 1 && s->dirty > s->last_dirty / 4 * 3;
}

/**
 * xenmig_policy_throttle() - how much to slow a guest that was slowed so far
 * @now: percent of its CPU time that it is denied now
 *
 * In five steps: 0, 30, 60, 80, 90 and 95. Halving what it has left halves what
 * it writes, so that the steps get smaller.
 *
 * Return: the next step, or @now when there is none.
 */
u32 xenmig_policy_throttle(u32 now)
{
	static const u32 step[] = { 30, 60, 80, 90, 95 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(step); i++)
		if (step[i] > now)
			return step[i];
	return now;
}

/**
 * xenmig_policy_expected_us() - the pause to expect if the rounds ended now
 * @p: what was asked for; only @fixed_us is read
 * @s: what is known; only @dirty and @rate are read
 *
 * Return: time to send the dirty frames plus the fixed part, in microseconds,
 * U64_MAX when it is larger than that or the rate is not known.
 */
u64 xenmig_policy_expected_us(const struct xenmig_policy *p, const struct xenmig_snapshot *s)
{
	u64 us;

	if (!s->rate)
		return U64_MAX;
	if (check_add_overflow(send_us(s->dirty, s->rate), p->fixed_us, &us))
		return U64_MAX;
	return us;
}

/**
 * xenmig_policy_decide() - what follows the round just done?
 * @p: what was asked for
 * @s: what is known after the round
 *
 * A short enough pause wins over a limit that is reached at the same time.
 * Rounds that bring no gain are left to the limits: a guest that writes much
 * now may write less in the next round. Where it may be slowed it is so after
 * the first round without a gain, and beyond a limit until it cannot be slowed
 * any more: five rounds.
 *
 * Where the rounds could end and the pause is held, what the guest writes meanwhile
 * has to be sent while it runs: one more round, after a wait.
 *
 * Return: the verdict; AGAIN before round 1.
 */
enum xenmig_verdict xenmig_policy_decide(const struct xenmig_policy *p,
					 const struct xenmig_snapshot *s)
{
	if (!s->round)
		return XENMIG_VERDICT_AGAIN;
	if (!s->dirty || xenmig_policy_expected_us(p, s) <= p->downtime_us)
		return p->hold_pause ? XENMIG_VERDICT_WAIT : XENMIG_VERDICT_PAUSE;
	if (p->on_limit == XENMIG_ON_LIMIT_THROTTLE && (limit_reached(p, s) || no_gain(s)) &&
	    xenmig_policy_throttle(s->throttle) != s->throttle)
		return XENMIG_VERDICT_THROTTLE;
	if (!limit_reached(p, s))
		return XENMIG_VERDICT_AGAIN;
	if (p->on_limit == XENMIG_ON_LIMIT_ABORT)
		return XENMIG_VERDICT_ABORT;
	return p->hold_pause ? XENMIG_VERDICT_WAIT : XENMIG_VERDICT_LIMIT;
}

/**
 * xenmig_pace_ns() - how long a flight has to wait
 * @pace: updated: the flight counts as sent after the wait
 * @now_ns: the time
 * @bytes: size of the flight
 * @bandwidth: bytes in a second, 0 for no limit; may differ from flight to flight
 *
 * Return: ns from @now_ns on.
 */
u64 xenmig_pace_ns(struct xenmig_pace *pace, u64 now_ns, u64 bytes, u64 bandwidth)
{
	u64 due = pace->due_ns, wait, takes;

	if (!bandwidth) {
		pace->due_ns = 0;
		return 0;
	}
	if (now_ns > PACE_CREDIT_NS && due < now_ns - PACE_CREDIT_NS)
		due = now_ns - PACE_CREDIT_NS;
	wait = due > now_ns ? due - now_ns : 0;
	takes = mul_u64_u64_div_u64(bytes, NS_PER_SECOND, bandwidth);
	if (check_add_overflow(due, takes, &pace->due_ns))
		pace->due_ns = U64_MAX;
	return wait;
}
