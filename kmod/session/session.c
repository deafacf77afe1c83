// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of a session. It is made by session-new and owns a thread from the
 * start; the thread alone touches the domain and the window and undoes on
 * every way out what it did. Commands (command.c) and the death of the owner
 * (registry.c) only set a word under the lock and wake it.
 *
 * References: one of the list, one of the thread, one of each lookup. Each
 * session holds a reference on the module, so it cannot be unloaded while one
 * lives.
 */
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "base/fault.h"
#include "base/trace.h"
#include "session/session.h"
#include "session/state.h"

#define PROGRESS_JIFFIES	HZ

static void (*notify_changed)(struct xenmig_session *s);
static const struct xenmig_guest_kind *translated_guest, *pv_guest;

/**
 * xenmig_session_changed - tell whoever listens how a session is
 * @s: session
 *
 * Context: the session's thread, or a command; may sleep.
 */
void xenmig_session_changed(struct xenmig_session *s)
{
	notify_changed(s);
}

/* ---- state ---- */

/**
 * xenmig_session_move - take an edge of the state machine
 * @s: session
 * @to: where to
 *
 * A cancel that came first wins. The edge is announced.
 *
 * Context: the session's thread; takes s->lock, then may sleep.
 * Return: true when the state is @to now.
 */
bool xenmig_session_move(struct xenmig_session *s, enum xenmig_state to)
{
	enum xenmig_state from;
	bool moved;

	spin_lock(&s->lock);
	from = s->state;
	moved = xenmig_state_may(s->role, from, to) && (!s->cancel || xenmig_state_ended(to));
	if (moved)
		s->state = to;
	spin_unlock(&s->lock);
	if (moved) {
		trace_xenmig_state(s->id, s->dom.id, from, to, s->reason);
		notify_changed(s);
	}
	return moved;
}

/**
 * xenmig_session_fail - note why a session fails; the first word counts
 * @s: session
 * @reason: stable code
 * @err: negative errno
 * @fmt: sentence for people, without a full stop
 *
 * Changes no state: that is done when everything is released.
 *
 * Context: the session's thread; takes s->lock.
 * Return: @err.
 */
int xenmig_session_fail(struct xenmig_session *s, enum xenmig_reason reason, int err,
			const char *fmt, ...)
{
	va_list args;

	spin_lock(&s->lock);
	if (!s->reason) {
		s->reason = reason;
		s->err = err;
		va_start(args, fmt);
		vsnprintf(s->message, sizeof(s->message), fmt, args);
		va_end(args);
	}
	spin_unlock(&s->lock);
	return err;
}

/**
 * xenmig_session_stopped - was the session cancelled?
 * @s: session
 *
 * Context: any, no lock; the thread asks between steps.
 * Return: true once it was.
 */
bool xenmig_session_stopped(struct xenmig_session *s)
{
	return READ_ONCE(s->cancel);
}

/**
 * xenmig_session_policy - what is asked for, now
 * @s: session
 * @policy: filled
 *
 * Context: the session's thread; takes s->lock.
 */
void xenmig_session_policy(struct xenmig_session *s, struct xenmig_policy *policy)
{
	spin_lock(&s->lock);
	*policy = s->options.policy;
	spin_unlock(&s->lock);
}

static bool pause_held(struct xenmig_session *s)
{
	return READ_ONCE(s->options.policy.hold_pause) && !READ_ONCE(s->cancel);
}

/**
 * xenmig_session_await_pause - wait for the pause not to be held
 * @s: session
 * @timeout: jiffies at most
 *
 * Context: the session's thread; sleeps. A cancel ends it.
 */
void xenmig_session_await_pause(struct xenmig_session *s, unsigned long timeout)
{
	wait_event_idle_timeout(s->wait, !pause_held(s), timeout);
}

/**
 * xenmig_session_progress - announce the counters, once a second at most
 * @s: session
 *
 * Context: the session's thread; may sleep.
 */
void xenmig_session_progress(struct xenmig_session *s)
{
	if (time_before(jiffies, s->last_ntf + PROGRESS_JIFFIES))
		return;
	s->last_ntf = jiffies;
	notify_changed(s);
}

/**
 * xenmig_session_wait_commit - wait for the controller's verdict
 * @s: session in state sent or received
 *
 * No limit: the owner's death is a cancel.
 *
 * Context: the session's thread; sleeps.
 * Return: true when the session is committed, false when it was cancelled.
 */
bool xenmig_session_wait_commit(struct xenmig_session *s)
{
	wait_event_idle(s->wait, READ_ONCE(s->cancel) ||
			xenmig_state_committed(READ_ONCE(s->state)));
	return xenmig_state_committed(READ_ONCE(s->state));
}

/**
 * xenmig_session_await_quiet - wait for the word that the device model has stopped
 * @s: session of a guest that has one
 * @timeout: jiffies at most
 *
 * Context: the session's thread; sleeps. A cancel ends it.
 * Return: true when the word has come.
 */
