// SPDX-License-Identifier: GPL-2.0-or-later
/* Which CPUs vCPUs are bound to, and what a host with other CPUs makes of it. */
#include <stdlib.h>

#include <linux/xenmig.h>

#include "harness.h"

#include "host/affinity.h"
#include "module/domain.h"
#include "base/error.h"

/* The hypervisor: what vCPUs are bound to, and how often it was asked to change that. */
static struct affinity bound[VCPUS_MAX];
static unsigned int settings;
static bool refuses;

int link_affinity(struct link *link, uint32_t domid, const uint8_t *uuid, uint32_t vcpu,
		  struct affinity *affinity, struct error *err)
{
	(void)link;
	(void)uuid;
	CHECK_EQ(domid, 5);
	if (refuses)
		return error_set(err, EXIT_FAILED, "No.");
	*affinity = bound[vcpu];
	affinity->vcpu = vcpu;
	GIVE(affinity, XENMIG_A_DOMAIN_VCPU);
	return 0;
}

int link_affinity_set(struct link *link, uint32_t domid, const uint8_t *uuid,
		      const struct affinity *affinity, struct error *err)
{
	(void)link;
	(void)uuid;
	CHECK_EQ(domid, 5);
	settings++;
	if (refuses)
		return error_set(err, EXIT_FAILED, "No.");
	bound[affinity->vcpu] = *affinity;
	return 0;
}

static void new_host(void)
{
	memset(bound, 0, sizeof(bound));
	settings = 0;
	refuses = false;
}

/* A bitmap of the CPUs from @first to @last. */
static void span(uint8_t *bits, unsigned int first, unsigned int last)
{
	for (; first <= last; first++)
		bits[first / 8] |= 1u << first % 8;
}

static void bind_hard(struct affinity *a, unsigned int first, unsigned int last)
{
	GIVE(a, XENMIG_A_DOMAIN_HARD_AFFINITY);
	span(a->hard, first, last);
}

static void bind_soft(struct affinity *a, unsigned int first, unsigned int last)
{
	GIVE(a, XENMIG_A_DOMAIN_SOFT_AFFINITY);
	span(a->soft, first, last);
}

static struct findings *checked(const struct affinity *list, uint32_t count, unsigned int cpus)
{
	static struct findings f;
	uint8_t here[CPU_OCTETS] = { 0 };

	span(here, 0, cpus - 1);
	memset(&f, 0, sizeof(f));
	affinity_check(list, count, VCPUS_MAX, here, &f);
	return &f;
}

/* Only those that are bound to some of the CPUs travel. */
static void test_read(void)
{
	static struct affinity list[VCPUS_MAX];
	struct domain domain = { .domid = 5, .vcpus = 4 };
	struct error err = { 0 };
	uint32_t count = 7;

	new_host();
	CHECK(!affinity_read(NULL, &domain, list, &count, &err));
	CHECK_EQ(count, 0);
	bind_hard(&bound[1], 1, 1);
	bind_soft(&bound[3], 0, 2);
	CHECK(!affinity_read(NULL, &domain, list, &count, &err));
	CHECK_EQ(count, 2);
	CHECK_EQ(list[0].vcpu, 1);
	CHECK_EQ(list[0].hard[0], 2);
	CHECK(!HAS(&list[0], XENMIG_A_DOMAIN_SOFT_AFFINITY));
	CHECK_EQ(list[1].vcpu, 3);
	CHECK_EQ(list[1].soft[0], 7);
	refuses = true;
	CHECK(affinity_read(NULL, &domain, list, &count, &err));
	CHECK_STR(err.text, "No.");
}

/* However many vCPUs a domain says that it has. */
static void test_read_all(void)
{
	static struct affinity list[VCPUS_MAX];
	struct domain domain = { .domid = 5, .vcpus = 4000000000u };
	struct error err = { 0 };
	uint32_t count, i;

	new_host();
	for (i = 0; i < VCPUS_MAX; i++)
		bind_hard(&bound[i], i, i);
	CHECK(!affinity_read(NULL, &domain, list, &count, &err));
	CHECK_EQ(count, VCPUS_MAX);
	CHECK_EQ(list[VCPUS_MAX - 1].hard[63], 0x80);
}

static void test_whole(void)
{
	struct affinity a = { .vcpu = 2 };
	struct findings *f;

	bind_hard(&a, 2, 3);
	bind_soft(&a, 3, 3);
	f = checked(&a, 1, 4);
	CHECK_EQ(f->count, 1);
	CHECK_EQ(f->list[0].verdict, VERDICT_FITS);
	f = checked(&a, 0, 4);
	CHECK_EQ(f->count, 0);
}

static void test_part(void)
{
	struct affinity a[2] = { { .vcpu = 0 }, { .vcpu = 1 } };
	struct findings *f;

	bind_hard(&a[0], 2, 5);
	bind_hard(&a[1], 3, 8);
	f = checked(a, 2, 4);
	CHECK_EQ(f->count, 1);
	CHECK_EQ(f->list[0].verdict, VERDICT_WARNS);
	CHECK_STR(f->list[0].subject, "affinity");
	CHECK_STR(f->list[0].text, "Of the hard affinity of vCPU 0-1 the CPUs 4-8 are not there: it will be the others of it.");
}

