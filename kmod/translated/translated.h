/* SPDX-License-Identifier: GPL-2.0-only */
/* Translated guests, PVH and HVM: what a session does as they are such. */
#ifndef _XENMIG_TRANSLATED_H
#define _XENMIG_TRANSLATED_H

#include "session/kind.h"

extern const struct xenmig_source_kind xenmig_translated_source;
extern const struct xenmig_destination_kind xenmig_translated_destination;
extern const struct xenmig_guest_kind xenmig_translated_guest;

#endif /* _XENMIG_TRANSLATED_H */
