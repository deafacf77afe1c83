/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Xen's interface for device models, the part of it that marks frames. See abi.h. */
#ifndef _XENMIG_ABI_DM_H
#define _XENMIG_ABI_DM_H

#include <linux/types.h>

#define XENMIG_DMOP_modified_memory		11

/**
 * struct xenmig_dm_op - first buffer of the dm_op hypercall
 * @op: XENMIG_DMOP_modified_memory
 * @pad: 0
 * @nr_extents: extents in the second buffer
 * @opaque: 0; Xen's own
 *
 * No longer than this operation needs: Xen takes what it is given (dm.c, op_size).
 */
struct xenmig_dm_op {
	u32 op;
	u32 pad;
	u32 nr_extents;
	u32 opaque;
};

/**
 * struct xenmig_dm_extent - frames that were modified
 * @nr: how many
 * @pad: 0
 * @first: number of the first
 */
struct xenmig_dm_extent {
	u32 nr;
	u32 pad;
	u64 first;
};

/**
 * struct xenmig_dm_buf - a buffer of the dm_op hypercall
 * @addr: its address
 * @size: octets
 */
struct xenmig_dm_buf {
	u64 addr;
	u64 size;
};

#endif /* _XENMIG_ABI_DM_H */
