// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each piece of a page's way alone, by the functions that a move uses and in the
 * portions that a move uses. What a piece needs is made before its time begins and
 * undone after it has ended, also where it fails. Memory is dom0's own, so that no
 * hypervisor is needed, or that of a domain, which runs on and is only read.
 *
 * Context of all of it: the process that asked, of which a signal ends a measurement.
 */
#include <linux/bvec.h>
#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/socket.h>
#include <linux/uio.h>

#include "base/fault.h"
#include "compat/compat.h"
#include "bench/bench.h"
#include "bench/memory.h"
#include "frames/dirty.h"
#include "frames/flight.h"
#include "frames/window.h"
#include "session/session.h"
#include "wire/record.h"
#include "wire/sock.h"
#include "guest/domain.h"
#include "xen/hypercall.h"

#define PORTION		XENMIG_FLIGHT_FRAMES
#define SLOTS		XENMIG_WINDOW_SLOTS
/* Of so many frames in a row one is dirty. */
#define SPARSE		4

/**
 * struct bench - what a measurement needs
 * @m: measurement
 * @dom: its domain
 * @owned: pages the domain owns
 * @nr: frame numbers the domain may have
 * @window: SLOTS frames, all mapped or dom0's own
 * @inflight: flights over them
 * @sock: connection
 * @began: when what is measured went on
 * @calls: hypercalls until then
 * @gfn: the frames in the window
 * @frame: scratch: frames of a portion
 * @entry: scratch: entries of a portion
 * @failed: per frame of a portion: it could not be mapped; none is left out of a flight
 * @bv: scratch: pages of a portion
 * @head: scratch: header of a portion's record
 * @why: what went wrong, where the error alone does not tell
 */
struct bench {
	struct xenmig_measurement *m;
	struct xenmig_dom dom;
	u64 owned;
	u64 nr;
	struct xenmig_window window;
	struct xenmig_inflight inflight;
	struct xenmig_sock sock;
	u64 began;
	u64 calls;
	u64 gfn[SLOTS];
	u64 frame[PORTION];
	u64 entry[PORTION];
	bool failed[PORTION];
	struct bio_vec bv[PORTION];
	u8 head[PAGE_SIZE << XENMIG_HEADER_ORDER];
	const char *why;
};

static void go_on(struct bench *b)
{
	b->calls = b->dom.hypercalls;
	b->began = ktime_get_ns();
}

static void stop(struct bench *b, u64 frames)
{
	b->m->ns += ktime_get_ns() - b->began;
	b->m->hypercalls += b->dom.hypercalls - b->calls;
	b->m->frames += frames;
}

/* Between portions: others get the processor, and a signal ends it. */
static int breathe(void)
{
	cond_resched();
	return signal_pending(current) ? -EINTR : 0;
}

/* The slot from which on a portion's frames are, when @done frames are done. */
static u32 slot_of(u64 done)
{
	return done % SLOTS;
}

/* ---- pieces without memory ---- */

static int take(struct bench *b, u64 frames)
{
	struct xenmig_dirty dirty = { 0 };
	u64 gfn;
	u32 n;
	int err;

	err = xenmig_dirty_init(&dirty, frames * SPARSE);
	if (err)
		return err;
	for (gfn = 0; gfn < frames * SPARSE; gfn += SPARSE)
		xenmig_dirty_add(&dirty, gfn);
	do {
		go_on(b);
		n = xenmig_dirty_take(&dirty, b->frame, PORTION);
		stop(b, n);
		err = breathe();
	} while (n && !err);
	xenmig_dirty_free(&dirty);
	return err;
}

static void entries(struct bench *b)
{
	u32 i;

	for (i = 0; i < PORTION; i++)
		b->entry[i] = xenmig_entry(i, XENMIG_PFN_NOTAB);
}

static int encode(struct bench *b, u64 frames)
{
	u64 done;
	int err = 0;

	entries(b);
	for (done = 0; done < frames && !err; done += PORTION) {
		go_on(b);
		xenmig_put_page_data(b->head, b->entry, PORTION);
		stop(b, PORTION);
		err = breathe();
	}
	return err;
}

static int check(struct bench *b, u64 frames)
{
	u32 length = xenmig_page_data_size(PORTION) - sizeof(struct xenmig_record_header) +
		     PORTION * PAGE_SIZE;
	u64 *read = (u64 *)(b->head + xenmig_page_data_size(0));
	const char *why;
	u64 done;
	u32 pages;
	int err = 0;

	entries(b);
	for (done = 0; done < frames && !err; done += PORTION) {
		xenmig_put_page_data(b->head, b->entry, PORTION);
		go_on(b);
		err = xenmig_check_entries(read, PORTION, length, false, PORTION, &pages,
					   &why);
		stop(b, PORTION);
		err = err ?: breathe();
	}
	return err;
}

