// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Octets as stream.rst draws them, round trips, and every bound from both sides. */
#include <errno.h>
#include <stdlib.h>

#include <asm/byteorder.h>
#include <linux/limits.h>

#include "harness.h"
#include "wire/record.h"

#define ANY_GFN		XENMIG_PFN_MASK
#define NR_TYPES	0x20

static const char *why;

/* A refusal always says why. */
#define CHECK_REFUSED(call, error) do {	\
	why = NULL;			\
	CHECK_EQ(call, error);		\
	CHECK(why && *why);		\
} while (0)

/* --- headers --- */

static const u8 headers[XENMIG_STREAM_HEADERS_SIZE] = {
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,	/* marker */
	'X', 'E', 'N', 'F', 0, 0, 0, 3,			/* id, version */
	0, 0, 0, 0, 0, 0, 0, 0,				/* options, reserved */
	2, 0, 0, 0, 12, 0, 0, 0,			/* type, page_shift, reserved */
	4, 0, 0, 0, 17, 0, 0, 0,			/* Xen 4.17 */
};

static int check_headers(const u8 *buf)
{
	u32 major, minor;
	bool pv;

	return xenmig_check_headers(buf, &pv, &major, &minor, &why);
}

static int check_with_octet(size_t at, u8 value)
{
	u8 buf[sizeof(headers)];

	memcpy(buf, headers, sizeof(buf));
	buf[at] = value;
	return check_headers(buf);
}

static void headers_octets(void)
{
	u8 buf[sizeof(headers) + 1] = { 0 };

	CHECK_EQ(XENMIG_STREAM_HEADERS_SIZE, 40);
	CHECK_EQ(xenmig_put_headers(buf + 1, false, 4, 17), 40);	/* not aligned */
	CHECK(!memcmp(buf + 1, headers, sizeof(headers)));
}

static void headers_round_trip(void)
{
	u8 buf[XENMIG_STREAM_HEADERS_SIZE];
	u32 major = 0, minor = 0;
	int kind;
	bool pv;

	for (kind = 0; kind < 2; kind++) {
		xenmig_put_headers(buf, kind, 0x01020304, 0xfffffffe);
		pv = !kind;
		CHECK_EQ(xenmig_check_headers(buf, &pv, &major, &minor, &why), 0);
		CHECK_EQ(pv, kind);
		CHECK_EQ(major, 0x01020304);
		CHECK_EQ(minor, 0xfffffffe);
	}
}

/* Whatever octet but those of the version is changed, the headers are refused. */
static void headers_every_octet(void)
{
	size_t at;
	int bit;

	for (at = 0; at < 32; at++)
		for (bit = 0; bit < 8; bit++) {
			why = NULL;
			CHECK(check_with_octet(at, headers[at] ^ (1 << bit)) < 0);
			CHECK(why);
		}
	for (; at < sizeof(headers); at++)
		CHECK_EQ(check_with_octet(at, 0xff), 0);
}

static void headers_errors(void)
{
	CHECK_REFUSED(check_with_octet(0, 0xfe), -EPROTO);
	CHECK_REFUSED(check_with_octet(8, 'x'), -EPROTO);
	CHECK_REFUSED(check_with_octet(15, 2), -EPROTONOSUPPORT);
	CHECK_REFUSED(check_with_octet(15, 4), -EPROTONOSUPPORT);
	CHECK_REFUSED(check_with_octet(17, 1), -EPROTONOSUPPORT);	/* big-endian */
	CHECK_REFUSED(check_with_octet(17, 2), -EPROTO);
	CHECK_REFUSED(check_with_octet(18, 1), -EPROTO);
	CHECK_REFUSED(check_with_octet(23, 1), -EPROTO);
	CHECK_EQ(check_with_octet(24, 1), 0);				/* PV */
	CHECK_REFUSED(check_with_octet(24, 0), -EPROTONOSUPPORT);
	CHECK_REFUSED(check_with_octet(24, 3), -EPROTONOSUPPORT);
	CHECK_REFUSED(check_with_octet(28, 13), -EPROTO);
	CHECK_REFUSED(check_with_octet(30, 1), -EPROTO);
}

/* --- record headers --- */

static int check_record(struct xenmig_decoder *d, u32 type, u32 length)
{
	struct xenmig_record_header hdr = { cpu_to_le32(type), cpu_to_le32(length) };
	u32 t = ~type, l = ~length;
	int err = xenmig_check_record(d, &hdr, &t, &l, &why);

	CHECK_EQ(t, err ? ~type : type);	/* an error leaves them alone */
	CHECK_EQ(l, err ? ~length : length);
	return err;
}

