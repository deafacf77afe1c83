/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of a destination share: destination.c reads the stream, places frames
 * and applies what translated guests have; arrival.c has what only PV guests have.
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

#define XENMIG_MAX_EXTENTS	2

struct xenmig_arrival;

/**
 * struct destination - what a destination has besides its session
 * @s: session
 * @decoder: where in the stream we are
 * @placed: frames that are populated
 * @host: frames whose content does not travel
 * @max_gfn: highest frame the stream may name
 * @entry: entries of the record being read
 * @gfn: frames of it that have data
 * @want: of those, the ones to be populated
 * @failed: of those, which could not be mapped
 * @extent: of those, the first ones of superpages that were populated for this record
 * @extents: how many
 * @bv: where their octets go
 * @scratch: where octets go that are dropped
 * @policy: CPU policy of the guest
 * @context: HVM context, applied at the end
 * @context_size: of it
 * @param: HVM params, applied at the end
 * @params: how many
 * @tsc: TSC of the guest
 * @arrival: of a PV guest, what it takes besides; NULL of any other
 */
struct destination {
	struct xenmig_session *s;
	struct xenmig_decoder decoder;
	struct xenmig_dirty placed;
	struct xenmig_host_frames host;
	u64 max_gfn;
	u64 entry[XENMIG_MAX_BATCH];
	u64 gfn[XENMIG_MAX_BATCH];
	u64 want[XENMIG_MAX_BATCH];
	bool failed[XENMIG_MAX_BATCH];
	u32 extent[XENMIG_MAX_EXTENTS];
	u32 extents;
	struct bio_vec bv[XENMIG_MAX_BATCH];
	struct page *scratch;
	struct xenmig_cpu_policy policy;
	void *context;
	u32 context_size;
	struct xenmig_hvm_params *param;
	u32 params;
	struct xenmig_domctl_tsc_info tsc;
	struct xenmig_arrival *arrival;
};

/* destination.c */
int xenmig_dst_hypervisor(struct destination *dst, int err, const char *what);
int xenmig_dst_refuse(struct destination *dst, int err, const char *why);
int xenmig_dst_no_memory(struct destination *dst);
int xenmig_dst_receive(struct destination *dst, void *buf, size_t len);
int xenmig_dst_receive_body(struct destination *dst, u32 length, void **body);
bool xenmig_dst_is_ring(const struct destination *dst, u64 gfn);

/* arrival.c */
int xenmig_arrival_init(struct destination *dst);
void xenmig_arrival_free(struct destination *dst);
int xenmig_arrival_record(struct destination *dst, u32 type, u32 length);
int xenmig_arrival_place(struct destination *dst, u32 count);
int xenmig_arrival_map(struct destination *dst, u32 count);
void xenmig_arrival_forget(struct destination *dst, u32 count);
int xenmig_arrival_apply(struct destination *dst);
void xenmig_arrival_digest(struct destination *dst, struct xenmig_digest *d);
void xenmig_arrival_frames(struct destination *dst, u32 count);

#endif /* _XENMIG_DESTINATION_H */
