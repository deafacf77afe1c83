// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* When do the rounds end? */
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/overflow.h>

#include "policy.h"
#include "xenmig/wire.h"

#define US_PER_SECOND	1000000ULL

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
 * now may write less in the next round.
 *
 * Return: the verdict; AGAIN before round 1.
 */
enum xenmig_verdict xenmig_policy_decide(const struct xenmig_policy *p,
					 const struct xenmig_snapshot *s)
{
	if (!s->round)
		return XENMIG_VERDICT_AGAIN;
	if (!s->dirty || xenmig_policy_expected_us(p, s) <= p->downtime_us)
		return XENMIG_VERDICT_PAUSE;
	if (limit_reached(p, s))
		return p->fail_at_limit ? XENMIG_VERDICT_FAIL : XENMIG_VERDICT_LIMIT;
	return XENMIG_VERDICT_AGAIN;
}
