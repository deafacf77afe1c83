// SPDX-License-Identifier: GPL-2.0-only
/*
 * The destination of a PV guest. Its frames get machine frames as they arrive. Page tables
 * stay as they came, with the guest's own numbers in them, until everything is here: then
 * each number has its machine frame, in whatever order they came. Xen accepts no page table
 * that is mapped for writing, and checks each that it is to accept.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "pv/pagetable.h"
#include "pv/pv.h"
#include "pv/pvstate.h"
#include "session/destination.h"
#include "wire/pvrecord.h"
#include "xen/vcpu.h"

#define NOTHING		(~0ULL)		/* of @frame: no memory there */
#define TYPE_SHIFT	XENMIG_PFN_TYPE_SHIFT
#define P2M_INVALID	(~0ULL)
#define P2M_FOREIGN	(1ULL << 63)
#define P2M_IDENTITY	(1ULL << 62)	/* of Linux: no memory, and never will be */

/**
 * struct arriving_vcpu - a vCPU's state, as it came
 * @context: registers, NULL for a vCPU that is offline
 * @part: extended context, xsave state and MSRs, each NULL where there is none
 * @size: of each
 */
struct arriving_vcpu {
	struct xenmig_vcpu_context *context;
	void *part[3];
	u32 size[3];
};

/**
 * struct pv_arrival - what the destination of a PV guest has besides
 * @nr: frames that the guest numbers, 0 before the stream has said so
 * @frame: of each, its machine frame and what type it is in bits 60 and up; or NOTHING
 * @p2m: frames that hold the p2m
 * @p2m_count: how many
 * @shared: the page that it shared with Xen
 * @vcpu: its vCPUs
 * @start_pfn: frame of its start info, once it was applied
 * @want: frames that are being populated
 * @mfn: machine frames that are being mapped
 * @level: level of page table that each of those is
 * @frames: of a page table
 */
struct pv_arrival {
	u64 nr;
	u64 *frame;
	struct xenmig_p2m_frames *p2m;
	u32 p2m_count;
	struct xenmig_shared_info *shared;
	struct arriving_vcpu *vcpu;
	u64 start_pfn;
	u64 want[XENMIG_MAX_BATCH];
	u64 mfn[XENMIG_MAX_BATCH];
	u8 level[XENMIG_MAX_BATCH];
	u64 frames[XENMIG_TABLE_ENTRIES];
};

static int begin(struct destination *dst)
{
	struct pv_arrival *a = kvzalloc(sizeof(*a), GFP_KERNEL);

	dst->own = a;
	if (a)
		a->vcpu = kvcalloc(dst->s->domain.vcpus, sizeof(*a->vcpu), GFP_KERNEL);
	return a && a->vcpu ? 0 : xenmig_dst_no_memory(dst);
}

static void end(struct destination *dst)
{
	struct pv_arrival *a = dst->own;
	u32 i, part;

	for (i = 0; a && a->vcpu && i < dst->s->domain.vcpus; i++) {
		kvfree(a->vcpu[i].context);
		for (part = 0; part < ARRAY_SIZE(a->vcpu[i].part); part++)
			kvfree(a->vcpu[i].part[part]);
	}
	if (a) {
		kvfree(a->vcpu);
		kvfree(a->shared);
		kvfree(a->p2m);
		kvfree(a->frame);
	}
	kvfree(a);
	dst->own = NULL;
}

static struct pv_arrival *mine(const struct destination *dst)
{
	return dst->own;
}

static u64 mfn_of(const struct pv_arrival *a, u64 pfn)
{
	return a->frame[pfn] & XENMIG_PFN_MASK;
}

static u64 type_of(const struct pv_arrival *a, u64 pfn)
{
	return a->frame[pfn] >> TYPE_SHIFT;
}

static bool is_there(const struct pv_arrival *a, u64 pfn)
{
	return pfn < a->nr && a->frame[pfn] != NOTHING;
}

static void set_frame(struct pv_arrival *a, u64 pfn, u64 mfn, u64 type)
{
	a->frame[pfn] = mfn | type << TYPE_SHIFT;
}

/* ---- records ---- */

