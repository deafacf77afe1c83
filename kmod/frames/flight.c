// SPDX-License-Identifier: GPL-2.0-only
/*
 * A page's life in flight, all of it:
 *
 *   taken        xenmig_flight_next(): the oldest flight has landed, its slots are free
 *   mapped       xenmig_flight_map(): frames of the guest are in them
 *   in the air   xenmig_flight_send(): TCP has them by reference, the slots are the network's
 *   landed       flight_complete(): the last buffer is gone, the slots are free again
 *   drained      xenmig_inflight_drain(): nothing is in the air any more
 *   quarantined  xenmig_inflight_end(), where the bounded wait for that ran out
 *
 * A page that the network refers to may be read by a device, or sent once more, at any
 * time: it is never mapped over, unmapped, freed or used for something else. In
 * quarantine flights and window stay as they are until it has landed.
 *
 * Who may free what. Buffers hold no references on the pages (put_pieces()), nor on the
 * flight: that it is in the air keeps it. The network calls flight_complete() from
 * wherever the last buffer was freed, hard interrupts off included; it gives the flight
 * back and wakes under in->wait.lock, and letting go of that lock is the last it does.
 * landed() looks under the same lock. So whoever has seen a flight landed may free it,
 * and all it is part of; nobody looks at xenmig_flight.frames without the lock.
 */
#include <linux/bvec.h>
#include <linux/gfp.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/socket.h>
#include <linux/uio.h>
#include <linux/workqueue.h>

#include "base/trace.h"
#include "compat/compat.h"
#include "frames/flight.h"

/* ---- landed ---- */

static bool landed(struct xenmig_flight *f)
{
	unsigned long flags;
	bool landed;

	spin_lock_irqsave(&f->owner->wait.lock, flags);
	landed = !f->frames;
	spin_unlock_irqrestore(&f->owner->wait.lock, flags);
	return landed;
}

/* The flight, and @in, may be gone as soon as the lock is. */
static void land(struct xenmig_inflight *in, struct xenmig_flight *f)
{
	unsigned long flags;

	spin_lock_irqsave(&in->wait.lock, flags);
	atomic_sub(f->frames, &in->frames);
	f->frames = 0;
	wake_up_all_locked(&in->wait);
	spin_unlock_irqrestore(&in->wait.lock, flags);
}

/* @uncopied is false when a buffer's pages were copied to be kept elsewhere. */
static void flight_complete(struct sk_buff *skb, struct ubuf_info *ubuf, bool uncopied)
{
	struct xenmig_flight *f = container_of(ubuf, struct xenmig_flight, ubuf);
	struct xenmig_inflight *in = f->owner;

	if (!uncopied && skb && !f->missed)
		atomic64_add(skb->len, &in->copied);
	if (!refcount_dec_and_test(&ubuf->refcnt))
		return;
	if (f->alone_ns)
		WRITE_ONCE(in->alone_rate, div64_u64(f->bytes * (u64)NSEC_PER_SEC,
						     max(ktime_get_ns() - f->alone_ns, 1ULL)));
	trace_xenmig_flight_landed(f->first, f->frames);
	land(in, f);
}

XENMIG_UBUF_OPS(flight_complete)

static bool wait_landed(struct xenmig_inflight *in, struct xenmig_flight *f,
			const bool *stop, unsigned long limit)
{
	while (!landed(f) && !(stop && READ_ONCE(*stop)) && time_before(jiffies, limit))
		wait_event_timeout(in->wait, landed(f) || (stop && READ_ONCE(*stop)), HZ);
	return landed(f);
}

/* ---- made and freed ---- */

static void free_inflight(struct xenmig_inflight *in)
{
	u32 i;

	for (i = 0; i < XENMIG_FLIGHTS; i++) {
		if (in->flight[i].header)
			__free_pages(in->flight[i].header, XENMIG_HEADER_ORDER);
		in->flight[i].header = NULL;
	}
	for (i = 0; in->copy && i < XENMIG_WINDOW_SLOTS; i++)
		if (in->copy[i])
			__free_page(in->copy[i]);
	kvfree(in->copy);
	in->copy = NULL;
	kvfree(in->bv);
	in->bv = NULL;
}

