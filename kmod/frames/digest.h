/* SPDX-License-Identifier: GPL-2.0-only */
/* Digest of a guest's memory, for --verify. */
#ifndef _XENMIG_DIGEST_H
#define _XENMIG_DIGEST_H

#include "frames/dirty.h"
#include "frames/window.h"

/* The frames of a guest that belong to its host: rings that start anew on each host. */
#define XENMIG_HOST_FRAMES	4

/**
 * struct xenmig_host_frames - frames whose content does not travel
 * @gfn: xenstore, console, ioreq and buffered ioreq ring; 0 where there is none
 *
 * The destination clears them; a digest leaves them out.
 */
struct xenmig_host_frames {
	u64 gfn[XENMIG_HOST_FRAMES];
};

/**
 * struct xenmig_digest - what to digest, and what came of it
 * @w: window, with a slot for each frame of a batch; nothing of it is in flight. Slots are
 * left mapped
 * @dom: the domain, which does not run
 * @placed: its frames that hold data; the cursor is moved
 * @host: frames to leave out
 * @mfn: the machine frame behind a frame of a PV guest; NULL for any other guest
 * @arg: for @mfn
 * @value: result
 * @frames: result: how many frames it covers
 */
struct xenmig_digest {
	struct xenmig_window *w;
	struct xenmig_dom *dom;
	struct xenmig_dirty *placed;
	const struct xenmig_host_frames *host;
	u64 (*mfn)(void *arg, u64 pfn);
	void *arg;
	u64 value;
	u64 frames;
};

int xenmig_digest(struct xenmig_digest *d);

#endif /* _XENMIG_DIGEST_H */