/* A length that is right for a type that is spoken. */
static u32 good_length(u32 type)
{
	switch (type) {
	case XENMIG_RECORD_PAGE_DATA:
		return 16;
	case XENMIG_RECORD_TSC_INFO:
		return 24;
	case XENMIG_RECORD_HVM_CONTEXT:
		return 100;
	case XENMIG_RECORD_HVM_PARAMS:
		return 8;
	case XENMIG_RECORD_CPUID_POLICY:
		return 24;
	case XENMIG_RECORD_MSR_POLICY:
		return 16;
	default:
		return 0;
	}
}

static int feed(struct xenmig_decoder *d, u32 type)
{
	return check_record(d, type, good_length(type));
}

static const u32 in_order[] = {
	XENMIG_RECORD_CPUID_POLICY, XENMIG_RECORD_MSR_POLICY, XENMIG_RECORD_STATIC_DATA_END,
	XENMIG_RECORD_PAGE_DATA, XENMIG_RECORD_TSC_INFO, XENMIG_RECORD_HVM_CONTEXT,
	XENMIG_RECORD_HVM_PARAMS, XENMIG_RECORD_END,
};

#define NR_SPOKEN (sizeof(in_order) / sizeof(in_order[0]))

/* A decoder that has seen what must come before @type. */
static struct xenmig_decoder before(u32 type)
{
	struct xenmig_decoder d = { 0 };
	size_t i;

	for (i = 0; in_order[i] != type; i++) {
		/* The three of the machine state come in any order. */
		if (type != XENMIG_RECORD_END && i >= 4)
			break;
		CHECK_EQ(feed(&d, in_order[i]), 0);
	}
	return d;
}

static void record_octets(void)
{
	static const u8 want[8] = { 9, 0, 0, 0, 0x78, 0x56, 0x34, 0x12 };
	u8 buf[9];

	CHECK_EQ(xenmig_put_record(buf + 1, XENMIG_RECORD_HVM_CONTEXT, 0x12345678), 8);
	CHECK(!memcmp(buf + 1, want, 8));
}

static void record_in_order(void)
{
	struct xenmig_decoder d = { 0 };
	size_t i;

	for (i = 0; i < NR_SPOKEN; i++) {
		CHECK_EQ(feed(&d, in_order[i]), 0);
		if (in_order[i] == XENMIG_RECORD_PAGE_DATA)
			CHECK_EQ(feed(&d, in_order[i]), 0);	/* as often as it likes */
	}
}

/* A known type comes at its place; an unknown one nowhere. */
static void record_types(void)
{
	u32 type;
	size_t i;

	for (type = 0; type < 0x1000; type++) {
		struct xenmig_decoder d = { 0 };

		for (i = 0; i < NR_SPOKEN && in_order[i] != type; i++)
			;
		if (i < NR_SPOKEN) {
			d = before(type);
			CHECK_EQ(feed(&d, type), 0);
		} else {
			CHECK_REFUSED(check_record(&d, type, 0), -EPROTONOSUPPORT);
			CHECK_EQ(d.seen, 0);
		}
	}
	CHECK_REFUSED(check_record(&(struct xenmig_decoder){ 0 }, 0x7fffffff, 0),
		      -EPROTONOSUPPORT);
	CHECK_REFUSED(check_record(&(struct xenmig_decoder){ 0 }, 0x40000001, 16),
		      -EPROTONOSUPPORT);
}

static void record_optional(void)
{
	struct xenmig_decoder d = { 0 };

	CHECK_EQ(check_record(&d, XENMIG_RECORD_OPTIONAL, 5), 0);
	CHECK_EQ(check_record(&d, XENMIG_RECORD_OPTIONAL | XENMIG_RECORD_END, 0), 0);
	CHECK_EQ(check_record(&d, 0xffffffff, 0), 0);
	CHECK_EQ(check_record(&d, 0xffffffff, XENMIG_MAX_HVM_CONTEXT), 0);
	CHECK_REFUSED(check_record(&d, 0xffffffff, XENMIG_MAX_HVM_CONTEXT + 1), -EPROTO);
	CHECK_REFUSED(check_record(&d, 0xffffffff, U32_MAX), -EPROTO);
	CHECK_EQ(d.seen, 0);
	d = before(XENMIG_RECORD_END);
	CHECK_EQ(feed(&d, XENMIG_RECORD_END), 0);
	CHECK_REFUSED(check_record(&d, XENMIG_RECORD_OPTIONAL, 5), -EPROTO);
}

