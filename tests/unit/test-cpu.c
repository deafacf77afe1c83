// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Does the comparison of CPU policies see each feature word, and nothing else? */
#include "harness.h"
#include "xen/cpu.h"

static struct xenmig_cpu_policy policy(struct xenmig_cpuid_leaf *leaves, u32 count)
{
	return (struct xenmig_cpu_policy){ .leaves = leaves, .nr_leaves = count };
}

static void same_policy_lacks_nothing(void)
{
	struct xenmig_cpuid_leaf l[] = { { 1, ~0U, 1, 2, 3, 4 }, { 7, 0, 5, 6, 7, 8 } };
	struct xenmig_cpu_policy p = policy(l, 2);
	struct xenmig_cpu_lack lack;

	CHECK(!xenmig_cpu_lacks(&p, &p, &lack));
}

static void a_lost_bit_is_named(void)
{
	struct xenmig_cpuid_leaf was[] = { { 7, 0, 0, 0x30, 0, 0 } };
	struct xenmig_cpuid_leaf is[] = { { 7, 0, 0, 0x10, 0, 0 } };
	struct xenmig_cpu_policy w = policy(was, 1), i = policy(is, 1);
	struct xenmig_cpu_lack lack;

	CHECK(xenmig_cpu_lacks(&w, &i, &lack));
	CHECK(lack.leaf == 7 && lack.subleaf == 0 && lack.bits == 0x20);
	CHECK(!strcmp(lack.reg, "ebx"));
}

static void a_gained_bit_is_no_loss(void)
{
	struct xenmig_cpuid_leaf was[] = { { 1, ~0U, 0, 0, 1, 0 } };
	struct xenmig_cpuid_leaf is[] = { { 1, ~0U, 0, 0, 3, 0 } };
	struct xenmig_cpu_policy w = policy(was, 1), i = policy(is, 1);
	struct xenmig_cpu_lack lack;

	CHECK(!xenmig_cpu_lacks(&w, &i, &lack));
}

static void a_missing_leaf_lacks_all_its_features(void)
{
	struct xenmig_cpuid_leaf was[] = { { 0x80000008, ~0U, 0, 4, 0, 0 } };
	struct xenmig_cpu_policy w = policy(was, 1), i = policy(NULL, 0);
	struct xenmig_cpu_lack lack;

	CHECK(xenmig_cpu_lacks(&w, &i, &lack));
	CHECK(lack.leaf == 0x80000008 && lack.bits == 4);
}

/* Leaf 1 eax is the family and model, ebx the APIC id: they may differ. */
static void words_without_features_may_differ(void)
{
	struct xenmig_cpuid_leaf was[] = { { 1, ~0U, ~0U, ~0U, 0, 0 }, { 0x80000008, ~0U, ~0U, 0, 0, 0 } };
	struct xenmig_cpuid_leaf is[] = { { 1, ~0U, 0, 0, 0, 0 }, { 0x80000008, ~0U, 0, 0, 0, 0 } };
	struct xenmig_cpu_policy w = policy(was, 2), i = policy(is, 2);
	struct xenmig_cpu_lack lack;

	CHECK(!xenmig_cpu_lacks(&w, &i, &lack));
}

static void each_feature_word_is_looked_at(void)
{
	static const struct { u32 leaf, subleaf; int word; } w[] = {
		{ 1, ~0U, 2 }, { 1, ~0U, 3 }, { 7, 0, 1 }, { 7, 0, 2 }, { 7, 0, 3 }, { 7, 1, 0 },
		{ 7, 1, 3 }, { 7, 2, 3 }, { 0xd, 0, 0 }, { 0xd, 0, 3 }, { 0xd, 1, 0 },
		{ 0x80000001, ~0U, 2 }, { 0x80000001, ~0U, 3 }, { 0x80000007, ~0U, 3 },
		{ 0x80000008, ~0U, 1 }, { 0x80000021, ~0U, 0 },
	};
	size_t n;

	for (n = 0; n < sizeof(w) / sizeof(w[0]); n++) {
		struct xenmig_cpuid_leaf was = { .leaf = w[n].leaf, .subleaf = w[n].subleaf };
		struct xenmig_cpuid_leaf is = was;
		struct xenmig_cpu_policy pw = policy(&was, 1), pi = policy(&is, 1);
		struct xenmig_cpu_lack lack;

		(&was.a)[w[n].word] = 0x80;
		CHECK(xenmig_cpu_lacks(&pw, &pi, &lack));
		CHECK(lack.leaf == w[n].leaf && lack.bits == 0x80);
	}
}

