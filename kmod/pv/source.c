// SPDX-License-Identifier: GPL-2.0-only
/*
 * The source of a PV guest. Its frames are what its p2m names; all that it says there is
 * checked by Xen when it is mapped. A page table can be sent only when each frame in it
 * has a number; while the guest runs some have none for a moment, and then the table is
 * left for the pause.
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "pv/p2m.h"
#include "pv/pagetable.h"
#include "pv/pv.h"
#include "pv/pvstate.h"
#include "session/source.h"
#include "wire/pvrecord.h"
#include "wire/record.h"
#include "xen/vcpu.h"

#define RECORD_HEAD	(sizeof(struct xenmig_record_header) + sizeof(struct xenmig_pv_vcpu))

/**
 * struct pv_source - what the source of a PV guest has besides
 * @p2m: where its frames are
 * @later: frames that could not be sent while it runs, and those that were not there
 * @mfn: machine frames of the flight being made, as many as are mapped
 * @level: level of page table that each of those is, 0 for none
 * @frames: of a page table
 * @start_pfn: frame of its start info, once that was sent
 * @context: of a vCPU
 * @buf: for the rest of its state
 */
struct pv_source {
	struct xenmig_p2m p2m;
	struct xenmig_dirty later;
	u64 mfn[XENMIG_FLIGHT_FRAMES];
	u8 level[XENMIG_FLIGHT_FRAMES];
	u64 frames[XENMIG_TABLE_ENTRIES];
	u64 start_pfn;
	struct xenmig_vcpu_context context;
	u8 buf[XENMIG_MAX_VCPU_XSAVE];
};

static struct pv_source *mine(const struct source *src)
{
	return src->own;
}

static int unlike_memory(struct source *src, int err, const char *why)
{
	struct xenmig_domctl_getdomaininfo info;

	xenmig_source_look(src, &info);
	return xenmig_session_fail(src->s, XENMIG_REASON_GUEST_MEMORY, err,
				   "the guest's memory is not as a PV guest's should be: %s (error %d)",
				   why, -err);
}

static void end(struct source *src)
{
	struct pv_source *pv = src->own;

	if (!pv)
		return;
	xenmig_p2m_close(&pv->p2m);
	xenmig_dirty_free(&pv->later);
	kvfree(pv);
	src->own = NULL;
}

/* Find the guest's p2m, of a guest that may own so many pages. */
static int open_p2m(struct source *src, u64 pages, u64 *nr)
{
	struct pv_source *pv = kvzalloc(sizeof(*pv), GFP_KERNEL);
	const char *why;
	int err;

	src->own = pv;
	if (!pv)
		return -ENOMEM;
	err = xenmig_p2m_open(&pv->p2m, &src->s->dom, pages, &why);
	if (!err)
		err = xenmig_dirty_init(&pv->later, pv->p2m.nr);
	*nr = pv->p2m.nr;
	return err == -ENOMEM || !err ? err : unlike_memory(src, err, why);
}

static int begin(struct source *src, u64 *nr)
{
	struct xenmig_domctl_getdomaininfo info;
	int err = xenmig_source_look(src, &info);

	return err ?: open_p2m(src, info.max_pages, nr);
}

static int send_info(struct source *src)
{
	u8 buf[sizeof(struct xenmig_record_header) + sizeof(struct xenmig_pv_info)];

	return xenmig_source_send(src, buf, xenmig_put_pv_info(buf), true);
}

/* Which frames hold the p2m. */
static int send_p2m(struct source *src)
{
	u8 head[sizeof(struct xenmig_record_header) + sizeof(struct xenmig_p2m_frames)];
	struct xenmig_p2m *p = &mine(src)->p2m;
	int err;

	err = xenmig_source_send(src, head, xenmig_put_p2m_frames(head, p->nr - 1, p->count), true);
	return err ?: xenmig_source_send(src, p->pfn, (size_t)p->count * sizeof(*p->pfn), true);
}

/* ---- pages ---- */

/* What was found when the move began has to be true to its end. */
static int check_p2m(struct source *src)
{
	if (!xenmig_p2m_changed(&mine(src)->p2m))
		return 0;
	return xenmig_session_fail(src->s, XENMIG_REASON_GUEST_MEMORY, -EAGAIN,
				   "the guest extended its list of frames (p2m) during the move, as for a backend in it or more memory; try again, or use `migctl move`");
}

