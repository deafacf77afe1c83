// SPDX-License-Identifier: GPL-2.0-only
/*
 * The source of a migration: its life. Everything here runs in the session's
 * thread, the undoing included.
 */
#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <xen/interface/hvm/params.h>

#include "base/fault.h"
#include "session/source.h"
#include "session/state.h"
#include "wire/record.h"
#include "xen/suspension.h"

static int guest_ended(struct source *src, const char *how)
{
	return xenmig_session_fail(src->s, XENMIG_REASON_GUEST_ENDED, -ESRCH,
				   "the guest %s during the move", how);
}

/**
 * xenmig_source_look - has the guest ended, in a way that is not the suspension we asked for?
 * @src: source
 * @info: filled: what Xen says of the domain
 *
 * Return: 0, or an error that is noted.
 */
int xenmig_source_look(struct source *src, struct xenmig_domctl_getdomaininfo *info)
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

/**
 * xenmig_source_refused - a hypercall on the guest failed
 * @src: source
 * @err: what Xen said
 * @what: what it was to do, for a sentence
 *
 * It fails in many ways on a guest that has ended: the guest is looked at first.
 *
 * Return: the error that is noted.
 */
int xenmig_source_refused(struct source *src, int err, const char *what)
{
	struct xenmig_domctl_getdomaininfo info;

	xenmig_source_look(src, &info);
	return xenmig_session_fail(src->s, XENMIG_REASON_HYPERVISOR, err,
				   "the hypervisor refused to %s (error %d)", what, -err);
}

/**
 * xenmig_source_wire - the connection failed
 * @src: source
 * @err: what the socket said
 *
 * Return: the error that is noted, or -ECANCELED as it came.
 */
int xenmig_source_wire(struct source *src, int err)
{
	if (err == -ECANCELED)
		return err;
	return xenmig_session_fail(src->s, XENMIG_REASON_PEER, err, err == -ETIMEDOUT ?
				   "the destination stopped reading the stream" :
				   "the connection to the destination broke (error %d)", -err);
}

/**
 * xenmig_source_send - send a copy of a buffer
 * @src: source
 * @buf: the caller's again at once
 * @len: octets
 * @more: more follows soon
 *
 * Return: 0, -ECANCELED, or an error that is noted.
 */
int xenmig_source_send(struct source *src, void *buf, size_t len, bool more)
{
	int err = xenmig_sock_send(&src->s->sock, buf, len, more);

	return err ? xenmig_source_wire(src, err) : 0;
}

/**
 * xenmig_source_send_record - send a record that is no page data
 * @src: source
 * @type: XENMIG_RECORD_*
 * @body: of it; is padded to 8 octets
 * @len: octets of @body
 *
 * Return: 0, -ECANCELED, or an error that is noted.
 */
int xenmig_source_send_record(struct source *src, u32 type, void *body, u32 len)
{
	u8 head[sizeof(struct xenmig_record_header)], zero[8] = {};
	u32 pad = XENMIG_RECORD_ALIGN(len) - len;
	int err;

	xenmig_put_record(head, type, len);
	err = xenmig_source_send(src, head, sizeof(head), true);
	if (!err && len)
		err = xenmig_source_send(src, body, len, pad);
	if (!err && pad)
		err = xenmig_source_send(src, zero, pad, false);
	return err;
}

static int send_policy(struct source *src)
{
	struct xenmig_cpu_policy policy;
	int err;

	err = xenmig_dom_read_policy(&src->s->dom, &policy);
	if (err && err != -ENOMEM)
		xenmig_source_refused(src, err, "give the guest's CPU policy");
	if (!err)
		err = xenmig_source_send_record(src, XENMIG_RECORD_CPUID_POLICY, policy.leaves,
						policy.nr_leaves * sizeof(*policy.leaves));
	if (!err)
		err = xenmig_source_send_record(src, XENMIG_RECORD_MSR_POLICY, policy.msrs,
						policy.nr_msrs * sizeof(*policy.msrs));
	xenmig_policy_free(&policy);
	return err;
}

