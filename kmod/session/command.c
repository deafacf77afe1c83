// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a controller may ask of a session. A command sets a word under the lock of the
 * session and wakes its thread, which does the rest; some wait until it has. The domain
 * is touched only when the thread does not any more.
 */
#include <linux/errno.h>
#include <linux/string.h>
#include <xen/interface/hvm/params.h>

#include "base/trace.h"
#include "session/session.h"
#include "session/state.h"

#define END_SECONDS		120

/**
 * xenmig_session_start - hand the stream over and begin
 * @s: session in state new; options are set
 * @fd: connected TCP socket of the calling process
 * @options: what is asked for
 * @why: on failure, a static sentence
 *
 * Context: a command; takes the socket's lock.
 * Return: 0, or what xenmig_sock_adopt() says: -EALREADY when it was started or
 * cancelled before.
 */
int xenmig_session_start(struct xenmig_session *s, int fd, const struct xenmig_options *options,
			 const char **why)
{
	int err;

	*why = "the file descriptor is not a connected TCP socket of the initial network namespace";
	err = xenmig_sock_adopt(&s->sock, fd);
	if (err == -EALREADY)
		*why = "the session was started already or has ended";
	if (err)
		return err;
	s->options = *options;
	/* Pairs with smp_load_acquire() in run(): the options are whole. */
	smp_store_release(&s->started, true);
	wake_up(&s->wait);
	return 0;
}

/**
 * xenmig_session_commit - hold a source, keep a destination
 * @s: session
 * @max_pages: destination: limit of frames from here on, 0 to leave it as it is
 * @why: on failure, a static sentence
 *
 * The limit is set once the domain is kept: before, the domain may go and its id
 * be another's. Of a commit and a cancel one wins, under s->lock.
 *
 * Context: a command; may sleep.
 * Return: 0, or -EINVAL when the session is not sent (received) or is cancelled.
 */
int xenmig_session_commit(struct xenmig_session *s, u64 max_pages, const char **why)
{
	bool source = s->role == XENMIG_ROLE_SOURCE;
	enum xenmig_state from = source ? XENMIG_STATE_SENT : XENMIG_STATE_RECEIVED;
	enum xenmig_state to = source ? XENMIG_STATE_HELD : XENMIG_STATE_KEPT;
	struct xenmig_dom dom = { .id = s->dom.id };
	int err;

	*why = source ? "the session is not in state sent" : "the session is not in state received";
	spin_lock(&s->lock);
	err = s->state == from && !s->cancel ? 0 : -EINVAL;
	if (!err)
		s->state = to;
	spin_unlock(&s->lock);
	if (err)
		return err;
	/* Not before: until it is kept the domain may go, and its id to another. */
	if (!source && max_pages && xenmig_dom_set_max_kib(&dom, max_pages << (PAGE_SHIFT - 10)))
		pr_warn("xenmig: the memory limit of domain %u could not be set; `xl mem-max` does it\n",
			dom.id);
	trace_xenmig_state(s->id, s->dom.id, from, to, 0);
	wake_up(&s->wait);
	xenmig_session_changed(s);
	return 0;
}

/**
 * xenmig_session_wait_done - wait until the thread has released everything
 * @s: session
 *
 * Context: a command; sleeps for END_SECONDS at most.
 * Return: 0, -ETIMEDOUT, or -EINTR after a signal.
 */
int xenmig_session_wait_done(struct xenmig_session *s)
{
	long left = wait_for_completion_interruptible_timeout(&s->done, END_SECONDS * HZ);

	return left > 0 ? 0 : left ? -EINTR : -ETIMEDOUT;
}

/* Of two that resume one wins; false when the session was not in @from. */
static bool step(struct xenmig_session *s, enum xenmig_state from, enum xenmig_state to)
{
	bool done;

	spin_lock(&s->lock);
	done = s->state == from;
	if (done)
		s->state = to;
	spin_unlock(&s->lock);
	return done;
}

/**
 * xenmig_session_resume - let a held guest go on at the source
 * @s: session
 * @why: on failure, a static sentence
 *
 * The caller knows that no copy has run. Any controller may, since the one that
 * made the session may be dead.
 *
 * Context: a command; may sleep, for END_SECONDS at most until the session's
 * thread has let go of the guest's pages.
 * Return: 0, -EINVAL when the session is not held, -ETIMEDOUT, -EINTR, or what
 * xenmig_source_resume() says; after any of them it is as before.
 */
int xenmig_session_resume(struct xenmig_session *s, const char **why)
{
	int err;

	*why = "the session is not in state held";
	if (READ_ONCE(s->state) != XENMIG_STATE_HELD)
		return -EINVAL;
	*why = "the session's pages are still in use";
	err = xenmig_session_wait_done(s);
	if (err)
		return err;
	*why = "the session is not in state held";
	if (!step(s, XENMIG_STATE_HELD, XENMIG_STATE_RESUMED))
		return -EINVAL;
	*why = "the guest is gone, is not suspended, or the hypervisor refused to resume it";
	err = xenmig_source_resume(s);
	if (err) {
		step(s, XENMIG_STATE_RESUMED, XENMIG_STATE_HELD);
		return err;
	}
	trace_xenmig_state(s->id, s->dom.id, XENMIG_STATE_HELD, XENMIG_STATE_RESUMED, 0);
	xenmig_session_changed(s);
	return 0;
}