/* The numbers are those of public/arch-x86/cpufeatureset.h. */
static void features_come_in_the_order_of_xen(void)
{
	static const struct { u32 leaf, subleaf; int reg, feature; } w[] = {
		{ 1, ~0U, 3, 0 * 32 + 25 /* SSE */ }, { 1, ~0U, 2, 1 * 32 + 28 /* AVX */ },
		{ 0x80000001, ~0U, 3, 2 * 32 + 29 /* LM */ },
		{ 0x80000001, ~0U, 2, 3 * 32 + 6 /* SSE4A */ },
		{ 0xd, 1, 0, 4 * 32 + 0 /* XSAVEOPT */ }, { 7, 0, 1, 5 * 32 + 5 /* AVX2 */ },
		{ 7, 0, 2, 6 * 32 + 3 /* PKU */ }, { 0x80000007, ~0U, 3, 7 * 32 + 8 /* ITSC */ },
		{ 0x80000008, ~0U, 1, 8 * 32 + 0 /* CLZERO */ },
		{ 7, 0, 3, 9 * 32 + 14 /* SERIALIZE */ }, { 7, 1, 0, 10 * 32 + 4 /* AVX_VNNI */ },
		{ 0x80000021, ~0U, 0, 11 * 32 + 6 /* NSCB */ },
		{ 7, 1, 1, 12 * 32 + 0 /* INTEL_PPIN */ }, { 7, 2, 3, 13 * 32 + 5 /* MCDT_NO */ },
		{ 7, 1, 2, 14 * 32 + 0 }, { 7, 1, 3, 15 * 32 + 18 /* CET_SSS */ },
	};
	u32 words[XENMIG_FEATURE_WORDS], sum;
	size_t n, i;

	for (n = 0; n < sizeof(w) / sizeof(w[0]); n++) {
		struct xenmig_cpuid_leaf l = { .leaf = w[n].leaf, .subleaf = w[n].subleaf };
		struct xenmig_cpu_policy p = policy(&l, 1);

		(&l.a)[w[n].reg] = 1U << w[n].feature % 32;
		xenmig_cpu_features(&p, words);
		CHECK_EQ(words[w[n].feature / 32], 1U << w[n].feature % 32);
		for (sum = 0, i = 0; i < XENMIG_FEATURE_WORDS; i++)
			sum += !!words[i];
		CHECK_EQ(sum, 1);
	}
}

/* A domain of an AMD host has the FPU (leaf 1, edx, bit 0) in two leaves, the host in one. */
static void features_count_once(void)
{
	struct xenmig_cpuid_leaf was[] = { { 1, ~0U, 0, 0, 0, 1 }, { 0x80000001, ~0U, 0, 0, 0, 1 << 29 | 1 } };
	struct xenmig_cpuid_leaf is[] = { { 1, ~0U, 0, 0, 0, 1 }, { 0x80000001, ~0U, 0, 0, 0, 1 << 29 } };
	struct xenmig_cpu_policy w = policy(was, 2), i = policy(is, 2);
	u32 seen[XENMIG_FEATURE_WORDS], there[XENMIG_FEATURE_WORDS];

	xenmig_cpu_features(&w, seen);
	xenmig_cpu_features(&i, there);
	CHECK(!memcmp(seen, there, sizeof(seen)));
	CHECK_EQ(seen[2], 1 << 29);
}

static const struct test tests[] = {
	TEST(same_policy_lacks_nothing),
	TEST(a_lost_bit_is_named),
	TEST(a_gained_bit_is_no_loss),
	TEST(a_missing_leaf_lacks_all_its_features),
	TEST(words_without_features_may_differ),
	TEST(each_feature_word_is_looked_at),
	TEST(features_come_in_the_order_of_xen),
	TEST(features_count_once),
};

HARNESS_MAIN(tests)
