// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Bodies of records as stream.rst draws them, round trips, and every bound from both sides. */
#include <stdlib.h>

#include <linux/limits.h>

#include "decoder.h"

#define ANY_GFN		XENMIG_PFN_MASK

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

static const struct test tests[] = {
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
