// SPDX-License-Identifier: GPL-2.0-only
/* Translated guests, at both ends. */
#include "translated/translated.h"

const struct xenmig_guest_kind xenmig_translated_guest = {
	.source = &xenmig_translated_source,
	.destination = &xenmig_translated_destination,
};
