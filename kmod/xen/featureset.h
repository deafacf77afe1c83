/* SPDX-License-Identifier: GPL-2.0-only */
/* CPU features, of a guest and of the host, for checks before a move. */
#ifndef _XENMIG_FEATURESET_H
#define _XENMIG_FEATURESET_H

#include "xen/cpu.h"

int xenmig_features_of_domain(u16 domid, u32 *words);
int xenmig_features_of_host(u32 *words);

#endif /* _XENMIG_FEATURESET_H */
