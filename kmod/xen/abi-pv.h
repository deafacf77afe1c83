/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What Xen and a 64-bit PV guest share, and what the stream has of it. See abi.h. */
#ifndef _XENMIG_ABI_PV_H
#define _XENMIG_ABI_PV_H

#include <linux/types.h>

/**
 * struct xenmig_vcpu_context - registers of a vCPU of a 64-bit PV guest
 * @fpu: FPU and SSE state
 * @flags: XENMIG_VGCF_*
 * @r15: and so on, the registers as they were at its last entry into Xen
 * @rip: and so on, to the selectors
 * @traps: virtual IDT
 * @ldt_base: where its LDT is
 * @ldt_ents: entries of it
 * @gdt_frames: machine frames of its GDT
 * @gdt_ents: entries of it, of which a page has 512
 * @kernel_ss: stack of the kernel
 * @kernel_sp: likewise
 * @ctrlreg: control registers: 3 is the root of the kernel's page tables, 1 that of the
 * user's; the machine frame is in bits 12 and up
 * @debugreg: debug registers
 * @callbacks: entry points, VM assists and segment bases
 *
 * Xen: struct vcpu_guest_context, public/arch-x86/xen.h.
 */
struct xenmig_vcpu_context {
	u8 fpu[512];
	u64 flags;
	u64 r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
	u64 rip[10];
	u8 traps[4096];
	u64 ldt_base;
	u64 ldt_ents;
	u64 gdt_frames[16];
	u64 gdt_ents;
	u64 kernel_ss;
	u64 kernel_sp;
	u64 ctrlreg[8];
	u64 debugreg[8];
	u64 callbacks[7];
};

#define XENMIG_VGCF_ONLINE	(1U << 5)
#define XENMIG_MAX_GDT_ENTRIES	(14 * 512)	/* the rest is Xen's */

/**
 * struct xenmig_shared_info - page that a 64-bit PV guest shares with Xen
 * @vcpu_info: of its first vCPUs
 * @evtchn_pending: event channels with an event
 * @evtchn_mask: event channels that may not interrupt
 * @wallclock: time at which the system time was 0
 * @max_pfn: frames of its p2m
 * @p2m_tree: machine frame of the root of the p2m as a tree, all ones or 0 for none
 * @nmi_reason: of an NMI
 * @p2m_cr3: root of page tables that map the p2m as a list, 0 for none
 * @p2m_vaddr: where they map it
 * @p2m_generation: changed before and after that mapping changes
 *
 * Xen: struct shared_info, public/xen.h.
 */
struct xenmig_shared_info {
	struct xenmig_vcpu_info {
		u64 upcall;
		u64 evtchn_pending_sel;
		u64 rest[6];
	} vcpu_info[32];
	u64 evtchn_pending[64];
	u64 evtchn_mask[64];
	u32 wallclock[4];
	u64 max_pfn;
	u64 p2m_tree;
	u64 nmi_reason;
	u64 p2m_cr3;
	u64 p2m_vaddr;
	u64 p2m_generation;
};

/**
 * struct xenmig_start_info - page that tells a 64-bit PV guest of its domain, the part of it
 * that a suspended guest expects anew
 * @magic: "xen-3.0-x86_64"
 * @nr_pages: frames of the guest
 * @shared_info: machine address of its struct xenmig_shared_info
 * @flags: of its boot
 * @pad1: padding
 * @store_mfn: machine frame of the xenstore ring; the guest's own number while suspended
 * @store_evtchn: event channel of it
 * @pad2: padding
 * @console_mfn: likewise of the console ring
 * @console_evtchn: event channel of it
 *
 * Xen: struct start_info, public/xen.h.
 */
struct xenmig_start_info {
	u8 magic[32];
	u64 nr_pages;
	u64 shared_info;
	u32 flags;
	u32 pad1;
	u64 store_mfn;
	u32 store_evtchn;
	u32 pad2;
	u64 console_mfn;
	u32 console_evtchn;
};

#endif /* _XENMIG_ABI_PV_H */
