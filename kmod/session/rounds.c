// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a source sends while the guest runs: rounds of dirty frames, until the rest
 * can be sent in a pause that is short enough.
 *
 * While the session lasts the guest's memory limit is held just above zero:
 * the guest can give memory back but not get any. Frames that Xen adds to a
 * guest during log-dirty mode are not marked dirty, so none may be added. A
 * limit that is not ours any more shows that another tool (xl mem-set) has
 * changed it, and then every frame counts as dirty.
 */
#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mm.h>

#include "base/fault.h"
#include "base/trace.h"
#include "session/source.h"
#include "wire/record.h"

#define HOLD_KIB		4
#define HOLD_PAGES		1
#define PACE_SLICE_NS		(100 * NSEC_PER_MSEC)
/* 64 MiB below the end: what is not memory like all other is there. */
#define LAST_FRAMES		(64U << (20 - PAGE_SHIFT))
/* With a device model the memory of its devices too, from 0xf0000000 on (256 MiB below 4 GiB). */
#define LAST_FRAMES_HVM		(256U << (20 - PAGE_SHIFT))
/* Between rounds that only wait: looking for marks stops the guest for a moment. */
#define HELD_JIFFIES		HZ
/* What fits in the socket's buffer says nothing about the rate of the wire. */
#define RATE_MIN_BYTES		(32ULL << 20)

static u32 count_sent(const bool *skip, u32 mapped)
{
	u32 i, n = 0;

	for (i = 0; i < mapped; i++)
		n += !skip[i];
	return n;
}

/**
 * xenmig_rounds_pace - wait until so many frames may leave
 * @src: source
 * @frames: how many
 *
 * While the guest runs no more is sent than asked for; the pause is not made longer by it.
 *
 * Return: 0 or -ECANCELED.
 */
int xenmig_rounds_pace(struct source *src, u32 frames)
{
	struct xenmig_session *s = src->s;
	u64 now, until;

	if (src->suspended)
		return 0;
	now = ktime_get_boottime_ns();
	until = now + xenmig_pace_ns(&src->pace, now, (u64)frames << PAGE_SHIFT,
				     READ_ONCE(s->options.policy.bandwidth));
	while (now < until) {
		if (xenmig_session_stopped(s))
			return -ECANCELED;
		src->round_paced = true;
		schedule_timeout_idle(nsecs_to_jiffies(min_t(u64, until - now, PACE_SLICE_NS)) + 1);
		xenmig_session_progress(s);
		now = ktime_get_boottime_ns();
	}
	return 0;
}

/* One flight: the frames in src->gfn, @count of them. */
static int send_frames(struct source *src, u32 count)
{
	struct xenmig_session *s = src->s;
	struct xenmig_flight *f;
	u32 kept, mapped;
	size_t head;
	int err;

	err = src->kind->classify(src, count, &kept, &mapped);
	if (err || !kept)
		return err;
	err = xenmig_rounds_pace(src, kept);
	if (err)
		return err;
	f = xenmig_flight_next(&s->inflight, &s->sock);
	if (IS_ERR(f))
		return xenmig_source_wire(src, PTR_ERR(f));
	err = src->kind->map_flight(src, f, &kept, mapped);
	if (err || !kept)
		return err;
	head = xenmig_put_page_data(page_address(f->header), src->entry, kept);
	/* For a test: a record that is a page shorter than it says. */
	if (mapped && xenmig_fault("truncate-record"))
		mapped--;
	err = xenmig_flight_send(f, &s->window, &s->sock, head, src->skip, src->copied,
				 mapped);
	if (err)
		return xenmig_source_wire(src, err);
	s->stats.frames_sent += count_sent(src->skip, mapped);
	s->stats.frames = src->placed.count;
	return 0;
}

/*
 * Rate of this round so far, where it says anything. Of the wire, not of what we
 * allow ourselves: what is sent between waits only goes into the socket's buffer,
 * so a flight that was alone in the air has to tell.
 */
static void measure(struct source *src)
{
	u64 bytes = src->s->sock.bytes - src->round_bytes;
	u64 ns = ktime_get_boottime_ns() - src->round_ns;
	u64 alone = READ_ONCE(src->s->inflight.alone_rate);

	if (src->round_paced && alone)
		src->s->stats.rate = alone;
	else if (bytes >= RATE_MIN_BYTES || !src->s->stats.rate)
		src->s->stats.rate = mul_u64_u64_div_u64(bytes, NSEC_PER_SEC, max(ns, 1ULL));
}

