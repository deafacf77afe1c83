// SPDX-License-Identifier: GPL-2.0-only
/*
 * The destination of a migration: read the stream, receive each frame where
 * it belongs, apply the machine state as the guest's kind has it. The stream is checked before it is
 * used (record.c); what the domain was created with (creation.c) does not
 * come from it.
 */
#include <linux/bvec.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "base/fault.h"
#include "base/trace.h"
#include "guest/creation.h"
#include "session/destination.h"
#include "session/state.h"

#define IDLE_SECONDS		600	/* between records: the controllers watch each other */

/**
 * xenmig_dst_hypervisor - a hypercall on the new domain failed
 * @dst: destination
 * @err: what Xen said
 * @what: what it was to do, for a sentence
 *
 * Return: @err, which is noted.
 */
int xenmig_dst_hypervisor(struct destination *dst, int err, const char *what)
{
	return xenmig_session_fail(dst->s, XENMIG_REASON_HYPERVISOR, err,
				   "the hypervisor refused to %s (error %d)", what, -err);
}

/**
 * xenmig_dst_refuse - the stream is not to be accepted
 * @dst: destination
 * @err: negative errno
 * @why: sentence fragment
 *
 * Return: @err, which is noted.
 */
int xenmig_dst_refuse(struct destination *dst, int err, const char *why)
{
	return xenmig_session_fail(dst->s, XENMIG_REASON_STREAM, err,
				   "the stream is not one this host accepts: %s", why);
}

/**
 * xenmig_dst_no_memory - dom0 has no memory for it
 * @dst: destination
 *
 * Return: -ENOMEM, which is noted.
 */
int xenmig_dst_no_memory(struct destination *dst)
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

/**
 * xenmig_dst_receive - read from the stream
 * @dst: destination
 * @buf: where to
 * @len: octets
 *
 * Return: 0, -ECANCELED, or an error that is noted.
 */
int xenmig_dst_receive(struct destination *dst, void *buf, size_t len)
{
	int err = xenmig_sock_receive(&dst->s->sock, buf, len, xenmig_sock_stall());

	return err ? wire(dst, err) : 0;
}

/* ---- memory ---- */

/**
 * xenmig_dst_populate - give the frames in dst->want memory, one by one
 * @dst: destination
 * @count: how many; may be 0
 *
 * Of a PV guest Xen puts the machine frames there, and notes the numbers.
 *
 * Return: 0 or an error that is noted.
 */
int xenmig_dst_populate(struct destination *dst, u32 count)
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

/**
 * xenmig_dst_is_ring - does a frame belong to this host?
 * @dst: destination
 * @gfn: frame of the guest
 *
 * Return: true for the rings of xenstore and console, which were made with the domain.
 */
bool xenmig_dst_is_ring(const struct destination *dst, u64 gfn)
{
	return gfn == dst->s->domain.store_gfn || gfn == dst->s->domain.console_gfn;
}

static int receive_frames(struct destination *dst, u32 count)
{
	struct xenmig_session *s = dst->s;
	u32 i;
	int err;

	err = dst->kind->place(dst, count);
	if (err)
		return err;
	err = dst->kind->map(dst, count);
	if (err)
		return xenmig_dst_hypervisor(dst, err, "map frames of the new domain");
	for (i = 0; i < count; i++) {
		dst->bv[i] = (struct bio_vec){
			.bv_page = xenmig_dst_is_ring(dst, dst->gfn[i]) ? dst->scratch :
				   s->window.pages[i],
			.bv_len = PAGE_SIZE,
		};
	}
	err = xenmig_sock_receive_pages(&s->sock, dst->bv, count, (size_t)count << PAGE_SHIFT,
					xenmig_sock_stall());
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

		if (xenmig_entry_has_data(dst->entry[i]) || xenmig_dst_is_ring(dst, gfn) ||
		    !xenmig_dirty_test(&dst->placed, gfn))
			continue;
		xenmig_dirty_remove(&dst->placed, gfn);
		dst->want[n++] = gfn;
	}
	if (!n)
		return 0;
	dst->kind->forget(dst, n);
	/* A mapped frame stays allocated: empty the window first. */
	xenmig_window_unmap(&dst->s->window, 0, dst->s->window.nr);
	err = xenmig_dom_depopulate(&dst->s->dom, dst->want, n);
	if (err)
		return xenmig_dst_hypervisor(dst, err, "take frames back from the new domain");
	dst->s->stats.depopulated += n;
	return 0;
}

static int grow(struct destination *dst, u64 last_gfn)
{
	if (last_gfn < dst->placed.nr)
		return 0;
	return xenmig_dirty_grow(&dst->placed, last_gfn + 1, false) ? xenmig_dst_no_memory(dst) : 0;
}

