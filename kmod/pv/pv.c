// SPDX-License-Identifier: GPL-2.0-only
/* PV guests, at both ends. */
#include "pv/pv.h"

const struct xenmig_guest_kind xenmig_pv_guest = {
	.pv = true,
	.source = &xenmig_pv_source,
	.destination = &xenmig_pv_destination,
};
