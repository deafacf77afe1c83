// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The records of PV guests: octets, round trips, bounds. */
#include <errno.h>
#include <stdlib.h>

#include <asm/byteorder.h>

#include "harness.h"
#include "wire/pvrecord.h"
#include "wire/record.h"

static const char *why;

#define CHECK_REFUSED(call, error) do {	\
	why = NULL;			\
	CHECK_EQ(call, error);		\
	CHECK(why && *why);		\
} while (0)

static void info_octets(void)
{
	static const u8 want[] = { 2, 0, 0, 0, 8, 0, 0, 0, 8, 4, 0, 0, 0, 0, 0, 0 };
	u8 buf[sizeof(want) + 1];

	CHECK_EQ(xenmig_put_pv_info(buf + 1), sizeof(want));
	CHECK(!memcmp(buf + 1, want, sizeof(want)));
}

static void info_checked(void)
{
	struct xenmig_pv_info info = { .width = 8, .levels = 4 };
	int i;

	CHECK_EQ(xenmig_check_pv_info(&info, &why), 0);
	info.width = 4;
	CHECK_REFUSED(xenmig_check_pv_info(&info, &why), -EPROTONOSUPPORT);
	info = (struct xenmig_pv_info){ .width = 8, .levels = 3 };
	CHECK_REFUSED(xenmig_check_pv_info(&info, &why), -EPROTONOSUPPORT);
	for (i = 0; i < 6; i++) {
		info = (struct xenmig_pv_info){ .width = 8, .levels = 4 };
		info.reserved[i] = 1;
		CHECK_REFUSED(xenmig_check_pv_info(&info, &why), -EPROTO);
	}
}

static struct xenmig_p2m_frames *frames(u32 start, u32 end, u32 count, u64 first)
{
	struct xenmig_p2m_frames *f = calloc(1, sizeof(*f) + count * sizeof(u64));
	u32 i;

	f->start = cpu_to_le32(start);
	f->end = cpu_to_le32(end);
	for (i = 0; i < count; i++)
		f->pfn[i] = cpu_to_le64(first + i);
	return f;
}

static int check(u32 start, u32 end, u32 count, u64 first, u64 max, u64 *last, u32 *got)
{
	struct xenmig_p2m_frames *f = frames(start, end, count, first);
	int err = xenmig_check_p2m_frames(f, 8 + 8 * count, max, last, got, &why);
	u32 i;

	for (i = 0; !err && i < count; i++)
		CHECK_EQ((__force u64)f->pfn[i], first + i);
	free(f);
	return err;
}

static void frames_octets(void)
{
	static const u8 want[] = { 3, 0, 0, 0, 24, 0, 0, 0, 0, 0, 0, 0, 0xff, 3, 0, 0 };
	u8 buf[sizeof(want) + 1];

	CHECK_EQ(xenmig_put_p2m_frames(buf + 1, 1023, 2), sizeof(want));
	CHECK(!memcmp(buf + 1, want, sizeof(want)));
}

static void frames_checked(void)
{
	u64 last = 0;
	u32 count = 0;

	CHECK_EQ(check(0, 1023, 2, 7, 1023, &last, &count), 0);
	CHECK_EQ(last, 1023);
	CHECK_EQ(count, 2);
	CHECK_EQ(check(0, 512, 2, 0, 5000, &last, &count), 0);
	CHECK_EQ(check(0, 511, 1, 511, 5000, &last, &count), 0);
	CHECK_EQ(check(0, 0, 1, 0, 5000, &last, &count), 0);
	CHECK_REFUSED(check(1, 1023, 2, 7, 5000, &last, &count), -EPROTO);
	CHECK_REFUSED(check(0, 1023, 2, 7, 1022, &last, &count), -EPROTO);
	CHECK_REFUSED(check(0, 1023, 1, 7, 5000, &last, &count), -EPROTO);
	CHECK_REFUSED(check(0, 1023, 3, 7, 5000, &last, &count), -EPROTO);
	CHECK_REFUSED(check(0, 0xffffffff, 2, 7, ~0ULL, &last, &count), -EPROTO);
	CHECK_REFUSED(check(0, 1023, 2, 1023, 5000, &last, &count), -EPROTO);
	CHECK_REFUSED(check(0, 1023, 2, 1ULL << 32, 5000, &last, &count), -EPROTO);
}

static void vcpu_octets(void)
{
	static const u8 want[] = { 12, 0, 0, 0, 40, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0 };
	u8 buf[sizeof(want) + 1];

	CHECK_EQ(xenmig_put_vcpu(buf + 1, XENMIG_RECORD_PV_VCPU_MSRS, 5, 32), sizeof(want));
	CHECK(!memcmp(buf + 1, want, sizeof(want)));
}

static void vcpu_checked(void)
{
	struct xenmig_pv_vcpu head = { .vcpu = cpu_to_le32(3) };
	u32 vcpu = 0;

	CHECK_EQ(xenmig_check_vcpu(&head, 4, &vcpu, &why), 0);
	CHECK_EQ(vcpu, 3);
	CHECK_REFUSED(xenmig_check_vcpu(&head, 3, &vcpu, &why), -EPROTO);
	head.vcpu = cpu_to_le32(0xffffffff);
	CHECK_REFUSED(xenmig_check_vcpu(&head, 4, &vcpu, &why), -EPROTO);
	head = (struct xenmig_pv_vcpu){ .reserved = cpu_to_le32(1) };
	CHECK_REFUSED(xenmig_check_vcpu(&head, 4, &vcpu, &why), -EPROTO);
}

static const struct test tests[] = {
	TEST(info_octets),
	TEST(info_checked),
	TEST(frames_octets),
	TEST(frames_checked),
	TEST(vcpu_octets),
	TEST(vcpu_checked),
};

HARNESS_MAIN(tests)