static void progress(struct source *src, u64 left)
{
	src->s->stats.frames_left = left;
	measure(src);
	xenmig_session_progress(src->s);
	cond_resched();
}

/**
 * xenmig_rounds_first - send all frames of the guest
 * @src: source; its dirty set is full, and empty afterwards
 *
 * A guest's frames are few among the numbers they may have (one below 4 GiB has a
 * hole of up to a million, and to ask Xen of each costs as much as to send a quarter
 * of a GiB). The last numbers come first, since PVH guests have ACPI tables (from
 * 0xfc000000 on) and rings there, and as soon as as many frames are found as the
 * guest owns, the rest is hole. It cannot get others meanwhile.
 *
 * Return: 0, -ECANCELED, -ENOMEM, or an error that is noted.
 */
int xenmig_rounds_first(struct source *src)
{
	u64 nr = src->dirty.nr, last = src->s->device_model ? LAST_FRAMES_HVM : LAST_FRAMES;
	u32 n;
	int err = 0;

	src->dirty.cursor = nr > last ? round_down(nr - last, XENMIG_FLIGHT_FRAMES) : 0;
	while (!err && (n = xenmig_dirty_take(&src->dirty, src->gfn, XENMIG_FLIGHT_FRAMES)))
		err = send_frames(src, n);
	xenmig_dirty_rewind(&src->dirty);
	while (!err && (src->kind->aliases || src->placed.count < src->pages) &&
	       (n = xenmig_dirty_take(&src->dirty, src->gfn, XENMIG_FLIGHT_FRAMES))) {
		if (xenmig_session_stopped(src->s))
			return -ECANCELED;
		err = send_frames(src, n);
		progress(src, src->pages - min(src->pages, src->placed.count));
	}
	xenmig_dirty_clear(&src->dirty);
	return err;
}

/**
 * xenmig_rounds_dirty - send the frames of the dirty set
 * @src: source; the set is empty afterwards
 *
 * Return: 0, -ECANCELED, -ENOMEM, or an error that is noted.
 */
int xenmig_rounds_dirty(struct source *src)
{
	struct xenmig_session *s = src->s;
	int err = 0;
	u32 n;

	xenmig_dirty_rewind(&src->dirty);
	while (!err && (n = xenmig_dirty_take(&src->dirty, src->gfn, XENMIG_FLIGHT_FRAMES))) {
		if (xenmig_session_stopped(s))
			return -ECANCELED;
		err = send_frames(src, n);
		progress(src, src->dirty.count);
	}
	return err;
}

/**
 * xenmig_rounds_check_hold - is the limit of memory still ours?
 * @src: source
 * @info: what Xen says of the domain
 *
 * Where another tool has set one, that is the limit to restore in the end, and
 * frames may have come without a mark: all are dirty.
 *
 * Return: 0, -ECANCELED, -ENOMEM, or an error that is noted.
 */
int xenmig_rounds_check_hold(struct source *src, const struct xenmig_domctl_getdomaininfo *info)
{
	int err;

	if (info->max_pages == HOLD_PAGES)
		return 0;
	src->s->stats.max_pages = info->max_pages;
	err = xenmig_dom_set_max_kib(&src->s->dom, HOLD_KIB);
	if (err)
		return xenmig_source_refused(src, err, "hold the guest's memory limit");
	err = src->kind->follow_size(src);
	if (!err)
		xenmig_dirty_fill(&src->dirty);
	src->pages = max(src->pages, info->tot_pages);
	return err;
}

/**
 * xenmig_rounds_hold - hold the guest's limit of memory
 * @src: source
 * @info: what Xen says of the domain
 *
 * Return: 0, or an error that is noted.
 */
int xenmig_rounds_hold(struct source *src, const struct xenmig_domctl_getdomaininfo *info)
{
	int err;

	src->s->stats.max_pages = info->max_pages;
	src->pages = info->tot_pages;
	err = xenmig_dom_set_max_kib(&src->s->dom, HOLD_KIB);
	if (err)
		return xenmig_source_refused(src, err, "hold the guest's memory limit");
	src->held = true;
	return 0;
}

