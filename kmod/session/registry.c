// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of sessions: who is in it, how one gets there and is found, and when it leaves.
 * At most one of them cares for a domain at a time.
 */
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>

#include "guest/creation.h"
#include "session/session.h"
#include "session/state.h"

/* Keeps list walkers from additions and removals; also covers @portid. */
static DEFINE_MUTEX(sessions_lock);
static LIST_HEAD(sessions);
static u32 last_id;

/* ---- who is in it ---- */

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

/* ---- how one gets there ---- */

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
	task = kthread_create(xenmig_session_thread, s, "xenmig/%u", s->id);
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
	s = xenmig_session_alloc(XENMIG_ROLE_SOURCE, portid, &d);
	if (IS_ERR(s))
		return s;
	s->dom.id = domid;
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
	s = xenmig_session_alloc(XENMIG_ROLE_DESTINATION, portid, domain);
	if (IS_ERR(s))
		return s;
	err = xenmig_create(&s->dom, &s->window, &s->domain, why);
	if (err)
		goto err_put;
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

/* ---- when it leaves ---- */

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

/**
 * xenmig_session_ended - the thread of a session is about to end
 * @s: session; its state is final and everything is released
 *
 * One that is not committed and that nobody owns is forgotten.
 *
 * Context: the session's thread; takes sessions_lock.
 */
void xenmig_session_ended(struct xenmig_session *s)
{
	bool orphan;

	mutex_lock(&sessions_lock);
	orphan = !s->portid;
	mutex_unlock(&sessions_lock);
	if (orphan && !xenmig_state_committed(s->state))
		forget(s);
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
	err = xenmig_session_wait_done(s);
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
		if (!xenmig_session_ask_to_end(s) || !completion_done(&s->done))
			continue;
		list_del_init(&s->node);
		xenmig_session_put(s);
	}
	mutex_unlock(&sessions_lock);
}

/* ---- whom a domain belongs to ---- */

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
		err = xenmig_session_wait_done(s);
	}
	xenmig_session_put(s);
	return err;
}