static int handle_info(struct destination *dst)
{
	struct xenmig_pv_info info;
	const char *why;
	int err;

	err = xenmig_dst_receive(dst, &info, sizeof(info));
	if (err)
		return err;
	err = xenmig_check_pv_info(&info, &why);
	return err ? xenmig_dst_refuse(dst, err, why) : 0;
}

/* Now it is known how many frames the guest has; those of the rings are there already. */
static int make_frames(struct destination *dst, u64 last)
{
	const struct xenmig_domain *d = &dst->s->domain;
	struct pv_arrival *a = dst->own;
	u64 pfn;

	if (d->store_gfn > last || d->console_gfn > last)
		return xenmig_dst_refuse(dst, -EPROTO, "the p2m ends before a ring");
	a->frame = kvmalloc_array(last + 1, sizeof(*a->frame), GFP_KERNEL);
	if (!a->frame)
		return xenmig_dst_no_memory(dst);
	a->nr = last + 1;
	for (pfn = 0; pfn < a->nr; pfn++)
		a->frame[pfn] = NOTHING;
	set_frame(a, d->store_gfn, d->store_mfn, XENMIG_PFN_NOTAB);
	set_frame(a, d->console_gfn, d->console_mfn, XENMIG_PFN_NOTAB);
	dst->max_gfn = last;
	return 0;
}

static int handle_p2m_frames(struct destination *dst, u32 length)
{
	struct pv_arrival *a = dst->own;
	const char *why;
	void *body;
	u64 last;
	int err;

	err = xenmig_dst_receive_body(dst, length, &body);
	if (err)
		return err;
	a->p2m = body;
	err = xenmig_check_p2m_frames(a->p2m, length, dst->s->domain.max_gfn, &last,
				      &a->p2m_count, &why);
	return err ? xenmig_dst_refuse(dst, err, why) : make_frames(dst, last);
}

static int handle_shared_info(struct destination *dst, u32 length)
{
	void *body;
	int err;

	err = xenmig_dst_receive_body(dst, length, &body);
	mine(dst)->shared = body;
	return err;
}

/* Where a part of a vCPU's state belongs; NULL when it came before. */
static void **place_of(struct arriving_vcpu *v, u32 type, u32 size)
{
	u32 part = type == XENMIG_RECORD_PV_VCPU_EXTENDED ? 0 :
		   type == XENMIG_RECORD_PV_VCPU_XSAVE ? 1 : 2;

	if (type == XENMIG_RECORD_PV_VCPU_BASIC)
		return v->context ? NULL : (void **)&v->context;
	if (v->part[part])
		return NULL;
	v->size[part] = size;
	return &v->part[part];
}

static int handle_vcpu(struct destination *dst, u32 type, u32 length)
{
	struct xenmig_pv_vcpu head;
	const char *why;
	void **place;
	u32 vcpu;
	int err;

	err = xenmig_dst_receive(dst, &head, sizeof(head));
	if (err)
		return err;
	err = xenmig_check_vcpu(&head, dst->s->domain.vcpus, &vcpu, &why);
	if (err)
		return xenmig_dst_refuse(dst, err, why);
	place = place_of(&mine(dst)->vcpu[vcpu], type, length - sizeof(head));
	if (!place)
		return xenmig_dst_refuse(dst, -EPROTO, "a vCPU's state comes twice");
	return xenmig_dst_receive_body(dst, length - sizeof(head), place);
}

static int record(struct destination *dst, u32 type, u32 length)
{
	switch (type) {
	case XENMIG_RECORD_PV_INFO:
		return handle_info(dst);
	case XENMIG_RECORD_PV_P2M_FRAMES:
		return handle_p2m_frames(dst, length);
	case XENMIG_RECORD_SHARED_INFO:
		return handle_shared_info(dst, length);
	default:
		return handle_vcpu(dst, type, length);
	}
}

/* ---- memory ---- */

static int populate(struct destination *dst, u32 count)
{
	struct pv_arrival *a = dst->own;
	u32 i;
	int err;

	/* Machine frames come where the numbers were. */
	memcpy(a->want, dst->want, count * sizeof(*a->want));
	err = xenmig_dst_populate(dst, count);
	if (err)
		return err;
	for (i = 0; i < count; i++) {
		set_frame(a, a->want[i], dst->want[i] & XENMIG_PFN_MASK, XENMIG_PFN_NOTAB);
		xenmig_dirty_add(&dst->placed, a->want[i]);
	}
	return 0;
}