static void test_nothing(void)
{
	struct affinity a[3] = { { .vcpu = 0 }, { .vcpu = 2 }, { .vcpu = 3 } };
	struct findings *f;

	bind_hard(&a[0], 1, 1);
	bind_soft(&a[1], 7, 7);
	bind_soft(&a[2], 1023, 1023);
	f = checked(a, 3, 1);
	CHECK_EQ(f->count, 2);
	CHECK_EQ(findings_worst(f), VERDICT_WARNS);
	CHECK_STR(f->list[0].text, "Of the hard affinity of vCPU 0 (CPU 1) nothing is there: it will be all CPUs.");
	CHECK_STR(f->list[1].text, "Of the soft affinity of vCPU 2-3 (CPU 7,1023) nothing is there: it will be all CPUs.");
}

/* Every other vCPU and CPU: more than a sentence can hold, and still a sentence. */
static void test_long_sentence(void)
{
	static struct affinity list[VCPUS_MAX];
	struct findings *f;
	uint32_t i;

	memset(list, 0, sizeof(list));
	for (i = 0; i < VCPUS_MAX / 2; i++) {
		list[i].vcpu = 2 * i;
		bind_hard(&list[i], 512 + 2 * i, 512 + 2 * i);
	}
	f = checked(list, VCPUS_MAX / 2, 4);
	CHECK_EQ(f->count, 1);
	CHECK(strlen(f->list[0].text) < SENTENCE_LEN - 1);
	CHECK(strstr(f->list[0].text, ",...") && strstr(f->list[0].text, "it will be all CPUs."));
}

static void test_no_such_vcpu(void)
{
	struct affinity a = { .vcpu = 2 };
	uint8_t here[CPU_OCTETS] = { 1 };
	static struct findings f;

	bind_hard(&a, 0, 0);
	affinity_check(&a, 1, 2, here, &f);
	CHECK_EQ(findings_worst(&f), VERDICT_AGAINST);
	memset(&f, 0, sizeof(f));
	affinity_check(&a, 1, 3, here, &f);
	CHECK_EQ(findings_worst(&f), VERDICT_FITS);
	a.vcpu = VCPUS_MAX;
	affinity_check(&a, 1, VCPUS_MAX + 1, here, &f);
	CHECK_EQ(findings_worst(&f), VERDICT_AGAINST);
}

static void test_apply(void)
{
	struct affinity a[3] = { { .vcpu = 0 }, { .vcpu = 1 }, { .vcpu = 2 } };
	const uint8_t uuid[16] = { 1 };
	uint8_t here[CPU_OCTETS] = { 0x0f };
	struct error err = { 0 };

	new_host();
	bind_hard(&a[0], 1, 1);
	bind_soft(&a[0], 0, 9);
	bind_hard(&a[1], 3, 6);
	bind_hard(&a[2], 4, 4);
	CHECK(!affinity_apply(NULL, 5, uuid, a, 3, here, &err));
	CHECK(HAS(&bound[0], XENMIG_A_DOMAIN_HARD_AFFINITY));
	CHECK_EQ(bound[0].hard[0], 0x02);
	CHECK_EQ(bound[0].soft[0], 0x0f);
	CHECK_EQ(bound[0].soft[1], 0);
	CHECK_EQ(bound[1].hard[0], 0x08);
	CHECK(!HAS(&bound[1], XENMIG_A_DOMAIN_SOFT_AFFINITY));
	CHECK(!HAS(&bound[2], XENMIG_A_DOMAIN_HARD_AFFINITY));
	/* One that cannot be bound keeps nobody from trying the next. */
	settings = 0;
	refuses = true;
	CHECK(affinity_apply(NULL, 5, uuid, a, 3, here, &err));
	CHECK_EQ(settings, 3);
	CHECK_STR(err.text, "No.");
}

static bool starts(const char *config, unsigned int cpus)
{
	uint8_t here[CPU_OCTETS] = { 0 };
	yajl_val tree = json_parse(config);
	bool rc;

	CHECK(tree);
	span(here, 0, cpus - 1);
	rc = affinity_in_config(tree, here);
	yajl_tree_free(tree);
	return rc;
}

/* What a reboot would do, by libxl's notes; whatever is written there. */
static void test_config(void)
{
	uint8_t here[CPU_OCTETS] = { 1 };

	CHECK(affinity_in_config(NULL, here));
	CHECK(starts("{}", 1));
	CHECK(starts("{\"b_info\":{\"vcpu_hard_affinity\":[[0],[1,2]]}}", 2));
	CHECK(!starts("{\"b_info\":{\"vcpu_hard_affinity\":[[0],[1,2]]}}", 1));
	CHECK(starts("{\"b_info\":{\"vcpu_hard_affinity\":[],\"cpumap\":[1]}}", 2));
	CHECK(!starts("{\"b_info\":{\"cpumap\":[1]}}", 1));
	CHECK(starts("{\"b_info\":{\"cpumap\":[]}}", 1));
	CHECK(starts("{\"b_info\":{\"vcpu_hard_affinity\":7,\"cpumap\":{}}}", 1));
	CHECK(!starts("{\"b_info\":{\"cpumap\":[-1,1024,99999999999,\"0\",[0]]}}", 1));
	CHECK(starts("{\"b_info\":{\"vcpu_soft_affinity\":[[3]]}}", 1));
}

static const struct test tests[] = {
	TEST(test_read), TEST(test_read_all), TEST(test_whole), TEST(test_part),
	TEST(test_nothing), TEST(test_long_sentence), TEST(test_no_such_vcpu), TEST(test_config),
	TEST(test_apply),
};

HARNESS_MAIN(tests)