bool xenmig_session_await_quiet(struct xenmig_session *s, unsigned long timeout)
{
	wait_event_idle_timeout(s->wait, READ_ONCE(s->quiet) || READ_ONCE(s->cancel), timeout);
	return READ_ONCE(s->quiet);
}

/**
 * xenmig_session_await_release - let the owner start the device model before the guest
 * @s: session that has failed or was cancelled
 * @timeout: jiffies at most
 *
 * What has happened is announced: whoever cancelled it need not be the owner. The owner's
 * death ends the wait.
 *
 * Context: the session's thread; sleeps.
 */
void xenmig_session_await_release(struct xenmig_session *s, unsigned long timeout)
{
	notify_changed(s);
	wait_event_idle_timeout(s->wait, READ_ONCE(s->released) || !READ_ONCE(s->portid), timeout);
}

/* ---- the thread ---- */

static int run(struct xenmig_session *s)
{
	wait_event_idle(s->wait, READ_ONCE(s->started) || READ_ONCE(s->cancel));
	if (!smp_load_acquire(&s->started))
		return -ECANCELED;
	return s->role == XENMIG_ROLE_SOURCE ? xenmig_source_run(s) : xenmig_destination_run(s);
}

static void settle(struct xenmig_session *s, int err)
{
	bool cancelled;

	if (!err)
		return;
	spin_lock(&s->lock);
	cancelled = s->reason == XENMIG_REASON_CANCELLED;
	spin_unlock(&s->lock);
	if (!cancelled)
		xenmig_session_fail(s, XENMIG_REASON_MEMORY, err,
				    "the move failed (error %d)", -err);
	xenmig_session_move(s, cancelled ? XENMIG_STATE_CANCELLED : XENMIG_STATE_FAILED);
}

/**
 * xenmig_session_thread - the thread of a session, from its making to its end
 * @arg: session; a reference on it and one on the module are the thread's
 *
 * Return: never.
 */
int xenmig_session_thread(void *arg)
{
	struct xenmig_session *s = arg;
	int err;

	err = run(s);
	if (s->role == XENMIG_ROLE_SOURCE)
		xenmig_source_release(s);
	else
		xenmig_destination_release(s);
	settle(s, err);
	complete_all(&s->done);
	xenmig_session_ended(s);
	xenmig_session_put(s);
	module_put_and_kthread_exit(0);
}

/* ---- its memory ---- */

static void free_session(struct kref *ref)
{
	struct xenmig_session *s = container_of(ref, struct xenmig_session, ref);

	kfree(s);
	module_put(THIS_MODULE);
}

/**
 * xenmig_session_put - drop a reference
 * @s: session; freed, and the module let go, with the last one
 *
 * Context: any; also the quarantine's work.
 */
void xenmig_session_put(struct xenmig_session *s)
{
	kref_put(&s->ref, free_session);
}

static const struct xenmig_guest_kind *kind_of(const struct xenmig_domain *d)
{
	return d->create_flags & XENMIG_CREATE_HVM ? translated_guest : pv_guest;
}

/**
 * xenmig_session_alloc - make a session, without a thread
 * @role: which end
 * @portid: netlink port of the owner
 * @d: its guest
 *
 * Context: a command; may sleep.
 * Return: the session with a reference for the caller, or an ERR_PTR: -ENOMEM.
 */
struct xenmig_session *xenmig_session_alloc(enum xenmig_role role, u32 portid,
					    const struct xenmig_domain *d)
{
	struct xenmig_session *s;

	s = xenmig_fault("no-memory-session") ? NULL : kzalloc(sizeof(*s), GFP_KERNEL);
	if (!s)
		return ERR_PTR(-ENOMEM);
	kref_init(&s->ref);
	INIT_LIST_HEAD(&s->node);
	spin_lock_init(&s->lock);
	init_waitqueue_head(&s->wait);
	init_completion(&s->done);
	init_waitqueue_head(&s->inflight.wait);
	xenmig_sock_init(&s->sock);
	s->role = role;
	s->portid = portid;
	s->domain = *d;
	memcpy(s->uuid, d->uuid, sizeof(s->uuid));
	s->kind = kind_of(d);
	s->device_model = xenmig_has_device_model(d);
	s->last_ntf = jiffies;
	__module_get(THIS_MODULE);
	return s;
}

/**
 * xenmig_session_init - say who hears of changes, and what kinds of guests there are
 * @changed: called in the session's thread, or by a commit; may sleep, keeps nothing
 * @translated: PVH and HVM guests
 * @pv: PV guests
 *
 * Context: module init, before there is a session.
 */
void xenmig_session_init(void (*changed)(struct xenmig_session *s),
			 const struct xenmig_guest_kind *translated,
			 const struct xenmig_guest_kind *pv)
{
	notify_changed = changed;
	translated_guest = translated;
	pv_guest = pv;
}
