// SPDX-License-Identifier: GPL-2.0-only
/*
 * The destination of a translated guest (PVH, HVM). Its frames are populated by their
 * numbers, 512 at once where a record holds an aligned run of them; its machine state is
 * HVM params and one blob.
 */
#include <linux/build_bug.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <xen/interface/hvm/params.h>

#include "guest/creation.h"
#include "session/destination.h"
#include "translated/translated.h"

#define MAX_EXTENTS		2
#define SUPERPAGE_ORDER		9
#define SUPERPAGE_FRAMES	(1U << SUPERPAGE_ORDER)

static_assert(MAX_EXTENTS == XENMIG_MAX_BATCH / SUPERPAGE_FRAMES);

/**
 * struct translated - what the destination of a translated guest has besides
 * @extent: of the frames of a record that have data, the first ones of superpages that were
 * populated for it
 * @extents: how many
 * @context: HVM context, applied at the end
 * @context_size: of it
 * @param: HVM params, applied at the end
 * @params: how many
 */
struct translated {
	u32 extent[MAX_EXTENTS];
	u32 extents;
	void *context;
	u32 context_size;
	struct xenmig_hvm_params *param;
	u32 params;
};

static int begin(struct destination *dst)
{
	dst->own = kzalloc(sizeof(struct translated), GFP_KERNEL);
	return dst->own ? 0 : xenmig_dst_no_memory(dst);
}

static void end(struct destination *dst)
{
	struct translated *t = dst->own;

	if (!t)
		return;
	kvfree(t->context);
	kvfree(t->param);
	kfree(t);
	dst->own = NULL;
}

/* ---- records ---- */

static int handle_params(struct destination *dst, u32 length)
{
	struct translated *t = dst->own;
	void *body;
	const char *why;
	int err;

	err = xenmig_dst_receive_body(dst, length, &body);
	if (err)
		return err;
	t->param = body;
	err = xenmig_check_hvm_params(t->param, length, &t->params, &why);
	return err ? xenmig_dst_refuse(dst, err, why) : 0;
}

static int handle_context(struct destination *dst, u32 length)
{
	struct translated *t = dst->own;

	t->context_size = length;
	return xenmig_dst_receive_body(dst, length, &t->context);
}

static int record(struct destination *dst, u32 type, u32 length)
{
	return type == XENMIG_RECORD_HVM_PARAMS ? handle_params(dst, length) :
						  handle_context(dst, length);
}

/* ---- memory ---- */

/* Do the @SUPERPAGE_FRAMES frames from dst->gfn[i] on make a superpage that is not there yet? */
static bool superpage_at(struct destination *dst, u32 i, u32 count)
{
	u32 k;

	if (dst->gfn[i] & (SUPERPAGE_FRAMES - 1) || count - i < SUPERPAGE_FRAMES ||
	    dst->gfn[i + SUPERPAGE_FRAMES - 1] != dst->gfn[i] + SUPERPAGE_FRAMES - 1)
		return false;
	for (k = 0; k < SUPERPAGE_FRAMES; k++)
		if (xenmig_dirty_test(&dst->placed, dst->gfn[i] + k))
			return false;
	return true;
}

static bool populate_superpage(struct destination *dst, u64 gfn)
{
	u32 k;

	if (xenmig_dom_populate(&dst->s->dom, &gfn, 1, SUPERPAGE_ORDER) != 1)
		return false;
	for (k = 0; k < SUPERPAGE_FRAMES; k++)
		xenmig_dirty_add(&dst->placed, gfn + k);
	dst->s->stats.superpages++;
	return true;
}

/*
 * Populate what is missing of dst->gfn. Entries ascend strictly, so a superpage
 * is one when its first and its last frame are where they should be.
 */
static int place(struct destination *dst, u32 count)
{
	struct translated *t = dst->own;
	u32 i, want = 0, skip_until = 0;

	t->extents = 0;
	for (i = 0; i < count; i++) {
		if (i < skip_until)
			continue;
		if (superpage_at(dst, i, count) && populate_superpage(dst, dst->gfn[i])) {
			t->extent[t->extents++] = i;
			skip_until = i + SUPERPAGE_FRAMES;
			continue;
		}
		if (xenmig_dirty_test(&dst->placed, dst->gfn[i]))
			continue;
		dst->want[want++] = dst->gfn[i];
		xenmig_dirty_add(&dst->placed, dst->gfn[i]);
	}
	return xenmig_dst_populate(dst, want);
}

