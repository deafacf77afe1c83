// SPDX-License-Identifier: GPL-2.0-only
/*
 * The destination of a migration: create the domain as the controller
 * describes it, read the stream, receive each frame where it belongs, apply
 * the machine state. The stream is checked before it is used (record.c); what
 * the domain is created with never comes from it.
 *
 * The frames of the xenstore and console rings are populated, cleared and
 * granted at creation, so that the controller can introduce the domain while
 * its memory is still arriving; what the stream holds of them is dropped.
 */
#include <linux/bvec.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <xen/interface/grant_table.h>
#include <xen/interface/hvm/params.h>

#include "digest.h"
#include "dirty.h"
#include "fault.h"
#include "record.h"
#include "session.h"
#include "state.h"
#include "trace.h"

#define STALL_SECONDS		10	/* within a record */
#define IDLE_SECONDS		600	/* between records: the controllers watch each other */
#define SUPERPAGE_ORDER		9
#define SUPERPAGE_FRAMES	(1U << SUPERPAGE_ORDER)
#define MAX_GFN_MARGIN		(1ULL << 20)
#define MAX_PAGING_BYTES	(4ULL << 30)
#define GRANT_CONSOLE		0
#define GRANT_STORE		1

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
 * @bv: where their octets go
 * @scratch: where octets go that are dropped
 * @policy: CPU policy of the guest
 * @context: HVM context, applied at the end
 * @context_size: of it
 * @param: HVM params, applied at the end
 * @params: how many
 * @tsc: TSC of the guest
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
	struct bio_vec bv[XENMIG_MAX_BATCH];
	struct page *scratch;
	struct xenmig_cpu_policy policy;
	void *context;
	u32 context_size;
	struct xenmig_hvm_params *param;
	u32 params;
	struct xenmig_domctl_tsc_info tsc;
};

static int hypervisor(struct destination *dst, int err, const char *what)
{
	return xenmig_session_fail(dst->s, XENMIG_REASON_HYPERVISOR, err,
				   "the hypervisor refused to %s (error %d)", what, -err);
}

static int refuse(struct destination *dst, int err, const char *why)
{
	return xenmig_session_fail(dst->s, XENMIG_REASON_STREAM, err,
				   "the stream is not one this host accepts: %s", why);
}

static int no_memory(struct destination *dst)
{
	return xenmig_session_fail(dst->s, XENMIG_REASON_MEMORY, -ENOMEM,
				   "dom0 has not enough memory for the move");
}

static int wire(struct destination *dst, int err)
{
	if (err == -ECANCELED)
		return err;
	return xenmig_session_fail(dst->s, XENMIG_REASON_PEER, err,
				   err == -ECONNRESET ? "the source closed the stream" :
				   err == -ETIMEDOUT ? "the source stopped sending the stream" :
				   "the connection to the source broke (error %d)", -err);
}

static int receive(struct destination *dst, void *buf, size_t len)
{
	int err = xenmig_sock_receive(&dst->s->sock, buf, len, STALL_SECONDS);

	return err ? wire(dst, err) : 0;
}

/* ---- creation ---- */

static int clear_frame(struct xenmig_session *s, u64 gfn)
{
	bool failed;
	int err;

	err = xenmig_window_map(&s->window, &s->dom, 0, &gfn, 1, &failed);
	if (!err && failed)
		err = -EFAULT;
	if (!err)
		memset(xenmig_window_addr(&s->window, 0), 0, PAGE_SIZE);
	return err;
}

static int make_rings(struct xenmig_session *s)
{
	u64 gfn[2] = { s->domain.store_gfn, s->domain.console_gfn };
	int ret;

	ret = xenmig_dom_populate(&s->dom, gfn, ARRAY_SIZE(gfn), 0);
	if (ret != ARRAY_SIZE(gfn))
		return ret < 0 ? ret : -ENOMEM;
	return clear_frame(s, s->domain.store_gfn) ?: clear_frame(s, s->domain.console_gfn);
}

