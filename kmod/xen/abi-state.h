/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Xen's tool interface, the state of a domain's machine: HVM context, time, CPU policy,
 * registers. See abi.h.
 */
#ifndef _XENMIG_ABI_STATE_H
#define _XENMIG_ABI_STATE_H

#include <linux/types.h>

/**
 * struct xenmig_domctl_hvmcontext - HVM context
 * @size: bytes of the buffer; out: bytes needed or used
 * @pad: padding
 * @buffer: its address; 0: only ask for the size
 */
struct xenmig_domctl_hvmcontext {
	u32 size;
	u32 pad;
	u64 buffer;
};

/**
 * struct xenmig_domctl_tsc_info - TSC of a domain
 * @tsc_mode: 0 default, 1 always emulated, 2 never emulated
 * @gtsc_khz: frequency in kHz
 * @incarnation: times it was moved or restored; Xen adds one when it is set
 * @pad: padding
 * @elapsed_nsec: time of the domain in ns
 *
 * Xen: tsc_get_info() and tsc_set_info(); 0 for frequency and time means new.
 */
struct xenmig_domctl_tsc_info {
	u32 tsc_mode;
	u32 gtsc_khz;
	u32 incarnation;
	u32 pad;
	u64 elapsed_nsec;
};

/**
 * struct xenmig_domctl_cpu_policy - CPU policy of a domain
 * @nr_leaves: room for leaves; out: leaves used
 * @nr_msrs: likewise
 * @leaves: address of struct xenmig_cpuid_leaf
 * @msrs: address of struct xenmig_msr_entry
 * @err_leaf: out, on failure to set: CPUID leaf that was refused, all ones for none
 * @err_subleaf: its subleaf
 * @err_msr: MSR that was refused, all ones for none
 * @pad: padding
 */
struct xenmig_domctl_cpu_policy {
	u32 nr_leaves;
	u32 nr_msrs;
	u64 leaves;
	u64 msrs;
	u32 err_leaf;
	u32 err_subleaf;
	u32 err_msr;
	u32 pad;
};

/**
 * struct xenmig_cpuid_leaf - a CPUID leaf, in Xen and in the stream
 * @leaf: leaf
 * @subleaf: subleaf; all ones where the leaf has none
 * @a: eax
 * @b: ebx
 * @c: ecx
 * @d: edx
 */
struct xenmig_cpuid_leaf {
	u32 leaf, subleaf;
	u32 a, b, c, d;
};

/**
 * struct xenmig_msr_entry - an MSR, in Xen and in the stream
 * @idx: its number
 * @flags: 0
 * @val: value
 */
struct xenmig_msr_entry {
	u32 idx;
	u32 flags;
	u64 val;
};

/**
 * struct xenmig_domctl_vcpucontext - registers of a vCPU
 * @vcpu: which
 * @pad: padding
 * @ctxt: address of struct vcpu_guest_context
 */
struct xenmig_domctl_vcpucontext {
	u32 vcpu;
	u32 pad;
	u64 ctxt;
};

/**
 * struct xenmig_domctl_getvcpuinfo - state of a vCPU
 * @vcpu: which
 * @online: out: it is
 * @blocked: out
 * @running: out
 * @pad: padding
 * @cpu_time: out, ns
 * @cpu: out: where it runs
 * @pad2: padding
 */
struct xenmig_domctl_getvcpuinfo {
	u32 vcpu;
	u8 online;
	u8 blocked;
	u8 running;
	u8 pad;
	u64 cpu_time;
	u32 cpu;
	u32 pad2;
};

/**
 * struct xenmig_domctl_ext_vcpucontext - the head of a vCPU's extended context
 * @vcpu: which
 * @size: octets of all of it, with these two; 128 at most
 */
struct xenmig_domctl_ext_vcpucontext {
	u32 vcpu;
	u32 size;
};

/**
 * struct xenmig_domctl_vcpuextstate - xsave state of a vCPU
 * @vcpu: which
 * @pad: padding
 * @xfeature_mask: out, when asked for the size: 0 where there is none; set: not looked at
 * @size: octets of the buffer; out: octets needed
 * @buffer: its address; 0: only ask for the size
 */
struct xenmig_domctl_vcpuextstate {
	u32 vcpu;
	u32 pad;
	u64 xfeature_mask;
	u64 size;
	u64 buffer;
};

/**
 * struct xenmig_domctl_vcpu_msrs - MSRs of a vCPU
 * @vcpu: which
 * @count: room for MSRs, or how many to set; out: how many there are
 * @msrs: address of 16 octets for each; 0: only ask for the most there can be
 */
struct xenmig_domctl_vcpu_msrs {
	u32 vcpu;
	u32 count;
	u64 msrs;
};

#endif /* _XENMIG_ABI_STATE_H */