/* Smallest, largest, and step of each type's length; tried one under and one over each. */
static void record_lengths(void)
{
	static const struct {
		u32 type, min, max, step;
	} t[] = {
		{ XENMIG_RECORD_END, 0, 0, 1 },
		{ XENMIG_RECORD_STATIC_DATA_END, 0, 0, 1 },
		{ XENMIG_RECORD_PAGE_DATA, 16, 8 + 1024 * 8 + 1024 * 4096, 8 },
		{ XENMIG_RECORD_TSC_INFO, 24, 24, 1 },
		{ XENMIG_RECORD_HVM_CONTEXT, 1, 8 << 20, 1 },
		{ XENMIG_RECORD_HVM_PARAMS, 8, 8 + 64 * 16, 16 },
		{ XENMIG_RECORD_CPUID_POLICY, 24, 65520, 24 },
		{ XENMIG_RECORD_MSR_POLICY, 16, 65536, 16 },
	};
	struct xenmig_decoder d;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
#define LENGTH(n) (d = before(t[i].type), check_record(&d, t[i].type, n))
		CHECK_EQ(LENGTH(t[i].min), 0);
		CHECK_EQ(LENGTH(t[i].max), 0);
		CHECK_REFUSED(LENGTH(t[i].min - 1), -EPROTO);
		CHECK_REFUSED(LENGTH(t[i].max + 1), -EPROTO);
		CHECK_REFUSED(LENGTH(t[i].max + t[i].step), -EPROTO);
		CHECK_REFUSED(LENGTH(U32_MAX), -EPROTO);
		if (t[i].max == t[i].min)
			continue;
		CHECK_EQ(LENGTH(t[i].min + t[i].step), 0);
		if (t[i].step == 1)
			continue;
		CHECK_REFUSED(LENGTH(t[i].min + 1), -EPROTO);
		CHECK_REFUSED(LENGTH(t[i].min + t[i].step - 1), -EPROTO);
		CHECK_REFUSED(LENGTH(t[i].max - 1), -EPROTO);
#undef LENGTH
	}
}

static void record_twice(void)
{
	size_t i;

	for (i = 0; i < NR_SPOKEN; i++) {
		struct xenmig_decoder d = before(in_order[i]);
		bool again = in_order[i] == XENMIG_RECORD_PAGE_DATA;

		CHECK_EQ(feed(&d, in_order[i]), 0);
		if (again)
			CHECK_EQ(feed(&d, in_order[i]), 0);
		else
			CHECK_REFUSED(feed(&d, in_order[i]), -EPROTO);
	}
}

/* A refusal leaves the decoder as it was: the right record still fits. */
static void record_refusal_changes_nothing(void)
{
	size_t i;

	for (i = 0; i < NR_SPOKEN; i++) {
		struct xenmig_decoder d = before(in_order[i]);
		u32 seen = d.seen;

		CHECK_REFUSED(check_record(&d, in_order[i], U32_MAX), -EPROTO);
		CHECK_EQ(d.seen, seen);
		CHECK_EQ(feed(&d, in_order[i]), 0);
	}
}

static bool has(const bool *seen, u32 type)
{
	return seen[type];
}

/* The order rules once more, as prose would put them. */
static bool may_follow(const bool *seen, u32 type)
{
	bool machine = has(seen, XENMIG_RECORD_TSC_INFO) || has(seen, XENMIG_RECORD_HVM_CONTEXT) ||
		       has(seen, XENMIG_RECORD_HVM_PARAMS);

	if (has(seen, XENMIG_RECORD_END))
		return false;
	switch (type) {
	case XENMIG_RECORD_CPUID_POLICY:
	case XENMIG_RECORD_MSR_POLICY:
		return !has(seen, type) && !has(seen, XENMIG_RECORD_STATIC_DATA_END);
	case XENMIG_RECORD_STATIC_DATA_END:
		return !has(seen, type) && has(seen, XENMIG_RECORD_CPUID_POLICY) &&
		       has(seen, XENMIG_RECORD_MSR_POLICY);
	case XENMIG_RECORD_PAGE_DATA:
		return has(seen, XENMIG_RECORD_STATIC_DATA_END) && !machine;
	case XENMIG_RECORD_END:
		return has(seen, XENMIG_RECORD_TSC_INFO) &&
		       has(seen, XENMIG_RECORD_HVM_CONTEXT) &&
		       has(seen, XENMIG_RECORD_HVM_PARAMS);
	default:
		return has(seen, XENMIG_RECORD_STATIC_DATA_END) && !has(seen, type);
	}
}

/* Every sequence of spoken types, as far as it is accepted, and every step off it. */
static unsigned int try_all(struct xenmig_decoder d, const bool *seen, int left)
{
	unsigned int complete = 0;
	size_t i;

	for (i = 0; i < NR_SPOKEN; i++) {
		struct xenmig_decoder next = d;
		bool now[NR_TYPES];
		int err = feed(&next, in_order[i]);

		CHECK_EQ(err, may_follow(seen, in_order[i]) ? 0 : -EPROTO);
		if (err || !left)
			continue;
		if (in_order[i] == XENMIG_RECORD_END)
			complete++;
		memcpy(now, seen, sizeof(now));
		now[in_order[i]] = true;
		complete += try_all(next, now, left - 1);
	}
	return complete;
}

