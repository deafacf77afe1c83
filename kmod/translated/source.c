// SPDX-License-Identifier: GPL-2.0-only
/*
 * The source of a translated guest (PVH, HVM): Xen knows its frames by the guest's own
 * numbers, and its machine state is HVM params and one blob.
 */
#include <linux/random.h>
#include <linux/slab.h>
#include <xen/interface/hvm/params.h>

#include "base/fault.h"
#include "guest/domain.h"
#include "session/source.h"
#include "translated/translated.h"
#include "wire/record.h"

/* There is nothing to do that other kinds have to. */
static int nothing(struct source *src)
{
	return 0;
}

static int read_host_frames(struct source *src)
{
	static const u32 index[XENMIG_HOST_FRAMES] = {
		HVM_PARAM_STORE_PFN, HVM_PARAM_CONSOLE_PFN, HVM_PARAM_IOREQ_PFN,
		HVM_PARAM_BUFIOREQ_PFN,
	};
	u32 i;
	int err;

	for (i = 0; i < XENMIG_HOST_FRAMES; i++) {
		err = xenmig_dom_get_param(&src->s->dom, index[i], &src->host.gfn[i]);
		if (err)
			return xenmig_source_refused(src, err, "give the guest's HVM params");
	}
	return 0;
}

static int begin(struct source *src, u64 *nr)
{
	int err = xenmig_dom_max_gfn(&src->s->dom, nr);

	if (err)
		return xenmig_source_refused(src, err, "say how many frames the guest has");
	++*nr;
	return read_host_frames(src);
}

static void end(struct source *src)
{
}

/* ---- pages ---- */

/* Fill in entries and drop what the destination need not hear of; src->map are those with data. */
static int classify(struct source *src, u32 count, u32 *kept, u32 *mapped)
{
	u32 i;
	int err;

	*kept = 0;
	*mapped = 0;
	memcpy(src->type, src->gfn, count * sizeof(*src->type));
	err = xenmig_dom_page_types(&src->s->dom, src->type, count);
	if (err)
		return xenmig_source_refused(src, err, "say what the guest's frames are");
	for (i = 0; i < count; i++) {
		if (src->type[i] == XENMIG_PFN_NOTAB) {
			xenmig_dirty_add(&src->placed, src->gfn[i]);
			src->map[(*mapped)++] = src->gfn[i];
		} else if (!xenmig_dirty_test(&src->placed, src->gfn[i])) {
			continue;
		} else {
			xenmig_dirty_remove(&src->placed, src->gfn[i]);
		}
		src->entry[(*kept)++] = xenmig_entry(src->gfn[i], src->type[i]);
	}
	return 0;
}

/* A frame that went away between its classification and its mapping. */
static int reclassify(struct source *src, u64 *entry)
{
	u64 gfn = xenmig_entry_gfn(*entry), type = gfn;
	int err;

	err = xenmig_dom_page_types(&src->s->dom, &type, 1);
	if (!err && type == XENMIG_PFN_NOTAB)
		err = -EFAULT;
	if (err)
		return xenmig_source_refused(src, err, "map a frame of the guest");
	xenmig_dirty_remove(&src->placed, gfn);
	*entry = xenmig_entry(gfn, type);
	return 0;
}

static int map_flight(struct source *src, struct xenmig_flight *f, u32 *kept, u32 mapped)
{
	u32 i, n = 0;
	int err;

	if (!mapped)
		return 0;
	err = xenmig_flight_map(f, &src->s->window, &src->s->dom, src->map, mapped, src->skip);
	if (err)
		return xenmig_source_refused(src, err, "map frames of the guest");
	for (i = 0; i < *kept && !err; i++)
		if (xenmig_entry_has_data(src->entry[i]) && src->skip[n++])
			err = reclassify(src, &src->entry[i]);
	return err;
}

static int follow_size(struct source *src)
{
	u64 max, nr;
	int err;

	err = xenmig_dom_max_gfn(&src->s->dom, &max);
	if (err)
		return xenmig_source_refused(src, err, "say how many frames the guest has");
	nr = max + 1;
	if (nr <= src->dirty.nr)
		return 0;
	err = xenmig_dirty_grow(&src->placed, nr, false);
	return err ?: xenmig_dirty_grow(&src->dirty, nr, true);
}

