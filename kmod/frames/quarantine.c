// SPDX-License-Identifier: GPL-2.0-only
/*
 * A page that the network refers to may be read by a device, or sent once more, at
 * any time: it is never unmapped, freed or used for something else. Where the wait
 * for that ran out, flights and window stay here as they are.
 */
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "frames/inflight.h"
#include "frames/quarantine.h"
#include "frames/window.h"
#include "wire/sock.h"

/**
 * struct quarantined - a window that has to wait
 * @node: in the list
 * @in: flights; the network calls back into them, so they stay where they are
 * @w: window
 * @release: lets go of @owner, which both are part of
 * @owner: whose they are
 */
struct quarantined {
	struct list_head node;
	struct xenmig_inflight *in;
	struct xenmig_window *w;
	void (*release)(void *owner);
	void *owner;
};

static DEFINE_MUTEX(quarantine_lock);
static LIST_HEAD(quarantine);

static void look(struct work_struct *work);
static DECLARE_DELAYED_WORK(look_work, look);

/* Release what has landed meanwhile; look again later for the rest. */
static void look(struct work_struct *work)
{
	struct quarantined *q, *next;

	mutex_lock(&quarantine_lock);
	list_for_each_entry_safe(q, next, &quarantine, node) {
		if (xenmig_inflight_drain(q->in, q->w, 0))
			continue;
		list_del(&q->node);
		xenmig_window_free(q->w);
		xenmig_inflight_free(q->in);
		q->release(q->owner);
		kfree(q);
	}
	if (!list_empty(&quarantine))
		schedule_delayed_work(&look_work, HZ);
	mutex_unlock(&quarantine_lock);
}

/* They are the quarantine's from here on, mapped as they are; it looks once a second. */
static void put_in(struct xenmig_inflight *in, struct xenmig_window *w,
		   void (*release)(void *owner), void *owner)
{
	struct quarantined *q = kzalloc(sizeof(*q), GFP_KERNEL | __GFP_NOFAIL);

	pr_warn("xenmig: the network still refers to %d pages; they are kept until it lets go\n",
		atomic_read(&in->frames));
	q->in = in;
	q->w = w;
	q->release = release;
	q->owner = owner;
	mutex_lock(&quarantine_lock);
	list_add(&q->node, &quarantine);
	mutex_unlock(&quarantine_lock);
	schedule_delayed_work(&look_work, HZ);
}

/* The network refers to nothing of them; what is queued is thrown away for that if need be. */
static bool landed(struct xenmig_sock *s, struct xenmig_inflight *in, struct xenmig_window *w,
		   bool abort)
{
	if (!w->pages || !in->bv)
		return true;
	if (abort)
		xenmig_sock_abort(s);
	if (!xenmig_inflight_drain(in, w, XENMIG_DRAIN_SECONDS))
		return true;
	xenmig_sock_abort(s);
	return !xenmig_inflight_drain(in, w, XENMIG_DRAIN_SECONDS);
}

/**
 * xenmig_quarantine - free a window as soon as the network has let go of it
 * @s: socket, or one that has none; released
 * @in: flights, or zeroed ones
 * @w: their window, or a zeroed one
 * @abort: throw away what is queued; else it is given time to go out
 * @release: called when both are freed, now or later; may sleep, must not come back here
 * @owner: its argument, whose part all three are. It holds the module until then
 *
 * What the network still refers to after the wait goes into quarantine, which keeps
 * page and mapping: it is never unmapped under a live reference.
 *
 * Context: may sleep, for twice XENMIG_DRAIN_SECONDS; takes quarantine_lock.
 */
void xenmig_quarantine(struct xenmig_sock *s, struct xenmig_inflight *in, struct xenmig_window *w,
		       bool abort, void (*release)(void *owner), void *owner)
{
	bool free = landed(s, in, w, abort);

	xenmig_sock_release(s);
	if (!free) {
		put_in(in, w, release, owner);
		return;
	}
	xenmig_window_free(w);
	xenmig_inflight_free(in);
	release(owner);
}

/**
 * xenmig_quarantine_pages - pages in quarantine
 *
 * Context: may sleep, takes quarantine_lock.
 * Return: how many, record headers included.
 */
u32 xenmig_quarantine_pages(void)
{
	struct quarantined *q;
	u32 pages = 0;

	mutex_lock(&quarantine_lock);
	list_for_each_entry(q, &quarantine, node)
		pages += atomic_read(&q->in->frames);
	mutex_unlock(&quarantine_lock);
	return pages;
}

/**
 * xenmig_quarantine_exit - wait for the last look
 *
 * The quarantine is empty: what is in it holds the module. The look may still be queued.
 *
 * Context: module exit; sleeps.
 */
void xenmig_quarantine_exit(void)
{
	cancel_delayed_work_sync(&look_work);
}