static const u32 pv_order[] = {
	XENMIG_RECORD_PV_INFO, XENMIG_RECORD_CPUID_POLICY, XENMIG_RECORD_MSR_POLICY,
	XENMIG_RECORD_STATIC_DATA_END, XENMIG_RECORD_PV_P2M_FRAMES, XENMIG_RECORD_PAGE_DATA,
	XENMIG_RECORD_TSC_INFO, XENMIG_RECORD_SHARED_INFO, XENMIG_RECORD_PV_VCPU_BASIC,
	XENMIG_RECORD_PV_VCPU_EXTENDED, XENMIG_RECORD_PV_VCPU_XSAVE, XENMIG_RECORD_PV_VCPU_MSRS,
	XENMIG_RECORD_END,
};

#define NR_PV_SPOKEN (sizeof(pv_order) / sizeof(pv_order[0]))
#define PV_STATE 6	/* from there on the guest's state, in any order */

static u32 pv_length(u32 type)
{
	switch (type) {
	case XENMIG_RECORD_PV_INFO:
		return 8;
	case XENMIG_RECORD_PV_P2M_FRAMES:
		return 16;
	case XENMIG_RECORD_SHARED_INFO:
		return 4096;
	case XENMIG_RECORD_PV_VCPU_BASIC:
		return 8 + 5168;
	case XENMIG_RECORD_PV_VCPU_EXTENDED:
		return 8 + 64;
	case XENMIG_RECORD_PV_VCPU_XSAVE:
		return 8 + 832;
	case XENMIG_RECORD_PV_VCPU_MSRS:
		return 8 + 3 * 16;
	default:
		return good_length(type);
	}
}

/* A decoder that has seen the first @n of a PV guest's records. */
static struct xenmig_decoder pv_after(size_t n)
{
	struct xenmig_decoder d = { .pv = true };
	size_t i;

	for (i = 0; i < n; i++)
		CHECK_EQ(check_record(&d, pv_order[i], pv_length(pv_order[i])), 0);
	return d;
}

static bool pv_often(u32 type)
{
	return type == XENMIG_RECORD_PAGE_DATA ||
	       (type >= XENMIG_RECORD_PV_VCPU_BASIC && type <= XENMIG_RECORD_PV_VCPU_XSAVE) ||
	       type == XENMIG_RECORD_PV_VCPU_MSRS;
}

static void pv_records_in_order(void)
{
	struct xenmig_decoder d;
	size_t i, at;

	for (at = 0; at < NR_PV_SPOKEN; at++) {
		d = pv_after(at);
		CHECK_EQ(check_record(&d, pv_order[at], pv_length(pv_order[at])), 0);
		if (pv_often(pv_order[at]))
			CHECK_EQ(check_record(&d, pv_order[at], pv_length(pv_order[at])), 0);
		else
			CHECK_REFUSED(check_record(&d, pv_order[at], pv_length(pv_order[at])),
				      -EPROTO);
	}
	for (i = PV_STATE; i < NR_PV_SPOKEN - 1; i++) {
		d = pv_after(PV_STATE);
		CHECK_EQ(check_record(&d, pv_order[i], pv_length(pv_order[i])), 0);
		CHECK_REFUSED(check_record(&d, XENMIG_RECORD_PAGE_DATA, 16), -EPROTO);
	}
}

/* Without any one of them the next, or the end, is refused; but a guest needs no FPU of its own. */
static void pv_records_needed(void)
{
	size_t i, left_out;

	for (left_out = 0; left_out < NR_PV_SPOKEN - 1; left_out++) {
		bool needed = pv_order[left_out] != XENMIG_RECORD_PAGE_DATA &&
			      pv_order[left_out] != XENMIG_RECORD_PV_VCPU_EXTENDED &&
			      pv_order[left_out] != XENMIG_RECORD_PV_VCPU_XSAVE &&
			      pv_order[left_out] != XENMIG_RECORD_PV_VCPU_MSRS;
		struct xenmig_decoder d = { .pv = true };
		int err = 0;

		for (i = 0; i < NR_PV_SPOKEN && !err; i++)
			if (i != left_out)
				err = check_record(&d, pv_order[i], pv_length(pv_order[i]));
		CHECK_EQ(err, needed ? -EPROTO : 0);
	}
}