/* Fill in src->type of src->gfn, and pv->mfn; frames that are not there are XTAB. */
static int find_frames(struct source *src, u32 count)
{
	struct pv_source *pv = src->own;
	u32 i, there = 0;
	int err;

	for (i = 0; i < count; i++) {
		pv->mfn[i] = xenmig_p2m_mfn(&pv->p2m, src->gfn[i]);
		if (pv->mfn[i] != XENMIG_NO_MFN)
			src->type[there++] = pv->mfn[i];
	}
	err = there ? xenmig_dom_page_types(&src->s->dom, src->type, there) : 0;
	if (err)
		return xenmig_source_refused(src, err, "say what the guest's frames are");
	while (i--)
		src->type[i] = pv->mfn[i] != XENMIG_NO_MFN ? src->type[--there] : XENMIG_PFN_XTAB;
	return 0;
}

/* No frame comes behind a number that it did not have. */
static int follow_size(struct source *src)
{
	return 0;
}

/* What is not there while the guest runs may be there when it is suspended, and without a mark. */
static void leave_for_later(struct source *src, u64 gfn)
{
	if (!src->suspended)
		xenmig_dirty_add(&mine(src)->later, gfn);
}

/* Fills in pv->mfn and pv->level too, of those with data. */
static int classify(struct source *src, u32 count, u32 *kept, u32 *mapped)
{
	struct pv_source *pv = src->own;
	u32 i;
	int err;

	*kept = 0;
	*mapped = 0;
	err = check_p2m(src);
	if (!err)
		err = find_frames(src, count);
	for (i = 0; i < count && !err; i++) {
		u64 entry = xenmig_entry(src->gfn[i], src->type[i]);

		if (xenmig_entry_has_data(entry)) {
			pv->mfn[*mapped] = pv->mfn[i];
			pv->level[*mapped] = xenmig_table_level(src->type[i]);
			src->copied[(*mapped)++] = false;
		} else {
			leave_for_later(src, src->gfn[i]);
			if (!xenmig_dirty_test(&src->placed, src->gfn[i]))
				continue;
			xenmig_dirty_remove(&src->placed, src->gfn[i]);
		}
		src->entry[(*kept)++] = entry;
	}
	return err;
}

/* A copy of the page table in a slot that names the guest's own frames. */
static int copy_table(struct source *src, struct xenmig_flight *f, u32 slot)
{
	struct pv_source *pv = src->own;
	u64 *table = xenmig_flight_copy(f, slot);
	int i, n;

	if (!table)
		return -ENOMEM;
	memcpy(table, xenmig_window_addr(&src->s->window, f->first + slot), PAGE_SIZE);
	n = xenmig_table_frames(table, pv->level[slot], pv->frames);
	for (i = 0; i < n; i++)
		if (!xenmig_p2m_pfn(&pv->p2m, pv->frames[i], &pv->frames[i]))
			return -ENXIO;
	if (n < 0)
		return n;
	xenmig_table_replace(table, pv->level[slot], pv->frames);
	src->copied[slot] = true;
	return 0;
}

static int bad_table(struct source *src, int err, u64 gfn, u32 level)
{
	return xenmig_session_fail(src->s, XENMIG_REASON_GUEST_MEMORY, err, err == -ENXIO ?
				   "a page table of the guest (frame %#llx, level %u) maps memory that is not its own, such as another domain's: let it end what does that (a backend or a tool in the guest), then try again" :
				   "a page table of the guest (frame %#llx, level %u) has a superpage, which cannot be moved: start it without superpages",
				   gfn, level);
}

/* 0, 1 for a frame that has to wait for the pause, or an error. */
static int prepare_frame(struct source *src, struct xenmig_flight *f, u32 slot, u64 gfn)
{
	int err = 0;

	if (src->skip[slot]) {
		if (!src->suspended)
			return 1;
		return xenmig_source_refused(src, -EFAULT, "map a frame of the guest");
	}
	if (mine(src)->level[slot])
		err = copy_table(src, f, slot);
	if (!err || err == -ENOMEM)
		return err;
	return src->suspended ? bad_table(src, err, gfn, mine(src)->level[slot]) : 1;
}

/* Page tables become copies; entries that have to wait are dropped. */
static int map_flight(struct source *src, struct xenmig_flight *f, u32 *kept, u32 mapped)
{
	u32 i, slot = 0, n = 0;
	int err = 0;

	if (mapped)
		err = xenmig_flight_map(f, &src->s->window, &src->s->dom, mine(src)->mfn, mapped,
					src->skip);
	if (err)
		return xenmig_source_refused(src, err, "map frames of the guest");
	for (i = 0; i < *kept; i++) {
		u64 gfn = xenmig_entry_gfn(src->entry[i]);

		if (xenmig_entry_has_data(src->entry[i])) {
			err = prepare_frame(src, f, slot, gfn);
			if (err < 0)
				return err;
			src->skip[slot++] = err;
			if (err) {
				leave_for_later(src, gfn);
				continue;
			}
			xenmig_dirty_add(&src->placed, gfn);
		}
		src->entry[n++] = src->entry[i];
	}
	*kept = n;
	return 0;
}

