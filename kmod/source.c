// SPDX-License-Identifier: GPL-2.0-only
/*
 * The source of a migration: rounds of dirty frames while the guest runs, the
 * last ones and the machine state while it is suspended. Everything here runs
 * in the session's thread, the undoing included.
 *
 * While the session lasts the guest's memory limit is held just above zero:
 * the guest can give memory back but not get any. Frames that Xen adds to a
 * guest during log-dirty mode are not marked dirty, so none may be added. A
 * limit that is not ours any more shows that another tool (xl mem-set) has
 * changed it, and then every frame counts as dirty.
 */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <xen/interface/grant_table.h>
#include <xen/interface/hvm/params.h>

#include "digest.h"
#include "dirty.h"
#include "fault.h"
#include "record.h"
#include "session.h"
#include "state.h"
#include "suspension.h"
#include "throttle.h"
#include "trace.h"
#include "watch.h"

#define HOLD_KIB		4
#define HOLD_PAGES		1
#define SUSPEND_POLL_US		500
#define DRAIN_SECONDS		10
#define PACE_SLICE_NS		(100 * NSEC_PER_MSEC)
/* 64 MiB below the end: what is not memory like all other is there. */
#define LAST_FRAMES		(64U << (20 - PAGE_SHIFT))
/* Between rounds that only wait: looking for marks stops the guest for a moment. */
#define HELD_JIFFIES		HZ
/* What fits in the socket's buffer says nothing about the rate of the wire. */
#define RATE_MIN_BYTES		(32ULL << 20)
/* The slot behind those of the flights: for frames that are not sent. */
#define SPARE_SLOT		XENMIG_WINDOW_SLOTS

/**
 * struct source - what a source has besides its session
 * @s: session
 * @dirty: frames still to send
 * @placed: frames that the destination holds
 * @host: frames whose content does not travel
 * @round_ns: when the round began
 * @round_bytes: bytes sent until then
 * @round_paced: the round waited for the bandwidth's sake
 * @bridged: rounds that were made because the pause was held
 * @pace: how fast flights may leave
 * @harvest_us: how long the last harvest took, or what has the same work to do
 * @throttle: how the guest is slowed
 * @pages: pages the guest owned at the start
 * @held: the memory limit is held
 * @logdirty: log-dirty mode is on
 * @quiet: Xen tells nobody when the guest suspends
 * @watch: whether somebody else takes marks away
 * @suspended: the guest was seen suspended
 * @gfn: frames of the flight being made
 * @type: their types
 * @entry: entries of its record
 * @map: frames of it that have data
 * @skip: of those, which could not be mapped
 */
struct source {
	struct xenmig_session *s;
	struct xenmig_dirty dirty;
	struct xenmig_dirty placed;
	struct xenmig_host_frames host;
	u64 round_ns;
	u64 round_bytes;
	bool round_paced;
	u32 bridged;
	struct xenmig_pace pace;
	u64 harvest_us;
	struct xenmig_throttle throttle;
	u64 pages;
	bool held;
	bool logdirty;
	bool quiet;
	struct xenmig_watch watch;
	bool suspended;
	u64 gfn[XENMIG_FLIGHT_FRAMES];
	u64 type[XENMIG_FLIGHT_FRAMES];
	u64 entry[XENMIG_FLIGHT_FRAMES];
	u64 map[XENMIG_FLIGHT_FRAMES];
	bool skip[XENMIG_FLIGHT_FRAMES];
};

static int guest_ended(struct source *src, const char *how)
{
	return xenmig_session_fail(src->s, XENMIG_REASON_GUEST_ENDED, -ESRCH,
				   "the guest %s during the move", how);
}

/* Did the guest end, in a way that is not the suspension we asked for? */
static int look(struct source *src, struct xenmig_domctl_getdomaininfo *info)
{
	int err = xenmig_dom_info(&src->s->dom, info);

	if (err == -ESRCH || (!err && info->flags & XENMIG_DOMINF_DYING) ||
	    (!err && memcmp(info->handle, src->s->uuid, sizeof(info->handle))))
		return guest_ended(src, "was destroyed");
	if (!err && info->flags & XENMIG_DOMINF_SHUTDOWN &&
	    !(READ_ONCE(src->s->asked) && xenmig_is_suspended(info->flags)))
		return guest_ended(src, xenmig_shutdown_name(info->flags));
	return err ? xenmig_session_fail(src->s, XENMIG_REASON_HYPERVISOR, err,
					 "the hypervisor does not say how the guest is (error %d)",
					 -err) : 0;
}

