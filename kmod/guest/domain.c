// SPDX-License-Identifier: GPL-2.0-only
/* Read what a domain is, and say why one cannot be moved. */
#include <linux/kernel.h>
#include <linux/string.h>
#include <uapi/linux/xenmig.h>
#include <xen/interface/hvm/params.h>

#include "frames/window.h"
#include "guest/domain.h"
#include "guest/ring.h"
#include "xen/vcpu.h"

/* HVM params that Linux's header does not declare (public/hvm/params.h). */
#define PARAM_VIRIDIAN			9
#define PARAM_ACPI_IOPORTS_LOCATION	19
#define PARAM_PAGING_RING_PFN		27
#define PARAM_MONITOR_RING_PFN		28
#define PARAM_SHARING_RING_PFN		29
#define PARAM_IOREQ_SERVER_PFN		32
#define PARAM_NR_IOREQ_SERVER_PAGES	33
#define PARAM_VM_GENERATION_ID_ADDR	34
#define PARAM_X87_FIP_WIDTH		36
#define PARAM_VM86_TSS_SIZED		37
#define PARAM_MCA_CAP			38

/* As Xen's own sender has them (tools: write_hvm_params). */
const u32 xenmig_hvm_params[] = {
	HVM_PARAM_STORE_PFN,
	HVM_PARAM_IOREQ_PFN,
	HVM_PARAM_BUFIOREQ_PFN,
	PARAM_PAGING_RING_PFN,
	PARAM_MONITOR_RING_PFN,
	PARAM_SHARING_RING_PFN,
	PARAM_VM86_TSS_SIZED,
	HVM_PARAM_CONSOLE_PFN,
	PARAM_ACPI_IOPORTS_LOCATION,
	PARAM_VIRIDIAN,
	HVM_PARAM_IDENT_PT,
	PARAM_VM_GENERATION_ID_ADDR,
	PARAM_IOREQ_SERVER_PFN,
	PARAM_NR_IOREQ_SERVER_PAGES,
	PARAM_X87_FIP_WIDTH,
	PARAM_MCA_CAP,
};
const u32 xenmig_hvm_params_nr = ARRAY_SIZE(xenmig_hvm_params);

/**
 * xenmig_hvm_param_travels - does a source send this HVM param?
 * @index: which
 *
 * A destination sets no others. Xen, tools: write_hvm_params().
 *
 * Return: true if it is in xenmig_hvm_params.
 */
bool xenmig_hvm_param_travels(u64 index)
{
	u32 i;

	for (i = 0; i < xenmig_hvm_params_nr; i++)
		if (xenmig_hvm_params[i] == index)
			return true;
	return false;
}

static int read_device_model(struct xenmig_dom *dom, struct xenmig_domain *d)
{
	u64 hpet, align, callback, state;
	int err;

	err = xenmig_dom_get_param(dom, HVM_PARAM_HPET_ENABLED, &hpet);
	if (!err)
		err = xenmig_dom_get_param(dom, HVM_PARAM_VPT_ALIGN, &align);
	if (!err)
		err = xenmig_dom_get_param(dom, HVM_PARAM_CALLBACK_IRQ, &callback);
	if (!err)
		err = xenmig_dom_get_param(dom, HVM_PARAM_ACPI_S_STATE, &state);
	if (err)
		return err;
	d->hpet = hpet != 0;
	d->vpt_align = align != 0;
	d->pv_drivers = callback != 0;
	d->asleep = state != 0;
	return 0;
}

static int read_hvm(struct xenmig_dom *dom, struct xenmig_domain *d)
{
	struct xenmig_domctl_tsc_info tsc;
	u64 timer_mode;
	int err;

	err = xenmig_dom_get_param(dom, HVM_PARAM_STORE_PFN, &d->store_gfn);
	if (!err)
		err = xenmig_dom_get_param(dom, HVM_PARAM_CONSOLE_PFN, &d->console_gfn);
	if (!err)
		err = xenmig_dom_get_param(dom, HVM_PARAM_TIMER_MODE, &timer_mode);
	if (!err)
		err = xenmig_dom_paging_bytes(dom, &d->paging_bytes);
	if (!err)
		err = xenmig_dom_get_tsc(dom, &tsc);
	if (err)
		return err;
	d->timer_mode = timer_mode;
	d->tsc_mode = tsc.tsc_mode;
	/* -EOPNOTSUPP from a hypervisor without populate-on-demand: there are none. */
	if (xenmig_dom_pod_entries(dom, &d->pod_entries))
		d->pod_entries = 0;
	return xenmig_has_device_model(d) ? read_device_model(dom, d) : 0;
}

#define PAUSED "the domain is paused and could not answer a suspend request; unpause it first"

/* The guest's number of the frame that an entry of its grant table names; 0 for none. */
static u64 granted_frame(const void *table, u32 version, u32 entry, u64 max)
{
	u64 pfn;

	return xenmig_mfn_pfn(xenmig_granted_frame(table, version, entry), &pfn) && pfn <= max ?
	       pfn : 0;
}

