// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include <linux/xenmig.h>

#include "host/affinity.h"

/* How much of a bitmap there is at a host. */
enum fit {
	FIT_WHOLE,
	FIT_PART,
	FIT_NONE,
	FIT_END,
};

static bool has_bit(const uint8_t *bits, unsigned int bit)
{
	return bits[bit / 8] >> bit % 8 & 1;
}

static void set_bit(uint8_t *bits, unsigned int bit)
{
	bits[bit / 8] |= 1u << bit % 8;
}

static enum fit fit_of(const uint8_t *bits, const uint8_t *cpus)
{
	bool there = false, missing = false;
	unsigned int i;

	for (i = 0; i < CPU_OCTETS; i++) {
		there |= bits[i] & cpus[i];
		missing |= bits[i] & ~cpus[i];
	}
	if (!there)
		return FIT_NONE;
	return missing ? FIT_PART : FIT_WHOLE;
}

/* As people write them: 0-3,8; cut where there is no more room. */
static void describe(const uint8_t *bits, unsigned int nr, char *text, size_t size)
{
	unsigned int i, last;
	size_t len = 0;

	text[0] = '\0';
	for (i = 0; i < nr; i = last + 1) {
		last = i;
		if (!has_bit(bits, i))
			continue;
		while (last + 1 < nr && has_bit(bits, last + 1))
			last++;
		if (len + sizeof(",1023-1023,...") > size) {
			snprintf(text + len, size - len, ",...");
			return;
		}
		len += snprintf(text + len, size - len, "%s%u", len ? "," : "", i);
		if (last > i)
			len += snprintf(text + len, size - len, "-%u", last);
	}
}

/**
 * affinity_read() - what the vCPUs of a guest are bound to
 * @link: to the module
 * @domain: the guest
 * @list: room for VCPUS_MAX; gets those vCPUs that are bound to some of the CPUs
 * @count: set to how many
 * @err: why not
 *
 * Return: 0 or -1.
 */
int affinity_read(struct link *link, const struct domain *domain, struct affinity *list,
		  uint32_t *count, struct error *err)
{
	struct affinity *one;
	uint32_t i;

	*count = 0;
	for (i = 0; i < domain->vcpus && i < VCPUS_MAX; i++) {
		one = &list[*count];
		if (link_affinity(link, domain->domid, domain->uuid, i, one, err))
			return -1;
		if (HAS(one, XENMIG_A_DOMAIN_HARD_AFFINITY) ||
		    HAS(one, XENMIG_A_DOMAIN_SOFT_AFFINITY))
			(*count)++;
	}
	return 0;
}

static void fit(struct affinity *a, unsigned int attr, uint8_t *bits, const uint8_t *cpus)
{
	unsigned int i;

	if (HAS(a, attr) && fit_of(bits, cpus) == FIT_NONE)
		a->have &= ~(1ULL << attr);
	for (i = 0; i < CPU_OCTETS; i++)
		bits[i] &= cpus[i];
}

/**
 * affinity_fit() - what a vCPU can be bound to at a host
 * @affinity: what it was bound to; what is not there is taken out, and what would be empty
 *            becomes all CPUs, which is nothing at all
 * @cpus: the CPUs there
 */
void affinity_fit(struct affinity *affinity, const uint8_t *cpus)
{
	fit(affinity, XENMIG_A_DOMAIN_HARD_AFFINITY, affinity->hard, cpus);
	fit(affinity, XENMIG_A_DOMAIN_SOFT_AFFINITY, affinity->soft, cpus);
}

/* Those that fit in one way, of one kind: which vCPUs, and which CPUs they lack. */
struct misfits {
	uint8_t vcpus[VCPUS_MAX / 8];
	uint8_t cpus[CPU_OCTETS];
	unsigned int count;
};

static void collect(struct misfits *m, uint32_t vcpu, const uint8_t *bits, const uint8_t *cpus)
{
	unsigned int i;

	set_bit(m->vcpus, vcpu);
	for (i = 0; i < CPU_OCTETS; i++)
		m->cpus[i] |= bits[i] & ~cpus[i];
	m->count++;
}

static void tell(const struct misfits *m, const char *kind, enum fit how, struct findings *f)
{
	char vcpus[120], cpus[120];

	if (!m->count || how == FIT_WHOLE)
		return;
	describe(m->vcpus, VCPUS_MAX, vcpus, sizeof(vcpus));
	describe(m->cpus, CPUS_MAX, cpus, sizeof(cpus));
	if (how == FIT_PART)
		findings_add(f, VERDICT_WARNS, "affinity",
			     "Of the %s affinity of vCPU %s the CPUs %s are not there: it will be the others of it.",
			     kind, vcpus, cpus);
	else
		findings_add(f, VERDICT_WARNS, "affinity",
			     "Of the %s affinity of vCPU %s (CPU %s) nothing is there: it will be all CPUs.",
			     kind, vcpus, cpus[0] ? cpus : "none");
}

