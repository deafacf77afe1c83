/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Compare CPU policies. Pure: knows the layout of leaves, no hypercall. */
#ifndef _XENMIG_CPU_H
#define _XENMIG_CPU_H

#include <linux/types.h>
#include "xen/abi.h"

/**
 * struct xenmig_cpu_policy - the CPU policy of a domain
 * @leaves: CPUID leaves
 * @msrs: MSRs
 * @nr_leaves: room for leaves in, leaves used out
 * @nr_msrs: likewise
 *
 * The arrays are the caller's.
 */
struct xenmig_cpu_policy {
	struct xenmig_cpuid_leaf *leaves;
	struct xenmig_msr_entry *msrs;
	u32 nr_leaves;
	u32 nr_msrs;
};

/**
 * struct xenmig_cpu_lack - features that a guest has seen and a host has not
 * @leaf: CPUID leaf
 * @subleaf: its subleaf
 * @reg: register, by name; a static string
 * @bits: the features, as bits of that register
 */
struct xenmig_cpu_lack {
	u32 leaf;
	u32 subleaf;
	const char *reg;
	u32 bits;
};

/*
 * Words of a featureset, in the order that Xen gives them
 * (public/arch-x86/cpufeatureset.h); a feature is bit n % 32 of word n / 32.
 */
#define XENMIG_FEATURE_WORDS	16

void xenmig_cpu_features(const struct xenmig_cpu_policy *policy, u32 *words);
bool xenmig_cpu_lacks(const struct xenmig_cpu_policy *was, const struct xenmig_cpu_policy *is,
		      struct xenmig_cpu_lack *lack);

#endif /* _XENMIG_CPU_H */