/**
 * xenmig_session_change - change what session-start asked for
 * @s: session
 * @change: called with the policy, under @s->lock
 * @arg: for @change
 * @why: on failure, a static sentence
 *
 * The thread looks at the policy before each flight and after each round, and is
 * woken where it waits for the pause not to be held any more.
 *
 * Context: a command; takes s->lock.
 * Return: 0, or -EINVAL when there are no rounds (any more).
 */
int xenmig_session_change(struct xenmig_session *s,
			  void (*change)(struct xenmig_policy *policy, void *arg), void *arg,
			  const char **why)
{
	int err;

	*why = "the session sends no rounds of pages now";
	spin_lock(&s->lock);
	err = s->role == XENMIG_ROLE_SOURCE && s->state == XENMIG_STATE_RUNNING && !s->cancel ?
	      0 : -EINVAL;
	if (!err)
		change(&s->options.policy, arg);
	spin_unlock(&s->lock);
	wake_up(&s->wait);
	return err;
}

/* A guest that has PV drivers would not notice that it goes on elsewhere, so it must be asked. */
static int may_force(struct xenmig_session *s, const char **why)
{
	struct xenmig_dom dom = { .id = s->dom.id };
	u64 callback;
	int err;

	*why = "only an HVM guest without PV drivers is suspended without being asked";
	if (!s->device_model)
		return -EINVAL;
	err = xenmig_dom_get_param(&dom, HVM_PARAM_CALLBACK_IRQ, &callback);
	return err ?: callback ? -EINVAL : 0;
}

/**
 * xenmig_session_suspend - note that the guest is about to be asked to suspend
 * @s: session
 * @force: suspend it, as it cannot be asked
 * @why: on failure, a static sentence
 *
 * From here on a suspension is the one asked for, and undoing takes the
 * request back. One that is forced the session's thread makes.
 *
 * Context: a command; takes s->lock; with @force makes a hypercall.
 * Return: 0, or -EINVAL when the session is not suspending or is cancelled, or a guest
 * that could be asked is to be forced; what Xen says.
 */
int xenmig_session_suspend(struct xenmig_session *s, bool force, const char **why)
{
	int err;

	err = force ? may_force(s, why) : 0;
	if (err)
		return err;
	*why = "the session is not in state suspending";
	spin_lock(&s->lock);
	err = s->state == XENMIG_STATE_SUSPENDING && !s->cancel && !s->reason ? 0 : -EINVAL;
	if (!err) {
		WRITE_ONCE(s->forced, force);
		WRITE_ONCE(s->asked, true);
	}
	spin_unlock(&s->lock);
	return err;
}

/**
 * xenmig_session_device_model - note how the guest's device model is
 * @s: session
 * @runs: whether it does
 * @why: on failure, a static sentence
 *
 * Context: a command; takes s->lock.
 * Return: 0, or -EINVAL for a guest without one, and when it is said to have stopped of
 * a session that is not paused or is cancelled.
 */
int xenmig_session_device_model(struct xenmig_session *s, bool runs, const char **why)
{
	int err = s->role == XENMIG_ROLE_SOURCE && s->device_model ? 0 : -EINVAL;

	*why = "the session is not the source of a guest with a device model";
	if (err)
		return err;
	*why = "the session is not in state paused";
	spin_lock(&s->lock);
	if (runs)
		WRITE_ONCE(s->released, true);
	else if (s->state == XENMIG_STATE_PAUSED && !s->cancel)
		WRITE_ONCE(s->quiet, true);
	else
		err = -EINVAL;
	spin_unlock(&s->lock);
	wake_up(&s->wait);
	return err;
}

/**
 * xenmig_session_ask_to_end - cancel it, unless it is committed
 * @s: session
 *
 * Waits for nothing.
 *
 * Context: process context; takes s->lock and the socket's.
 * Return: false when it is committed.
 */
bool xenmig_session_ask_to_end(struct xenmig_session *s)
{
	bool asked;

	spin_lock(&s->lock);
	asked = !xenmig_state_committed(s->state);
	if (asked) {
		s->cancel = true;
		/* First, or the reason would be what the socket says when it is shut. */
		if (!s->reason) {
			s->reason = XENMIG_REASON_CANCELLED;
			s->err = -ECANCELED;
			strscpy(s->message, "the move was cancelled", sizeof(s->message));
		}
	}
	spin_unlock(&s->lock);
	if (!asked)
		return false;
	xenmig_sock_shutdown(&s->sock);
	wake_up(&s->wait);
	wake_up(&s->inflight.wait);
	return true;
}

/**
 * xenmig_session_cancel - end a session and wait until all of it is undone
 * @s: session
 * @why: on failure, a static sentence
 *
 * Context: a command; takes s->lock and the socket's, then sleeps for END_SECONDS
 * at most.
 * Return: 0 (also when it had ended by itself), -EINVAL when it is committed,
 * -ETIMEDOUT, -EINTR after a signal; after the last two it still ends.
 */
int xenmig_session_cancel(struct xenmig_session *s, const char **why)
{
	*why = "the session is committed: held or kept";
	if (!xenmig_session_ask_to_end(s))
		return -EINVAL;
	*why = "the session is still ending";
	return xenmig_session_wait_done(s);
}