static int watch_marks(struct source *src)
{
	struct xenmig_dom *dom = &src->s->dom;
	u64 random[XENMIG_WATCH_MAX], types[XENMIG_WATCH_MAX];
	int err;

	BUILD_BUG_ON(XENMIG_WATCH_MAX > XENMIG_MARK_MAX);
	get_random_bytes(random, sizeof(random));
	/* Of the highest frame Xen will not hear (XEN_DMOP_modified_memory): -EINVAL. */
	xenmig_watch_choose(&src->watch, random, min(src->pages, src->dirty.nr - 1));
	if (!src->watch.nr)
		return 0;
	err = xenmig_dom_mark(dom, src->watch.gfn, src->watch.nr);
	if (err)
		return xenmig_source_refused(src, err, "mark frames of the guest");
	memcpy(types, src->watch.gfn, sizeof(types));
	err = xenmig_dom_page_types(dom, types, src->watch.nr);
	if (err)
		return xenmig_source_refused(src, err, "say what the guest's frames are");
	xenmig_watch_keep(&src->watch, types);
	return 0;
}

/* ---- the pause ---- */

/* The destination has to hear which frames the guest gave back since they were sent. */
static int mark_given_back(struct source *src)
{
	u32 i, n;
	int err;

	xenmig_dirty_rewind(&src->placed);
	while ((n = xenmig_dirty_walk(&src->placed, src->gfn, XENMIG_FLIGHT_FRAMES))) {
		memcpy(src->type, src->gfn, n * sizeof(*src->type));
		err = xenmig_dom_page_types(&src->s->dom, src->type, n);
		if (err)
			return xenmig_source_refused(src, err, "say what the guest's frames are");
		for (i = 0; i < n; i++)
			if (src->type[i] != XENMIG_PFN_NOTAB)
				xenmig_dirty_add(&src->dirty, src->gfn[i]);
	}
	return 0;
}

static bool number(const struct source *src, u64 frame, u64 *gfn)
{
	*gfn = frame;
	return true;
}

static int send_params(struct source *src)
{
	u64 param[XENMIG_MAX_HVM_PARAMS][2];
	u8 *buf;
	u32 i, n = 0;
	int err;

	for (i = 0; i < xenmig_hvm_params_nr; i++) {
		err = xenmig_dom_get_param(&src->s->dom, xenmig_hvm_params[i], &param[n][1]);
		if (err)
			return xenmig_source_refused(src, err, "give the guest's HVM params");
		param[n][0] = xenmig_hvm_params[i];
		n += param[n][1] != 0;
	}
	buf = kmalloc(sizeof(param) + 64, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	err = xenmig_source_send(src, buf, xenmig_put_hvm_params(buf, param, n), true);
	kfree(buf);
	return err;
}

static int send_context(struct source *src)
{
	u32 size = 0;
	void *buf;
	int err;

	err = xenmig_dom_get_context(&src->s->dom, NULL, &size);
	if (err)
		return xenmig_source_refused(src, err, "say how large the guest's HVM context is");
	buf = xenmig_fault("no-memory-state") ? NULL : kvzalloc(size, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	err = xenmig_dom_get_context(&src->s->dom, buf, &size);
	if (err)
		xenmig_source_refused(src, err, "give the guest's HVM context");
	else
		err = xenmig_source_send_record(src, XENMIG_RECORD_HVM_CONTEXT, buf, size);
	kvfree(buf);
	return err;
}

static int send_state(struct source *src)
{
	return send_params(src) ?: send_context(src);
}

/* All of it, but for the host's frames. */
static int digest(struct source *src, struct xenmig_digest *d)
{
	return 0;
}

const struct xenmig_source_kind xenmig_translated_source = {
	.begin = begin,
	.end = end,
	.send_info = nothing,
	.send_layout = nothing,
	.classify = classify,
	.map_flight = map_flight,
	.follow_size = follow_size,
	.watch_marks = watch_marks,
	.begin_pause = nothing,
	.mark_given_back = mark_given_back,
	.number = number,
	.send_state = send_state,
	.digest = digest,
};