/*
 * A device model that shows the guest's screen to somebody has it on for the frames of the
 * screen. It begins again with those by itself. Xen, tools: enable_logdirty().
 */
static int logdirty_on(struct source *src)
{
	struct xenmig_dom *dom = &src->s->dom;
	int err = xenmig_dom_logdirty_on(dom);

	if (err != -EINVAL || !src->s->device_model)
		return err;
	err = xenmig_dom_logdirty_off(dom);
	return err ?: xenmig_dom_logdirty_on(dom);
}

/**
 * xenmig_rounds_begin - switch log-dirty mode on
 * @src: source
 *
 * Return: 0, or an error that is noted.
 */
int xenmig_rounds_begin(struct source *src)
{
	u64 began = ktime_get_boottime_ns();
	int err = logdirty_on(src);

	/* As a harvest, it goes through all of the guest's page tables. */
	src->harvest_us = (ktime_get_boottime_ns() - began) / NSEC_PER_USEC;
	if (err == -EINVAL)
		return xenmig_session_fail(src->s, XENMIG_REASON_HYPERVISOR, err,
					   "log-dirty mode could not be switched on: it is on already (another migration, or a tool that died in one), or a PCI device is assigned");
	if (err)
		return xenmig_source_refused(src, err, "switch log-dirty mode on");
	src->logdirty = true;
	return src->kind->watch_marks(src);
}

/**
 * xenmig_rounds_harvest - let Xen write what is dirty into the dirty set
 * @src: source
 * @final: the guest is suspended
 *
 * A round has emptied the set: no bitmap is kept for it. On an error marks may be
 * lost; the session is over then.
 *
 * Return: 0, or an error that is noted.
 */
int xenmig_rounds_harvest(struct source *src, bool final)
{
	struct xenmig_stats *stats = &src->s->stats;
	struct xenmig_domctl_getdomaininfo info;
	u64 began = ktime_get_boottime_ns();
	bool left = src->dirty.count;
	const u64 *lost;
	int err;

	err = xenmig_dom_logdirty_clean(&src->s->dom, src->dirty.bits, src->dirty.nr, final);
	if (err)
		return xenmig_source_refused(src, err, "give the log-dirty bitmap");
	src->harvest_us = (ktime_get_boottime_ns() - began) / NSEC_PER_USEC;
	lost = xenmig_watch_lost(&src->watch, src->dirty.bits);
	if (lost) {
		/* A domain that is being destroyed has none either. */
		err = xenmig_source_look(src, &info);
		if (err)
			return err;
		pr_info("xenmig: domain %u: the mark of frame %llu was taken away in round %u\n",
			src->s->dom.id, *lost, stats->round);
		/* It is that tool's now: without it Xen would give it empty bitmaps, and no error. */
		src->logdirty = false;
		return xenmig_session_fail(src->s, XENMIG_REASON_TAMPERED, -EBUSY,
					   "another tool switched log-dirty mode off or took marks away during the move (another migration of this guest?)");
	}
	stats->dirty = xenmig_dirty_recount(&src->dirty);
	/* What was in the set before is overwritten; that there was anything is rare. */
	if (left)
		xenmig_dirty_fill(&src->dirty);
	return final ? 0 : src->kind->watch_marks(src);
}