/* A hypercall on a guest that ended fails in many ways: look at the guest first. */
static int hypervisor(struct source *src, int err, const char *what)
{
	struct xenmig_domctl_getdomaininfo info;

	look(src, &info);
	return xenmig_session_fail(src->s, XENMIG_REASON_HYPERVISOR, err,
				   "the hypervisor refused to %s (error %d)", what, -err);
}

static int wire(struct source *src, int err)
{
	if (err == -ECANCELED)
		return err;
	return xenmig_session_fail(src->s, XENMIG_REASON_PEER, err, err == -ETIMEDOUT ?
				   "the destination stopped reading the stream" :
				   "the connection to the destination broke (error %d)", -err);
}

static int send_buffer(struct source *src, void *buf, size_t len, bool more)
{
	int err = xenmig_sock_send(&src->s->sock, buf, len, more);

	return err ? wire(src, err) : 0;
}

/* Record with a body that is a multiple of 8 octets long, or is padded here. */
static int send_record(struct source *src, u32 type, void *body, u32 len)
{
	u8 head[sizeof(struct xenmig_record_header)], zero[8] = {};
	u32 pad = XENMIG_RECORD_ALIGN(len) - len;
	int err;

	xenmig_put_record(head, type, len);
	err = send_buffer(src, head, sizeof(head), true);
	if (!err && len)
		err = send_buffer(src, body, len, pad);
	if (!err && pad)
		err = send_buffer(src, zero, pad, false);
	return err;
}

static int send_policy(struct source *src)
{
	struct xenmig_cpu_policy policy = {};
	int err;

	err = xenmig_host_policy_size(&policy.nr_leaves, &policy.nr_msrs);
	if (err)
		return hypervisor(src, err, "say how large CPU policies are");
	policy.leaves = kvcalloc(policy.nr_leaves, sizeof(*policy.leaves), GFP_KERNEL);
	policy.msrs = kvcalloc(policy.nr_msrs, sizeof(*policy.msrs), GFP_KERNEL);
	err = -ENOMEM;
	if (!policy.leaves || !policy.msrs)
		goto out;
	err = xenmig_dom_get_policy(&src->s->dom, &policy);
	if (err) {
		hypervisor(src, err, "give the guest's CPU policy");
		goto out;
	}
	err = send_record(src, XENMIG_RECORD_CPUID_POLICY, policy.leaves,
			  policy.nr_leaves * sizeof(*policy.leaves));
	if (!err)
		err = send_record(src, XENMIG_RECORD_MSR_POLICY, policy.msrs,
				  policy.nr_msrs * sizeof(*policy.msrs));
out:
	kvfree(policy.msrs);
	kvfree(policy.leaves);
	return err;
}

static int send_static_data(struct source *src)
{
	u8 head[XENMIG_STREAM_HEADERS_SIZE];
	int err;

	xenmig_put_headers(head, xenmig_xen_major(), xenmig_xen_minor());
	err = send_buffer(src, head, sizeof(head), true);
	if (!err)
		err = send_policy(src);
	if (!err)
		err = send_record(src, XENMIG_RECORD_STATIC_DATA_END, NULL, 0);
	return err;
}

/* Fill in types and drop what the destination need not hear of. */
static int classify(struct source *src, u32 count, u32 *kept)
{
	u32 i;
	int err;

	*kept = 0;
	memcpy(src->type, src->gfn, count * sizeof(*src->type));
	err = xenmig_dom_page_types(&src->s->dom, src->type, count);
	if (err)
		return hypervisor(src, err, "say what the guest's frames are");
	for (i = 0; i < count; i++) {
		if (src->type[i] == XENMIG_PFN_NOTAB)
			xenmig_dirty_add(&src->placed, src->gfn[i]);
		else if (!xenmig_dirty_test(&src->placed, src->gfn[i]))
			continue;
		else
			xenmig_dirty_remove(&src->placed, src->gfn[i]);
		src->entry[(*kept)++] = xenmig_entry(src->gfn[i], src->type[i]);
	}
	return 0;
}

