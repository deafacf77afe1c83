/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A PV guest numbers its frames by itself: which machine frame is behind a number says
 * its p2m, a list in its own memory. Found, mapped and looked up here.
 */
#ifndef _XENMIG_P2M_H
#define _XENMIG_P2M_H

#include <asm/xen/page.h>

#include "frames/window.h"
#include "xen/abi.h"

#define XENMIG_NO_MFN		(~0ULL)

/**
 * struct xenmig_p2m - the p2m of a PV guest
 * @dom: the guest
 * @nr: frames that it is about
 * @count: frames that hold it
 * @pfn: the guest's own numbers of those
 * @list: where they are mapped, for reading: the guest changes it as it runs
 * @shared: where the page is mapped that the guest shares with Xen
 * @generation: of the list, when it was found
 *
 * Of one thread, as the window is. Every entry is the guest's to write: a machine frame
 * of another domain in it is refused by Xen when it is to be mapped.
 */
struct xenmig_p2m {
	struct xenmig_dom *dom;
	u64 nr;
	u32 count;
	u64 *pfn;
	struct xenmig_window list;
	struct xenmig_window shared;
	u64 generation;
};

int xenmig_p2m_open(struct xenmig_p2m *p, struct xenmig_dom *dom, u64 pages, const char **why);
void xenmig_p2m_close(struct xenmig_p2m *p);
bool xenmig_p2m_changed(const struct xenmig_p2m *p);
bool xenmig_p2m_pfn(const struct xenmig_p2m *p, u64 mfn, u64 *pfn);

/**
 * xenmig_p2m_mfn - machine frame behind a frame of the guest
 * @p: the guest's p2m
 * @pfn: frame, below @p->nr
 *
 * Return: the machine frame, or XENMIG_NO_MFN where the guest says that there is none of
 * its own.
 */
static inline u64 xenmig_p2m_mfn(const struct xenmig_p2m *p, u64 pfn)
{
	const u64 *leaf = xenmig_window_addr((struct xenmig_window *)&p->list, pfn / 512);
	u64 mfn = READ_ONCE(leaf[pfn % 512]);

	return mfn < machine_to_phys_nr ? mfn : XENMIG_NO_MFN;
}

/**
 * xenmig_p2m_shared - the page that the guest shares with Xen
 * @p: the guest's p2m
 *
 * Return: its address; it may change as long as the guest runs.
 */
static inline const struct xenmig_shared_info *xenmig_p2m_shared(const struct xenmig_p2m *p)
{
	return xenmig_window_addr((struct xenmig_window *)&p->shared, 0);
}

#endif /* _XENMIG_P2M_H */
