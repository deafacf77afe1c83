/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of a source share: source.c has its life, from the first look at
 * the guest to letting it go or go on; rounds.c what is sent while it runs; pause.c
 * what is sent while it is suspended. What differs by the kind of guest is in kind.h.
 *
 * Context of all of it: the session's thread. Functions that fail have noted why
 * (xenmig_session_fail()), but for -ENOMEM and -ECANCELED.
 */
#ifndef _XENMIG_SOURCE_H
#define _XENMIG_SOURCE_H

#include "frames/digest.h"
#include "frames/dirty.h"
#include "frames/watch.h"
#include "session/session.h"
#include "xen/throttle.h"

/* The slot behind those of the flights: for frames that are not sent. */
#define XENMIG_SPARE_SLOT	XENMIG_WINDOW_SLOTS

/**
 * struct source - what a source has besides its session
 * @s: session
 * @kind: what it does as its guest is one of a kind
 * @own: of that kind, NULL where it has nothing
 * @dirty: frames still to send
 * @placed: frames that the destination holds
 * @host: frames whose content does not travel
 * @round_ns: when the round began
 * @round_bytes: bytes sent until then
 * @round_paced: the round waited for the bandwidth's sake
 * @pace: how fast flights may leave
 * @harvest_us: how long the last harvest took, or what has the same work to do
 * @throttle: how the guest is slowed
 * @pages: pages the guest owned at the start
 * @held: the memory limit is held
 * @logdirty: log-dirty mode is on
 * @quiet: Xen tells nobody when the guest suspends
 * @watch: whether somebody else takes marks away
 * @suspended: the guest was seen suspended
 * @forced: it was told to suspend, without being asked
 * @gfn: frames of the flight being made
 * @type: their types
 * @entry: entries of its record
 * @map: frames of it that have data
 * @skip: of those, which are not sent: they could not be mapped, or have to wait
 * @copied: of those, which are sent as copies
 */
struct source {
	struct xenmig_session *s;
	const struct xenmig_source_kind *kind;
	void *own;
	struct xenmig_dirty dirty;
	struct xenmig_dirty placed;
	struct xenmig_host_frames host;
	u64 round_ns;
	u64 round_bytes;
	bool round_paced;
	struct xenmig_pace pace;
	u64 harvest_us;
	struct xenmig_throttle throttle;
	u64 pages;
	bool held;
	bool logdirty;
	bool quiet;
	struct xenmig_watch watch;
	bool suspended;
	bool forced;
	u64 gfn[XENMIG_FLIGHT_FRAMES];
	u64 type[XENMIG_FLIGHT_FRAMES];
	u64 entry[XENMIG_FLIGHT_FRAMES];
	u64 map[XENMIG_FLIGHT_FRAMES];
	bool skip[XENMIG_FLIGHT_FRAMES];
	bool copied[XENMIG_FLIGHT_FRAMES];
};

/* source.c */
int xenmig_source_look(struct source *src, struct xenmig_domctl_getdomaininfo *info);
int xenmig_source_refused(struct source *src, int err, const char *what);
int xenmig_source_wire(struct source *src, int err);
int xenmig_source_send(struct source *src, void *buf, size_t len, bool more);
int xenmig_source_send_record(struct source *src, u32 type, void *body, u32 len);

/* rounds.c */
int xenmig_rounds_hold(struct source *src, const struct xenmig_domctl_getdomaininfo *info);
int xenmig_rounds_check_hold(struct source *src, const struct xenmig_domctl_getdomaininfo *info);
int xenmig_rounds_begin(struct source *src);
int xenmig_rounds(struct source *src);
void xenmig_rounds_throttle_end(struct source *src);
int xenmig_rounds_harvest(struct source *src, bool final);
int xenmig_rounds_first(struct source *src);
int xenmig_rounds_dirty(struct source *src);
int xenmig_rounds_pace(struct source *src, u32 frames);

/* pause.c */
int xenmig_pause_suspend(struct source *src);
int xenmig_pause_send_rest(struct source *src);
int xenmig_pause_digest(struct source *src);

#endif /* _XENMIG_SOURCE_H */
