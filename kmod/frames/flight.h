/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A page's life in flight: slots of the window are sent in flights, by reference. A
 * flight has landed when the last network buffer that refers to any of its pages is
 * gone, never when data was acknowledged: a retransmission reads the page.
 */
#ifndef _XENMIG_FLIGHT_H
#define _XENMIG_FLIGHT_H

#include <linux/atomic.h>
#include <linux/skbuff.h>
#include <linux/wait.h>
#include "frames/window.h"
#include "wire/sock.h"

struct module;

/* For the network to let go of frames. */
#define XENMIG_DRAIN_SECONDS	10

#define XENMIG_FLIGHTS		8
#define XENMIG_FLIGHT_FRAMES	512	/* one aligned superpage in the first round */
#define XENMIG_HEADER_ORDER	1	/* a PAGE_DATA header of 512 entries: 4112 octets */

struct xenmig_inflight;

/**
 * struct xenmig_flight - slots that are sent together
 * @ubuf: the network's handle on them; its refcnt counts buffers, plus one
 * while they are being handed over
 * @owner: flights this is one of
 * @first: first slot
 * @frames: frames in the air and one for the header, 0 when landed
 * @missed: its frames were counted as copied already
 * @alone_ns: when it was sent, if nothing else was in the air then; else 0
 * @bytes: of it, header included
 * @header: pages for the record header, sent by reference as well
 *
 * The owner's thread has it while @frames is 0, the network otherwise. The network gives
 * it back under @owner->wait.lock, and only who took that lock knows that it did.
 */
struct xenmig_flight {
	struct ubuf_info ubuf;
	struct xenmig_inflight *owner;
	u32 first;
	u32 frames;
	bool missed;
	u64 alone_ns;
	u32 bytes;
	struct page *header;
};

/**
 * struct xenmig_inflight - the flights of one channel
 * @flight: used in turn
 * @next: which one is used next
 * @bv: scratch for one flight: header and frames
 * @copy: per slot, a page that is sent in its place, or NULL; none before the first is needed
 * @wait: woken when a flight lands; initialised with the session, since a cancel wakes it too
 * @frames: pages in the air, all flights, headers included
 * @alone_rate: bytes a second of the last flight that was alone in the air, 0 before there was one
 * @copied: bytes of flights that the network copied although it was given pages
 * @zerocopy_bytes: guest memory handed over as page references
 * @missed_bytes: guest memory sent through a device that does not gather
 *
 * @frames, @alone_rate and @copied are the network's as well; the rest is the session's
 * thread's, and others only read the counters.
 */
struct xenmig_inflight {
	struct xenmig_flight flight[XENMIG_FLIGHTS];
	u32 next;
	struct bio_vec *bv;
	struct page **copy;
	wait_queue_head_t wait;
	atomic_t frames;
	u64 alone_rate;
	atomic64_t copied;
	u64 zerocopy_bytes;
	u64 missed_bytes;
};

/**
 * struct xenmig_flight_owner - of what flights and their window are part
 * @module: whose code @release is; held while they are in quarantine
 * @release: called when both are freed, at once or from the quarantine's work; may sleep
 */
struct xenmig_flight_owner {
	struct module *module;
	void (*release)(void *owner);
};

#define XENMIG_WINDOW_SLOTS	(XENMIG_FLIGHTS * XENMIG_FLIGHT_FRAMES)

int xenmig_inflight_init(struct xenmig_inflight *in);
struct xenmig_flight *xenmig_flight_next(struct xenmig_inflight *in, struct xenmig_sock *s);
int xenmig_flight_map(struct xenmig_flight *f, struct xenmig_window *w, struct xenmig_dom *dom,
		      const u64 *gfns, u32 count, bool *failed);
void *xenmig_flight_copy(struct xenmig_flight *f, u32 slot);
int xenmig_flight_send(struct xenmig_flight *f, struct xenmig_window *w, struct xenmig_sock *s,
		       size_t header_len, const bool *skip, const bool *copied, u32 count);
int xenmig_inflight_drain(struct xenmig_inflight *in, struct xenmig_window *w,
			  unsigned int seconds);
void xenmig_inflight_end(struct xenmig_inflight *in, struct xenmig_window *w,
			 struct xenmig_sock *s, bool abort,
			 const struct xenmig_flight_owner *kind, void *owner);
void xenmig_inflight_count(struct xenmig_inflight *in, u64 *zerocopy, u64 *missed);
u32 xenmig_quarantine_pages(void);
void xenmig_quarantine_exit(void);

#endif /* _XENMIG_FLIGHT_H */