/* Returns whether all of them fit. */
static bool check_kind(const struct affinity *list, uint32_t count, bool soft,
		       const uint8_t *cpus, struct findings *f)
{
	unsigned int attr = soft ? XENMIG_A_DOMAIN_SOFT_AFFINITY : XENMIG_A_DOMAIN_HARD_AFFINITY;
	struct misfits found[FIT_END] = { 0 };
	const uint8_t *bits;
	enum fit how;
	uint32_t i;

	for (i = 0; i < count; i++) {
		if (!HAS(&list[i], attr))
			continue;
		bits = soft ? list[i].soft : list[i].hard;
		collect(&found[fit_of(bits, cpus)], list[i].vcpu, bits, cpus);
	}
	for (how = FIT_WHOLE; how < FIT_END; how++)
		tell(&found[how], soft ? "soft" : "hard", how, f);
	return !found[FIT_PART].count && !found[FIT_NONE].count;
}

/**
 * affinity_check() - what a host makes of what a guest's vCPUs are bound to
 * @list: from outside
 * @count: how many
 * @vcpus: how many vCPUs the guest has
 * @cpus: the CPUs of the host
 * @findings: takes what is found
 *
 * However many vCPUs there are, there are few findings.
 */
void affinity_check(const struct affinity *list, uint32_t count, uint32_t vcpus,
		    const uint8_t *cpus, struct findings *findings)
{
	uint32_t i;
	bool fits;

	for (i = 0; i < count; i++)
		if (list[i].vcpu >= vcpus || list[i].vcpu >= VCPUS_MAX) {
			findings_add(findings, VERDICT_AGAINST, "affinity",
				     "The guest is described as binding vCPUs that it has not.");
			return;
		}
	fits = check_kind(list, count, false, cpus, findings);
	fits &= check_kind(list, count, true, cpus, findings);
	if (count && fits)
		findings_add(findings, VERDICT_FITS, "affinity",
			     "All CPUs that its vCPUs are bound to are there.");
}

/* A set of CPUs as libxl writes it: their numbers. Whether one of them is there, if there are any. */
static bool has_some(yajl_val set, const uint8_t *cpus)
{
	long long cpu;
	size_t i;

	if (!YAJL_IS_ARRAY(set) || !YAJL_GET_ARRAY(set)->len)
		return true;
	for (i = 0; i < YAJL_GET_ARRAY(set)->len; i++) {
		if (!YAJL_IS_INTEGER(YAJL_GET_ARRAY(set)->values[i]))
			continue;
		cpu = YAJL_GET_INTEGER(YAJL_GET_ARRAY(set)->values[i]);
		if (cpu >= 0 && cpu < CPUS_MAX && has_bit(cpus, cpu))
			return true;
	}
	return false;
}

/**
 * affinity_in_config() - whether libxl could bind a guest to CPUs here as its configuration says
 * @config: libxl's of the guest, from outside; NULL for none
 * @cpus: the CPUs of the host
 *
 * Where none of the CPUs is there that a vCPU may run on, it does not start the guest.
 *
 * Return: whether it could.
 */
bool affinity_in_config(yajl_val config, const uint8_t *cpus)
{
	yajl_val sets = config ? json_at(config, "b_info/vcpu_hard_affinity") : NULL;
	size_t i;

	for (i = 0; YAJL_IS_ARRAY(sets) && i < YAJL_GET_ARRAY(sets)->len; i++)
		if (!has_some(YAJL_GET_ARRAY(sets)->values[i], cpus))
			return false;
	return !config || has_some(json_at(config, "b_info/cpumap"), cpus);
}

/**
 * affinity_apply() - bind the vCPUs of a guest as far as the CPUs of this host are those
 * @link: to the module
 * @domid: the guest here, whose vCPUs are not bound yet
 * @uuid: its handle
 * @list: what they were bound to, checked
 * @count: how many
 * @cpus: the CPUs of this host
 * @err: what could not be done last; the rest is done all the same
 *
 * Return: 0 or -1.
 */
int affinity_apply(struct link *link, uint32_t domid, const uint8_t *uuid,
		   const struct affinity *list, uint32_t count, const uint8_t *cpus,
		   struct error *err)
{
	struct affinity one;
	uint32_t i;
	int rc = 0;

	for (i = 0; i < count; i++) {
		one = list[i];
		affinity_fit(&one, cpus);
		if (link_affinity_set(link, domid, uuid, &one, err))
			rc = -1;
	}
	return rc;
}