/* Where the rings are: the guest grants them by two entries that the toolstack made. */
static int read_rings(struct xenmig_dom *dom, struct xenmig_domain *d)
{
	struct xenmig_window w;
	u64 mfn;
	int err;

	err = xenmig_window_init(&w, 1, false);
	if (err)
		return err;
	err = xenmig_dom_grant_frame(dom, 0, &mfn);
	if (!err)
		err = xenmig_window_map_mfn(&w, dom, 0, mfn);
	if (!err) {
		d->store_gfn = granted_frame(xenmig_window_addr(&w, 0), d->grant_version,
					     XENMIG_GRANT_STORE, d->max_gfn);
		d->console_gfn = granted_frame(xenmig_window_addr(&w, 0), d->grant_version,
					       XENMIG_GRANT_CONSOLE, d->max_gfn);
	}
	xenmig_window_free(&w);
	return err;
}

static int read_pv(struct xenmig_dom *dom, struct xenmig_domain *d)
{
	struct xenmig_domctl_tsc_info tsc;
	int err;

	d->max_gfn = min(d->max_gfn, xenmig_pv_limit(d->max_pages) - 1);
	err = xenmig_dom_address_bits(dom, &d->address_bits);
	if (!err)
		err = xenmig_dom_get_tsc(dom, &tsc);
	if (err)
		return err;
	d->tsc_mode = tsc.tsc_mode;
	return read_rings(dom, d);
}

/**
 * xenmig_domain_read - everything the hypervisor says of a domain
 * @domid: which
 * @d: filled; on failure in part
 *
 * Of domain 0 and of dying domains only what getdomaininfo says. What cannot be
 * read is 0: struct xenmig_domain.
 *
 * Context: may sleep; about ten hypercalls, one after the other, on a domain that
 * may run.
 * Return: 0, -ESRCH when there is none, or what Xen says.
 */
int xenmig_domain_read(u16 domid, struct xenmig_domain *d)
{
	struct xenmig_domctl_getdomaininfo info;
	struct xenmig_dom dom = { .id = domid };
	u32 frames;
	int err;

	memset(d, 0, sizeof(*d));
	err = xenmig_dom_info(&dom, &info);
	if (err)
		return err;
	d->domid = domid;
	memcpy(d->uuid, info.handle, sizeof(d->uuid));
	d->dominf_flags = info.flags;
	d->create_flags = (info.flags & XENMIG_DOMINF_HVM ? XENMIG_CREATE_HVM : 0) |
			  (info.flags & XENMIG_DOMINF_HAP ? XENMIG_CREATE_HAP : 0);
	d->pages = info.tot_pages;
	d->max_pages = info.max_pages;
	d->vcpus = info.max_vcpu_id + 1;
	d->vcpus_online = info.nr_online_vcpus;
	d->cpupool = info.cpupool;
	d->ssidref = info.ssidref;
	d->emulation_flags = info.emulation_flags;
	if (domid == 0 || info.flags & XENMIG_DOMINF_DYING)
		return 0;
	err = xenmig_dom_max_gfn(&dom, &d->max_gfn);
	if (!err)
		err = xenmig_dom_grant_limits(&dom, &frames, &d->grant_frames,
					      &d->grant_version);
	if (!err)
		err = xenmig_dom_get_share(&dom, &d->share);
	if (err)
		return err;
	return info.flags & XENMIG_DOMINF_HVM ? read_hvm(&dom, d) : read_pv(&dom, d);
}

static const char *pv_refusal(const struct xenmig_domain *d)
{
	if (d->address_bits != 64)
		return "it is a 32-bit PV guest; of PV guests only those of 64 bits can be moved";
	if (!d->store_gfn || !d->console_gfn)
		return "it is a PV guest that does not grant its xenstore and console rings by the entries reserved for them";
	if (d->dominf_flags & XENMIG_DOMINF_PAUSED)
		return PAUSED;
	return NULL;
}

/**
 * xenmig_domain_refusal - why this module would not move a domain
 * @d: as read from the hypervisor
 *
 * Context: any.
 * Return: a static sentence, or NULL when it would.
 */
const char *xenmig_domain_refusal(const struct xenmig_domain *d)
{
	if (d->domid == 0)
		return "domain 0 is the host itself and cannot be moved";
	if (d->dominf_flags & XENMIG_DOMINF_DYING)
		return "the domain is being destroyed";
	if (d->dominf_flags & XENMIG_DOMINF_SHUTDOWN)
		return "the domain has shut down or is suspended";
	if (!(d->create_flags & XENMIG_CREATE_HVM))
		return pv_refusal(d);
	if (d->emulation_flags != XENMIG_EMU_LAPIC && !xenmig_has_device_model(d))
		return "it is neither a PVH guest nor an HVM guest with all that Xen emulates for those";
	if (!(d->create_flags & XENMIG_CREATE_HAP))
		return "it runs without hardware-assisted paging";
	if (d->dominf_flags & XENMIG_DOMINF_PAUSED)
		return PAUSED;
	if (d->asleep)
		return "it sleeps (ACPI), and would not be asleep where it goes to; wake it first with `xl trigger`";
	if (d->pod_entries)
		return "it has populate-on-demand memory outstanding; let its balloon driver reach its target first";
	return NULL;
}
