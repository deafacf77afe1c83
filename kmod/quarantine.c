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

#include "inflight.h"
#include "quarantine.h"
#include "window.h"

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

/**
 * xenmig_quarantine - keep a window until the network lets go
 * @in: flights, whose socket is released
 * @w: their window
 * @release: called when both were freed; may sleep, must not come back here
 * @owner: its argument. It holds the module until then
 *
 * Window and flights are the quarantine's from here on, mapped as they are; it
 * looks once a second and frees them when they have landed.
 *
 * Context: may sleep; takes quarantine_lock.
 */
void xenmig_quarantine(struct xenmig_inflight *in, struct xenmig_window *w,
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