/**
 * xenmig_inflight_init - make the flights of a zeroed struct
 * @in: flights; @in->wait was initialised with the session, since others wake it
 *
 * Whatever is returned, their life ends with xenmig_inflight_end().
 *
 * Context: the session's thread; may sleep.
 * Return: 0 or -ENOMEM.
 */
int xenmig_inflight_init(struct xenmig_inflight *in)
{
	u32 i;

	in->bv = kvcalloc(XENMIG_FLIGHT_FRAMES + 1, sizeof(*in->bv), GFP_KERNEL);
	if (!in->bv)
		return -ENOMEM;
	for (i = 0; i < XENMIG_FLIGHTS; i++) {
		in->flight[i].owner = in;
		in->flight[i].first = i * XENMIG_FLIGHT_FRAMES;
		in->flight[i].header = alloc_pages(GFP_KERNEL | __GFP_COMP, XENMIG_HEADER_ORDER);
		if (!in->flight[i].header) {
			free_inflight(in);
			return -ENOMEM;
		}
	}
	return 0;
}

/* ---- taken, mapped ---- */

/**
 * xenmig_flight_next - a flight whose slots and header may be written to
 * @in: flights
 * @s: the socket they are sent on; its @stop ends the wait
 *
 * Waits for the oldest flight to land.
 *
 * Context: the session's thread; sleeps for xenmig_sock_stall() seconds at most.
 * Return: the flight, ERR_PTR(-ETIMEDOUT), or ERR_PTR(-ECANCELED) after a shutdown.
 */
struct xenmig_flight *xenmig_flight_next(struct xenmig_inflight *in, struct xenmig_sock *s)
{
	struct xenmig_flight *f = &in->flight[in->next];
	u64 began = ktime_get_ns();

	if (!wait_landed(in, f, &s->stop, jiffies + xenmig_sock_stall() * HZ))
		return ERR_PTR(READ_ONCE(s->stop) ? -ECANCELED : -ETIMEDOUT);
	trace_xenmig_wait(XENMIG_FLIGHT_FRAMES, ktime_get_ns() - began);
	in->next = (in->next + 1) % XENMIG_FLIGHTS;
	return f;
}

/**
 * xenmig_flight_map - map frames into a flight's slots, over what they held
 * @f: flight from xenmig_flight_next()
 * @w: window
 * @dom: whose frames
 * @gfns: frames
 * @count: how many
 * @failed: set per frame: true where there was nothing to map
 *
 * Context and return: as xenmig_window_map().
 */
int xenmig_flight_map(struct xenmig_flight *f, struct xenmig_window *w, struct xenmig_dom *dom,
		      const u64 *gfns, u32 count, bool *failed)
{
	return xenmig_window_map(w, dom, f->first, gfns, count, failed);
}

/**
 * xenmig_flight_copy - a page of dom0's own to be sent in place of a slot's
 * @f: flight from xenmig_flight_next()
 * @slot: of the flight, from 0
 *
 * It is kept for the slot until xenmig_inflight_end().
 *
 * Context: the session's thread; may sleep.
 * Return: its address, to be written to until the flight is sent, or NULL without memory.
 */
void *xenmig_flight_copy(struct xenmig_flight *f, u32 slot)
{
	struct xenmig_inflight *in = f->owner;
	struct page **page;

	if (!in->copy)
		in->copy = kvcalloc(XENMIG_WINDOW_SLOTS, sizeof(*in->copy), GFP_KERNEL);
	if (!in->copy)
		return NULL;
	page = &in->copy[f->first + slot];
	if (!*page)
		*page = alloc_page(GFP_KERNEL);
	return *page ? page_address(*page) : NULL;
}

