/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hypercalls on what only PV guests have: vCPUs whose state is read and set one by one,
 * page tables that Xen has to accept, a memory map that Xen hands out. Errors and
 * contexts are those of hypercall.h.
 */
#ifndef _XENMIG_VCPU_H
#define _XENMIG_VCPU_H

#include "xen/hypercall.h"

/* Page tables that are pinned by one hypercall. */
#define XENMIG_PIN_MAX	256

int xenmig_dom_address_bits(struct xenmig_dom *dom, u32 *bits);
int xenmig_dom_memory_map(struct xenmig_dom *dom, u64 bytes);
int xenmig_dom_mark_granted(struct xenmig_dom *dom, u32 ref);
int xenmig_dom_pin(struct xenmig_dom *dom, const u64 *mfns, const u8 *levels, u32 count);

int xenmig_vcpu_online(struct xenmig_dom *dom, u32 vcpu, bool *online);
int xenmig_vcpu_get_context(struct xenmig_dom *dom, u32 vcpu, struct xenmig_vcpu_context *c);
int xenmig_vcpu_set_context(struct xenmig_dom *dom, u32 vcpu, struct xenmig_vcpu_context *c);
int xenmig_vcpu_get_extended(struct xenmig_dom *dom, u32 vcpu, void *buf, u32 *size);
int xenmig_vcpu_set_extended(struct xenmig_dom *dom, u32 vcpu, const void *buf, u32 size);
int xenmig_vcpu_get_xsave(struct xenmig_dom *dom, u32 vcpu, void *buf, u32 *size);
int xenmig_vcpu_set_xsave(struct xenmig_dom *dom, u32 vcpu, void *buf, u32 size);
int xenmig_vcpu_get_msrs(struct xenmig_dom *dom, u32 vcpu, void *buf, u32 *size);
int xenmig_vcpu_set_msrs(struct xenmig_dom *dom, u32 vcpu, void *buf, u32 size);

#endif /* _XENMIG_VCPU_H */