/* Xen, tools: xc_dom_gnttab_seed. xenstored maps its ring by grant 1. */
static int seed_grants(struct xenmig_session *s)
{
	struct grant_entry_v1 *table;
	u64 mfn;
	int err;

	err = xenmig_dom_grant_frame(&s->dom, 0, &mfn);
	if (!err)
		err = xenmig_window_map_mfn(&s->window, &s->dom, 0, mfn);
	if (err)
		return err;
	table = xenmig_window_addr(&s->window, 0);
	table[GRANT_CONSOLE].frame = s->domain.console_gfn;
	table[GRANT_CONSOLE].domid = s->domain.console_domid;
	table[GRANT_STORE].frame = s->domain.store_gfn;
	table[GRANT_STORE].domid = s->domain.store_domid;
	wmb(); /* the entry is whole before it is valid */
	table[GRANT_CONSOLE].flags = GTF_permit_access;
	table[GRANT_STORE].flags = GTF_permit_access;
	xenmig_window_unmap(&s->window, 0, 1);
	return 0;
}

/* The order of these two keeps the port numbers a guest may have cached. */
static int make_ports(struct xenmig_session *s)
{
	struct xenmig_domain *d = &s->domain;
	int err;

	err = xenmig_dom_alloc_port(&s->dom, d->store_domid, &d->store_port);
	if (!err)
		err = xenmig_dom_alloc_port(&s->dom, d->console_domid, &d->console_port);
	if (!err)
		err = xenmig_dom_set_param(&s->dom, HVM_PARAM_STORE_EVTCHN, d->store_port);
	if (!err)
		err = xenmig_dom_set_param(&s->dom, HVM_PARAM_CONSOLE_EVTCHN, d->console_port);
	return err;
}

static int furnish(struct xenmig_session *s, const char **why)
{
	struct xenmig_domain *d = &s->domain;
	struct xenmig_domctl_tsc_info tsc = { .tsc_mode = d->tsc_mode };
	int err;

	*why = "the hypervisor refused the number of vCPUs";
	err = xenmig_dom_set_vcpus(&s->dom, d->vcpus);
	if (err)
		return err;
	*why = "the hypervisor refused the memory limit";
	err = xenmig_dom_set_max_kib(&s->dom, d->max_pages << (PAGE_SHIFT - 10));
	if (err)
		return err;
	*why = "the hypervisor has not enough free memory for the paging pool";
	err = xenmig_dom_set_paging_bytes(&s->dom, d->paging_bytes);
	if (err)
		return err;
	*why = "the hypervisor has not enough free memory for the guest";
	err = xenmig_dom_claim(&s->dom, d->pages);
	if (err)
		return err;
	*why = "the hypervisor refused event channels";
	err = make_ports(s);
	if (err)
		return err;
	*why = "the hypervisor refused the timer or TSC mode";
	err = xenmig_dom_set_param(&s->dom, HVM_PARAM_TIMER_MODE, d->timer_mode) ?:
	      xenmig_dom_set_tsc(&s->dom, &tsc);
	if (err)
		return err;
	*why = "the rings of xenstore and console could not be set up";
	return make_rings(s) ?: seed_grants(s);
}

static const char *bad_description(const struct xenmig_domain *d)
{
	if (!(d->create_flags & XENMIG_CREATE_HVM) || d->emulation_flags != XENMIG_EMU_LAPIC)
		return "only PVH guests can be received";
	if (!d->vcpus || !d->pages || !d->max_pages || d->pages > d->max_pages)
		return "the description lacks vCPUs or memory, or they contradict each other";
	if (!d->store_gfn || !d->console_gfn || d->store_gfn == d->console_gfn ||
	    d->store_gfn > d->max_gfn || d->console_gfn > d->max_gfn ||
	    d->max_gfn > XENMIG_PFN_MASK - MAX_GFN_MARGIN)
		return "the description names impossible frames";
	if (d->paging_bytes > MAX_PAGING_BYTES || d->paging_bytes & ~PAGE_MASK)
		return "the description names an impossible paging pool";
	if (d->store_domid >= XENMIG_DOMID_FIRST_RESERVED ||
	    d->console_domid >= XENMIG_DOMID_FIRST_RESERVED)
		return "the description names impossible domains for xenstore and console";
	return NULL;
}

