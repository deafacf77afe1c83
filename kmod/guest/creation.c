// SPDX-License-Identifier: GPL-2.0-only
/*
 * Create a domain as the receiving controller describes it, with everything
 * but memory and machine state.
 *
 * The frames of the xenstore and console rings are populated, cleared and
 * granted here, so that the controller can introduce the domain while its
 * memory is still arriving; what the stream holds of them is dropped.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <uapi/linux/xenmig.h>
#include <xen/interface/grant_table.h>
#include <xen/interface/hvm/params.h>

#include "guest/creation.h"
#include "xen/vcpu.h"
#include "xenmig/wire.h"

#define MAX_PAGING_BYTES	(4ULL << 30)

/**
 * xenmig_clear_frame - clear a frame of a domain that does not run
 * @w: writable window; its first slot is used and left mapped
 * @dom: the domain
 * @gfn: the frame
 *
 * Xen, tools: handle_hvm_params() clears the same rings.
 *
 * Context: the session's thread, or session-new before there is one.
 * Return: 0, -EFAULT when there is no such frame, or what xenmig_window_map() says.
 */
int xenmig_clear_frame(struct xenmig_window *w, struct xenmig_dom *dom, u64 gfn)
{
	bool failed;
	int err;

	err = xenmig_window_map(w, dom, 0, &gfn, 1, &failed);
	if (!err && failed)
		err = -EFAULT;
	if (!err)
		memset(xenmig_window_addr(w, 0), 0, PAGE_SIZE);
	return err;
}

static bool is_pv(const struct xenmig_domain *d)
{
	return !(d->create_flags & XENMIG_CREATE_HVM);
}

static int make_rings(struct xenmig_dom *dom, struct xenmig_window *w, struct xenmig_domain *d)
{
	u64 gfn[2] = { d->store_gfn, d->console_gfn };
	int ret;

	ret = xenmig_dom_populate(dom, gfn, ARRAY_SIZE(gfn), 0);
	if (ret != ARRAY_SIZE(gfn))
		return ret < 0 ? ret : -ENOMEM;
	/* Of a PV guest Xen has put the machine frames there. */
	if (is_pv(d)) {
		d->store_mfn = gfn[0];
		d->console_mfn = gfn[1];
	}
	return xenmig_clear_frame(w, dom, gfn[0]) ?: xenmig_clear_frame(w, dom, gfn[1]);
}

/* Xen, tools: xc_dom_gnttab_seed. xenstored maps its ring by grant 1. */
static int seed_grants(struct xenmig_dom *dom, struct xenmig_window *w,
		       const struct xenmig_domain *d)
{
	struct grant_entry_v1 *table;
	u64 mfn;
	int err;

	err = xenmig_dom_grant_frame(dom, 0, &mfn);
	if (!err)
		err = xenmig_window_map_mfn(w, dom, 0, mfn);
	if (err)
		return err;
	table = xenmig_window_addr(w, 0);
	table[XENMIG_GRANT_CONSOLE].frame = is_pv(d) ? d->console_mfn : d->console_gfn;
	table[XENMIG_GRANT_CONSOLE].domid = d->console_domid;
	table[XENMIG_GRANT_STORE].frame = is_pv(d) ? d->store_mfn : d->store_gfn;
	table[XENMIG_GRANT_STORE].domid = d->store_domid;
	wmb(); /* the entry is whole before it is valid */
	table[XENMIG_GRANT_CONSOLE].flags = GTF_permit_access;
	table[XENMIG_GRANT_STORE].flags = GTF_permit_access;
	xenmig_window_unmap(w, 0, 1);
	return 0;
}

/* The order of these two keeps the port numbers a guest may have cached. */
static int make_ports(struct xenmig_dom *dom, struct xenmig_domain *d)
{
	int err;

	err = xenmig_dom_alloc_port(dom, d->store_domid, &d->store_port);
	if (!err)
		err = xenmig_dom_alloc_port(dom, d->console_domid, &d->console_port);
	/* A PV guest finds them in its start info. */
	if (err || is_pv(d))
		return err;
	err = xenmig_dom_set_param(dom, HVM_PARAM_STORE_EVTCHN, d->store_port);
	if (!err)
		err = xenmig_dom_set_param(dom, HVM_PARAM_CONSOLE_EVTCHN, d->console_port);
	return err;
}

/* Weights and caps of one scheduler mean nothing to another. */
static void set_share(struct xenmig_dom *dom, const struct xenmig_share *wanted)
{
	struct xenmig_share here;

	if (!wanted->scheduler || xenmig_dom_get_share(dom, &here))
		return;
	if (here.scheduler != wanted->scheduler || xenmig_dom_set_share(dom, wanted))
		pr_warn("xenmig: domain %u could not be given its weight %u and cap %u; `xl sched-credit2` or `xl sched-credit` does it\n",
			dom->id, wanted->weight, wanted->cap);
}