/* ---- in the air ---- */

/*
 * Whole pieces go into a buffer, of as many pages as follow each other, where the
 * network would take a reference on each page and one descriptor of the device for
 * it: pages live until their flight lands, which waits for every buffer. A buffer
 * that holds other things as well gets none of them; TCP takes the next one then.
 */
static int put_pieces(struct sk_buff *skb, struct iov_iter *from, size_t length)
{
	struct skb_shared_info *shared = skb_shinfo(skb);
	struct bvec_iter at = {
		.bi_size = min(iov_iter_count(from), length),
		.bi_bvec_done = from->iov_offset,
	};
	unsigned int n = shared->nr_frags, put = 0;
	struct bio_vec piece;
	struct page *page;

	if (n && !skb_zcopy_managed(skb))
		return -EMSGSIZE;
	shared->flags |= SKBFL_MANAGED_FRAG_REFS;
	for (; at.bi_size && n < MAX_SKB_FRAGS; n++) {
		piece = mp_bvec_iter_bvec(from->bvec, at);
		page = piece.bv_page + piece.bv_offset / PAGE_SIZE;
		__skb_fill_page_desc_noacc(shared, n, page, offset_in_page(piece.bv_offset),
					   piece.bv_len);
		skb->truesize += PAGE_ALIGN(offset_in_page(piece.bv_offset) + piece.bv_len);
		put += piece.bv_len;
		bvec_iter_advance_single(from->bvec, &at, piece.bv_len);
	}
	shared->nr_frags = n;
	skb->data_len += put;
	skb->len += put;
	iov_iter_advance(from, put);
	return at.bi_size ? -EMSGSIZE : 0;
}

XENMIG_SG_FROM_ITER(sg_from_iter, put_pieces)

/* The network has the @n pieces in in->bv until the flight completes, whatever is returned. */
static int hand_over(struct xenmig_flight *f, struct xenmig_sock *s, u32 n)
{
	struct msghdr msg = {
		.msg_flags = MSG_NOSIGNAL | MSG_ZEROCOPY,
		.msg_ubuf = &f->ubuf,
		.sg_from_iter = sg_from_iter,
	};
	u64 began = ktime_get_ns();
	size_t len = f->bytes;
	int err;

	iov_iter_bvec(&msg.msg_iter, ITER_SOURCE, f->owner->bv, n, len);
	err = xenmig_sock_send_message(s, &msg);
	trace_xenmig_send(len >> PAGE_SHIFT, ktime_get_ns() - began);
	return err;
}

/* Of @n pieces: the header, and those of @frames frames, which stand in in->bv. */
static int launch(struct xenmig_flight *f, struct xenmig_sock *s, size_t header_len, u32 n,
		  u32 frames)
{
	struct xenmig_inflight *in = f->owner;
	int err;

	in->bv[0] = (struct bio_vec){ .bv_page = f->header, .bv_len = header_len };
	XENMIG_UBUF_SET(&f->ubuf, flight_complete);
	f->ubuf.flags = SKBFL_ZEROCOPY_FRAG | SKBFL_DONT_ORPHAN;
	refcount_set(&f->ubuf.refcnt, 1);
	f->bytes = header_len + ((size_t)frames << PAGE_SHIFT);
	f->alone_ns = atomic_read(&in->frames) ? 0 : ktime_get_ns();
	/* The header flies as well: a flight without frames still has to land. */
	f->frames = frames + 1;
	atomic_add(f->frames, &in->frames);
	f->missed = !xenmig_sock_gathers(s);
	if (!f->missed)
		in->zerocopy_bytes += (u64)frames << PAGE_SHIFT;
	else
		in->missed_bytes += (u64)frames << PAGE_SHIFT;
	trace_xenmig_flight_sent(f->first, frames, n - 1, header_len);
	err = hand_over(f, s, n);
	flight_complete(NULL, &f->ubuf, true);
	return err;
}