/* A frame that went away between its classification and its mapping. */
static int reclassify(struct source *src, u64 *entry)
{
	u64 gfn = xenmig_entry_gfn(*entry), type = gfn;
	int err;

	err = xenmig_dom_page_types(&src->s->dom, &type, 1);
	if (!err && type == XENMIG_PFN_NOTAB)
		err = -EFAULT;
	if (err)
		return hypervisor(src, err, "map a frame of the guest");
	xenmig_dirty_remove(&src->placed, gfn);
	*entry = xenmig_entry(gfn, type);
	return 0;
}

static int map_flight(struct source *src, struct xenmig_flight *f, u32 count, u32 *mapped)
{
	u32 i, n = 0;
	int err;

	for (i = 0; i < count; i++)
		if (xenmig_entry_has_data(src->entry[i]))
			src->map[n++] = xenmig_entry_gfn(src->entry[i]);
	*mapped = n;
	if (!n)
		return 0;
	err = xenmig_window_map(&src->s->window, &src->s->dom, f->first, src->map, n, src->skip);
	if (err)
		return hypervisor(src, err, "map frames of the guest");
	for (i = 0, n = 0; i < count && !err; i++)
		if (xenmig_entry_has_data(src->entry[i]) && src->skip[n++])
			err = reclassify(src, &src->entry[i]);
	return err;
}

/* While the guest runs no more is sent than asked for; the pause is not made longer by it. */
static int keep_pace(struct source *src, u32 frames)
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

	err = classify(src, count, &kept);
	if (err || !kept)
		return err;
	err = keep_pace(src, kept);
	if (err)
		return err;
	f = xenmig_flight_next(&s->inflight, &s->sock);
	if (IS_ERR(f))
		return wire(src, PTR_ERR(f));
	err = map_flight(src, f, kept, &mapped);
	if (err)
		return err;
	head = xenmig_put_page_data(page_address(f->header), src->entry, kept);
	/* For a test: a record that is a page shorter than it says. */
	if (mapped && xenmig_fault("truncate-record"))
		mapped--;
	err = xenmig_flight_send(f, &s->window, &s->sock, head, src->skip, mapped);
	if (err)
		return wire(src, err);
	s->stats.frames_sent += mapped;
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

/*
 * The first round: a guest's frames are few among the numbers they may have
 * (one below 4 GiB has a hole of up to a million, and to ask Xen of each costs as
 * much as to send a quarter of a GiB). The last numbers come first, since PVH
 * guests have ACPI tables (from 0xfc000000 on) and rings there, and as soon as as
 * many frames are found as the guest owns, the rest is hole. It cannot get others
 * meanwhile.
 */
static int send_first(struct source *src)
{
	u64 nr = src->dirty.nr;
	u32 n;
	int err = 0;

	src->dirty.cursor = nr > LAST_FRAMES ?
			    round_down(nr - LAST_FRAMES, XENMIG_FLIGHT_FRAMES) : 0;
	while (!err && (n = xenmig_dirty_take(&src->dirty, src->gfn, XENMIG_FLIGHT_FRAMES)))
		err = send_frames(src, n);
	xenmig_dirty_rewind(&src->dirty);
	while (!err && src->placed.count < src->pages &&
	       (n = xenmig_dirty_take(&src->dirty, src->gfn, XENMIG_FLIGHT_FRAMES))) {
		if (xenmig_session_stopped(src->s))
			return -ECANCELED;
		err = send_frames(src, n);
		progress(src, src->pages - min(src->pages, src->placed.count));
	}
	xenmig_dirty_clear(&src->dirty);
	return err;
}

static int send_dirty(struct source *src)
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

/* The guest's highest frame may rise; what is new is dirty. */
static int follow_size(struct source *src)
{
	u64 max, nr;
	int err;

	err = xenmig_dom_max_gfn(&src->s->dom, &max);
	if (err)
		return hypervisor(src, err, "say how many frames the guest has");
	nr = max + 1;
	if (nr <= src->dirty.nr)
		return 0;
	err = xenmig_dirty_grow(&src->placed, nr, false);
	return err ?: xenmig_dirty_grow(&src->dirty, nr, true);
}