/*
 * Only what the guest grants to dom0 can be marked, and two frames always are: the rings of
 * xenstore and console. What it has taken back is not watched.
 */
static int watch_marks(struct source *src)
{
	const struct xenmig_domain *d = &src->s->domain;
	struct xenmig_watch *w = &src->watch;

	w->nr = 0;
	if (!xenmig_dom_mark_granted(&src->s->dom, XENMIG_GRANT_STORE))
		w->gfn[w->nr++] = d->store_gfn;
	if (!xenmig_dom_mark_granted(&src->s->dom, XENMIG_GRANT_CONSOLE))
		w->gfn[w->nr++] = d->console_gfn;
	return 0;
}

/* ---- the pause ---- */

static int move_later(struct source *src)
{
	u32 i, n;

	xenmig_dirty_rewind(&mine(src)->later);
	while ((n = xenmig_dirty_take(&mine(src)->later, src->gfn, XENMIG_FLIGHT_FRAMES)))
		for (i = 0; i < n; i++)
			xenmig_dirty_add(&src->dirty, src->gfn[i]);
	return 0;
}

/* Nothing was sent yet: find it anew, as it is now that it stands still. */
static int reopen(struct source *src)
{
	u64 pages = src->s->stats.max_pages, nr;
	int err;

	end(src);
	err = open_p2m(src, pages, &nr);
	if (!err)
		err = xenmig_dirty_grow(&src->placed, nr, false);
	if (!err)
		err = xenmig_dirty_grow(&src->dirty, nr, false);
	return err ?: send_p2m(src);
}

/* Is its p2m where it was? */
static int begin_pause(struct source *src)
{
	int err;

	if (!src->logdirty)
		return reopen(src);
	err = check_p2m(src);
	return err ?: move_later(src);
}

static int mark_given_back(struct source *src)
{
	u32 i, n;

	xenmig_dirty_rewind(&src->placed);
	while ((n = xenmig_dirty_walk(&src->placed, src->gfn, XENMIG_FLIGHT_FRAMES)))
		for (i = 0; i < n; i++)
			if (xenmig_p2m_mfn(&mine(src)->p2m, src->gfn[i]) == XENMIG_NO_MFN)
				xenmig_dirty_add(&src->dirty, src->gfn[i]);
	return 0;
}

/* A PV_VCPU_* record. */
static int send_vcpu(struct source *src, u32 type, u32 vcpu, void *state, u32 size)
{
	u8 head[RECORD_HEAD], zero[8] = {};
	u32 pad = XENMIG_RECORD_ALIGN(size) - size;
	int err;

	err = xenmig_source_send(src, head, xenmig_put_vcpu(head, type, vcpu, size), true);
	if (!err)
		err = xenmig_source_send(src, state, size, true);
	return err || !pad ? err : xenmig_source_send(src, zero, pad, true);
}

static int send_context(struct source *src, u32 vcpu)
{
	struct pv_source *pv = src->own;
	struct xenmig_vcpu_frames f;
	const char *why;
	u32 i;
	int err;

	err = xenmig_vcpu_get_context(&src->s->dom, vcpu, &pv->context);
	if (err)
		return xenmig_source_refused(src, err, "give a vCPU's context");
	err = xenmig_vcpu_frames(&pv->context, vcpu, false, &f, &why);
	if (err)
		return unlike_memory(src, err, why);
	for (i = 0; i < f.nr; i++)
		if (!xenmig_p2m_pfn(&pv->p2m, f.frame[i], &f.frame[i]))
			return unlike_memory(src, -ENXIO, "a vCPU names a frame that is not the guest's");
	xenmig_vcpu_replace(&pv->context, vcpu, true, &f);
	if (!vcpu)
		pv->start_pfn = pv->context.rdx;
	return send_vcpu(src, XENMIG_RECORD_PV_VCPU_BASIC, vcpu, &pv->context,
			 sizeof(pv->context));
}