/* The frames @from to @to - 1 of dst->gfn, into slots of these numbers. */
static int map_single(struct destination *dst, u32 from, u32 to)
{
	struct xenmig_session *s = dst->s;
	u32 i;
	int err;

	if (from == to)
		return 0;
	err = xenmig_window_map(&s->window, &s->dom, from, dst->gfn + from, to - from, dst->failed);
	for (i = 0; !err && i < to - from; i++)
		if (dst->failed[i])
			err = -EFAULT;
	return err;
}

/* All of dst->gfn; what place() has made superpages of, as such. */
static int map(struct destination *dst, u32 count)
{
	struct xenmig_session *s = dst->s;
	const struct translated *t = dst->own;
	u32 i, at = 0;
	int err = 0;

	for (i = 0; i < t->extents && !err; i++) {
		err = map_single(dst, at, t->extent[i]);
		at = t->extent[i];
		if (!err)
			err = xenmig_window_map_extent(&s->window, &s->dom, at, dst->gfn[at],
						       SUPERPAGE_FRAMES);
		at += SUPERPAGE_FRAMES;
	}
	return err ?: map_single(dst, at, count);
}

static void forget(struct destination *dst, u32 count)
{
}

static void locate(const struct destination *dst, u64 *gfn, u32 count)
{
}

/* ---- machine state ---- */

static int clear_host_frame(struct destination *dst, u64 gfn)
{
	int err;

	if (gfn >= dst->placed.nr || !xenmig_dirty_test(&dst->placed, gfn))
		return xenmig_dst_refuse(dst, -EPROTO, "an HVM param names a frame that is not there");
	err = xenmig_clear_frame(&dst->s->window, &dst->s->dom, gfn);
	return err ? xenmig_dst_hypervisor(dst, err, "map a ring of the new domain") : 0;
}

static int apply_param(struct destination *dst, u64 index, u64 value)
{
	int err = 0;

	switch (index) {
	case HVM_PARAM_STORE_PFN:
		if (value != dst->s->domain.store_gfn)
			return xenmig_dst_refuse(dst, -EPROTO, "the xenstore ring is not where it was announced");
		dst->host.gfn[0] = value;
		break;
	case HVM_PARAM_CONSOLE_PFN:
		if (value != dst->s->domain.console_gfn)
			return xenmig_dst_refuse(dst, -EPROTO, "the console ring is not where it was announced");
		dst->host.gfn[1] = value;
		break;
	case HVM_PARAM_IOREQ_PFN:
	case HVM_PARAM_BUFIOREQ_PFN:
		dst->host.gfn[index == HVM_PARAM_IOREQ_PFN ? 2 : 3] = value;
		err = clear_host_frame(dst, value);
		break;
	}
	if (err)
		return err;
	err = xenmig_dom_set_param(&dst->s->dom, index, value);
	return err ? xenmig_dst_hypervisor(dst, err, "set an HVM param of the new domain") : 0;
}

static int apply_params(struct destination *dst)
{
	const struct translated *t = dst->own;
	u32 i;
	int err = 0;

	for (i = 0; i < t->params && !err; i++) {
		u64 index = (__force u64)t->param->param[i].index;

		if (!xenmig_hvm_param_travels(index))
			return xenmig_dst_refuse(dst, -EPROTO, "an HVM param is set that does not travel");
		err = apply_param(dst, index, (__force u64)t->param->param[i].value);
	}
	return err;
}

static int apply_context(struct destination *dst)
{
	const struct translated *t = dst->own;
	int err = xenmig_dom_set_context(&dst->s->dom, t->context, t->context_size);

	return err ? xenmig_dst_hypervisor(dst, err, "load the HVM context into the new domain") : 0;
}

static int apply(struct destination *dst)
{
	int err = apply_params(dst);

	if (!err)
		err = xenmig_dst_apply_tsc(dst);
	return err ?: apply_context(dst);
}

/* All of it, but for the host's frames. */
static void digest(struct destination *dst, struct xenmig_digest *d)
{
}

const struct xenmig_destination_kind xenmig_translated_destination = {
	.begin = begin,
	.end = end,
	.record = record,
	.place = place,
	.map = map,
	.forget = forget,
	.locate = locate,
	.apply = apply,
	.digest = digest,
};