/*
 * Is the limit still ours? Where another tool has set one, that is the limit
 * to restore in the end, and frames may have come without a mark.
 */
static int check_hold(struct source *src, const struct xenmig_domctl_getdomaininfo *info)
{
	int err;

	if (info->max_pages == HOLD_PAGES)
		return 0;
	src->s->stats.max_pages = info->max_pages;
	err = xenmig_dom_set_max_kib(&src->s->dom, HOLD_KIB);
	if (err)
		return hypervisor(src, err, "hold the guest's memory limit");
	err = follow_size(src);
	if (!err)
		xenmig_dirty_fill(&src->dirty);
	src->pages = max(src->pages, info->tot_pages);
	return err;
}

static int hold(struct source *src, const struct xenmig_domctl_getdomaininfo *info)
{
	int err;

	src->s->stats.max_pages = info->max_pages;
	src->pages = info->tot_pages;
	err = xenmig_dom_set_max_kib(&src->s->dom, HOLD_KIB);
	if (err)
		return hypervisor(src, err, "hold the guest's memory limit");
	src->held = true;
	return 0;
}

static int watch_marks(struct source *src)
{
	struct xenmig_dom *dom = &src->s->dom;
	u64 random[XENMIG_WATCH_MAX], types[XENMIG_WATCH_MAX];
	int err;

	BUILD_BUG_ON(XENMIG_WATCH_MAX > XENMIG_MARK_MAX);
	get_random_bytes(random, sizeof(random));
	/* Of the highest frame Xen will not hear (XEN_DMOP_modified_memory): -EINVAL. */
	xenmig_watch_choose(&src->watch, random, min(src->pages, src->dirty.nr - 1));
	if (!src->watch.nr)
		return 0;
	err = xenmig_dom_mark(dom, src->watch.gfn, src->watch.nr);
	if (err)
		return hypervisor(src, err, "mark frames of the guest");
	memcpy(types, src->watch.gfn, sizeof(types));
	err = xenmig_dom_page_types(dom, types, src->watch.nr);
	if (err)
		return hypervisor(src, err, "say what the guest's frames are");
	xenmig_watch_keep(&src->watch, types);
	return 0;
}

static int logdirty_on(struct source *src)
{
	u64 began = ktime_get_boottime_ns();
	int err = xenmig_dom_logdirty_on(&src->s->dom);

	/* As a harvest, it goes through all of the guest's page tables. */
	src->harvest_us = (ktime_get_boottime_ns() - began) / NSEC_PER_USEC;
	if (err == -EINVAL)
		return xenmig_session_fail(src->s, XENMIG_REASON_HYPERVISOR, err,
					   "log-dirty mode could not be switched on: it is on already (another migration, or a tool that died in one), or a PCI device is assigned");
	if (err)
		return hypervisor(src, err, "switch log-dirty mode on");
	src->logdirty = true;
	return watch_marks(src);
}