static void note_types(struct destination *dst, u32 count)
{
	struct pv_arrival *a = dst->own;
	u32 i, n = 0;

	for (i = 0; n < count; i++) {
		u64 pfn = xenmig_entry_gfn(dst->entry[i]);

		if (!xenmig_entry_has_data(dst->entry[i]))
			continue;
		if (!xenmig_dst_is_ring(dst, pfn))
			set_frame(a, pfn, mfn_of(a, pfn), xenmig_entry_type(dst->entry[i]));
		a->mfn[n++] = mfn_of(a, pfn);
	}
}

/* Gives them machine frames, and notes what they are. */
static int place(struct destination *dst, u32 count)
{
	u32 i, want = 0;
	int err;

	for (i = 0; i < count; i++)
		if (!is_there(mine(dst), dst->gfn[i]))
			dst->want[want++] = dst->gfn[i];
	err = populate(dst, want);
	if (!err)
		note_types(dst, count);
	return err;
}

/* The machine frames in a->mfn, into the first slots of the window. */
static int map(struct destination *dst, u32 count)
{
	struct xenmig_session *s = dst->s;
	u32 i;
	int err;

	err = xenmig_window_map(&s->window, &s->dom, 0, mine(dst)->mfn, count, dst->failed);
	for (i = 0; !err && i < count; i++)
		if (dst->failed[i])
			err = -EFAULT;
	return err;
}

static void locate(const struct destination *dst, u64 *pfn, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++)
		pfn[i] = mfn_of(mine(dst), pfn[i]);
}

static void forget(struct destination *dst, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++) {
		u64 pfn = dst->want[i];

		dst->want[i] = mfn_of(mine(dst), pfn);
		mine(dst)->frame[pfn] = NOTHING;
	}
}

/* ---- what the guest left ---- */

static int translate(struct destination *dst, u64 *frames, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++) {
		if (!is_there(mine(dst), frames[i]))
			return xenmig_dst_refuse(dst, -EPROTO, "a page table names a frame that is not there");
		frames[i] = mfn_of(mine(dst), frames[i]);
	}
	return 0;
}

static int localise_batch(struct destination *dst, u32 count)
{
	struct pv_arrival *a = dst->own;
	u64 *table;
	u32 i;
	int n, err;

	err = map(dst, count);
	if (err)
		return xenmig_dst_hypervisor(dst, err, "map page tables of the new domain");
	for (i = 0; i < count && !err; i++) {
		table = xenmig_window_addr(&dst->s->window, i);
		n = xenmig_table_frames(table, a->level[i], a->frames);
		if (n < 0)
			return xenmig_dst_refuse(dst, n, "a page table has a superpage");
		err = translate(dst, a->frames, n);
		if (!err)
			xenmig_table_replace(table, a->level[i], a->frames);
	}
	return err;
}

/* Let page tables name machine frames. */
static int localise(struct destination *dst)
{
	struct pv_arrival *a = dst->own;
	u64 pfn;
	u32 n = 0;
	int err = 0;

	for (pfn = 0; pfn < a->nr && !err; pfn++) {
		if (is_there(a, pfn) && xenmig_table_level(type_of(a, pfn))) {
			a->level[n] = xenmig_table_level(type_of(a, pfn));
			a->mfn[n++] = mfn_of(a, pfn);
		}
		if (n < XENMIG_MAX_BATCH)
			continue;
		err = localise_batch(dst, n);
		n = 0;
		cond_resched();
	}
	return err ?: n ? localise_batch(dst, n) : 0;
}

static u64 p2m_entry(const struct pv_arrival *a, u64 pfn, u64 was)
{
	if (is_there(a, pfn))
		return mfn_of(a, pfn);
	return (was & (P2M_IDENTITY | P2M_FOREIGN)) == P2M_IDENTITY ? was : P2M_INVALID;
}