/**
 * xenmig_destination_create - create the domain of a session
 * @s: session with its description in s->domain; ports are filled in
 * @why: on failure, a sentence
 *
 * Return: 0, -EINVAL for a description that cannot be right, or what Xen
 * says; then nothing is left.
 */
int xenmig_destination_create(struct xenmig_session *s, const char **why)
{
	struct xenmig_domain *d = &s->domain;
	struct xenmig_creation create = {
		.flags = d->create_flags,
		.ssidref = d->ssidref,
		.vcpus = d->vcpus,
		.evtchn_ports = d->evtchn_ports,
		.grant_frames = d->grant_frames ?: -1,
		.maptrack_frames = d->maptrack_frames,
		.grant_version = d->grant_version ?: 1,
		.cpupool = d->cpupool,
		.emulation_flags = d->emulation_flags,
		.misc_flags = d->misc_flags,
	};
	int err;

	*why = bad_description(d);
	if (*why)
		return -EINVAL;
	*why = "dom0 has not enough memory";
	err = xenmig_window_init(&s->window, XENMIG_MAX_BATCH, true);
	if (err)
		return err;
	memcpy(create.uuid, d->uuid, sizeof(create.uuid));
	*why = "the hypervisor refused to create the domain";
	err = xenmig_dom_create(&s->dom, &create);
	if (err)
		goto err_window;
	err = furnish(s, why);
	if (err)
		goto err_destroy;
	d->domid = s->dom.id;
	memcpy(s->uuid, d->uuid, sizeof(s->uuid));
	return 0;

err_destroy:
	xenmig_window_free(&s->window);
	xenmig_dom_destroy(&s->dom);
	return err;
err_window:
	xenmig_window_free(&s->window);
	return err;
}

/* ---- memory ---- */

static int populate_small(struct destination *dst, u32 count)
{
	int ret;

	if (!count)
		return 0;
	ret = xenmig_dom_populate(&dst->s->dom, dst->want, count, 0);
	if (ret != count)
		return xenmig_session_fail(dst->s, XENMIG_REASON_MEMORY, -ENOMEM,
					   "the hypervisor gave only %d of %u pages: not enough free memory, or the guest's limit is reached",
					   max(ret, 0), count);
	dst->s->stats.small_pages += count;
	return 0;
}

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
static int populate(struct destination *dst, u32 count)
{
	u32 i, want = 0, skip_until = 0;

	for (i = 0; i < count; i++) {
		if (i < skip_until)
			continue;
		if (superpage_at(dst, i, count) && populate_superpage(dst, dst->gfn[i])) {
			skip_until = i + SUPERPAGE_FRAMES;
			continue;
		}
		if (xenmig_dirty_test(&dst->placed, dst->gfn[i]))
			continue;
		dst->want[want++] = dst->gfn[i];
		xenmig_dirty_add(&dst->placed, dst->gfn[i]);
	}
	return populate_small(dst, want);
}

static bool is_ring(struct destination *dst, u64 gfn)
{
	return gfn == dst->s->domain.store_gfn || gfn == dst->s->domain.console_gfn;
}

static int receive_frames(struct destination *dst, u32 count)
{
	struct xenmig_session *s = dst->s;
	u32 i;
	int err;

	err = populate(dst, count);
	if (err)
		return err;
	err = xenmig_window_map(&s->window, &s->dom, 0, dst->gfn, count, dst->failed);
	if (err)
		return hypervisor(dst, err, "map frames of the new domain");
	for (i = 0; i < count; i++) {
		if (dst->failed[i])
			return hypervisor(dst, -EFAULT, "map a frame of the new domain");
		dst->bv[i] = (struct bio_vec){
			.bv_page = is_ring(dst, dst->gfn[i]) ? dst->scratch : s->window.pages[i],
			.bv_len = PAGE_SIZE,
		};
	}
	err = xenmig_sock_receive_pages(&s->sock, dst->bv, count, (size_t)count << PAGE_SHIFT,
					STALL_SECONDS);
	if (err)
		return wire(dst, err);
	s->stats.frames_sent += count;
	s->stats.frames = dst->placed.count;
	s->stats.last_frames_ns = ktime_get_boottime_ns();
	return 0;
}