/* Can slot @i of a flight be given to the network as one piece with the one before it? */
static bool extends(struct xenmig_window *w, u32 slot, const bool *skip, const bool *copied,
		    u32 i)
{
	return i && !skip[i - 1] && !(copied && (copied[i] || copied[i - 1])) &&
	       xenmig_window_follows(w, slot);
}

/**
 * xenmig_flight_send - hand a record of frames to the network
 * @f: flight from xenmig_flight_next(); its header pages hold the record's header
 * @w: window; the frames are mapped from slot f->first on
 * @s: socket
 * @header_len: octets of the header
 * @skip: per slot: true where nothing is sent
 * @copied: per slot: true where what xenmig_flight_copy() gave is sent; NULL for nowhere
 * @count: slots
 *
 * All goes by reference. From here on the slots, the copies and the header are the network's
 * until the flight lands.
 *
 * Context: the session's thread; sleeps while the socket's buffer is full.
 * Return: 0 or what xenmig_sock_send_message() says; in either case the flight lands
 * by itself.
 */
int xenmig_flight_send(struct xenmig_flight *f, struct xenmig_window *w, struct xenmig_sock *s,
		       size_t header_len, const bool *skip, const bool *copied, u32 count)
{
	struct xenmig_inflight *in = f->owner;
	u32 i, n = 1, frames = 0;

	for (i = 0; i < count; i++) {
		u32 slot = f->first + i;

		if (skip[i])
			continue;
		if (extends(w, slot, skip, copied, i))
			in->bv[n - 1].bv_len += PAGE_SIZE;
		else
			in->bv[n++] = (struct bio_vec){
				.bv_page = copied && copied[i] ? in->copy[slot] : w->pages[slot],
				.bv_len = PAGE_SIZE,
			};
		frames++;
	}
	return launch(f, s, header_len, n, frames);
}

/**
 * xenmig_inflight_count - how much guest memory was copied after all
 * @in: flights
 * @zerocopy: bytes handed over by reference and left so
 * @missed: bytes that were copied
 *
 * Racy by intent: for the statistics. A buffer that was copied also held
 * headers, so the sum is made to fit.
 *
 * Context: any; also after xenmig_inflight_end().
 */
void xenmig_inflight_count(struct xenmig_inflight *in, u64 *zerocopy, u64 *missed)
{
	u64 sent = READ_ONCE(in->zerocopy_bytes);
	u64 copied = min_t(u64, atomic64_read(&in->copied), sent);

	*zerocopy = sent - copied;
	*missed = READ_ONCE(in->missed_bytes) + copied;
}

/* ---- drained ---- */

static bool pages_free(struct xenmig_inflight *in, struct xenmig_window *w)
{
	u32 i;

	for (i = 0; i < XENMIG_FLIGHTS; i++)
		if (in->flight[i].header && page_count(in->flight[i].header) > 1)
			return false;
	for (i = 0; i < w->nr; i++)
		if (page_count(w->pages[i]) > 1)
			return false;
	return true;
}

/**
 * xenmig_inflight_drain - wait until the wire has let go of everything
 * @in: flights
 * @w: their window
 * @seconds: longest wait for each flight, in turn; 0 to look
 *
 * The network may have taken references after all, where it split a buffer or mixed
 * it with another. It drops them after the flight has landed, so the page counts are
 * looked at as well.
 *
 * Context: the session's thread, or the quarantine's work; sleeps, and a cancel
 * does not end it.
 * Return: 0 or -ETIMEDOUT; then nothing of @w may be unmapped.
 */
int xenmig_inflight_drain(struct xenmig_inflight *in, struct xenmig_window *w,
			  unsigned int seconds)
{
	unsigned long limit = jiffies + seconds * HZ;
	u32 i;

	for (i = 0; i < XENMIG_FLIGHTS; i++)
		if (in->flight[i].owner && !wait_landed(in, &in->flight[i], NULL, limit))
			return -ETIMEDOUT;
	while (!pages_free(in, w)) {
		if (time_after(jiffies, limit))
			return -ETIMEDOUT;
		schedule_timeout_uninterruptible(1);
	}
	return 0;
}