/* Frames @first to @first + @count - 1 of the p2m. */
static int write_p2m_batch(struct destination *dst, u32 first, u32 count)
{
	struct pv_arrival *a = dst->own;
	u64 pfn, *page;
	u32 i, k;
	int err;

	for (i = 0; i < count; i++) {
		pfn = (__force u64)a->p2m->pfn[first + i];
		if (!is_there(a, pfn) || type_of(a, pfn) != XENMIG_PFN_NOTAB ||
		    xenmig_dst_is_ring(dst, pfn))
			return xenmig_dst_refuse(dst, -EPROTO, "a frame of the p2m is none that can hold it");
		a->mfn[i] = mfn_of(a, pfn);
	}
	err = map(dst, count);
	if (err)
		return xenmig_dst_hypervisor(dst, err, "map the p2m of the new domain");
	for (i = 0; i < count; i++) {
		page = xenmig_window_addr(&dst->s->window, i);
		for (k = 0; k < XENMIG_P2M_PER_FRAME; k++)
			page[k] = p2m_entry(a, (u64)(first + i) * XENMIG_P2M_PER_FRAME + k,
					    page[k]);
	}
	return 0;
}

static int write_p2m(struct destination *dst)
{
	u32 i, n;
	int err = 0;

	for (i = 0; i < mine(dst)->p2m_count && !err; i += n) {
		n = min_t(u32, mine(dst)->p2m_count - i, XENMIG_MAX_BATCH);
		err = write_p2m_batch(dst, i, n);
		cond_resched();
	}
	return err;
}

static int write_start_info(struct destination *dst, u64 shared_mfn)
{
	const struct xenmig_domain *d = &dst->s->domain;
	struct pv_arrival *a = dst->own;
	u64 pfn = a->start_pfn;
	const struct xenmig_start start = {
		.pages = a->nr, .shared_info = shared_mfn << PAGE_SHIFT,
		.store_mfn = d->store_mfn, .store_port = d->store_port,
		.console_mfn = d->console_mfn, .console_port = d->console_port,
	};
	struct xenmig_start_info *info;
	int err;

	if (!is_there(a, pfn) || type_of(a, pfn) != XENMIG_PFN_NOTAB)
		return xenmig_dst_refuse(dst, -EPROTO, "the start info is not there");
	a->mfn[0] = mfn_of(a, pfn);
	err = map(dst, 1);
	if (err)
		return xenmig_dst_hypervisor(dst, err, "map the start info of the new domain");
	info = xenmig_window_addr(&dst->s->window, 0);
	if (info->store_mfn != d->store_gfn || info->console_mfn != d->console_gfn)
		return xenmig_dst_refuse(dst, -EPROTO, "the rings of xenstore and console are not where they were announced");
	xenmig_start_info_set(info, &start);
	return 0;
}

static int write_shared_info(struct destination *dst, u64 mfn)
{
	struct xenmig_session *s = dst->s;
	int err;

	err = xenmig_window_map_mfn(&s->window, &s->dom, 0, mfn);
	if (err)
		return xenmig_dst_hypervisor(dst, err, "map the shared info of the new domain");
	xenmig_shared_info_take(xenmig_window_addr(&s->window, 0), mine(dst)->shared);
	return 0;
}

/* Let Xen accept the page tables that it kept for the guest; it follows them to all others. */
static int pin(struct destination *dst)
{
	struct pv_arrival *a = dst->own;
	u64 pfn;
	u32 n = 0;
	int err = 0;

	for (pfn = 0; pfn < a->nr && !err; pfn++) {
		if (is_there(a, pfn) && type_of(a, pfn) & XENMIG_PFN_PINNED) {
			a->level[n] = xenmig_table_level(type_of(a, pfn));
			a->mfn[n++] = mfn_of(a, pfn);
		}
		if (n < XENMIG_PIN_MAX)
			continue;
		err = xenmig_dom_pin(&dst->s->dom, a->mfn, a->level, n);
		n = 0;
	}
	if (!err && n)
		err = xenmig_dom_pin(&dst->s->dom, a->mfn, a->level, n);
	return err ? xenmig_dst_hypervisor(dst, err, "accept the guest's page tables") : 0;
}

