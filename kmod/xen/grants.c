// SPDX-License-Identifier: GPL-2.0-only
/* Event channels and grants of a domain. Context and common errors: hypercall.c. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <xen/interface/xen.h>
#include <xen/interface/event_channel.h>
#include <xen/interface/grant_table.h>
#include <xen/interface/memory.h>
#include <xen/page.h>
#include <asm/xen/hypercall.h>

#include "xen/hypercall.h"

/**
 * xenmig_dom_alloc_port - make an event channel port in a domain
 * @dom: the domain
 * @remote: domain that may bind the other end
 * @port: set to the port; a new domain's are 1, 2, ...
 *
 * Return: 0, -ENOSPC, -ENOMEM, -EINVAL for a dying domain.
 */
int xenmig_dom_alloc_port(struct xenmig_dom *dom, u16 remote, u32 *port)
{
	struct evtchn_alloc_unbound alloc = { .dom = dom->id, .remote_dom = remote };
	int err;

	dom->hypercalls++;
	err = HYPERVISOR_event_channel_op(EVTCHNOP_alloc_unbound, &alloc);
	*port = alloc.port;
	return err;
}

/**
 * xenmig_dom_grant_limits - size and version of a domain's grant table
 * @dom: the domain
 * @frames: frames it has
 * @max_frames: most frames
 * @version: version in effect; what the domain was created with is not readable
 *
 * Return: 0; -ESRCH, or -ENODEV when Xen says so by a status, for one that is gone.
 */
int xenmig_dom_grant_limits(struct xenmig_dom *dom, u32 *frames, u32 *max_frames, u32 *version)
{
	struct gnttab_query_size size = { .dom = dom->id };
	struct gnttab_get_version ver = { .dom = dom->id };
	int err;

	dom->hypercalls += 2;
	err = HYPERVISOR_grant_table_op(GNTTABOP_query_size, &size, 1);
	if (!err)
		err = HYPERVISOR_grant_table_op(GNTTABOP_get_version, &ver, 1);
	if (err)
		return err;
	if (size.status)
		return -ENODEV;
	*frames = size.nr_frames;
	*max_frames = size.max_nr_frames;
	*version = ver.version;
	return 0;
}

/**
 * xenmig_dom_grant_frame - a frame of a domain's shared grant table
 * @dom: the domain
 * @index: which, from 0; the table grows to it
 * @mfn: set to its machine frame, for xenmig_window_map_mfn()
 *
 * Return: 0, -EINVAL when the table cannot be that large, or what Xen says.
 */
int xenmig_dom_grant_frame(struct xenmig_dom *dom, u32 index, u64 *mfn)
{
	xen_pfn_t frame = 0;
	struct xen_mem_acquire_resource r = {
		.domid = dom->id,
		.type = XENMEM_resource_grant_table,
		.id = XENMEM_resource_grant_table_id_shared,
		.frame = index,
		.nr_frames = 1,
	};
	int err;

	set_xen_guest_handle(r.frame_list, &frame);
	err = xenmig_dom_memory_op(dom, XENMEM_acquire_resource, &r);
	*mfn = frame;
	return err;
}