static int copy(struct bench *b, u64 frames)
{
	u64 done;
	int err = 0;
	u32 i;

	for (done = 0; done < frames && !err; done += PORTION) {
		go_on(b);
		/* To a distance that is no power of two: both pages would want the same TLB entry. */
		for (i = 0; i < PORTION; i++)
			memcpy(xenmig_window_addr(&b->window, slot_of(done + i + SLOTS / 2 + 1)),
			       xenmig_window_addr(&b->window, slot_of(done + i)), PAGE_SIZE);
		stop(b, PORTION);
		err = breathe();
	}
	return err;
}

/* ---- the wire ---- */

/* The peer's octet: it has read everything. */
static int await_peer(struct bench *b)
{
	u8 octet;

	return xenmig_sock_receive(&b->sock, &octet, sizeof(octet), xenmig_sock_stall());
}

static int send_flight(struct bench *b)
{
	struct xenmig_flight *f = xenmig_flight_next(&b->inflight, &b->sock);
	size_t head;

	if (IS_ERR(f))
		return PTR_ERR(f);
	head = xenmig_put_page_data(page_address(f->header), b->entry, PORTION);
	return xenmig_flight_send(f, &b->window, &b->sock, head, b->failed, NULL,
				  PORTION);
}

static int send(struct bench *b, u64 frames)
{
	u64 done, zerocopy;
	int err;

	entries(b);
	memset(b->failed, 0, sizeof(b->failed));
	err = xenmig_inflight_init(&b->inflight);
	if (err)
		return err;
	go_on(b);
	for (done = 0; done < frames && !err; done += PORTION) {
		err = send_flight(b);
		err = err ?: breathe();
	}
	err = err ?: await_peer(b);
	stop(b, frames);
	xenmig_inflight_count(&b->inflight, &zerocopy, &b->m->copied);
	return err;
}

static void pieces_of(struct bench *b, u32 first)
{
	u32 i;

	for (i = 0; i < PORTION; i++)
		b->bv[i] = (struct bio_vec){
			.bv_page = b->window.pages[first + i],
			.bv_len = PAGE_SIZE,
		};
}

/* A copy of the pages in b->bv. */
static int send_pages(struct bench *b)
{
	struct msghdr msg = { .msg_flags = MSG_NOSIGNAL };

	iov_iter_bvec(&msg.msg_iter, ITER_SOURCE, b->bv, PORTION, PORTION * PAGE_SIZE);
	return xenmig_sock_send_message(&b->sock, &msg);
}

static int send_copied(struct bench *b, u64 frames)
{
	size_t head = xenmig_page_data_size(PORTION);
	u64 done;
	int err = 0;

	entries(b);
	go_on(b);
	for (done = 0; done < frames && !err; done += PORTION) {
		xenmig_put_page_data(b->head, b->entry, PORTION);
		err = xenmig_sock_send(&b->sock, b->head, head, true);
		pieces_of(b, slot_of(done));
		err = err ?: send_pages(b);
		err = err ?: breathe();
	}
	err = err ?: await_peer(b);
	stop(b, frames);
	b->m->copied = frames << PAGE_SHIFT;
	return err;
}

static int receive(struct bench *b, u64 frames)
{
	u64 done;
	int err = 0;

	go_on(b);
	for (done = 0; done < frames && !err; done += PORTION) {
		pieces_of(b, slot_of(done));
		err = xenmig_sock_receive_pages(&b->sock, b->bv, PORTION, PORTION * PAGE_SIZE,
						xenmig_sock_stall());
		err = err ?: breathe();
	}
	stop(b, frames);
	return err;
}

/* ---- the hypervisor ---- */

static int types(struct bench *b, u64 frames)
{
	u64 done;
	int err = 0;

	for (done = 0; done < frames && !err; done += PORTION) {
		memcpy(b->frame, b->gfn + slot_of(done), sizeof(b->frame));
		go_on(b);
		err = xenmig_dom_page_types(&b->dom, b->frame, PORTION);
		stop(b, PORTION);
		err = err ?: breathe();
	}
	return err;
}

static int map(struct bench *b, u64 frames)
{
	u64 done;
	u32 slot;
	int err = 0;

	for (done = 0; done < frames && !err; done += PORTION) {
		slot = slot_of(done);
		go_on(b);
		err = xenmig_window_map(&b->window, &b->dom, slot, b->gfn + slot, PORTION,
					b->failed);
		stop(b, PORTION);
		err = err ?: breathe();
	}
	return err;
}