/* Its frames become machine frames, if they are what they have to be. */
static int localise_vcpu(struct destination *dst, u32 vcpu)
{
	struct xenmig_vcpu_context *c = mine(dst)->vcpu[vcpu].context;
	struct pv_arrival *a = dst->own;
	struct xenmig_vcpu_frames f;
	const char *why;
	u32 i;
	int err;

	err = xenmig_vcpu_frames(c, vcpu, true, &f, &why);
	if (err)
		return xenmig_dst_refuse(dst, err, why);
	for (i = 0; i < f.nr; i++) {
		if (!is_there(a, f.frame[i]) ||
		    (f.root[i] ? xenmig_table_level(type_of(a, f.frame[i])) != XENMIG_PV_LEVELS :
				 type_of(a, f.frame[i]) != XENMIG_PFN_NOTAB))
			return xenmig_dst_refuse(dst, -EPROTO, "a vCPU names a frame that is not what it has to be");
		f.frame[i] = mfn_of(a, f.frame[i]);
	}
	xenmig_vcpu_replace(c, vcpu, false, &f);
	return 0;
}

static int set_vcpu(struct destination *dst, u32 vcpu)
{
	const struct arriving_vcpu *v = &mine(dst)->vcpu[vcpu];
	struct xenmig_dom *dom = &dst->s->dom;
	int err;

	err = xenmig_vcpu_set_context(dom, vcpu, v->context);
	if (!err && v->part[0])
		err = xenmig_vcpu_set_extended(dom, vcpu, v->part[0], v->size[0]);
	if (!err && v->part[1])
		err = xenmig_vcpu_set_xsave(dom, vcpu, v->part[1], v->size[1]);
	if (!err && v->part[2])
		err = xenmig_vcpu_set_msrs(dom, vcpu, v->part[2], v->size[2]);
	return err ? xenmig_dst_hypervisor(dst, err, "give a vCPU of the new domain its state") : 0;
}

static int set_vcpus(struct destination *dst)
{
	u32 i;
	int err = 0;

	for (i = 0; i < dst->s->domain.vcpus && !err; i++)
		if (mine(dst)->vcpu[i].context)
			err = set_vcpu(dst, i);
	return err;
}

/* What is in the guest's memory; nothing of it stays mapped. */
static int write_memory(struct destination *dst)
{
	struct xenmig_domctl_getdomaininfo info;
	int err;

	err = xenmig_dom_info(&dst->s->dom, &info);
	if (err)
		return xenmig_dst_hypervisor(dst, err, "say where the new domain's shared info is");
	err = localise(dst);
	if (!err)
		err = write_p2m(dst);
	if (!err)
		err = write_start_info(dst, info.shared_info_frame);
	if (!err)
		err = write_shared_info(dst, info.shared_info_frame);
	xenmig_window_unmap(&dst->s->window, 0, dst->s->window.nr);
	return err;
}

static int apply(struct destination *dst)
{
	struct pv_arrival *a = dst->own;
	u32 i;
	int err;

	err = xenmig_dst_apply_tsc(dst);
	if (err)
		return err;
	if (!a->vcpu[0].context)
		return xenmig_dst_refuse(dst, -EPROTO, "the first vCPU has no state");
	a->start_pfn = a->vcpu[0].context->rdx;
	for (i = 0; i < dst->s->domain.vcpus && !err; i++)
		if (a->vcpu[i].context)
			err = localise_vcpu(dst, i);
	if (!err)
		err = write_memory(dst);
	if (!err)
		err = pin(dst);
	return err ?: set_vcpus(dst);
}

static u64 mfn_for_digest(void *arg, u64 pfn)
{
	return mfn_of(arg, pfn);
}

/* What differs are page tables, the p2m, the start info and the rings. */
static void digest(struct destination *dst, struct xenmig_digest *d)
{
	struct pv_arrival *a = dst->own;
	u64 pfn;
	u32 i;

	for (pfn = 0; pfn < a->nr; pfn++)
		if (is_there(a, pfn) && xenmig_table_level(type_of(a, pfn)))
			xenmig_dirty_remove(d->placed, pfn);
	for (i = 0; i < a->p2m_count; i++)
		xenmig_dirty_remove(d->placed, (__force u64)a->p2m->pfn[i]);
	xenmig_dirty_remove(d->placed, a->start_pfn);
	xenmig_dirty_remove(d->placed, dst->s->domain.store_gfn);
	xenmig_dirty_remove(d->placed, dst->s->domain.console_gfn);
	d->mfn = mfn_for_digest;
	d->arg = a;
}

const struct xenmig_destination_kind xenmig_pv_destination = {
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
