// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The headers of a stream, octet by octet, and which record may come where and how long. */
#include <linux/limits.h>

#include "decoder.h"

#define NR_TYPES	0x20

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
};

HARNESS_MAIN(tests)
