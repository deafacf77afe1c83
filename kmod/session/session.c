// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of a session. It is made by session-new and owns a thread from the
 * start; the thread alone touches the domain and the window and undoes on
 * every way out what it did. Commands and the death of the owner only set a
 * word under the lock and wake it.
 *
 * References: one of the list, one of the thread, one of each lookup. Each
 * session holds a reference on the module, so it cannot be unloaded while one
 * lives.
 */
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <xen/interface/hvm/params.h>

#include "base/fault.h"
#include "base/trace.h"
#include "guest/creation.h"
#include "session/session.h"
#include "session/state.h"

#define PROGRESS_JIFFIES	HZ
#define END_SECONDS		120

/* Keeps list walkers from additions and removals; also covers @portid. */
static DEFINE_MUTEX(sessions_lock);
static LIST_HEAD(sessions);
static u32 last_id;

static void (*notify_changed)(struct xenmig_session *s);
static const struct xenmig_guest_kind *translated_guest, *pv_guest;

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

static void forget(struct xenmig_session *s)
{
	bool listed;

	mutex_lock(&sessions_lock);
	listed = !list_empty(&s->node);
	list_del_init(&s->node);
	mutex_unlock(&sessions_lock);
	if (listed)
		xenmig_session_put(s);
}

static int session_thread(void *arg)
{
	struct xenmig_session *s = arg;
	bool orphan;
	int err;

	err = run(s);
	if (s->role == XENMIG_ROLE_SOURCE)
		xenmig_source_release(s);
	else
		xenmig_destination_release(s);
	settle(s, err);
	complete_all(&s->done);
	mutex_lock(&sessions_lock);
	orphan = !s->portid;
	mutex_unlock(&sessions_lock);
	if (orphan && !xenmig_state_committed(s->state))
		forget(s);
	xenmig_session_put(s);
	module_put_and_kthread_exit(0);
}

/* ---- making and finding ---- */

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

static struct xenmig_session *alloc_session(enum xenmig_role role, u32 portid)
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
	s->last_ntf = jiffies;
	__module_get(THIS_MODULE);
	return s;
}

/* One session at a time cares for a domain; ended ones and committed ones do not count. */
static bool cared_for(u16 domid)
{
	struct xenmig_session *s;

	lockdep_assert_held(&sessions_lock);
	list_for_each_entry(s, &sessions, node)
		if (s->dom.id == domid && !completion_done(&s->done))
			return true;
	return false;
}

/* Give the session its number, its thread and its place in the list. */
static int launch(struct xenmig_session *s, const char **why)
{
	struct task_struct *task;

	*why = "another session moves this domain already";
	mutex_lock(&sessions_lock);
	if (cared_for(s->dom.id)) {
		mutex_unlock(&sessions_lock);
		return -EBUSY;
	}
	s->id = ++last_id ?: ++last_id;
	*why = "no thread could be started";
	task = kthread_create(session_thread, s, "xenmig/%u", s->id);
	if (IS_ERR(task)) {
		mutex_unlock(&sessions_lock);
		return PTR_ERR(task);
	}
	kref_get(&s->ref);
	__module_get(THIS_MODULE);
	list_add_tail(&s->node, &sessions);
	/* For the caller. */
	kref_get(&s->ref);
	mutex_unlock(&sessions_lock);
	wake_up_process(task);
	return 0;
}

static const struct xenmig_guest_kind *kind_of(const struct xenmig_domain *d)
{
	return d->create_flags & XENMIG_CREATE_HVM ? translated_guest : pv_guest;
}

/**
 * xenmig_session_new_source - begin to move a domain away
 * @portid: netlink port of the owner
 * @domid: which domain
 * @why: on failure, a static sentence; NULL when there is no memory
 *
 * Nothing of the domain is changed before session-start.
 *
 * Context: a command; makes hypercalls, takes sessions_lock, sleeps.
 * Return: the session with a reference for the caller, or an ERR_PTR:
 * -ESRCH, -EOPNOTSUPP for a domain that cannot be moved, -EBUSY, -ENOMEM,
 * -EINTR when the caller was killed, or what Xen says.
 */