/* Straight into the set, which a round has emptied: no bitmap is kept for it. */
static int harvest(struct source *src, bool final)
{
	struct xenmig_stats *stats = &src->s->stats;
	struct xenmig_domctl_getdomaininfo info;
	u64 began = ktime_get_boottime_ns();
	bool left = src->dirty.count;
	const u64 *lost;
	int err;

	err = xenmig_dom_logdirty_clean(&src->s->dom, src->dirty.bits, src->dirty.nr, final);
	if (err)
		return hypervisor(src, err, "give the log-dirty bitmap");
	src->harvest_us = (ktime_get_boottime_ns() - began) / NSEC_PER_USEC;
	lost = xenmig_watch_lost(&src->watch, src->dirty.bits);
	if (lost) {
		/* A domain that is being destroyed has none either. */
		err = look(src, &info);
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
	return final ? 0 : watch_marks(src);
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
	err = s->stats.round == 1 ? send_first(src) : send_dirty(src);
	if (err)
		return err;
	err = look(src, &info);
	if (err)
		return err;
	err = check_hold(src, &info);
	if (err)
		return err;
	err = xenmig_dom_logdirty_count(&s->dom, src->dirty.nr, &dirty);
	if (err)
		return hypervisor(src, err, "count dirty frames");
	ns = ktime_get_boottime_ns() - src->round_ns;
	measure(src);
	s->stats.dirty = dirty;
	s->stats.dirty_rate = mul_u64_u64_div_u64(dirty, NSEC_PER_SEC, max(ns, 1ULL));
	if (s->stats.round == 1) {
		s->stats.first_round_frames = s->stats.frames_sent;
		s->stats.first_round_us = ns / 1000;
	}
	snap = (struct xenmig_snapshot){
		.round = s->stats.round - src->bridged,
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

	err = look(src, &info);
	if (err)
		return err;
	err = xenmig_throttle_set(&src->throttle, &src->s->dom, info.nr_online_vcpus,
				  xenmig_policy_throttle(src->throttle.percent));
	if (err)
		return hypervisor(src, err, "slow the guest");
	show_throttle(src);
	return 0;
}

/* It needs all its time to suspend itself, and where it goes on. */
static void throttle_end(struct source *src)
{
	if (!src->throttle.percent)
		return;
	xenmig_throttle_end(&src->throttle, &src->s->dom);
	show_throttle(src);
}

/* The destination still makes the guest's devices; what is written meanwhile is sent. */
static int bridge(struct source *src)
{
	src->bridged++;
	xenmig_session_progress(src->s);
	xenmig_session_await_pause(src->s, HELD_JIFFIES);
	return xenmig_session_stopped(src->s) ? -ECANCELED : 0;
}

static int rounds(struct source *src)
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
			err = harvest(src, false);
		if (err)
			return err;
	}
}

/* The controller was told to ask the guest; wait until it has obeyed. */
static int suspend(struct source *src)
{
	struct xenmig_session *s = src->s;
	struct xenmig_domctl_getdomaininfo info;
	int err;

	s->stats.suspending_ns = ktime_get_boottime_ns();
	/* xenstored and xl's monitor need not hear of a suspension that is undone again. */
	src->quiet = !xenmig_dom_suspend_port(&s->dom, XENMIG_NO_PORT);
	if (!xenmig_session_move(s, XENMIG_STATE_SUSPENDING))
		return -ECANCELED;
	for (;;) {
		if (xenmig_session_stopped(s))
			return -ECANCELED;
		err = look(src, &info);
		if (err)
			return err;
		if (xenmig_is_suspended(info.flags))
			break;
		usleep_range(SUSPEND_POLL_US, 2 * SUSPEND_POLL_US);
	}
	s->stats.suspended_ns = ktime_get_boottime_ns();
	src->suspended = true;
	if (!xenmig_session_move(s, XENMIG_STATE_PAUSED))
		return -ECANCELED;
	return 0;
}

/* The destination has to hear which frames the guest gave back since they were sent. */
static int mark_given_back(struct source *src)
{
	u32 i, n;
	int err;

	xenmig_dirty_rewind(&src->placed);
	while ((n = xenmig_dirty_walk(&src->placed, src->gfn, XENMIG_FLIGHT_FRAMES))) {
		memcpy(src->type, src->gfn, n * sizeof(*src->type));
		err = xenmig_dom_page_types(&src->s->dom, src->type, n);
		if (err)
			return hypervisor(src, err, "say what the guest's frames are");
		for (i = 0; i < n; i++)
			if (src->type[i] != XENMIG_PFN_NOTAB)
				xenmig_dirty_add(&src->dirty, src->gfn[i]);
	}
	return 0;
}

static void mark_entry(struct source *src, u16 flags, u64 gfn)
{
	if ((flags & GTF_type_mask) == GTF_permit_access && gfn < src->placed.nr &&
	    xenmig_dirty_test(&src->placed, gfn))
		xenmig_dirty_add(&src->dirty, gfn);
}

