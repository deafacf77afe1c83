/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The state of a 64-bit PV guest beside its memory, taken from one domain and given to
 * another. Pure: knows neither Xen nor which frame is which.
 */
#ifndef _XENMIG_PVSTATE_H
#define _XENMIG_PVSTATE_H

#include <linux/types.h>
#include "xen/abi.h"

/* Most frames that a vCPU's context names: start info, GDT, two roots of page tables. */
#define XENMIG_VCPU_FRAMES	17

/**
 * struct xenmig_vcpu_frames - the frames that a vCPU's context names
 * @frame: the frames, in an order of its own
 * @root: it is the root of page tables, else an ordinary page
 * @nr: how many
 */
struct xenmig_vcpu_frames {
	u64 frame[XENMIG_VCPU_FRAMES];
	bool root[XENMIG_VCPU_FRAMES];
	u32 nr;
};

/**
 * struct xenmig_start - what a guest's start info is to say where it goes on
 * @pages: frames of the guest
 * @shared_info: machine address of its shared info
 * @store_mfn: machine frame of the xenstore ring
 * @store_port: event channel of it
 * @console_mfn: machine frame of the console ring
 * @console_port: event channel of it
 */
struct xenmig_start {
	u64 pages;
	u64 shared_info;
	u64 store_mfn;
	u32 store_port;
	u64 console_mfn;
	u32 console_port;
};

int xenmig_vcpu_frames(const struct xenmig_vcpu_context *c, u32 vcpu, bool stream,
		       struct xenmig_vcpu_frames *f, const char **why);
void xenmig_vcpu_replace(struct xenmig_vcpu_context *c, u32 vcpu, bool stream,
			 const struct xenmig_vcpu_frames *f);
void xenmig_shared_info_take(struct xenmig_shared_info *here,
			     const struct xenmig_shared_info *sent);
void xenmig_start_info_set(struct xenmig_start_info *info, const struct xenmig_start *start);

#endif /* _XENMIG_PVSTATE_H */