static int handle_page_data(struct destination *dst, u32 length)
{
	struct xenmig_page_data head;
	u32 i, count, pages, n = 0;
	const char *why;
	int err;

	err = xenmig_dst_receive(dst, &head, sizeof(head));
	if (err)
		return err;
	err = xenmig_check_page_data(&head, length, &count, &why);
	if (err)
		return xenmig_dst_refuse(dst, err, why);
	err = xenmig_dst_receive(dst, dst->entry, count * sizeof(*dst->entry));
	if (err)
		return err;
	err = xenmig_check_entries(dst->entry, count, length, dst->s->kind->pv,
				   dst->max_gfn, &pages, &why);
	if (err)
		return xenmig_dst_refuse(dst, err, why);
	err = grow(dst, xenmig_entry_gfn(dst->entry[count - 1]));
	if (err)
		return err;
	for (i = 0; i < count; i++) {
		if (xenmig_entry_type(dst->entry[i]) == XENMIG_PFN_XALLOC)
			return xenmig_dst_refuse(dst, -EPROTO, "a frame is to be allocated without data");
		if (xenmig_entry_has_data(dst->entry[i]))
			dst->gfn[n++] = xenmig_entry_gfn(dst->entry[i]);
	}
	err = give_back(dst, count);
	return err ?: n ? receive_frames(dst, n) : 0;
}

/* ---- CPU policy ---- */

/* Xen masks what it cannot offer without a word: what it kept has to be compared. */
static int compare_policy(struct destination *dst, const struct xenmig_cpu_policy *here)
{
	struct xenmig_cpu_lack lack;

	if (!xenmig_cpu_lacks(&dst->policy, here, &lack))
		return 0;
	return xenmig_session_fail(dst->s, XENMIG_REASON_CPU, -EOPNOTSUPP,
				   "this host's CPU lacks features that the guest has seen (CPUID %#x.%u %s bits %#x); level the hosts, or start the guest with fewer features",
				   lack.leaf, lack.subleaf, lack.reg, lack.bits);
}

static int read_back_policy(struct destination *dst)
{
	struct xenmig_cpu_policy here;
	int err;

	err = xenmig_dom_read_policy(&dst->s->dom, &here);
	if (err == -ENOMEM)
		xenmig_dst_no_memory(dst);
	else if (err)
		xenmig_dst_hypervisor(dst, err, "give the CPU policy back");
	else
		err = compare_policy(dst, &here);
	xenmig_policy_free(&here);
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

/**
 * xenmig_dst_apply_tsc - set the TSC
 * @dst: destination whose stream has ended
 *
 * Return: 0 or an error that is noted.
 */
int xenmig_dst_apply_tsc(struct destination *dst)
{
	int err = xenmig_dom_set_tsc(&dst->s->dom, &dst->tsc);

	return err ? xenmig_dst_hypervisor(dst, err, "set the TSC of the new domain") : 0;
}

/* The records are all here: make of them what the guest left. */
static int apply_state(struct destination *dst)
{
	int err = dst->kind->apply(dst);

	if (err)
		return err;
	/* Nothing else is to come: what was claimed and not needed is free again. */
	xenmig_dom_claim(&dst->s->dom, 0);
	return 0;
}

/* For the test of the digest: one octet of the guest is not what it was. */
static int damage(struct destination *dst)
{
	u32 n;
	int err;

	xenmig_dirty_rewind(&dst->placed);
	n = xenmig_dirty_walk(&dst->placed, dst->gfn, XENMIG_MAX_BATCH);
	dst->kind->locate(dst, dst->gfn, n);
	err = xenmig_window_map(&dst->s->window, &dst->s->dom, 0, dst->gfn, n, dst->failed);
	if (!err && n && !dst->failed[n - 1])
		*(u8 *)xenmig_window_addr(&dst->s->window, n - 1) ^= 1;
	return err;
}

static int digest(struct destination *dst)
{
	struct xenmig_session *s = dst->s;
	struct xenmig_digest d = {
		.w = &s->window, .dom = &s->dom, .placed = &dst->placed, .host = &dst->host,
	};
	int err;

	dst->kind->digest(dst, &d);
	if (xenmig_fault("flip-byte") && damage(dst))
		return -EFAULT;
	/* Of what a PV guest's vCPUs use as segment descriptors nothing may be mapped for writing. */
	s->window.writable = false;
	err = xenmig_digest(&d);
	if (err)
		return xenmig_dst_hypervisor(dst, err, "map the new domain's memory for its digest");
	s->stats.digest = d.value;
	s->stats.digest_frames = d.frames;
	s->stats.digested = true;
	return 0;
}

/* ---- stream ---- */

/**
 * xenmig_dst_receive_body - read the whole body of a record, with its padding
 * @dst: destination
 * @length: of the body
 * @body: set to it; the caller frees it with kvfree(); NULL on failure
 *
 * Return: 0, -ECANCELED, or an error that is noted.
 */
int xenmig_dst_receive_body(struct destination *dst, u32 length, void **body)
{
	int err;

	*body = xenmig_fault("no-memory-state") ? NULL :
		kvzalloc(XENMIG_RECORD_ALIGN(length), GFP_KERNEL);
	if (!*body)
		return xenmig_dst_no_memory(dst);
	err = xenmig_dst_receive(dst, *body, XENMIG_RECORD_ALIGN(length));
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

	err = xenmig_dst_receive_body(dst, length, &body);
	kvfree(body);
	return err;
}

static int handle_tsc_info(struct destination *dst, u32 length)
{
	struct xenmig_tsc_info body;
	const char *why;
	int err;

	err = xenmig_dst_receive(dst, &body, sizeof(body));
	if (err)
		return err;
	err = xenmig_check_tsc_info(&body, length, &dst->tsc.tsc_mode, &dst->tsc.gtsc_khz,
				    &dst->tsc.elapsed_nsec, &dst->tsc.incarnation, &why);
	return err ? xenmig_dst_refuse(dst, err, why) : 0;
}

static int handle_policy(struct destination *dst, u32 type, u32 length)
{
	void *body;
	int err;

	err = xenmig_dst_receive_body(dst, length, &body);
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
	case XENMIG_RECORD_END:
		return apply_state(dst);
	default:
		/* No others pass the decoder than those of the guest's kind and those to be ignored. */
		return type & XENMIG_RECORD_OPTIONAL ? skip_body(dst, length) :
						       dst->kind->record(dst, type, length);
	}
}