static void mark_grants(struct source *src, const void *frame, u32 version)
{
	const union grant_entry_v2 *v2 = frame;
	const struct grant_entry_v1 *v1 = frame;
	u32 i;

	if (version == 1)
		for (i = 0; i < PAGE_SIZE / sizeof(*v1); i++)
			mark_entry(src, READ_ONCE(v1[i].flags), READ_ONCE(v1[i].frame));
	else
		for (i = 0; i < PAGE_SIZE / sizeof(*v2); i++)
			mark_entry(src, READ_ONCE(v2[i].hdr.flags),
				   READ_ONCE(v2[i].full_page.frame));
}

/*
 * What a backend writes through a mapping it keeps (its ring) leaves no mark.
 * The guest discards it on its resume, so it need not travel; but a digest
 * would tell the difference.
 */
static int mark_granted(struct source *src)
{
	struct xenmig_session *s = src->s;
	u32 i, frames, max_frames, version;
	u64 mfn;
	int err;

	err = xenmig_dom_grant_limits(&s->dom, &frames, &max_frames, &version);
	for (i = 0; i < frames && !err; i++) {
		err = xenmig_dom_grant_frame(&s->dom, i, &mfn);
		if (!err)
			err = xenmig_window_map_mfn(&s->window, &s->dom, SPARE_SLOT, mfn);
		if (!err)
			mark_grants(src, xenmig_window_addr(&s->window, SPARE_SLOT), version);
	}
	xenmig_window_unmap(&s->window, SPARE_SLOT, 1);
	return err ? hypervisor(src, err, "show the guest's grant table") : 0;
}

