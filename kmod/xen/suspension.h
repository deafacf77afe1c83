/* SPDX-License-Identifier: GPL-2.0-only */
/* How a guest shut down, and how a request to suspend is taken back. */
#ifndef _XENMIG_SUSPENSION_H
#define _XENMIG_SUSPENSION_H

#include "xen/hypercall.h"

bool xenmig_is_suspended(u32 dominf_flags);
const char *xenmig_shutdown_name(u32 dominf_flags);
bool xenmig_suspension_undo(struct xenmig_dom *dom, const u8 *uuid);
bool xenmig_suspension_await(struct xenmig_dom *dom, const u8 *uuid);

#endif /* _XENMIG_SUSPENSION_H */
