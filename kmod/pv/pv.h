/* SPDX-License-Identifier: GPL-2.0-only */
/* PV guests of 64 bits: what a session does as they are such. */
#ifndef _XENMIG_PV_H
#define _XENMIG_PV_H

#include "session/kind.h"

extern const struct xenmig_source_kind xenmig_pv_source;
extern const struct xenmig_destination_kind xenmig_pv_destination;
extern const struct xenmig_guest_kind xenmig_pv_guest;

#endif /* _XENMIG_PV_H */