/* The guest has given these back at the source: give them back here as well. */
static int give_back(struct destination *dst, u32 count)
{
	u32 i, n = 0;
	int err;

	for (i = 0; i < count; i++) {
		u64 gfn = xenmig_entry_gfn(dst->entry[i]);

		if (xenmig_entry_has_data(dst->entry[i]) || is_ring(dst, gfn) ||
		    !xenmig_dirty_test(&dst->placed, gfn))
			continue;
		xenmig_dirty_remove(&dst->placed, gfn);
		dst->want[n++] = gfn;
	}
	if (!n)
		return 0;
	/* A mapped frame stays allocated: empty the window first. */
	xenmig_window_unmap(&dst->s->window, 0, dst->s->window.nr);
	err = xenmig_dom_depopulate(&dst->s->dom, dst->want, n);
	if (err)
		return hypervisor(dst, err, "take frames back from the new domain");
	dst->s->stats.depopulated += n;
	return 0;
}

static int grow(struct destination *dst, u64 last_gfn)
{
	if (last_gfn < dst->placed.nr)
		return 0;
	return xenmig_dirty_grow(&dst->placed, last_gfn + 1, false) ? no_memory(dst) : 0;
}

static int handle_page_data(struct destination *dst, u32 length)
{
	struct xenmig_page_data head;
	u32 i, count, pages, n = 0;
	const char *why;
	int err;

	err = receive(dst, &head, sizeof(head));
	if (err)
		return err;
	err = xenmig_check_page_data(&head, length, &count, &why);
	if (err)
		return refuse(dst, err, why);
	err = receive(dst, dst->entry, count * sizeof(*dst->entry));
	if (err)
		return err;
	err = xenmig_check_entries(dst->entry, count, length, dst->max_gfn, &pages, &why);
	if (err)
		return refuse(dst, err, why);
	err = grow(dst, xenmig_entry_gfn(dst->entry[count - 1]));
	if (err)
		return err;
	for (i = 0; i < count; i++) {
		if (xenmig_entry_type(dst->entry[i]) == XENMIG_PFN_XALLOC)
			return refuse(dst, -EPROTO, "a frame is to be allocated without data");
		if (xenmig_entry_has_data(dst->entry[i]))
			dst->gfn[n++] = xenmig_entry_gfn(dst->entry[i]);
	}
	err = give_back(dst, count);
	return err ?: n ? receive_frames(dst, n) : 0;
}

/* ---- CPU policy ---- */

/* The feature words of CPUID that a guest may have acted on (xen-abi: public/arch-x86/cpufeatureset.h). */
static const struct {
	u32 leaf, subleaf;
	bool a, b, c, d;
} feature_words[] = {
	{ 0x1, 0, .c = true, .d = true },
	{ 0x7, 0, .b = true, .c = true, .d = true },
	{ 0x7, 1, .a = true, .d = true },
	{ 0x7, 2, .d = true },
	{ 0xd, 0, .a = true, .d = true },
	{ 0xd, 1, .a = true },
	{ 0x80000001, 0, .c = true, .d = true },
	{ 0x80000007, 0, .d = true },
	{ 0x80000008, 0, .b = true },
	{ 0x80000021, 0, .a = true },
};

static const struct xenmig_cpuid_leaf *find_leaf(const struct xenmig_cpu_policy *p, u32 leaf,
						 u32 subleaf)
{
	u32 i;

	for (i = 0; i < p->nr_leaves; i++)
		if (p->leaves[i].leaf == leaf &&
		    (p->leaves[i].subleaf == subleaf ||
		     (!subleaf && p->leaves[i].subleaf == 0xffffffffU)))
			return &p->leaves[i];
	return NULL;
}

static int missing(struct destination *dst, u32 leaf, u32 subleaf, const char *reg, u32 bits)
{
	return xenmig_session_fail(dst->s, XENMIG_REASON_CPU, -EOPNOTSUPP,
				   "this host's CPU lacks features that the guest has seen (CPUID %#x.%u %s bits %#x); level the hosts, or start the guest with fewer features",
				   leaf, subleaf, reg, bits);
}