static int send_extended(struct source *src, u32 vcpu)
{
	u32 size;
	int err;

	err = xenmig_vcpu_get_extended(&src->s->dom, vcpu, mine(src)->buf, &size);
	if (err)
		return xenmig_source_refused(src, err, "give a vCPU's extended context");
	return size ? send_vcpu(src, XENMIG_RECORD_PV_VCPU_EXTENDED, vcpu, mine(src)->buf, size) : 0;
}

static int send_xsave(struct source *src, u32 vcpu)
{
	u32 size = sizeof(mine(src)->buf);
	int err;

	err = xenmig_vcpu_get_xsave(&src->s->dom, vcpu, mine(src)->buf, &size);
	if (err)
		return xenmig_source_refused(src, err, "give a vCPU's xsave state");
	return size ? send_vcpu(src, XENMIG_RECORD_PV_VCPU_XSAVE, vcpu, mine(src)->buf, size) : 0;
}

static int send_msrs(struct source *src, u32 vcpu)
{
	u32 size = sizeof(mine(src)->buf);
	int err;

	err = xenmig_vcpu_get_msrs(&src->s->dom, vcpu, mine(src)->buf, &size);
	if (err)
		return xenmig_source_refused(src, err, "give a vCPU's MSRs");
	return size ? send_vcpu(src, XENMIG_RECORD_PV_VCPU_MSRS, vcpu, mine(src)->buf, size) : 0;
}

static int send_one_vcpu(struct source *src, u32 vcpu)
{
	int err;

	err = send_context(src, vcpu);
	if (!err)
		err = send_extended(src, vcpu);
	if (!err)
		err = send_xsave(src, vcpu);
	return err ?: send_msrs(src, vcpu);
}

static int send_vcpus(struct source *src)
{
	struct xenmig_domctl_getdomaininfo info;
	bool online;
	u32 vcpu;
	int err;

	err = xenmig_source_look(src, &info);
	for (vcpu = 0; !err && vcpu <= info.max_vcpu_id; vcpu++) {
		err = xenmig_vcpu_online(&src->s->dom, vcpu, &online);
		if (err)
			return xenmig_source_refused(src, err, "say whether a vCPU is online");
		if (online)
			err = send_one_vcpu(src, vcpu);
	}
	return err;
}

static int send_state(struct source *src)
{
	int err;

	memcpy(mine(src)->buf, xenmig_p2m_shared(&mine(src)->p2m), PAGE_SIZE);
	err = xenmig_source_send_record(src, XENMIG_RECORD_SHARED_INFO, mine(src)->buf, PAGE_SIZE);
	return err ?: send_vcpus(src);
}

static bool number(const struct source *src, u64 mfn, u64 *pfn)
{
	return xenmig_p2m_pfn(&mine(src)->p2m, mfn, pfn);
}

static u64 mfn_for_digest(void *arg, u64 pfn)
{
	return xenmig_p2m_mfn(arg, pfn);
}

static int leave_out_tables(struct source *src, struct xenmig_dirty *placed)
{
	u32 i, n;
	int err;

	xenmig_dirty_rewind(placed);
	while ((n = xenmig_dirty_walk(placed, src->gfn, XENMIG_FLIGHT_FRAMES))) {
		err = find_frames(src, n);
		if (err)
			return err;
		for (i = 0; i < n; i++)
			if (xenmig_table_level(src->type[i]))
				xenmig_dirty_remove(placed, src->gfn[i]);
	}
	return 0;
}

/* What differs are page tables, the p2m, the start info and the rings. */
static int digest(struct source *src, struct xenmig_digest *d)
{
	struct xenmig_p2m *p = &mine(src)->p2m;
	u32 i;
	int err;

	err = leave_out_tables(src, d->placed);
	for (i = 0; i < p->count; i++)
		xenmig_dirty_remove(d->placed, p->pfn[i]);
	xenmig_dirty_remove(d->placed, mine(src)->start_pfn);
	xenmig_dirty_remove(d->placed, src->s->domain.store_gfn);
	xenmig_dirty_remove(d->placed, src->s->domain.console_gfn);
	d->mfn = mfn_for_digest;
	d->arg = p;
	return err;
}

const struct xenmig_source_kind xenmig_pv_source = {
	.begin = begin,
	.end = end,
	.send_info = send_info,
	.send_layout = send_p2m,
	.classify = classify,
	.map_flight = map_flight,
	.follow_size = follow_size,
	.watch_marks = watch_marks,
	.begin_pause = begin_pause,
	.mark_given_back = mark_given_back,
	.number = number,
	.send_state = send_state,
	.digest = digest,
	.aliases = true,
};