/* One round, then the verdict on what is dirty now. */
static int send_round(struct source *src, enum xenmig_verdict *verdict)
{
	struct xenmig_session *s = src->s;
	struct xenmig_domctl_getdomaininfo info;
	u64 dirty_before = src->dirty.count;
	struct xenmig_snapshot snap;
	struct xenmig_policy policy;
	u32 dirty = 0;
	u64 ns;
	int err;

	src->round_paced = false;
	src->round_ns = ktime_get_boottime_ns();
	src->round_bytes = s->sock.bytes;
	s->stats.round++;
	err = s->stats.round == 1 ? xenmig_rounds_first(src) : xenmig_rounds_dirty(src);
	if (err)
		return err;
	err = xenmig_source_look(src, &info);
	if (err)
		return err;
	err = xenmig_rounds_check_hold(src, &info);
	if (err)
		return err;
	err = xenmig_dom_logdirty_count(&s->dom, src->dirty.nr, &dirty);
	if (err)
		return xenmig_source_refused(src, err, "count dirty frames");
	ns = ktime_get_boottime_ns() - src->round_ns;
	measure(src);
	s->stats.dirty = dirty;
	s->stats.dirty_rate = mul_u64_u64_div_u64(dirty, NSEC_PER_SEC, max(ns, 1ULL));
	if (s->stats.round == 1) {
		s->stats.first_round_frames = s->stats.frames_sent;
		s->stats.first_round_us = ns / 1000;
	}
	snap = (struct xenmig_snapshot){
		.round = s->stats.round - s->stats.held_rounds,
		.elapsed_us = (ktime_get_boottime_ns() - s->stats.started_ns) / 1000,
		.dirty = dirty + src->dirty.count,
		.last_dirty = dirty_before,
		.rate = s->stats.rate,
		.throttle = src->throttle.percent,
	};
	xenmig_session_policy(s, &policy);
	/* The controller knows its part of what does not depend on pages, not this one. */
	policy.fixed_us += src->harvest_us;
	s->stats.expected_us = xenmig_policy_expected_us(&policy, &snap);
	*verdict = xenmig_policy_decide(&policy, &snap);
	trace_xenmig_round(s->id, s->stats.round, s->stats.frames_sent, snap.dirty, snap.rate,
			   s->stats.expected_us);
	return 0;
}

static void show_throttle(struct source *src)
{
	struct xenmig_stats *stats = &src->s->stats;

	stats->throttle = src->throttle.percent;
	stats->most_throttle = max(stats->most_throttle, stats->throttle);
	trace_xenmig_throttle(src->s->id, src->s->dom.id, stats->throttle);
}

/* Slow the guest by one step more. */
static int throttle(struct source *src)
{
	struct xenmig_domctl_getdomaininfo info;
	int err;

	err = xenmig_source_look(src, &info);
	if (err)
		return err;
	err = xenmig_throttle_set(&src->throttle, &src->s->dom, info.nr_online_vcpus,
				  xenmig_policy_throttle(src->throttle.percent));
	if (err)
		return xenmig_source_refused(src, err, "slow the guest");
	show_throttle(src);
	return 0;
}

/**
 * xenmig_rounds_throttle_end - give the guest its share of the CPU again
 * @src: source
 *
 * It needs all its time to suspend itself, and where it goes on.
 */
void xenmig_rounds_throttle_end(struct source *src)
{
	if (!src->throttle.percent)
		return;
	xenmig_throttle_end(&src->throttle, &src->s->dom);
	show_throttle(src);
}

/* The destination still makes the guest's devices; what is written meanwhile is sent. */
static int bridge(struct source *src)
{
	src->s->stats.held_rounds++;
	xenmig_session_progress(src->s);
	xenmig_session_await_pause(src->s, HELD_JIFFIES);
	return xenmig_session_stopped(src->s) ? -ECANCELED : 0;
}

/**
 * xenmig_rounds - send rounds until the pause may begin
 * @src: source; in log-dirty mode
 *
 * Return: 0, -ECANCELED, -ENOMEM, or an error that is noted.
 */
int xenmig_rounds(struct source *src)
{
	enum xenmig_verdict verdict;
	int err;

	xenmig_dirty_fill(&src->dirty);
	for (;;) {
		err = send_round(src, &verdict);
		if (err)
			return err;
		if (verdict == XENMIG_VERDICT_PAUSE || verdict == XENMIG_VERDICT_LIMIT)
			return 0;
		if (verdict == XENMIG_VERDICT_ABORT)
			return xenmig_session_fail(src->s, XENMIG_REASON_CONVERGENCE, -ETIME,
						   "the guest dirties memory faster than the wire carries it: after %u rounds %llu MiB are left; give it a longer --downtime or more --max-rounds",
						   src->s->stats.round, src->s->stats.dirty >> 8);
		err = verdict == XENMIG_VERDICT_THROTTLE ? throttle(src) :
		      verdict == XENMIG_VERDICT_WAIT ? bridge(src) : 0;
		if (!err)
			err = xenmig_rounds_harvest(src, false);
		if (err)
			return err;
	}
}