static int send_static_data(struct source *src)
{
	u8 head[XENMIG_STREAM_HEADERS_SIZE];
	int err;

	xenmig_put_headers(head, src->s->kind->pv, xenmig_xen_major(), xenmig_xen_minor());
	err = xenmig_source_send(src, head, sizeof(head), true);
	if (!err)
		err = src->kind->send_info(src);
	if (!err)
		err = send_policy(src);
	if (!err)
		err = xenmig_source_send_record(src, XENMIG_RECORD_STATIC_DATA_END, NULL, 0);
	return err;
}

static int prepare(struct source *src)
{
	struct xenmig_session *s = src->s;
	u64 nr;
	int err;

	err = src->kind->begin(src, &nr);
	if (err)
		return err;
	err = -ENOMEM;
	if (xenmig_fault("no-memory-prepare") || xenmig_dirty_init(&src->dirty, nr) ||
	    xenmig_dirty_init(&src->placed, nr) || xenmig_inflight_init(&s->inflight))
		goto err_memory;
	err = xenmig_window_init(&s->window, XENMIG_WINDOW_SLOTS + 1, false);
	if (!err)
		return 0;

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
		err = xenmig_source_look(src, &info);
	if (!err)
		err = xenmig_rounds_hold(src, &info);
	if (!err && !s->options.no_live)
		err = src->kind->send_layout(src);
	if (!err && !s->options.no_live)
		err = xenmig_rounds_begin(src);
	if (!err && !s->options.no_live)
		err = xenmig_rounds(src);
	xenmig_rounds_throttle_end(src);
	if (!err)
		err = xenmig_pause_suspend(src);
	if (!err)
		err = xenmig_pause_send_rest(src);
	if (!err && s->options.verify)
		err = xenmig_pause_digest(src);
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

#define DEVICE_MODEL_JIFFIES	(10 * HZ)

/* One that was forced suspends without its doing; what it was asked is taken back. */
static bool has_suspended(struct source *src)
{
	struct xenmig_session *s = src->s;

	return READ_ONCE(s->forced) ? src->forced && xenmig_suspension_await(&s->dom, s->uuid) :
				      xenmig_suspension_undo(&s->dom, s->uuid);
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
		src->suspended = has_suspended(src);
	if (src->quiet)
		xenmig_dom_suspend_port(&s->dom, 0);
	if (!src->suspended)
		return;
	/* Without its device model it would read all ones from every device. */
	if (s->device_model)
		xenmig_session_await_release(s, DEVICE_MODEL_JIFFIES);
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

static void put_session(void *owner)
{
	xenmig_session_put(owner);
}

static const struct xenmig_flight_owner session_kind = {
	.module = THIS_MODULE, .release = put_session,
};

/**
 * xenmig_source_release - let go of the guest's frames
 * @s: session whose thread ends; its domain was let go before
 *
 * Of a committed session the queue may still go out; else the socket is aborted.
 *
 * Context: the session's thread, also of a session that never began; sleeps.
 */
void xenmig_source_release(struct xenmig_session *s)
{
	kref_get(&s->ref);
	xenmig_inflight_end(&s->inflight, &s->window, &s->sock,
			    !xenmig_state_committed(READ_ONCE(s->state)), &session_kind, s);
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
	src->kind = s->kind->source;
	s->stats.started_ns = ktime_get_boottime_ns();
	err = xenmig_session_move(s, XENMIG_STATE_RUNNING) ? move(src) : -ECANCELED;
	if (!err && !xenmig_session_wait_commit(s))
		err = -ECANCELED;
	if (err)
		undo(src);
	src->kind->end(src);
	xenmig_dirty_free(&src->placed);
	xenmig_dirty_free(&src->dirty);
	kvfree(src);
	return err;
}
