/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of a destination share: destination.c reads the stream and receives each
 * frame where it belongs; what differs by the kind of guest is in kind.h.
 *
 * Context of all of it: the session's thread. Functions that fail have noted why
 * (xenmig_session_fail()), but for -ECANCELED.
 */
#ifndef _XENMIG_DESTINATION_H
#define _XENMIG_DESTINATION_H

#include <linux/bvec.h>

#include "frames/digest.h"
#include "frames/dirty.h"
#include "session/session.h"
#include "wire/record.h"

/**
 * struct destination - what a destination has besides its session
 * @s: session
 * @kind: what it does as its guest is one of a kind
 * @own: of that kind, NULL before there is anything
 * @decoder: where in the stream we are
 * @placed: frames that are populated
 * @host: frames whose content does not travel
 * @max_gfn: highest frame the stream may name
 * @entry: entries of the record being read
 * @gfn: frames of it that have data
 * @want: of those, the ones to be populated
 * @failed: of those, which could not be mapped
 * @bv: where their octets go
 * @scratch: where octets go that are dropped
 * @policy: CPU policy of the guest
 * @tsc: TSC of the guest
 */
struct destination {
	struct xenmig_session *s;
	const struct xenmig_destination_kind *kind;
	void *own;
	struct xenmig_decoder decoder;
	struct xenmig_dirty placed;
	struct xenmig_host_frames host;
	u64 max_gfn;
	u64 entry[XENMIG_MAX_BATCH];
	u64 gfn[XENMIG_MAX_BATCH];
	u64 want[XENMIG_MAX_BATCH];
	bool failed[XENMIG_MAX_BATCH];
	struct bio_vec bv[XENMIG_MAX_BATCH];
	struct page *scratch;
	struct xenmig_cpu_policy policy;
	struct xenmig_domctl_tsc_info tsc;
};

/* destination.c */
int xenmig_dst_hypervisor(struct destination *dst, int err, const char *what);
int xenmig_dst_refuse(struct destination *dst, int err, const char *why);
int xenmig_dst_no_memory(struct destination *dst);
int xenmig_dst_receive(struct destination *dst, void *buf, size_t len);
int xenmig_dst_receive_body(struct destination *dst, u32 length, void **body);
int xenmig_dst_populate(struct destination *dst, u32 count);
int xenmig_dst_apply_tsc(struct destination *dst);
bool xenmig_dst_is_ring(const struct destination *dst, u64 gfn);

#endif /* _XENMIG_DESTINATION_H */