static void pv_records_lengths(void)
{
	static const struct {
		u32 type, min, max, wrong;
	} t[] = {
		{ XENMIG_RECORD_PV_INFO, 8, 8, 0 },
		{ XENMIG_RECORD_PV_P2M_FRAMES, 16, 8 + (1 << 20) * 8, 17 },
		{ XENMIG_RECORD_SHARED_INFO, 4096, 4096, 0 },
		{ XENMIG_RECORD_PV_VCPU_BASIC, 5176, 5176, 0 },
		{ XENMIG_RECORD_PV_VCPU_EXTENDED, 16, 8 + 128, 0 },
		{ XENMIG_RECORD_PV_VCPU_XSAVE, 24, 8 + 65536, 0 },
		{ XENMIG_RECORD_PV_VCPU_MSRS, 24, 8 + 65536, 25 },
	};
	struct xenmig_decoder d;
	size_t i, at;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		for (at = 0; pv_order[at] != t[i].type; at++)
			;
#define LENGTH(n) (d = pv_after(at), check_record(&d, t[i].type, n))
		CHECK_EQ(LENGTH(t[i].min), 0);
		CHECK_EQ(LENGTH(t[i].max), 0);
		CHECK_REFUSED(LENGTH(t[i].min - 1), -EPROTO);
		CHECK_REFUSED(LENGTH(t[i].max + 1), -EPROTO);
		CHECK_REFUSED(LENGTH(t[i].max + 16), -EPROTO);
		CHECK_REFUSED(LENGTH(t[i].wrong), -EPROTO);
#undef LENGTH
	}
}

/* What one kind of guest has, the other has not. */
static void records_of_the_other_kind(void)
{
	struct xenmig_decoder hvm = before(XENMIG_RECORD_TSC_INFO), pv = pv_after(PV_STATE);

	CHECK_REFUSED(check_record(&hvm, XENMIG_RECORD_SHARED_INFO, 4096), -EPROTONOSUPPORT);
	CHECK_REFUSED(check_record(&hvm, XENMIG_RECORD_PV_VCPU_MSRS, 24), -EPROTONOSUPPORT);
	CHECK_REFUSED(check_record(&pv, XENMIG_RECORD_HVM_CONTEXT, 100), -EPROTONOSUPPORT);
	CHECK_REFUSED(check_record(&pv, XENMIG_RECORD_HVM_PARAMS, 8), -EPROTONOSUPPORT);
}

static void record_every_order(void)
{
	static const bool nothing[NR_TYPES];

	/* 2 orders of policies, 6 of the machine state, with 0 to 2 PAGE_DATA. */
	CHECK_EQ(try_all((struct xenmig_decoder){ 0 }, nothing, 9), 2 * 6 * 3);
}

/* --- PAGE_DATA --- */

static int check_page_data(u32 count, u32 reserved, u32 length, u32 *got)
{
	struct xenmig_page_data head = { cpu_to_le32(count), cpu_to_le32(reserved) };

	return xenmig_check_page_data(&head, length, got, &why);
}

static bool kind_pv;

static int check_entries(const u64 *entries, u32 count, u32 length, u64 max_gfn, u32 *pages)
{
	u64 *copy = malloc(count * sizeof(*copy) + 1);
	u32 i;
	int err;

	for (i = 0; i < count; i++)
		copy[i] = cpu_to_le64(entries[i]);
	err = xenmig_check_entries(copy, count, length, kind_pv, max_gfn, pages, &why);
	if (!err)
		CHECK(!memcmp(copy, entries, count * sizeof(*copy)));
	free(copy);
	return err;
}

static int check_one(u64 entry, u64 max_gfn)
{
	u32 pages;

	return check_entries(&entry, 1, 16 + (xenmig_entry_has_data(entry) ? 4096 : 0), max_gfn,
			     &pages);
}

static void page_data_octets(void)
{
	static const u64 entries[] = { 5, 0xf000000000000007, 0x00000123456789ab };
	static const u8 want[] = {
		1, 0, 0, 0, 0x20, 0x20, 0, 0,		/* 8 + 3 * 8 + 2 * 4096 */
		3, 0, 0, 0, 0, 0, 0, 0,
		5, 0, 0, 0, 0, 0, 0, 0,
		7, 0, 0, 0, 0, 0, 0, 0xf0,
		0xab, 0x89, 0x67, 0x45, 0x23, 0x01, 0, 0,
	};
	u8 buf[sizeof(want) + 1];

	CHECK_EQ(xenmig_page_data_size(3), sizeof(want));
	CHECK_EQ(xenmig_put_page_data(buf + 1, entries, 3), sizeof(want));
	CHECK(!memcmp(buf + 1, want, sizeof(want)));
}

static void page_data_round_trip(void)
{
	static const u64 types[] = {
		XENMIG_PFN_NOTAB, XENMIG_PFN_BROKEN, XENMIG_PFN_XALLOC, XENMIG_PFN_XTAB,
	};
	u64 entries[XENMIG_MAX_BATCH], got[XENMIG_MAX_BATCH], gfn;
	u8 *buf = malloc(xenmig_page_data_size(XENMIG_MAX_BATCH));
	int run;

	for (run = 0; run < 300 && !harness_failures; run++) {
		struct xenmig_decoder d = before(XENMIG_RECORD_PAGE_DATA);
		u32 n = run ? 1 + any_below(XENMIG_MAX_BATCH) : XENMIG_MAX_BATCH;
		u32 i, type, length, count, pages, with_data = 0;

		for (i = 0, gfn = 0; i < n; i++, gfn += 1 + any_below(1 << 30)) {
			entries[i] = xenmig_entry(gfn, types[run ? any_below(4) : 0]);
			with_data += xenmig_entry_has_data(entries[i]);
		}
		CHECK_EQ(xenmig_put_page_data(buf, entries, n), xenmig_page_data_size(n));
		CHECK_EQ(xenmig_check_record(&d, (void *)buf, &type, &length, &why), 0);
		CHECK_EQ(xenmig_check_page_data((void *)(buf + 8), length, &count, &why), 0);
		CHECK_EQ(count, n);
		memcpy(got, buf + 16, n * sizeof(u64));
		CHECK_EQ(xenmig_check_entries(got, n, length, false, ANY_GFN, &pages, &why), 0);
		CHECK_EQ(pages, with_data);
		CHECK(!memcmp(got, entries, n * sizeof(u64)));
	}
	free(buf);
}