/* Xen masks what it cannot offer without a word: what it kept has to be compared. */
static int compare_policy(struct destination *dst, const struct xenmig_cpu_policy *here)
{
	static const struct xenmig_cpuid_leaf none;
	int i;

	for (i = 0; i < ARRAY_SIZE(feature_words); i++) {
		u32 leaf = feature_words[i].leaf, sub = feature_words[i].subleaf;
		const struct xenmig_cpuid_leaf *was = find_leaf(&dst->policy, leaf, sub);
		const struct xenmig_cpuid_leaf *is = find_leaf(here, leaf, sub) ?: &none;

		if (!was)
			continue;
		if (feature_words[i].a && was->a & ~is->a)
			return missing(dst, leaf, sub, "eax", was->a & ~is->a);
		if (feature_words[i].b && was->b & ~is->b)
			return missing(dst, leaf, sub, "ebx", was->b & ~is->b);
		if (feature_words[i].c && was->c & ~is->c)
			return missing(dst, leaf, sub, "ecx", was->c & ~is->c);
		if (feature_words[i].d && was->d & ~is->d)
			return missing(dst, leaf, sub, "edx", was->d & ~is->d);
	}
	return 0;
}

static int read_back_policy(struct destination *dst)
{
	struct xenmig_cpu_policy here = {};
	int err;

	err = xenmig_host_policy_size(&here.nr_leaves, &here.nr_msrs);
	if (err)
		return hypervisor(dst, err, "say how large CPU policies are");
	here.leaves = kvcalloc(here.nr_leaves, sizeof(*here.leaves), GFP_KERNEL);
	here.msrs = kvcalloc(here.nr_msrs, sizeof(*here.msrs), GFP_KERNEL);
	if (!here.leaves || !here.msrs)
		err = no_memory(dst);
	else if ((err = xenmig_dom_get_policy(&dst->s->dom, &here)))
		hypervisor(dst, err, "give the CPU policy back");
	else
		err = compare_policy(dst, &here);
	kvfree(here.msrs);
	kvfree(here.leaves);
	return err;
}

static int apply_policy(struct destination *dst)
{
	u32 leaf, subleaf, msr;
	int err;

	err = xenmig_dom_set_policy(&dst->s->dom, &dst->policy, &leaf, &subleaf, &msr);
	if (err)
		return xenmig_session_fail(dst->s, XENMIG_REASON_CPU, err,
					   "this host cannot give the guest the CPU it has seen (CPUID leaf %#x.%#x, MSR %#x)",
					   leaf, subleaf, msr);
	return read_back_policy(dst);
}

/* ---- machine state ---- */

static int clear_host_frame(struct destination *dst, u64 gfn)
{
	int err;

	if (gfn >= dst->placed.nr || !xenmig_dirty_test(&dst->placed, gfn))
		return refuse(dst, -EPROTO, "an HVM param names a frame that is not there");
	err = clear_frame(dst->s, gfn);
	return err ? hypervisor(dst, err, "map a ring of the new domain") : 0;
}

