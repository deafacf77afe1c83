/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs by the kind of guest. A translated guest (PVH, HVM) numbers its frames as
 * Xen does for it; a PV guest knows machine frames, and has page tables made of them.
 * A session knows of a kind what is here and no more: translated/ and pv/ fill it, and
 * main.c says so when the module is loaded.
 *
 * Context of all operations: the session's thread; they may sleep. Those that fail have
 * noted why (xenmig_session_fail()), but for -ECANCELED and, of a source, -ENOMEM.
 */
#ifndef _XENMIG_KIND_H
#define _XENMIG_KIND_H

#include <linux/types.h>

struct destination;
struct source;
struct xenmig_digest;
struct xenmig_flight;

/**
 * struct xenmig_source_kind - what a source does as its guest is one of a kind
 * @begin: find out how many frames the guest numbers, and which do not travel; may leave
 * something in @own of the source
 * @end: free @own; also where there is none
 * @send_info: send what comes first of the stream, before the CPU policy
 * @send_layout: send what comes before the first frame; only where the guest runs on,
 * else @begin_pause does
 * @classify: what the @count frames in @gfn are: fill in @entry but for those that the
 * destination need not hear of, @kept of them, and @placed; @mapped of them have data
 * @map_flight: map those of @classify that have data; may drop entries, and then change @kept
 * @follow_size: let @dirty and @placed grow with the guest; what is new is dirty
 * @watch_marks: mark frames of which the next harvest has to speak
 * @begin_pause: the guest is suspended, and what the rounds left is in @dirty: add what
 * waited for the pause; without rounds, look at the guest anew
 * @mark_given_back: what the destination has and the guest has not any more is dirty
 * @number: the guest's number of a frame that it grants; false where it is not its own
 * @send_state: send the machine state, but for the TSC
 * @digest: say how to digest the guest; take out of @placed what differs from host to host
 * @aliases: a frame may have two numbers: that all frames were found does not show by their count
 */
struct xenmig_source_kind {
	int (*begin)(struct source *src, u64 *nr);
	void (*end)(struct source *src);
	int (*send_info)(struct source *src);
	int (*send_layout)(struct source *src);
	int (*classify)(struct source *src, u32 count, u32 *kept, u32 *mapped);
	int (*map_flight)(struct source *src, struct xenmig_flight *f, u32 *kept, u32 mapped);
	int (*follow_size)(struct source *src);
	int (*watch_marks)(struct source *src);
	int (*begin_pause)(struct source *src);
	int (*mark_given_back)(struct source *src);
	bool (*number)(const struct source *src, u64 frame, u64 *gfn);
	int (*send_state)(struct source *src);
	int (*digest)(struct source *src, struct xenmig_digest *d);
	bool aliases;
};

/**
 * struct xenmig_destination_kind - what a destination does as its guest is one of a kind
 * @begin: allocate @own of the destination
 * @end: free it; also where there is none
 * @record: read a record that only this kind has; the decoder has let it pass
 * @place: give the @count frames in @gfn memory, those that have none
 * @map: map them, into the first slots; notes nothing
 * @locate: replace numbers of frames by what they are mapped by
 * @forget: the frames in @want are about to be given back: replace them in the same way
 * @apply: the stream has ended: make a guest of what has come
 * @digest: say how to digest it; take out of @placed what differs from host to host
 */
struct xenmig_destination_kind {
	int (*begin)(struct destination *dst);
	void (*end)(struct destination *dst);
	int (*record)(struct destination *dst, u32 type, u32 length);
	int (*place)(struct destination *dst, u32 count);
	int (*map)(struct destination *dst, u32 count);
	void (*forget)(struct destination *dst, u32 count);
	void (*locate)(const struct destination *dst, u64 *gfn, u32 count);
	int (*apply)(struct destination *dst);
	void (*digest)(struct destination *dst, struct xenmig_digest *d);
};

/**
 * struct xenmig_guest_kind - a kind of guest, at both ends
 * @pv: what the stream's headers say of it; which records and entries it may have
 * @source: of a guest that is sent
 * @destination: of one that arrives
 */
struct xenmig_guest_kind {
	bool pv;
	const struct xenmig_source_kind *source;
	const struct xenmig_destination_kind *destination;
};

#endif /* _XENMIG_KIND_H */
