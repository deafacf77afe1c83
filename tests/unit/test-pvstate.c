// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What changes in a PV guest's state, and that nothing else does. */
#include <errno.h>

#include "harness.h"
#include "pv/pvstate.h"

static const char *why;

static void fill(void *p, size_t n)
{
	u8 *octet = p;

	while (n--)
		*octet++ = any();
}

static struct xenmig_vcpu_context context(u32 gdt_ents)
{
	struct xenmig_vcpu_context c;
	u32 i;

	fill(&c, sizeof(c));
	c.flags = 0;
	c.rdx = 0x1000;
	for (i = 0; i < 16; i++)
		c.gdt_frames[i] = 0x2000 + i;
	c.gdt_ents = gdt_ents;
	c.ctrlreg[3] = 0x3000ULL << 12;
	c.ctrlreg[1] = 0x4000ULL << 12;
	return c;
}

static void first_vcpu(void)
{
	struct xenmig_vcpu_context c = context(16), was = c;
	struct xenmig_vcpu_frames f;
	u32 i;

	CHECK_EQ(xenmig_vcpu_frames(&c, 0, false, &f, &why), 0);
	CHECK_EQ(f.nr, 4);
	CHECK(f.frame[0] == 0x1000 && f.frame[1] == 0x2000 && f.frame[2] == 0x3000 &&
	      f.frame[3] == 0x4000);
	CHECK(!f.root[0] && !f.root[1] && f.root[2] && f.root[3]);
	for (i = 0; i < f.nr; i++)
		f.frame[i] = i;		/* also frame 0, which the stream tells from none */
	xenmig_vcpu_replace(&c, 0, true, &f);
	CHECK(c.rdx == 0 && c.gdt_frames[0] == 1 && c.ctrlreg[3] == 2ULL << 12 &&
	      c.ctrlreg[1] == (3ULL << 12 | 1));
	CHECK_EQ(c.flags, 0);
	CHECK_EQ(xenmig_vcpu_frames(&c, 0, true, &f, &why), 0);
	CHECK_EQ(f.nr, 4);
	for (i = 0; i < f.nr; i++) {
		CHECK_EQ(f.frame[i], i);
		f.frame[i] = 0x1000 * (i + 1);
	}
	xenmig_vcpu_replace(&c, 0, false, &f);
	CHECK_EQ(c.flags, XENMIG_VGCF_ONLINE);
	c.flags = 0;
	CHECK(!memcmp(&c, &was, sizeof(c)));
}

static void other_vcpu_without_user(void)
{
	struct xenmig_vcpu_context c = context(0);
	struct xenmig_vcpu_frames f;

	c.ctrlreg[1] = 0;
	CHECK_EQ(xenmig_vcpu_frames(&c, 1, false, &f, &why), 0);
	CHECK_EQ(f.nr, 1);
	CHECK(f.root[0] && f.frame[0] == 0x3000);
	f.frame[0] = 9;
	xenmig_vcpu_replace(&c, 1, true, &f);
	CHECK(c.ctrlreg[3] == 9ULL << 12 && !c.ctrlreg[1] && c.rdx == 0x1000);
	CHECK_EQ(xenmig_vcpu_frames(&c, 1, true, &f, &why), 0);
	CHECK_EQ(f.nr, 1);
}

static void largest_gdt(void)
{
	struct xenmig_vcpu_context c = context(14 * 512);
	struct xenmig_vcpu_frames f;

	CHECK_EQ(xenmig_vcpu_frames(&c, 0, false, &f, &why), 0);
	CHECK_EQ(f.nr, XENMIG_VCPU_FRAMES);
	c.gdt_ents++;
	why = NULL;
	CHECK_EQ(xenmig_vcpu_frames(&c, 0, false, &f, &why), -EPROTO);
	CHECK(why && *why);
	c.gdt_ents = ~0ULL;
	CHECK_EQ(xenmig_vcpu_frames(&c, 0, true, &f, &why), -EPROTO);
}

static void shared_info(void)
{
	static struct xenmig_shared_info sent, here, was;
	u32 i;

	fill(&sent, sizeof(sent));
	fill(&here, sizeof(here));
	was = here;
	xenmig_shared_info_take(&here, &sent);
	for (i = 0; i < 32; i++) {
		CHECK_EQ(here.vcpu_info[i].evtchn_pending_sel, 0);
		CHECK(here.vcpu_info[i].upcall == sent.vcpu_info[i].upcall);
		CHECK(!memcmp(here.vcpu_info[i].rest, sent.vcpu_info[i].rest, 48));
	}
	for (i = 0; i < 64; i++)
		CHECK(!here.evtchn_pending[i] && here.evtchn_mask[i] == ~0ULL);
	CHECK(!memcmp(here.wallclock, was.wallclock, sizeof(here.wallclock)));
	CHECK(here.max_pfn == sent.max_pfn && here.p2m_vaddr == sent.p2m_vaddr);
	CHECK(!here.p2m_tree && !here.p2m_cr3);
}

static void start_info(void)
{
	static const struct xenmig_start start = {
		.pages = 65536, .shared_info = 0x123000, .store_mfn = 7, .store_port = 1,
		.console_mfn = 8, .console_port = 2,
	};
	struct xenmig_start_info info;
	u8 magic[32];

	fill(&info, sizeof(info));
	memcpy(magic, info.magic, sizeof(magic));
	xenmig_start_info_set(&info, &start);
	CHECK(!memcmp(magic, info.magic, sizeof(magic)));
	CHECK(info.nr_pages == 65536 && info.shared_info == 0x123000 && !info.flags);
	CHECK(info.store_mfn == 7 && info.store_evtchn == 1);
	CHECK(info.console_mfn == 8 && info.console_evtchn == 2);
}

static const struct test tests[] = {
	TEST(first_vcpu),
	TEST(other_vcpu_without_user),
	TEST(largest_gdt),
	TEST(shared_info),
	TEST(start_info),
};

HARNESS_MAIN(tests)