static void page_data_count(void)
{
	u32 count = 0;

	CHECK_REFUSED(check_page_data(0, 0, 16, &count), -EPROTO);
	CHECK_EQ(check_page_data(1, 0, 16, &count), 0);
	CHECK_EQ(check_page_data(1024, 0, 8 + 1024 * 8, &count), 0);
	CHECK_EQ(count, 1024);
	CHECK_REFUSED(check_page_data(1025, 0, 8 + 1025 * 8, &count), -EPROTO);
	CHECK_REFUSED(check_page_data(U32_MAX, 0, 16, &count), -EPROTO);
	CHECK_REFUSED(check_page_data(0x20000001, 0, 16, &count), -EPROTO);	/* * 8 wraps */
	CHECK_EQ(count, 1024);
}

static void page_data_reserved(void)
{
	u32 count;

	CHECK_REFUSED(check_page_data(1, 1, 16, &count), -EPROTO);
	CHECK_REFUSED(check_page_data(1, 0x80000000, 16, &count), -EPROTO);
}

static void page_data_length(void)
{
	u32 count;

	CHECK_REFUSED(check_page_data(10, 0, 8 + 80 - 1, &count), -EPROTO);
	CHECK_EQ(check_page_data(10, 0, 8 + 80, &count), 0);
	CHECK_EQ(check_page_data(10, 0, 8 + 80 + 10 * 4096, &count), 0);
	CHECK_REFUSED(check_page_data(10, 0, 8 + 80 + 10 * 4096 + 1, &count), -EPROTO);
	CHECK_REFUSED(check_page_data(10, 0, 0, &count), -EPROTO);
	CHECK_REFUSED(check_page_data(10, 0, U32_MAX, &count), -EPROTO);
}

static void entries_types(void)
{
	u64 type;

	for (type = 0; type < 16; type++) {
		if (type == 0 || type >= 0xd)
			CHECK_EQ(check_one(xenmig_entry(1, type), ANY_GFN), 0);
		else
			CHECK_REFUSED(check_one(xenmig_entry(1, type), ANY_GFN), -EPROTO);
	}
}

/* A page of data for ordinary ones and for page tables, pinned or not. */
static void entries_types_pv(void)
{
	u64 type;

	kind_pv = true;
	for (type = 0; type < 16; type++) {
		CHECK_EQ(xenmig_entry_has_data(xenmig_entry(1, type)), type < 0xd);
		if (type >= 5 && type <= 8)
			CHECK_REFUSED(check_one(xenmig_entry(1, type), ANY_GFN), -EPROTO);
		else
			CHECK_EQ(check_one(xenmig_entry(1, type), ANY_GFN), 0);
		CHECK_EQ(xenmig_table_level(type),
			 (type >= 1 && type <= 4) || (type >= 9 && type <= 12) ? type & 7 : 0);
	}
	kind_pv = false;
}

static void entries_reserved(void)
{
	int bit;

	for (bit = 52; bit < 60; bit++)
		CHECK_REFUSED(check_one(1 | 1ULL << bit, ANY_GFN), -EPROTO);
	CHECK_EQ(check_one(1ULL << 51, ANY_GFN), 0);
}

static void entries_range(void)
{
	CHECK_EQ(check_one(0, 0), 0);
	CHECK_REFUSED(check_one(1, 0), -EPROTO);
	CHECK_EQ(check_one(999, 1000), 0);
	CHECK_EQ(check_one(1000, 1000), 0);
	CHECK_REFUSED(check_one(1001, 1000), -EPROTO);
	CHECK_REFUSED(check_one(xenmig_entry(1001, XENMIG_PFN_XTAB), 1000), -EPROTO);
	CHECK_EQ(check_one(XENMIG_PFN_MASK, ANY_GFN), 0);
	CHECK_EQ(check_one(XENMIG_PFN_MASK, U64_MAX), 0);
	CHECK_REFUSED(check_one(XENMIG_PFN_MASK, ANY_GFN - 1), -EPROTO);
}