/* What is queued is thrown away for that if need be. */
static bool drained(struct xenmig_inflight *in, struct xenmig_window *w, struct xenmig_sock *s,
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

/* ---- quarantined ---- */

/**
 * struct quarantined - flights that have to wait
 * @node: in the list
 * @in: flights; the network calls back into them, so they stay where they are
 * @w: their window
 * @kind: how to let go of @owner; its module is held
 * @owner: whose they are
 */
struct quarantined {
	struct list_head node;
	struct xenmig_inflight *in;
	struct xenmig_window *w;
	const struct xenmig_flight_owner *kind;
	void *owner;
};

static DEFINE_MUTEX(quarantine_lock);
static LIST_HEAD(quarantine);

static void look(struct work_struct *work);
static DECLARE_DELAYED_WORK(look_work, look);

static void let_go(struct xenmig_inflight *in, struct xenmig_window *w,
		   const struct xenmig_flight_owner *kind, void *owner)
{
	xenmig_window_free(w);
	free_inflight(in);
	kind->release(owner);
}

/* Release what has landed meanwhile; look again later for the rest. */
static void look(struct work_struct *work)
{
	struct quarantined *q, *next;
	struct module *module;

	mutex_lock(&quarantine_lock);
	list_for_each_entry_safe(q, next, &quarantine, node) {
		if (xenmig_inflight_drain(q->in, q->w, 0))
			continue;
		list_del(&q->node);
		module = q->kind->module;
		let_go(q->in, q->w, q->kind, q->owner);
		/* From here, and not by @release, whose code may be gone after it. */
		module_put(module);
		kfree(q);
	}
	if (!list_empty(&quarantine))
		schedule_delayed_work(&look_work, HZ);
	mutex_unlock(&quarantine_lock);
}

/* They are the quarantine's from here on, mapped as they are; it looks once a second. */
static void put_in(struct xenmig_inflight *in, struct xenmig_window *w,
		   const struct xenmig_flight_owner *kind, void *owner)
{
	struct quarantined *q = kzalloc(sizeof(*q), GFP_KERNEL | __GFP_NOFAIL);

	pr_warn("xenmig: the network still refers to %d pages; they are kept until it lets go\n",
		atomic_read(&in->frames));
	__module_get(kind->module);
	q->in = in;
	q->w = w;
	q->kind = kind;
	q->owner = owner;
	mutex_lock(&quarantine_lock);
	list_add(&q->node, &quarantine);
	mutex_unlock(&quarantine_lock);
	schedule_delayed_work(&look_work, HZ);
}

/**
 * xenmig_inflight_end - free flights and window as soon as the network has let go of them
 * @in: flights, or zeroed ones
 * @w: their window, or a zeroed one
 * @s: socket, or one that has none; released
 * @abort: throw away what is queued; else it is given time to go out
 * @kind: how to let go of their owner
 * @owner: whose part all three are; released when they are freed, now or later
 *
 * What the network still refers to after the wait goes into quarantine, which keeps
 * page and mapping: it is never unmapped under a live reference. The counters of
 * @in stay while @owner does.
 *
 * Context: may sleep, for twice XENMIG_DRAIN_SECONDS; takes quarantine_lock.
 */
void xenmig_inflight_end(struct xenmig_inflight *in, struct xenmig_window *w,
			 struct xenmig_sock *s, bool abort,
			 const struct xenmig_flight_owner *kind, void *owner)
{
	bool free = drained(in, w, s, abort);

	xenmig_sock_release(s);
	if (free)
		let_go(in, w, kind, owner);
	else
		put_in(in, w, kind, owner);
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
