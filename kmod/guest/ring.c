// SPDX-License-Identifier: GPL-2.0-only
/*
 * A suspended guest puts nothing more into its rings, but a backend may not
 * have looked at what is there: only the ring itself tells when all is
 * answered (public/io/ring.h). It is found by its grant reference, as the
 * frontend has told the backend; the console's by its frame. Everything here is
 * the guest's to write:
 * numbers are read, none is followed but within the grant table's bounds.
 */
#include <linux/errno.h>
#include <linux/mm.h>
#include <xen/interface/grant_table.h>
#include <xen/interface/hvm/params.h>
#include <xen/interface/io/console.h>

#include "frames/window.h"
#include "guest/domain.h"
#include "guest/ring.h"

enum { SLOT_TABLE, SLOT_RING, SLOTS };

/* The beginning of every shared ring. */
struct ring_head {
	u32 req_prod, req_event;
	u32 rsp_prod, rsp_event;
};

/**
 * xenmig_granted_frame - the frame that an entry of a grant table names
 * @table: a page of the table
 * @version: of the table, 1 or 2
 * @entry: which, of that page
 *
 * Context: any.
 * Return: what the guest has written there; of a PV guest a machine frame.
 */
u64 xenmig_granted_frame(const void *table, u32 version, u32 entry)
{
	const union grant_entry_v2 *v2 = table;
	const struct grant_entry_v1 *v1 = table;

	return version == 1 ? READ_ONCE(v1[entry].frame) : READ_ONCE(v2[entry].full_page.frame);
}

static int find(struct xenmig_window *w, struct xenmig_dom *dom, u32 ref, u64 *gfn)
{
	u32 frames, max_frames, version, each;
	u64 mfn;
	int err;

	err = xenmig_dom_grant_limits(dom, &frames, &max_frames, &version);
	if (err)
		return err;
	each = PAGE_SIZE / (version == 1 ? sizeof(struct grant_entry_v1) :
					   sizeof(union grant_entry_v2));
	/* Asking for a frame beyond them would make the table grow. */
	if (ref / each >= frames)
		return -EINVAL;
	err = xenmig_dom_grant_frame(dom, ref / each, &mfn);
	if (!err)
		err = xenmig_window_map_mfn(w, dom, SLOT_TABLE, mfn);
	if (err)
		return err;
	*gfn = xenmig_granted_frame(xenmig_window_addr(w, SLOT_TABLE), version, ref % each);
	return 0;
}

/* A PV guest has no params: there it is the frame of the entry that its toolstack made for it. */
static int find_console(struct xenmig_window *w, struct xenmig_dom *dom, u64 *gfn)
{
	struct xenmig_domctl_getdomaininfo info;
	int err;

	err = xenmig_dom_info(dom, &info);
	if (err)
		return err;
	if (!(info.flags & XENMIG_DOMINF_HVM))
		return find(w, dom, XENMIG_GRANT_CONSOLE, gfn);
	err = xenmig_dom_get_param(dom, HVM_PARAM_CONSOLE_PFN, gfn);
	return err || *gfn ? err : -ENOENT;
}

/* The first page of a ring in its slot: by a grant reference, or the console's. */
static int map_ring(struct xenmig_window *w, struct xenmig_dom *dom, const u32 *ref)
{
	bool failed = false;
	u64 gfn;
	int err;

	err = ref ? find(w, dom, *ref, &gfn) : find_console(w, dom, &gfn);
	if (!err)
		err = xenmig_window_map(w, dom, SLOT_RING, &gfn, 1, &failed);
	return err ?: failed ? -EFAULT : 0;
}

static u32 unanswered(const struct ring_head *head)
{
	return READ_ONCE(head->req_prod) - READ_ONCE(head->rsp_prod);
}

static u32 unread(const struct xencons_interface *console)
{
	u32 octets = READ_ONCE(console->out_prod) - READ_ONCE(console->out_cons);

	/* More than the ring holds is nonsense of the guest's, which no backend reads either. */
	return octets > sizeof(console->out) ? 0 : octets;
}

static int look(struct xenmig_dom *dom, const u32 *ref, u32 *count)
{
	struct xenmig_window w;
	const void *ring;
	int err;

	err = xenmig_window_init(&w, SLOTS, false);
	if (err)
		return err;
	err = map_ring(&w, dom, ref);
	if (!err) {
		ring = xenmig_window_addr(&w, SLOT_RING);
		*count = ref ? unanswered(ring) : unread(ring);
	}
	xenmig_window_unmap(&w, 0, SLOTS);
	xenmig_window_free(&w);
	return err;
}

/**
 * xenmig_ring_unanswered - requests in a ring that the backend has not answered
 * @dom: the guest
 * @ref: grant reference of the ring's first page
 * @requests: set to their number
 *
 * Context: a command, with a handle of its own; maps two frames, sleeps.
 * Return: 0, -EINVAL for a reference that the guest has not, -EFAULT for one
 * to no memory, -ENOMEM, or what Xen says.
 */
int xenmig_ring_unanswered(struct xenmig_dom *dom, u32 ref, u32 *requests)
{
	return look(dom, &ref, requests);
}

/**
 * xenmig_ring_unread - octets of console output that the backend has not taken
 * @dom: the guest
 * @octets: set to their number
 *
 * Context: a command, with a handle of its own; maps two frames at the most, sleeps.
 * Return: 0, -ENOENT when it has no console ring, -EINVAL when it has no grant table,
 * -EFAULT when the ring is no memory, -ENOMEM, or what Xen says.
 */
int xenmig_ring_unread(struct xenmig_dom *dom, u32 *octets)
{
	return look(dom, NULL, octets);
}