static void entries_ascend(void)
{
	u64 e[3] = { 1, 2, 3 };
	u32 length = 8 + 3 * 8 + 3 * 4096, pages = 0;

	CHECK_EQ(check_entries(e, 3, length, ANY_GFN, &pages), 0);
	CHECK_EQ(pages, 3);
	e[1] = 1;
	CHECK_REFUSED(check_entries(e, 3, length, ANY_GFN, &pages), -EPROTO);
	e[1] = 0;
	CHECK_REFUSED(check_entries(e, 3, length, ANY_GFN, &pages), -EPROTO);
	e[1] = 3;
	CHECK_REFUSED(check_entries(e, 3, length, ANY_GFN, &pages), -EPROTO);
	/* The frames ascend, not the entries: a type does not lift a frame. */
	e[0] = xenmig_entry(1, XENMIG_PFN_XTAB);
	e[1] = 2;
	CHECK_EQ(check_entries(e, 3, length - 4096, ANY_GFN, &pages), 0);
	CHECK_EQ(pages, 2);
	e[0] = 2;
	e[1] = xenmig_entry(2, XENMIG_PFN_XTAB);
	CHECK_REFUSED(check_entries(e, 3, length - 4096, ANY_GFN, &pages), -EPROTO);
}

static void entries_length(void)
{
	u64 e[4] = {
		10, xenmig_entry(11, XENMIG_PFN_BROKEN), 12, xenmig_entry(13, XENMIG_PFN_XALLOC),
	};
	u32 length = 8 + 4 * 8 + 2 * 4096, pages = 0;

	CHECK_EQ(check_entries(e, 4, length, ANY_GFN, &pages), 0);
	CHECK_EQ(pages, 2);
	pages = 77;
	CHECK_REFUSED(check_entries(e, 4, length - 1, ANY_GFN, &pages), -EPROTO);
	CHECK_REFUSED(check_entries(e, 4, length + 1, ANY_GFN, &pages), -EPROTO);
	CHECK_REFUSED(check_entries(e, 4, length - 4096, ANY_GFN, &pages), -EPROTO);
	CHECK_REFUSED(check_entries(e, 4, length + 4096, ANY_GFN, &pages), -EPROTO);
	CHECK_REFUSED(check_entries(e, 4, 0, ANY_GFN, &pages), -EPROTO);
	CHECK_EQ(pages, 77);
}

/* --- TSC_INFO --- */

static void tsc_octets(void)
{
	static const u8 want[] = {
		8, 0, 0, 0, 24, 0, 0, 0,
		1, 0, 0, 0, 2, 0, 0, 0,
		8, 7, 6, 5, 4, 3, 2, 1,
		3, 0, 0, 0, 0, 0, 0, 0,
	};
	u8 buf[sizeof(want) + 1];

	CHECK_EQ(xenmig_put_tsc_info(buf + 1, 1, 2, 0x0102030405060708, 3), sizeof(want));
	CHECK(!memcmp(buf + 1, want, sizeof(want)));
}

static void tsc_round_trip(void)
{
	struct xenmig_tsc_info body;
	u32 mode, khz, incarnation;
	u8 buf[32];
	u64 nsec;

	xenmig_put_tsc_info(buf, U32_MAX, 2600000, U64_MAX - 1, 7);
	memcpy(&body, buf + 8, sizeof(body));
	CHECK_EQ(xenmig_check_tsc_info(&body, 24, &mode, &khz, &nsec, &incarnation, &why), 0);
	CHECK_EQ(mode, U32_MAX);
	CHECK_EQ(khz, 2600000);
	CHECK(nsec == U64_MAX - 1);
	CHECK_EQ(incarnation, 7);
}

static void tsc_refused(void)
{
	struct xenmig_tsc_info body = { 0 };
	u32 a, b, c;
	u64 d;

	CHECK_REFUSED(xenmig_check_tsc_info(&body, 23, &a, &b, &d, &c, &why), -EPROTO);
	CHECK_REFUSED(xenmig_check_tsc_info(&body, 25, &a, &b, &d, &c, &why), -EPROTO);
	body.reserved = 1;
	CHECK_REFUSED(xenmig_check_tsc_info(&body, 24, &a, &b, &d, &c, &why), -EPROTO);
}

/* --- HVM_PARAMS --- */

static void params_octets(void)
{
	static const u64 params[][2] = { { 1, 0xfeff000 }, { 0x0102030405060708, U64_MAX } };
	static const u8 want[] = {
		10, 0, 0, 0, 40, 0, 0, 0,
		2, 0, 0, 0, 0, 0, 0, 0,
		1, 0, 0, 0, 0, 0, 0, 0, 0, 0xf0, 0xef, 0x0f, 0, 0, 0, 0,
		8, 7, 6, 5, 4, 3, 2, 1, 255, 255, 255, 255, 255, 255, 255, 255,
	};
	u8 buf[sizeof(want) + 1];

	CHECK_EQ(xenmig_put_hvm_params(buf + 1, params, 2), sizeof(want));
	CHECK(!memcmp(buf + 1, want, sizeof(want)));
}