static int unmap(struct bench *b, u64 frames)
{
	u64 done;
	u32 slot;
	int err = 0;

	for (done = 0; done < frames && !err; done += PORTION) {
		slot = slot_of(done);
		go_on(b);
		b->dom.hypercalls += xenmig_window_unmap(&b->window, slot, PORTION);
		stop(b, PORTION);
		err = xenmig_window_map(&b->window, &b->dom, slot, b->gfn + slot, PORTION,
					b->failed);
		err = err ?: breathe();
	}
	return err;
}

static int harvest(struct bench *b, u64 frames)
{
	struct xenmig_dirty dirty = { 0 };
	int err, off;

	err = xenmig_dirty_init(&dirty, b->nr);
	if (err)
		return err;
	b->why = "log-dirty mode could not be switched on: another tool migrates the domain, or a PCI device is assigned";
	err = xenmig_dom_logdirty_on(&b->dom);
	if (err)
		goto out;
	b->why = NULL;
	/* The first one has to write down the whole of it. */
	err = xenmig_dom_logdirty_clean(&b->dom, dirty.bits, b->nr, false);
	if (!err) {
		go_on(b);
		err = xenmig_dom_logdirty_clean(&b->dom, dirty.bits, b->nr, false);
		stop(b, b->owned);
	}
	off = xenmig_dom_logdirty_off(&b->dom);
	if (off && off != -ESRCH) {
		b->why = "log-dirty mode could not be switched off again: the domain is slower until another tool does so, or it is moved";
		err = off;
	}
out:
	xenmig_dirty_free(&dirty);
	return err;
}

/* ---- what they need ---- */

#define NEEDS_DOMAIN	BIT(0)
#define NEEDS_MEMORY	BIT(1)	/* a domain's or dom0's own */
#define NEEDS_OWN	BIT(2)	/* dom0's own */
#define NEEDS_SOCKET	BIT(3)

static const struct piece {
	int (*run)(struct bench *b, u64 frames);
	unsigned int needs;
} pieces[] = {
	[XENMIG_BENCH_PIECE_TAKE] = { take },
	[XENMIG_BENCH_PIECE_ENCODE] = { encode },
	[XENMIG_BENCH_PIECE_CHECK] = { check },
	[XENMIG_BENCH_PIECE_COPY] = { copy, NEEDS_OWN },
	[XENMIG_BENCH_PIECE_SEND] = { send, NEEDS_MEMORY | NEEDS_SOCKET },
	[XENMIG_BENCH_PIECE_SEND_COPIED] = { send_copied, NEEDS_MEMORY | NEEDS_SOCKET },
	[XENMIG_BENCH_PIECE_RECEIVE] = { receive, NEEDS_OWN | NEEDS_SOCKET },
	[XENMIG_BENCH_PIECE_TYPES] = { types, NEEDS_DOMAIN | NEEDS_MEMORY },
	[XENMIG_BENCH_PIECE_MAP] = { map, NEEDS_DOMAIN | NEEDS_MEMORY },
	[XENMIG_BENCH_PIECE_UNMAP] = { unmap, NEEDS_DOMAIN | NEEDS_MEMORY },
	[XENMIG_BENCH_PIECE_HARVEST] = { harvest, NEEDS_DOMAIN },
};

static int find_domain(struct bench *b, const char **why)
{
	struct xenmig_domain d;
	int err;

	*why = xenmig_hypercall_refusal();
	if (*why)
		return -ENODEV;
	*why = "there is no such domain";
	if (b->m->domid <= 0 || b->m->domid >= XENMIG_DOMID_FIRST_RESERVED)
		return -ESRCH;
	b->dom.id = b->m->domid;
	err = xenmig_domain_read(b->dom.id, &d);
	if (err && err != -ESRCH)
		*why = "the hypervisor refused to describe the domain";
	if (err)
		return err;
	*why = d.create_flags & XENMIG_CREATE_HVM ? xenmig_domain_refusal(&d) :
	       "of a PV guest nothing is measured; name a PVH guest";
	if (*why)
		return -EOPNOTSUPP;
	b->owned = d.pages;
	b->nr = d.max_gfn + 1;
	return xenmig_session_domain_free(b->dom.id, false, why);
}