static int send_params(struct source *src)
{
	u64 param[XENMIG_MAX_HVM_PARAMS][2];
	u8 *buf;
	u32 i, n = 0;
	int err;

	for (i = 0; i < xenmig_hvm_params_nr; i++) {
		err = xenmig_dom_get_param(&src->s->dom, xenmig_hvm_params[i], &param[n][1]);
		if (err)
			return hypervisor(src, err, "give the guest's HVM params");
		param[n][0] = xenmig_hvm_params[i];
		n += param[n][1] != 0;
	}
	buf = kmalloc(sizeof(param) + 64, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	err = send_buffer(src, buf, xenmig_put_hvm_params(buf, param, n), true);
	kfree(buf);
	return err;
}

static int send_context(struct source *src)
{
	u32 size = 0;
	void *buf;
	int err;

	err = xenmig_dom_get_context(&src->s->dom, NULL, &size);
	if (err)
		return hypervisor(src, err, "say how large the guest's HVM context is");
	buf = xenmig_fault("no-memory-state") ? NULL : kvzalloc(size, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	err = xenmig_dom_get_context(&src->s->dom, buf, &size);
	if (err)
		hypervisor(src, err, "give the guest's HVM context");
	else
		err = send_record(src, XENMIG_RECORD_HVM_CONTEXT, buf, size);
	kvfree(buf);
	return err;
}

/*
 * A guest that was destroyed while its last frames were sent has lost frames
 * that we then took for given back: no END for that.
 */
static int still_suspended(struct source *src)
{
	struct xenmig_domctl_getdomaininfo info;
	int err = look(src, &info);

	if (!err && !xenmig_is_suspended(info.flags))
		err = xenmig_session_fail(src->s, XENMIG_REASON_TAMPERED, -EBUSY,
					  "another tool resumed the guest during the move");
	return err;
}

static int send_machine_state(struct source *src)
{
	u8 buf[sizeof(struct xenmig_record_header) + sizeof(struct xenmig_tsc_info)];
	struct xenmig_domctl_tsc_info tsc;
	int err;

	err = xenmig_dom_get_tsc(&src->s->dom, &tsc);
	if (err)
		return hypervisor(src, err, "give the guest's TSC");
	err = send_buffer(src, buf, xenmig_put_tsc_info(buf, tsc.tsc_mode, tsc.gtsc_khz,
							tsc.elapsed_nsec, tsc.incarnation), true);
	if (!err)
		err = send_params(src);
	if (!err)
		err = send_context(src);
	if (!err)
		err = still_suspended(src);
	return err ?: send_record(src, XENMIG_RECORD_END, NULL, 0);
}

/* The guest is suspended: what is dirty, what it gave back, its machine state. */
static int send_rest(struct source *src)
{
	struct xenmig_session *s = src->s;
	struct xenmig_domctl_getdomaininfo info;
	int err;

	if (src->logdirty) {
		err = harvest(src, true);
	} else {
		xenmig_dirty_fill(&src->dirty);
		err = send_first(src);
	}
	if (!err)
		err = look(src, &info);
	if (!err)
		err = follow_size(src);
	if (!err)
		err = check_hold(src, &info);
	if (!err && info.tot_pages != src->pages)
		err = mark_given_back(src);
	if (!err && s->options.verify)
		err = mark_granted(src);
	if (!err)
		err = send_dirty(src);
	if (err)
		return err;
	s->stats.last_frames_ns = ktime_get_boottime_ns();
	return send_machine_state(src);
}

static int digest(struct source *src)
{
	struct xenmig_session *s = src->s;
	int err;

	err = xenmig_inflight_drain(&s->inflight, &s->window, DRAIN_SECONDS);
	if (err)
		return wire(src, err);
	err = xenmig_digest(&s->window, &s->dom, &src->placed, &src->host, &s->stats.digest,
			    &s->stats.digest_frames);
	if (err)
		return hypervisor(src, err, "map the guest's memory for its digest");
	s->stats.digested = true;
	return 0;
}

static int read_host_frames(struct source *src)
{
	static const u32 index[XENMIG_HOST_FRAMES] = {
		HVM_PARAM_STORE_PFN, HVM_PARAM_CONSOLE_PFN, HVM_PARAM_IOREQ_PFN,
		HVM_PARAM_BUFIOREQ_PFN,
	};
	u32 i;
	int err;

	for (i = 0; i < XENMIG_HOST_FRAMES; i++) {
		err = xenmig_dom_get_param(&src->s->dom, index[i], &src->host.gfn[i]);
		if (err)
			return hypervisor(src, err, "give the guest's HVM params");
	}
	return 0;
}

static int prepare(struct source *src)
{
	struct xenmig_session *s = src->s;
	u64 max;
	int err;

	err = xenmig_dom_max_gfn(&s->dom, &max);
	if (err)
		return hypervisor(src, err, "say how many frames the guest has");
	err = -ENOMEM;
	if (xenmig_fault("no-memory-prepare") || xenmig_dirty_init(&src->dirty, max + 1) || xenmig_dirty_init(&src->placed, max + 1) ||
	    xenmig_inflight_init(&s->inflight))
		goto err_memory;
	err = xenmig_window_init(&s->window, XENMIG_WINDOW_SLOTS + 1, false);
	if (err)
		goto err_memory;
	return read_host_frames(src);

err_memory:
	return xenmig_session_fail(s, XENMIG_REASON_MEMORY, err,
				   "dom0 has not enough memory for the move (error %d)", -err);
}

static int move(struct source *src)
{
	struct xenmig_session *s = src->s;
	struct xenmig_domctl_getdomaininfo info;
	int err;

	err = prepare(src);
	if (!err)
		err = send_static_data(src);
	if (!err)
		err = look(src, &info);
	if (!err)
		err = hold(src, &info);
	if (!err && !s->options.no_live)
		err = logdirty_on(src);
	if (!err && !s->options.no_live)
		err = rounds(src);
	throttle_end(src);
	if (!err)
		err = suspend(src);
	if (!err)
		err = send_rest(src);
	if (!err && s->options.verify)
		err = digest(src);
	if (err)
		return err;
	s->stats.ended_ns = ktime_get_boottime_ns();
	return xenmig_session_move(s, XENMIG_STATE_SENT) ? 0 : -ECANCELED;
}

/* An id may be another guest's by now; and one that is being destroyed is none to go on. */
static bool is_there(struct xenmig_session *s, struct xenmig_dom *dom,
		     struct xenmig_domctl_getdomaininfo *info)
{
	return !xenmig_dom_info(dom, info) && !(info->flags & XENMIG_DOMINF_DYING) &&
	       !memcmp(info->handle, s->uuid, sizeof(info->handle));
}

/* Let the guest go on as if nothing had been: the reverse of move(). */
static void undo(struct source *src)
{
	struct xenmig_session *s = src->s;
	struct xenmig_domctl_getdomaininfo info;
	int err;

	if (!is_there(s, &s->dom, &info))
		return;
	if (src->logdirty)
		xenmig_dom_logdirty_off(&s->dom);
	if (src->held)
		xenmig_dom_set_max_kib(&s->dom, s->stats.max_pages << (PAGE_SHIFT - 10));
	if (READ_ONCE(s->asked) && !src->suspended)
		src->suspended = xenmig_suspension_undo(&s->dom, s->uuid);
	if (src->quiet)
		xenmig_dom_suspend_port(&s->dom, 0);
	if (!src->suspended)
		return;
	err = xenmig_dom_resume(&s->dom);
	if (err && err != -ESRCH)
		pr_err("xenmig: domain %u could not be resumed after a failed move (error %d); `xl destroy` and start it again\n",
		       s->dom.id, -err);
}

/**
 * xenmig_source_resume - let a held guest go on here after all
 * @s: session whose thread has ended
 *
 * Context: a command; makes hypercalls with a handle of its own.
 * Return: 0, -ESRCH when the guest is gone, -EINVAL when it is not suspended, or
 * what Xen says; after the latter the guest is suspended as before.
 */
int xenmig_source_resume(struct xenmig_session *s)
{
	struct xenmig_dom dom = { .id = s->dom.id };
	struct xenmig_domctl_getdomaininfo info;

	if (!is_there(s, &dom, &info))
		return -ESRCH;
	if (!xenmig_is_suspended(info.flags))
		return -EINVAL;
	if (!s->options.no_live)
		xenmig_dom_logdirty_off(&dom);
	xenmig_dom_set_max_kib(&dom, s->stats.max_pages << (PAGE_SHIFT - 10));
	xenmig_dom_suspend_port(&dom, 0);
	return xenmig_dom_resume(&dom);
}

/**
 * xenmig_source_release - let go of the guest's frames
 * @s: session whose thread ends; its domain was let go before
 *
 * What the network still refers to after the wait is put in quarantine, which
 * keeps page and mapping: it is never unmapped under a live reference. Of a
 * committed session the queue may still go out; else the socket is aborted.
 *
 * Context: the session's thread, also of a session that never began; sleeps.
 */
void xenmig_source_release(struct xenmig_session *s)
{
	bool committed = xenmig_state_committed(READ_ONCE(s->state));

	if (!s->window.pages || !s->inflight.bv)
		goto out;
	if (!committed)
		xenmig_sock_abort(&s->sock);
	if (xenmig_inflight_drain(&s->inflight, &s->window, DRAIN_SECONDS)) {
		xenmig_sock_abort(&s->sock);
		if (xenmig_inflight_drain(&s->inflight, &s->window, DRAIN_SECONDS)) {
			xenmig_sock_release(&s->sock);
			xenmig_session_quarantine(s);
			return;
		}
	}
out:
	xenmig_sock_release(&s->sock);
	xenmig_window_free(&s->window);
	xenmig_inflight_free(&s->inflight);
}

/**
 * xenmig_source_run - send a guest
 * @s: session, in state new and started
 *
 * Returns when the session was committed (0) or has failed or was cancelled
 * (-errno); in the latter case the guest runs as before. Window and flights
 * are left to xenmig_source_release().
 *
 * Context: the session's thread; sleeps.
 * Return: 0, -ECANCELED, or the error that was noted by xenmig_session_fail();
 * -ENOMEM also without a note.
 */
int xenmig_source_run(struct xenmig_session *s)
{
	struct source *src;
	int err;

	src = xenmig_fault("no-memory-run") ? NULL : kvzalloc(sizeof(*src), GFP_KERNEL);
	if (!src)
		return xenmig_session_fail(s, XENMIG_REASON_MEMORY, -ENOMEM,
					   "dom0 has not enough memory for the move");
	src->s = s;
	s->stats.started_ns = ktime_get_boottime_ns();
	err = xenmig_session_move(s, XENMIG_STATE_RUNNING) ? move(src) : -ECANCELED;
	if (!err && !xenmig_session_wait_commit(s))
		err = -ECANCELED;
	if (err)
		undo(src);
	xenmig_dirty_free(&src->placed);
	xenmig_dirty_free(&src->dirty);
	kvfree(src);
	return err;
}