struct xenmig_session *xenmig_session_new_source(u32 portid, u32 domid, const char **why)
{
	struct xenmig_session *s;
	struct xenmig_domain d;
	int err;

	*why = "there is no such domain";
	if (domid >= XENMIG_DOMID_FIRST_RESERVED)
		return ERR_PTR(-ESRCH);
	err = xenmig_domain_read(domid, &d);
	if (err)
		return ERR_PTR(err);
	*why = xenmig_domain_refusal(&d);
	if (*why)
		return ERR_PTR(-EOPNOTSUPP);
	s = alloc_session(XENMIG_ROLE_SOURCE, portid);
	if (IS_ERR(s))
		return s;
	s->dom.id = domid;
	memcpy(s->uuid, d.uuid, sizeof(s->uuid));
	s->domain = d;
	s->kind = kind_of(&d);
	s->device_model = xenmig_has_device_model(&d);
	err = launch(s, why);
	if (err) {
		xenmig_session_put(s);
		return ERR_PTR(err);
	}
	return s;
}

/**
 * xenmig_session_new_destination - create a domain and await its memory
 * @portid: netlink port of the owner
 * @domain: what to create; domid and ports are filled in
 * @why: on failure, a static sentence
 *
 * The domain is created in the caller's context, before the session has a thread;
 * on failure it is destroyed there too. Afterwards it is the session's until kept.
 *
 * Context: a command; makes hypercalls, takes sessions_lock, sleeps.
 * Return: the session with a reference for the caller, or an ERR_PTR: what
 * xenmig_create() says, -ENOMEM, -EINTR when the caller was killed.
 */
struct xenmig_session *xenmig_session_new_destination(u32 portid, struct xenmig_domain *domain,
						      const char **why)
{
	struct xenmig_session *s;
	int err;

	*why = "dom0 has not enough memory";
	s = alloc_session(XENMIG_ROLE_DESTINATION, portid);
	if (IS_ERR(s))
		return s;
	s->domain = *domain;
	err = xenmig_create(&s->dom, &s->window, &s->domain, why);
	if (err)
		goto err_put;
	memcpy(s->uuid, s->domain.uuid, sizeof(s->uuid));
	s->kind = kind_of(&s->domain);
	s->device_model = xenmig_has_device_model(&s->domain);
	err = launch(s, why);
	if (err) {
		xenmig_destination_release(s);
		goto err_put;
	}
	*domain = s->domain;
	return s;

err_put:
	xenmig_session_put(s);
	return ERR_PTR(err);
}

/**
 * xenmig_session_get - find a session
 * @id: its number
 *
 * Context: may sleep, takes sessions_lock.
 * Return: the session with a reference for the caller, or NULL.
 */
struct xenmig_session *xenmig_session_get(u32 id)
{
	struct xenmig_session *s;

	mutex_lock(&sessions_lock);
	list_for_each_entry(s, &sessions, node) {
		if (s->id == id) {
			kref_get(&s->ref);
			mutex_unlock(&sessions_lock);
			return s;
		}
	}
	mutex_unlock(&sessions_lock);
	return NULL;
}

/**
 * xenmig_session_next - find the session with the lowest number above another, for dumps
 * @id: the other, which need not exist; 0 for the first
 *
 * Context: may sleep, takes sessions_lock.
 * Return: the session with a reference for the caller, or NULL.
 */
struct xenmig_session *xenmig_session_next(u32 id)
{
	struct xenmig_session *s, *next = NULL;

	mutex_lock(&sessions_lock);
	list_for_each_entry(s, &sessions, node)
		if (s->id > id && (!next || s->id < next->id))
			next = s;
	if (next)
		kref_get(&next->ref);
	mutex_unlock(&sessions_lock);
	return next;
}

/**
 * xenmig_session_count - sessions in the list
 *
 * Context: may sleep, takes sessions_lock.
 * Return: how many.
 */