/* The first SLOTS frames that hold data; holes may be among them. */
static int find_frames(struct bench *b, const char **why)
{
	u64 gfn;
	u32 i, n, found = 0;
	int err = 0;

	*why = NULL;
	for (gfn = 0; gfn < b->nr && found < SLOTS && !err; gfn += n) {
		n = min_t(u64, b->nr - gfn, PORTION);
		for (i = 0; i < n; i++)
			b->frame[i] = gfn + i;
		err = xenmig_dom_page_types(&b->dom, b->frame, n);
		for (i = 0; i < n && found < SLOTS && !err; i++)
			if (b->frame[i] == XENMIG_PFN_NOTAB)
				b->gfn[found++] = gfn + i;
		err = err ?: breathe();
	}
	if (err || found == SLOTS)
		return err;
	*why = "the domain has not the 16 MiB of memory that a measurement takes";
	return -ENODATA;
}

static int map_frames(struct bench *b, const char **why)
{
	u32 slot, i;
	int err;

	err = find_frames(b, why);
	if (err)
		return err;
	*why = "the domain's memory could not be mapped";
	err = xenmig_window_init(&b->window, SLOTS, false);
	for (slot = 0; slot < SLOTS && !err; slot += PORTION) {
		err = xenmig_window_map(&b->window, &b->dom, slot, b->gfn + slot, PORTION,
					b->failed);
		for (i = 0; i < PORTION && !err; i++)
			err = b->failed[i] ? -EAGAIN : 0;
	}
	return err;
}

static int own_frames(struct bench *b, const char **why)
{
	u32 i;
	int err;

	*why = "there are not 16 MiB of free memory";
	err = xenmig_fault("no-memory-bench") ? -ENOMEM : xenmig_own_init(&b->window, SLOTS);
	for (i = 0; i < SLOTS && !err; i++)
		memset(xenmig_window_addr(&b->window, i), i + 1, PAGE_SIZE);
	return err;
}

static int prepare(struct bench *b, const struct piece *piece, const char **why)
{
	bool own = b->m->domid == XENMIG_BENCH_OWN;
	int err = 0;

	*why = "this piece needs a domain";
	if (own && piece->needs & NEEDS_DOMAIN)
		return -EINVAL;
	if (!own)
		err = find_domain(b, why);
	if (!err && piece->needs & NEEDS_SOCKET) {
		*why = "the file descriptor is not a connected TCP socket of the initial network namespace";
		err = b->m->fd < 0 ? -EBADF : xenmig_sock_adopt(&b->sock, b->m->fd);
	}
	if (!err && piece->needs & (NEEDS_MEMORY | NEEDS_OWN))
		err = own || piece->needs & NEEDS_OWN ? own_frames(b, why) : map_frames(b, why);
	return err;
}

static void free_bench(void *owner)
{
	struct bench *b = owner;

	xenmig_own_free(&b->window);
	kvfree(b);
}

static const struct xenmig_flight_owner bench_kind = {
	.module = THIS_MODULE, .release = free_bench,
};

/**
 * xenmig_bench - measure a piece of a page's way once
 * @m: what to measure; receives the result
 * @why: on failure, a static sentence, or NULL
 *
 * Frames are measured in whole portions of 512, of a harvest all that the domain has.
 * A session that begins with the domain meanwhile is not kept from it; it fails if a
 * harvest has just switched log-dirty mode on.
 *
 * Context: a command; maps up to 16 MiB, sleeps, ends early by a signal.
 * Return: 0; -EINVAL for a piece that needs a domain or less than a portion; -ESRCH,
 * -EOPNOTSUPP or -EBUSY for a domain that cannot be moved or is being moved; -ENODATA;
 * -ENOMEM; -EINTR; what xenmig_sock_adopt() and the socket say; what Xen says.
 */
int xenmig_bench(struct xenmig_measurement *m, const char **why)
{
	const struct piece *piece = &pieces[m->piece];
	u64 frames = round_down(m->frames, PORTION);
	struct bench *b;
	int err;

	*why = "less than 512 frames are no measurement";
	if (!frames)
		return -EINVAL;
	*why = NULL;
	b = kvzalloc(sizeof(*b), GFP_KERNEL);
	if (!b)
		return -ENOMEM;
	__module_get(THIS_MODULE);
	m->frames = 0;
	b->m = m;
	init_waitqueue_head(&b->inflight.wait);
	xenmig_sock_init(&b->sock);
	err = prepare(b, piece, why);
	if (!err) {
		err = piece->run(b, frames);
		*why = b->why;
	}
	xenmig_inflight_end(&b->inflight, &b->window, &b->sock, err, &bench_kind, b);
	module_put(THIS_MODULE);
	return err == -ECANCELED ? -EINTR : err;
}