/* Xen, tools: hvm_set_conf_params(), libxl__arch_domain_create(). */
static int furnish_hvm(struct xenmig_dom *dom, const struct xenmig_domain *d, const char **why)
{
	int err;

	*why = "the hypervisor refused the timers of an HVM guest";
	err = xenmig_dom_set_param(dom, HVM_PARAM_HPET_ENABLED, d->hpet);
	if (!err)
		err = xenmig_dom_set_param(dom, HVM_PARAM_VPT_ALIGN, d->vpt_align);
	if (!err && d->time_offset)
		err = xenmig_dom_set_time_offset(dom, d->time_offset);
	return err;
}

/* What Xen keeps for a guest of its kind. */
static int furnish_kind(struct xenmig_dom *dom, const struct xenmig_domain *d, const char **why)
{
	int err;

	if (is_pv(d)) {
		*why = "the hypervisor refused the memory map";
		return xenmig_dom_memory_map(dom, d->max_pages << PAGE_SHIFT);
	}
	*why = "the hypervisor has not enough free memory for the paging pool";
	err = xenmig_dom_set_paging_bytes(dom, d->paging_bytes);
	return err ?: xenmig_has_device_model(d) ? furnish_hvm(dom, d, why) : 0;
}

static int furnish(struct xenmig_dom *dom, struct xenmig_window *w, struct xenmig_domain *d,
		   const char **why)
{
	struct xenmig_domctl_tsc_info tsc = { .tsc_mode = d->tsc_mode };
	int err;

	*why = "the hypervisor refused the number of vCPUs";
	err = xenmig_dom_set_vcpus(dom, d->vcpus);
	if (err)
		return err;
	set_share(dom, &d->share);
	*why = "the hypervisor refused the memory limit";
	err = xenmig_dom_set_max_kib(dom, d->max_pages << (PAGE_SHIFT - 10));
	if (err)
		return err;
	err = furnish_kind(dom, d, why);
	if (err)
		return err;
	*why = "the hypervisor has not enough free memory for the guest";
	err = xenmig_dom_claim(dom, d->pages);
	if (err)
		return err;
	*why = "the hypervisor refused event channels";
	err = make_ports(dom, d);
	if (err)
		return err;
	*why = "the hypervisor refused the timer or TSC mode";
	err = is_pv(d) ? 0 : xenmig_dom_set_param(dom, HVM_PARAM_TIMER_MODE, d->timer_mode);
	if (!err)
		err = xenmig_dom_set_tsc(dom, &tsc);
	if (err)
		return err;
	*why = "the rings of xenstore and console could not be set up";
	return make_rings(dom, w, d) ?: seed_grants(dom, w, d);
}

static const char *bad_description(const struct xenmig_domain *d)
{
	if (d->emulation_flags != (is_pv(d) ? 0 : XENMIG_EMU_LAPIC) && !xenmig_has_device_model(d))
		return "only HVM, PVH and PV guests can be received";
	if (is_pv(d) && (d->create_flags || d->max_gfn >= xenmig_pv_limit(d->max_pages)))
		return "the description is of no PV guest that there can be";
	if (!d->vcpus || !d->pages || !d->max_pages || d->pages > d->max_pages)
		return "the description lacks vCPUs or memory, or they contradict each other";
	if (!d->store_gfn || !d->console_gfn || d->store_gfn == d->console_gfn ||
	    d->store_gfn > d->max_gfn || d->console_gfn > d->max_gfn ||
	    d->max_gfn > XENMIG_PFN_MASK - XENMIG_MAX_GFN_MARGIN)
		return "the description names impossible frames";
	if (d->paging_bytes > MAX_PAGING_BYTES || d->paging_bytes & ~PAGE_MASK)
		return "the description names an impossible paging pool";
	if (d->store_domid >= XENMIG_DOMID_FIRST_RESERVED ||
	    d->console_domid >= XENMIG_DOMID_FIRST_RESERVED)
		return "the description names impossible domains for xenstore and console";
	return NULL;
}

/**
 * xenmig_create - create a domain that is to receive a guest
 * @dom: takes the domain's id
 * @w: made for the domain: a writable window
 * @d: what to create; domid and ports are filled in
 * @why: on failure, a static sentence
 *
 * The domain is paused and holds nothing but its two rings; the memory it
 * will need is claimed. Domain and window are the caller's, who unmaps the one
 * before he destroys the other.
 *
 * Context: session-new, before the session has a thread; sleeps.
 * Return: 0, -EINVAL for a description that cannot be right, -ENOMEM, what
 * xenmig_window_init() or what Xen says; then nothing is left.
 */
int xenmig_create(struct xenmig_dom *dom, struct xenmig_window *w, struct xenmig_domain *d,
		  const char **why)
{
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
	err = xenmig_window_init(w, XENMIG_MAX_BATCH, true);
	if (err)
		return err;
	memcpy(create.uuid, d->uuid, sizeof(create.uuid));
	*why = "the hypervisor refused to create the domain";
	err = xenmig_dom_create(dom, &create);
	if (err)
		goto err_window;
	err = furnish(dom, w, d, why);
	if (err)
		goto err_destroy;
	d->domid = dom->id;
	return 0;

err_destroy:
	xenmig_window_free(w);
	xenmig_dom_destroy(dom);
	return err;
err_window:
	xenmig_window_free(w);
	return err;
}