static void params_round_trip(void)
{
	u64 params[XENMIG_MAX_HVM_PARAMS][2], buf[2 + 2 * XENMIG_MAX_HVM_PARAMS];
	u32 n, i, count;

	for (n = 0; n <= XENMIG_MAX_HVM_PARAMS; n++) {
		for (i = 0; i < n; i++) {
			params[i][0] = any();
			params[i][1] = any();
		}
		CHECK_EQ(xenmig_put_hvm_params(buf, (const u64 (*)[2])params, n), 16 + 16 * n);
		count = ~n;
		CHECK_EQ(xenmig_check_hvm_params((void *)(buf + 1), 8 + 16 * n, &count, &why), 0);
		CHECK_EQ(count, n);
		CHECK(!memcmp(buf + 2, params, 16 * n));
	}
}

static int check_params(u32 count, u32 reserved, u32 length)
{
	u64 buf[1 + 2 * (XENMIG_MAX_HVM_PARAMS + 1)] = { 0 };
	struct xenmig_hvm_params *body = (void *)buf;
	u32 got = 77;
	int err;

	body->count = cpu_to_le32(count);
	body->reserved = cpu_to_le32(reserved);
	err = xenmig_check_hvm_params(body, length, &got, &why);
	CHECK_EQ(got, err ? 77 : count);
	return err;
}

static void params_bounds(void)
{
	CHECK_EQ(check_params(0, 0, 8), 0);
	CHECK_EQ(check_params(64, 0, 8 + 64 * 16), 0);
	CHECK_REFUSED(check_params(65, 0, 8 + 65 * 16), -EPROTO);
	CHECK_REFUSED(check_params(0, 0, 7), -EPROTO);
	CHECK_REFUSED(check_params(0, 0, 0), -EPROTO);
	CHECK_REFUSED(check_params(0, 0, 9), -EPROTO);
	CHECK_REFUSED(check_params(2, 0, 8 + 16), -EPROTO);
	CHECK_REFUSED(check_params(0, 0, 8 + 16), -EPROTO);
	CHECK_REFUSED(check_params(1, 0, 8 + 17), -EPROTO);
	CHECK_REFUSED(check_params(1, 0, 8 + 15), -EPROTO);
	CHECK_REFUSED(check_params(U32_MAX, 0, 8 + 16), -EPROTO);
	CHECK_REFUSED(check_params(0x10000001, 0, 8 + 16), -EPROTO);	/* * 16 wraps */
	CHECK_REFUSED(check_params(1, 1, 8 + 16), -EPROTO);
}

static void wire_sizes(void)
{
	CHECK_EQ(sizeof(struct xenmig_image_header), 24);
	CHECK_EQ(sizeof(struct xenmig_domain_header), 16);
	CHECK_EQ(sizeof(struct xenmig_record_header), 8);
	CHECK_EQ(sizeof(struct xenmig_page_data), 8);
	CHECK_EQ(sizeof(struct xenmig_tsc_info), 24);
	CHECK_EQ(sizeof(struct xenmig_hvm_params), 8);
	CHECK_EQ(sizeof(struct xenmig_hvm_param), 16);
	CHECK_EQ(XENMIG_RECORD_ALIGN(0), 0);
	CHECK_EQ(XENMIG_RECORD_ALIGN(1), 8);
	CHECK_EQ(XENMIG_RECORD_ALIGN(8), 8);
	CHECK_EQ(XENMIG_RECORD_ALIGN(U32_MAX), 1ULL << 32);
}

static const struct test tests[] = {
	TEST(wire_sizes),
	TEST(headers_octets),
	TEST(headers_round_trip),
	TEST(headers_every_octet),
	TEST(headers_errors),
	TEST(record_octets),
	TEST(record_in_order),
	TEST(record_types),
	TEST(record_optional),
	TEST(record_lengths),
	TEST(record_twice),
	TEST(record_refusal_changes_nothing),
	TEST(record_every_order),
	TEST(pv_records_in_order),
	TEST(pv_records_needed),
	TEST(pv_records_lengths),
	TEST(records_of_the_other_kind),
	TEST(page_data_octets),
	TEST(page_data_round_trip),
	TEST(page_data_count),
	TEST(page_data_reserved),
	TEST(page_data_length),
	TEST(entries_types),
	TEST(entries_types_pv),
	TEST(entries_reserved),
	TEST(entries_range),
	TEST(entries_ascend),
	TEST(entries_length),
	TEST(tsc_octets),
	TEST(tsc_round_trip),
	TEST(tsc_refused),
	TEST(params_octets),
	TEST(params_round_trip),
	TEST(params_bounds),
};

HARNESS_MAIN(tests)