static int apply_param(struct destination *dst, u64 index, u64 value)
{
	int err = 0;

	switch (index) {
	case HVM_PARAM_STORE_PFN:
		if (value != dst->s->domain.store_gfn)
			return refuse(dst, -EPROTO, "the xenstore ring is not where it was announced");
		dst->host.gfn[0] = value;
		break;
	case HVM_PARAM_CONSOLE_PFN:
		if (value != dst->s->domain.console_gfn)
			return refuse(dst, -EPROTO, "the console ring is not where it was announced");
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
	return err ? hypervisor(dst, err, "set an HVM param of the new domain") : 0;
}

static int apply_params(struct destination *dst)
{
	u32 i;
	int err = 0;

	for (i = 0; i < dst->params && !err; i++) {
		u64 index = (__force u64)dst->param->param[i].index;

		if (!xenmig_hvm_param_travels(index))
			return refuse(dst, -EPROTO, "an HVM param is set that does not travel");
		err = apply_param(dst, index, (__force u64)dst->param->param[i].value);
	}
	return err;
}

/* The records are all here: make of them what the guest left. */
static int apply_state(struct destination *dst)
{
	struct xenmig_session *s = dst->s;
	int err;

	err = apply_params(dst);
	if (err)
		return err;
	err = xenmig_dom_set_tsc(&s->dom, &dst->tsc);
	if (err)
		return hypervisor(dst, err, "set the TSC of the new domain");
	err = xenmig_dom_set_context(&s->dom, dst->context, dst->context_size);
	if (err)
		return hypervisor(dst, err, "load the HVM context into the new domain");
	/* Nothing else is to come: what was claimed and not needed is free again. */
	xenmig_dom_claim(&s->dom, 0);
	return 0;
}

/* For the test of the digest: one octet of the guest is not what it was. */
static int damage(struct destination *dst)
{
	u32 n;
	int err;

	xenmig_dirty_rewind(&dst->placed);
	n = xenmig_dirty_walk(&dst->placed, dst->gfn, SUPERPAGE_FRAMES);
	err = xenmig_window_map(&dst->s->window, &dst->s->dom, 0, dst->gfn, n, dst->failed);
	if (!err && n && !dst->failed[n - 1])
		*(u8 *)xenmig_window_addr(&dst->s->window, n - 1) ^= 1;
	return err;
}

static int digest(struct destination *dst)
{
	struct xenmig_session *s = dst->s;
	int err;

	if (xenmig_fault("flip-byte") && damage(dst))
		return -EFAULT;
	err = xenmig_digest(&s->window, &s->dom, &dst->placed, &dst->host, &s->stats.digest,
			    &s->stats.digest_frames);
	if (err)
		return hypervisor(dst, err, "map the new domain's memory for its digest");
	s->stats.digested = true;
	return 0;
}

/* ---- stream ---- */

/* Read a whole body, with its padding; the caller frees it. */
static int receive_body(struct destination *dst, u32 length, void **body)
{
	int err;

	*body = kvzalloc(XENMIG_RECORD_ALIGN(length), GFP_KERNEL);
	if (!*body)
		return no_memory(dst);
	err = receive(dst, *body, XENMIG_RECORD_ALIGN(length));
	if (err) {
		kvfree(*body);
		*body = NULL;
	}
	return err;
}

static int skip_body(struct destination *dst, u32 length)
{
	void *body;
	int err;

	err = receive_body(dst, length, &body);
	kvfree(body);
	return err;
}

static int handle_tsc_info(struct destination *dst, u32 length)
{
	struct xenmig_tsc_info body;
	const char *why;
	int err;

	err = receive(dst, &body, sizeof(body));
	if (err)
		return err;
	err = xenmig_check_tsc_info(&body, length, &dst->tsc.tsc_mode, &dst->tsc.gtsc_khz,
				    &dst->tsc.elapsed_nsec, &dst->tsc.incarnation, &why);
	return err ? refuse(dst, err, why) : 0;
}

static int handle_params(struct destination *dst, u32 length)
{
	void *body;
	const char *why;
	int err;

	err = receive_body(dst, length, &body);
	if (err)
		return err;
	dst->param = body;
	err = xenmig_check_hvm_params(dst->param, length, &dst->params, &why);
	return err ? refuse(dst, err, why) : 0;
}

static int handle_policy(struct destination *dst, u32 type, u32 length)
{
	void *body;
	int err;

	err = receive_body(dst, length, &body);
	if (err)
		return err;
	if (type == XENMIG_RECORD_CPUID_POLICY) {
		dst->policy.leaves = body;
		dst->policy.nr_leaves = length / sizeof(*dst->policy.leaves);
	} else {
		dst->policy.msrs = body;
		dst->policy.nr_msrs = length / sizeof(*dst->policy.msrs);
	}
	return 0;
}

static int handle_record(struct destination *dst, u32 type, u32 length)
{
	int err;

	trace_xenmig_record(dst->s->id, type, length);
	switch (type) {
	case XENMIG_RECORD_CPUID_POLICY:
	case XENMIG_RECORD_MSR_POLICY:
		return handle_policy(dst, type, length);
	case XENMIG_RECORD_STATIC_DATA_END:
		return apply_policy(dst);
	case XENMIG_RECORD_PAGE_DATA:
		return handle_page_data(dst, length);
	case XENMIG_RECORD_TSC_INFO:
		return handle_tsc_info(dst, length);
	case XENMIG_RECORD_HVM_PARAMS:
		return handle_params(dst, length);
	case XENMIG_RECORD_HVM_CONTEXT:
		err = receive_body(dst, length, &dst->context);
		dst->context_size = length;
		return err;
	case XENMIG_RECORD_END:
		return apply_state(dst);
	default:
		/* The decoder lets no others pass than those we may ignore. */
		return skip_body(dst, length);
	}
}

static int receive_headers(struct destination *dst)
{
	u8 buf[XENMIG_STREAM_HEADERS_SIZE];
	u32 major, minor;
	const char *why;
	int err;

	err = receive(dst, buf, sizeof(buf));
	if (err)
		return err;
	err = xenmig_check_headers(buf, &major, &minor, &why);
	return err ? refuse(dst, err, why) : 0;
}

static int receive_stream(struct destination *dst)
{
	struct xenmig_record_header head;
	u32 type = ~0U, length;
	const char *why;
	int err;

	err = receive_headers(dst);
	while (!err && type != XENMIG_RECORD_END) {
		if (xenmig_session_stopped(dst->s))
			return -ECANCELED;
		err = xenmig_sock_receive(&dst->s->sock, &head, sizeof(head), IDLE_SECONDS);
		if (err)
			return wire(dst, err);
		err = xenmig_check_record(&dst->decoder, &head, &type, &length, &why);
		if (err)
			return refuse(dst, err, why);
		err = handle_record(dst, type, length);
		xenmig_session_progress(dst->s);
		cond_resched();
	}
	return err;
}

static int prepare(struct destination *dst)
{
	const struct xenmig_domain *d = &dst->s->domain;

	dst->max_gfn = d->max_gfn + MAX_GFN_MARGIN;
	dst->scratch = alloc_page(GFP_KERNEL);
	if (!dst->scratch || xenmig_dirty_init(&dst->placed, d->max_gfn + 1))
		return no_memory(dst);
	xenmig_dirty_add(&dst->placed, d->store_gfn);
	xenmig_dirty_add(&dst->placed, d->console_gfn);
	return 0;
}

static int receive_guest(struct destination *dst)
{
	struct xenmig_session *s = dst->s;
	int err;

	err = prepare(dst);
	if (!err)
		err = receive_stream(dst);
	if (!err && s->verify)
		err = digest(dst);
	if (err)
		return err;
	s->stats.ended_ns = ktime_get_boottime_ns();
	return xenmig_session_move(s, XENMIG_STATE_RECEIVED) ? 0 : -ECANCELED;
}

/**
 * xenmig_destination_release - let go of the guest
 * @s: session whose thread ends; before it is kept, the domain is destroyed
 */
void xenmig_destination_release(struct xenmig_session *s)
{
	int err;

	xenmig_sock_release(&s->sock);
	xenmig_window_free(&s->window);
	if (xenmig_state_committed(READ_ONCE(s->state)))
		return;
	err = xenmig_dom_destroy(&s->dom);
	if (err)
		pr_err("xenmig: unfinished domain %u could not be destroyed (error %d); use `xl destroy`\n",
		       s->dom.id, -err);
}

/**
 * xenmig_destination_run - receive a guest
 * @s: session, in state new and started
 *
 * Returns when the session was committed (0), or has failed or was cancelled
 * (-errno). The domain is left to xenmig_destination_release().
 */
int xenmig_destination_run(struct xenmig_session *s)
{
	struct destination *dst;
	int err;

	dst = kvzalloc(sizeof(*dst), GFP_KERNEL);
	if (!dst)
		return xenmig_session_fail(s, XENMIG_REASON_MEMORY, -ENOMEM,
					   "dom0 has not enough memory for the move");
	dst->s = s;
	s->stats.started_ns = ktime_get_boottime_ns();
	err = xenmig_session_move(s, XENMIG_STATE_RECEIVING) ? receive_guest(dst) : -ECANCELED;
	if (!err && !xenmig_session_wait_commit(s))
		err = -ECANCELED;
	kvfree(dst->context);
	kvfree(dst->param);
	kvfree(dst->policy.msrs);
	kvfree(dst->policy.leaves);
	if (dst->scratch)
		__free_page(dst->scratch);
	xenmig_dirty_free(&dst->placed);
	kvfree(dst);
	return err;
}
