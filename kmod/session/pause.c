// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a source sends while the guest is suspended: the last dirty frames, and the
 * machine state.
 */
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/slab.h>
#include <xen/interface/grant_table.h>
#include <xen/interface/hvm/params.h>

#include "base/fault.h"
#include "session/source.h"
#include "wire/record.h"
#include "xen/suspension.h"

#define SUSPEND_POLL_US		500
#define QUIET_JIFFIES		(60 * HZ)

/* The guest is told to stop, once, when it is time to: it cannot be asked. */
static int force(struct source *src)
{
	int err;

	if (src->forced || !READ_ONCE(src->s->forced))
		return 0;
	src->forced = true;
	err = xenmig_dom_suspend(&src->s->dom);
	return err ? xenmig_source_refused(src, err, "suspend the guest") : 0;
}

/* What a device model writes to the guest's memory it may write until it has stopped. */
static int await_quiet(struct source *src)
{
	struct xenmig_session *s = src->s;

	if (!s->device_model || xenmig_session_await_quiet(s, QUIET_JIFFIES))
		return 0;
	if (xenmig_session_stopped(s))
		return -ECANCELED;
	return xenmig_session_fail(s, XENMIG_REASON_TIMEOUT, -ETIMEDOUT,
				   "nobody said within %d s that the guest's device model has stopped",
				   QUIET_JIFFIES / HZ);
}

/**
 * xenmig_pause_suspend - wait until the guest is suspended
 * @src: source
 *
 * The controller hears by the state that it is to ask the guest.
 *
 * Return: 0, -ECANCELED, or an error that is noted.
 */
int xenmig_pause_suspend(struct source *src)
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
		err = force(src);
		if (!err)
			err = xenmig_source_look(src, &info);
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
	return await_quiet(src);
}

static void mark_entry(struct source *src, u16 flags, u64 gfn)
{
	if (!src->kind->number(src, gfn, &gfn))
		return;
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
			err = xenmig_window_map_mfn(&s->window, &s->dom, XENMIG_SPARE_SLOT, mfn);
		if (!err)
			mark_grants(src, xenmig_window_addr(&s->window, XENMIG_SPARE_SLOT), version);
	}
	xenmig_window_unmap(&s->window, XENMIG_SPARE_SLOT, 1);
	return err ? xenmig_source_refused(src, err, "show the guest's grant table") : 0;
}

/*
 * A guest that was destroyed while its last frames were sent has lost frames
 * that we then took for given back: no END for that.
 */
static int still_suspended(struct source *src)
{
	struct xenmig_domctl_getdomaininfo info;
	int err = xenmig_source_look(src, &info);

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
		return xenmig_source_refused(src, err, "give the guest's TSC");
	err = xenmig_source_send(src, buf,
				 xenmig_put_tsc_info(buf, tsc.tsc_mode, tsc.gtsc_khz,
						     tsc.elapsed_nsec, tsc.incarnation), true);
	if (!err)
		err = src->kind->send_state(src);
	if (!err)
		err = still_suspended(src);
	return err ?: xenmig_source_send_record(src, XENMIG_RECORD_END, NULL, 0);
}

/* Find what the rounds have left; where there were none, send all of it. */
static int send_what_is_left(struct source *src)
{
	int err = 0;

	if (src->logdirty)
		err = xenmig_rounds_harvest(src, true);
	if (!err)
		err = src->kind->begin_pause(src);
	if (err || src->logdirty)
		return err;
	/* For the rate, which is measured from there. */
	src->round_ns = src->s->stats.suspended_ns;
	xenmig_dirty_fill(&src->dirty);
	return xenmig_rounds_first(src);
}

/**
 * xenmig_pause_send_rest - send what is left
 * @src: source; its guest is suspended
 *
 * What is dirty, what the guest gave back, its machine state.
 *
 * Return: 0, -ECANCELED, -ENOMEM, or an error that is noted.
 */
int xenmig_pause_send_rest(struct source *src)
{
	struct xenmig_session *s = src->s;
	struct xenmig_domctl_getdomaininfo info;
	int err;

	err = send_what_is_left(src);
	if (!err)
		err = xenmig_source_look(src, &info);
	if (!err)
		err = src->kind->follow_size(src);
	if (!err)
		err = xenmig_rounds_check_hold(src, &info);
	if (!err && info.tot_pages != src->pages)
		err = src->kind->mark_given_back(src);
	if (!err && s->options.verify)
		err = mark_granted(src);
	if (!err)
		err = xenmig_rounds_dirty(src);
	if (err)
		return err;
	s->stats.last_frames_ns = ktime_get_boottime_ns();
	return send_machine_state(src);
}

/**
 * xenmig_pause_digest - digest the guest's memory
 * @src: source; everything was sent
 *
 * Waits until the network has let go of the window.
 *
 * Return: 0, -ECANCELED, or an error that is noted.
 */
int xenmig_pause_digest(struct source *src)
{
	struct xenmig_session *s = src->s;
	struct xenmig_digest d = {
		.w = &s->window, .dom = &s->dom, .placed = &src->placed, .host = &src->host,
	};
	int err;

	err = xenmig_inflight_drain(&s->inflight, &s->window, XENMIG_DRAIN_SECONDS);
	if (err)
		return xenmig_source_wire(src, err);
	err = src->kind->digest(src, &d);
	if (!err)
		err = xenmig_digest(&d);
	if (err)
		return xenmig_source_refused(src, err, "map the guest's memory for its digest");
	s->stats.digest = d.value;
	s->stats.digest_frames = d.frames;
	s->stats.digested = true;
	return 0;
}
