/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The part of Xen's interface (public/domctl.h, public/sysctl.h, public/xen.h) that
 * this module uses and Linux has no header for. Layouts are the same from
 * Xen 4.17 to 4.22 but for createdomain, which has one struct per layout;
 * tests/unit/test-abi.c holds them against libxen-dev's headers.
 */
#ifndef _XENMIG_ABI_H
#define _XENMIG_ABI_H

#include "xen/abi-dm.h"
#include "xen/abi-domctl.h"
#include "xen/abi-pv.h"
#include "xen/abi-state.h"
#include "xen/abi-sysctl.h"

#endif /* _XENMIG_ABI_H */