u32 xenmig_session_count(void)
{
	struct xenmig_session *s;
	u32 count = 0;

	mutex_lock(&sessions_lock);
	list_for_each_entry(s, &sessions, node)
		count++;
	mutex_unlock(&sessions_lock);
	return count;
}

/* ---- commands ---- */

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
	notify_changed(s);
	return 0;
}

/* Until the thread has released everything: 0, -ETIMEDOUT or -EINTR. */
static int wait_done(struct xenmig_session *s)
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
	err = wait_done(s);
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
	notify_changed(s);
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

static bool ask_to_end(struct xenmig_session *s)
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
	if (!ask_to_end(s))
		return -EINVAL;
	*why = "the session is still ending";
	return wait_done(s);
}

/**
 * xenmig_session_end - forget a session that has ended or is committed
 * @s: session
 * @why: on failure, a static sentence
 *
 * Waits until its thread has let go of the guest's frames: as long as a session
 * is listed, domain-destroy waits for it.
 *
 * Context: a command; may sleep, takes sessions_lock.
 * Return: 0 (also when it was forgotten before), -EBUSY, -ETIMEDOUT, -EINTR.
 */
int xenmig_session_end(struct xenmig_session *s, const char **why)
{
	enum xenmig_state state = READ_ONCE(s->state);
	int err;

	*why = "the session has not ended; cancel it first";
	if (!xenmig_state_ended(state) && !xenmig_state_committed(state))
		return -EBUSY;
	*why = "the session's pages are still in use";
	err = wait_done(s);
	if (!err)
		forget(s);
	return err;
}

/**
 * xenmig_session_owner_gone - the owner's socket closed: nobody cares for what is not committed
 * @portid: its netlink port
 *
 * Cancels what is under way, which is forgotten when its thread ends, and forgets
 * what has failed or was cancelled. Waits for no thread.
 *
 * Context: netlink notifier, process context; takes sessions_lock, and under it
 * s->lock and the socket's.
 */
void xenmig_session_owner_gone(u32 portid)
{
	struct xenmig_session *s, *next;

	mutex_lock(&sessions_lock);
	list_for_each_entry_safe(s, next, &sessions, node) {
		if (s->portid != portid)
			continue;
		WRITE_ONCE(s->portid, 0);
		/* A thread that is ending looks at portid under the lock and forgets it then. */
		if (!ask_to_end(s) || !completion_done(&s->done))
			continue;
		list_del_init(&s->node);
		xenmig_session_put(s);
	}
	mutex_unlock(&sessions_lock);
}

/* The session whose thread still works on a domain, with a reference, or NULL. */
static struct xenmig_session *carer(u16 domid)
{
	struct xenmig_session *s;

	mutex_lock(&sessions_lock);
	list_for_each_entry(s, &sessions, node) {
		if (s->dom.id == domid && !completion_done(&s->done)) {
			kref_get(&s->ref);
			mutex_unlock(&sessions_lock);
			return s;
		}
	}
	mutex_unlock(&sessions_lock);
	return NULL;
}

/**
 * xenmig_session_domain_free - may the controller act on a domain?
 * @domid: domain
 * @wait: also wait until the thread of a committed session has let go of it
 * @why: on failure, a static sentence; else not touched
 *
 * Context: a command; takes sessions_lock, sleeps with @wait for END_SECONDS at most.
 * Return: 0, -EBUSY while a session that has not committed cares for it,
 * -ETIMEDOUT, -EINTR after a signal.
 */
int xenmig_session_domain_free(u16 domid, bool wait, const char **why)
{
	struct xenmig_session *s = carer(domid);
	int err = 0;

	if (!s)
		return 0;
	*why = "a session that has not committed cares for this domain";
	if (!xenmig_state_committed(READ_ONCE(s->state))) {
		err = -EBUSY;
	} else if (wait) {
		*why = "the session's pages are still in use";
		err = wait_done(s);
	}
	xenmig_session_put(s);
	return err;
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
