// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Xen takes the CPU policy of a guest that arrives, masks what the host does
 * not offer, and says nothing (Xen, x86_cpu_policies_are_compatible and
 * recalculate_cpuid_policy). A guest moved to a lesser CPU would die of an
 * invalid opcode later, so what Xen kept is compared with what the guest had.
 */
#include <linux/kernel.h>
#include <linux/types.h>

#include "xen/cpu.h"

#define NO_SUBLEAF	0xffffffffU

/*
 * AMD repeats features of leaf 1 in 0x80000001.edx. In a featureset they stand once, in word 0
 * (Xen, CPUID_COMMON_1D_FEATURES); the policy of a domain has them in both leaves.
 */
#define AMD_WORD	2
#define AMD_REPEATS	0x0183f3ffU

/* The words that hold features (public/arch-x86/cpufeatureset.h); others are sizes and topology. */
static const struct {
	u32 leaf, subleaf;
	bool a, b, c, d;
} words[] = {
	{ 0x1, 0, .c = true, .d = true },
	{ 0x7, 0, .b = true, .c = true, .d = true },
	{ 0x7, 1, .a = true, .d = true },
	{ 0x7, 2, .d = true },
	{ 0xd, 0, .a = true, .d = true },
	{ 0xd, 1, .a = true },
	{ 0x80000001, 0, .c = true, .d = true },
	{ 0x80000007, 0, .d = true },
	{ 0x80000008, 0, .b = true },
	{ 0x80000021, 0, .a = true },
};

static const struct xenmig_cpuid_leaf *find(const struct xenmig_cpu_policy *p, u32 leaf,
					    u32 subleaf)
{
	const struct xenmig_cpuid_leaf *l;
	u32 i;

	for (i = 0; i < p->nr_leaves; i++) {
		l = &p->leaves[i];
		if (l->leaf == leaf &&
		    (l->subleaf == subleaf || (!subleaf && l->subleaf == NO_SUBLEAF)))
			return l;
	}
	return NULL;
}

static bool lacks(struct xenmig_cpu_lack *lack, bool features, const char *reg, u32 was, u32 is)
{
	if (!features || !(was & ~is))
		return false;
	lack->reg = reg;
	lack->bits = was & ~is;
	return true;
}

/**
 * xenmig_cpu_lacks() - does a host lack features that a guest has seen?
 * @was: policy of the guest where it came from; not trusted: any leaves in any order
 * @is: policy that the host gave it
 * @lack: the first word in which something is missing; set in part when nothing is
 *
 * A leaf that the host does not have counts as zero. MSRs are not compared.
 *
 * Context: any.
 * Return: true when something is missing.
 */
bool xenmig_cpu_lacks(const struct xenmig_cpu_policy *was, const struct xenmig_cpu_policy *is,
		      struct xenmig_cpu_lack *lack)
{
	static const struct xenmig_cpuid_leaf none;
	const struct xenmig_cpuid_leaf *w, *i;
	size_t n;

	for (n = 0; n < ARRAY_SIZE(words); n++) {
		lack->leaf = words[n].leaf;
		lack->subleaf = words[n].subleaf;
		w = find(was, words[n].leaf, words[n].subleaf);
		if (!w)
			continue;
		i = find(is, words[n].leaf, words[n].subleaf);
		if (!i)
			i = &none;
		if (lacks(lack, words[n].a, "eax", w->a, i->a) ||
		    lacks(lack, words[n].b, "ebx", w->b, i->b) ||
		    lacks(lack, words[n].c, "ecx", w->c, i->c) ||
		    lacks(lack, words[n].d, "edx", w->d, i->d))
			return true;
	}
	return false;
}

/**
 * xenmig_cpu_features() - the features of a CPU policy, without sizes and topology
 * @policy: any leaves in any order
 * @words: room for XENMIG_FEATURE_WORDS; a leaf that is not there counts as zero
 *
 * Context: any.
 */
void xenmig_cpu_features(const struct xenmig_cpu_policy *policy, u32 *words)
{
	/* public/arch-x86/cpufeatureset.h has the comments that say so */
	static const struct {
		u32 leaf, subleaf;
		char reg;
	} where[XENMIG_FEATURE_WORDS] = {
		{ 0x1, 0, 'd' }, { 0x1, 0, 'c' },
		{ 0x80000001, 0, 'd' }, { 0x80000001, 0, 'c' },
		{ 0xd, 1, 'a' }, { 0x7, 0, 'b' }, { 0x7, 0, 'c' },
		{ 0x80000007, 0, 'd' }, { 0x80000008, 0, 'b' },
		{ 0x7, 0, 'd' }, { 0x7, 1, 'a' }, { 0x80000021, 0, 'a' },
		{ 0x7, 1, 'b' }, { 0x7, 2, 'd' }, { 0x7, 1, 'c' }, { 0x7, 1, 'd' },
	};
	const struct xenmig_cpuid_leaf *l;
	size_t n;

	for (n = 0; n < XENMIG_FEATURE_WORDS; n++) {
		l = find(policy, where[n].leaf, where[n].subleaf);
		if (!l)
			words[n] = 0;
		else
			words[n] = where[n].reg == 'a' ? l->a : where[n].reg == 'b' ? l->b :
				   where[n].reg == 'c' ? l->c : l->d;
	}
	words[AMD_WORD] &= ~AMD_REPEATS;
}