static int receive_headers(struct destination *dst)
{
	u8 buf[XENMIG_STREAM_HEADERS_SIZE];
	u32 major, minor;
	const char *why;
	bool pv;
	int err;

	err = xenmig_dst_receive(dst, buf, sizeof(buf));
	if (err)
		return err;
	err = xenmig_check_headers(buf, &pv, &major, &minor, &why);
	if (!err && pv != dst->s->kind->pv)
		return xenmig_dst_refuse(dst, -EPROTO, "it is of another kind of guest than announced");
	dst->decoder.pv = pv;
	return err ? xenmig_dst_refuse(dst, err, why) : 0;
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
			return xenmig_dst_refuse(dst, err, why);
		err = handle_record(dst, type, length);
		xenmig_session_progress(dst->s);
		cond_resched();
	}
	return err;
}

static int prepare(struct destination *dst)
{
	const struct xenmig_domain *d = &dst->s->domain;

	dst->max_gfn = d->max_gfn + XENMIG_MAX_GFN_MARGIN;
	dst->scratch = alloc_page(GFP_KERNEL);
	if (xenmig_fault("no-memory-prepare") || !dst->scratch ||
	    xenmig_dirty_init(&dst->placed, d->max_gfn + 1))
		return xenmig_dst_no_memory(dst);
	xenmig_dirty_add(&dst->placed, d->store_gfn);
	xenmig_dirty_add(&dst->placed, d->console_gfn);
	return dst->kind->begin(dst);
}

static int receive_guest(struct destination *dst)
{
	struct xenmig_session *s = dst->s;
	int err;

	err = prepare(dst);
	if (!err)
		err = receive_stream(dst);
	if (!err && s->options.verify)
		err = digest(dst);
	if (err)
		return err;
	s->stats.ended_ns = ktime_get_boottime_ns();
	return xenmig_session_move(s, XENMIG_STATE_RECEIVED) ? 0 : -ECANCELED;
}

/**
 * xenmig_destination_release - let go of the guest
 * @s: session whose thread ends; before it is kept, the domain is destroyed
 *
 * In this order: a mapped frame would keep a destroyed domain.
 *
 * Context: the session's thread, or session-new that could not start it; sleeps.
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
 *
 * Context: the session's thread; sleeps.
 * Return: 0, -ECANCELED, or the error that was noted by xenmig_session_fail().
 */
int xenmig_destination_run(struct xenmig_session *s)
{
	struct destination *dst;
	int err;

	dst = xenmig_fault("no-memory-run") ? NULL : kvzalloc(sizeof(*dst), GFP_KERNEL);
	if (!dst)
		return xenmig_session_fail(s, XENMIG_REASON_MEMORY, -ENOMEM,
					   "dom0 has not enough memory for the move");
	dst->s = s;
	dst->kind = s->kind->destination;
	s->stats.started_ns = ktime_get_boottime_ns();
	err = xenmig_session_move(s, XENMIG_STATE_RECEIVING) ? receive_guest(dst) : -ECANCELED;
	if (!err && !xenmig_session_wait_commit(s))
		err = -ECANCELED;
	dst->kind->end(dst);
	xenmig_policy_free(&dst->policy);
	if (dst->scratch)
		__free_page(dst->scratch);
	xenmig_dirty_free(&dst->placed);
	kvfree(dst);
	return err;
}
