// SPDX-License-Identifier: GPL-2.0-only
/*
 * Completion of zero-copy sends. Contexts: the sending thread takes flights
 * and hands them over; the network calls flight_complete() from wherever the
 * last buffer was freed, hard interrupts off included, so it only counts and
 * wakes.
 */
#include <linux/bvec.h>
#include <linux/gfp.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "base/trace.h"
#include "compat/compat.h"
#include "frames/inflight.h"

#define LAND_SECONDS	10

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
	atomic_sub(f->frames, &in->frames);
	/* Pairs with smp_load_acquire() in landed(): the slots are free after it. */
	smp_store_release(&f->frames, 0);
	wake_up(&in->wait);
}

XENMIG_UBUF_OPS(flight_complete)

static bool landed(struct xenmig_flight *f)
{
	return !smp_load_acquire(&f->frames);
}

/**
 * xenmig_inflight_init - make the flights of a zeroed struct
 * @in: flights; @in->wait was initialised with the session, since others wake it
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
			xenmig_inflight_free(in);
			return -ENOMEM;
		}
	}
	return 0;
}

/**
 * xenmig_inflight_free - free the flights' memory
 * @in: flights, all landed: xenmig_inflight_drain() returned 0; or zeroed ones
 *
 * The counters stay.
 *
 * Context: the session's thread, or the quarantine's work.
 */
void xenmig_inflight_free(struct xenmig_inflight *in)
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

static bool wait_landed(struct xenmig_inflight *in, struct xenmig_flight *f,
			const bool *stop, unsigned long limit)
{
	while (!landed(f) && !(stop && READ_ONCE(*stop)) && time_before(jiffies, limit))
		wait_event_timeout(in->wait, landed(f) || (stop && READ_ONCE(*stop)), HZ);
	return landed(f);
}

/**
 * xenmig_flight_next - a flight whose slots and header may be written to
 * @in: flights
 * @s: the socket they are sent on; its @stop ends the wait
 *
 * Waits for the oldest flight to land.
 *
 * Context: the session's thread; sleeps for LAND_SECONDS at most.
 * Return: the flight, ERR_PTR(-ETIMEDOUT), or ERR_PTR(-ECANCELED) after a shutdown.
 */
struct xenmig_flight *xenmig_flight_next(struct xenmig_inflight *in, struct xenmig_sock *s)
{
	struct xenmig_flight *f = &in->flight[in->next];
	u64 began = ktime_get_ns();

	if (!wait_landed(in, f, &s->stop, jiffies + LAND_SECONDS * HZ))
		return ERR_PTR(READ_ONCE(s->stop) ? -ECANCELED : -ETIMEDOUT);
	trace_xenmig_wait(XENMIG_FLIGHT_FRAMES, ktime_get_ns() - began);
	in->next = (in->next + 1) % XENMIG_FLIGHTS;
	return f;
}

/* Hand @n pieces to the network, the header and those of @frames frames, which stand in in->bv. */
static int launch(struct xenmig_flight *f, struct xenmig_sock *s, size_t header_len, u32 n,
		  u32 frames)
{
	struct xenmig_inflight *in = f->owner;
	size_t len = header_len + ((size_t)frames << PAGE_SHIFT);
	int err;

	in->bv[0] = (struct bio_vec){ .bv_page = f->header, .bv_len = header_len };
	XENMIG_UBUF_SET(&f->ubuf, flight_complete);
	f->ubuf.flags = SKBFL_ZEROCOPY_FRAG | SKBFL_DONT_ORPHAN;
	refcount_set(&f->ubuf.refcnt, 1);
	f->bytes = len;
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
	err = xenmig_sock_send_pages(s, in->bv, n, len, &f->ubuf);
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
 * Return: 0 or what xenmig_sock_send_pages() says; in either case the flight lands
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
 * xenmig_flight_copy - a page of dom0's own to be sent in place of a slot's
 * @f: flight from xenmig_flight_next()
 * @slot: of the flight, from 0
 *
 * It is kept for the slot until xenmig_inflight_free().
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

/**
 * xenmig_inflight_count - how much guest memory was copied after all
 * @in: flights
 * @zerocopy: bytes handed over by reference and left so
 * @missed: bytes that were copied
 *
 * Racy by intent: for the statistics. A buffer that was copied also held
 * headers, so the sum is made to fit.
 *
 * Context: any; also after xenmig_inflight_free().
 */
void xenmig_inflight_count(struct xenmig_inflight *in, u64 *zerocopy, u64 *missed)
{
	u64 sent = READ_ONCE(in->zerocopy_bytes);
	u64 copied = min_t(u64, atomic64_read(&in->copied), sent);

	*zerocopy = sent - copied;
	*missed = READ_ONCE(in->missed_bytes) + copied;
}

/* Headers too: when their count has fallen, the last completion has returned. */
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
 * The completion is called just before the buffer drops its references, so
 * the page counts are looked at as well.
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
