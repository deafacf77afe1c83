/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Encode, decode and check the bodies of the records that only the stream of a PV
 * guest has. Pure, as record.h is, which knows their lengths and their order.
 */
#ifndef _XENMIG_PVRECORD_H
#define _XENMIG_PVRECORD_H

#include <linux/types.h>
#include "xenmig/wire.h"

#define XENMIG_PV_WIDTH		8
#define XENMIG_PV_LEVELS	4

size_t xenmig_put_pv_info(void *buf);
size_t xenmig_put_p2m_frames(void *buf, u64 end, u32 count);
size_t xenmig_put_vcpu(void *buf, u32 type, u32 vcpu, u32 length);

int xenmig_check_pv_info(const struct xenmig_pv_info *body, const char **why);
int xenmig_check_p2m_frames(struct xenmig_p2m_frames *body, u32 length, u64 max_pfn, u64 *end,
			    u32 *count, const char **why);
int xenmig_check_vcpu(const struct xenmig_pv_vcpu *body, u32 vcpus, u32 *vcpu, const char **why);

#endif /* _XENMIG_PVRECORD_H */
