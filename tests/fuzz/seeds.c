// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Write the seeds of the corpus to a directory: small streams from the
 * encoders. Each must be accepted, or the build fails.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/pvrecord.h"
#include "wire/record.h"
#include "record.h"

static u8 stream[1 << 16];
static size_t used;

static void put_body(u32 type, u32 length, u8 octet)
{
	used += xenmig_put_record(stream + used, type, length);
	memset(stream + used, octet, length);
	used += XENMIG_RECORD_ALIGN(length);
}

static void put_pages(const u64 *entries, u32 count)
{
	u32 i;

	used += xenmig_put_page_data(stream + used, entries, count);
	for (i = 0; i < count; i++) {
		if (!xenmig_entry_has_data(entries[i]))
			continue;
		memset(stream + used, (int)(i + 1), XENMIG_PAGE_SIZE);
		used += XENMIG_PAGE_SIZE;
	}
}

static void begin(bool pv)
{
	memset(stream, 0, sizeof(stream));
	used = xenmig_put_headers(stream, pv, 4, 17);
	if (pv)
		used += xenmig_put_pv_info(stream + used);
	put_body(XENMIG_RECORD_CPUID_POLICY, 2 * XENMIG_CPUID_LEAF_SIZE, 1);
	put_body(XENMIG_RECORD_MSR_POLICY, XENMIG_MSR_ENTRY_SIZE, 0);
	put_body(XENMIG_RECORD_STATIC_DATA_END, 0, 0);
}

static void put_params(void)
{
	static const u64 params[][2] = { { 1, 0xfeffc }, { 17, 0xfefff }, { 4, 5 } };

	used += xenmig_put_hvm_params(stream + used, params, 3);
}

static void put_tsc(void)
{
	used += xenmig_put_tsc_info(stream + used, 1, 2600000, 123456789, 1);
}

static void finish(const char *dir, const char *name)
{
	char path[4096];
	FILE *f;

	put_body(XENMIG_RECORD_END, 0, 0);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "wb");
	if (!f || fwrite(stream, 1, used, f) != used || fclose(f)) {
		perror(path);
		exit(1);
	}
	if (!receive(stream, used)) {
		fprintf(stderr, "%s: not accepted\n", name);
		exit(1);
	}
}

/* No page at all: the shortest stream there is. */
static void without_pages(const char *dir)
{
	begin(false);
	put_tsc();
	put_body(XENMIG_RECORD_HVM_CONTEXT, 13, 0x5a);
	put_params();
	finish(dir, "without-pages");
}

/* Every type of entry, but no data. */
static void without_data(const char *dir)
{
	u64 entries[64];
	u32 i;

	for (i = 0; i < 64; i++)
		entries[i] = xenmig_entry(i * i, XENMIG_PFN_BROKEN + i % 3);
	begin(false);
	put_pages(entries, 64);
	put_body(XENMIG_RECORD_OPTIONAL | 0x77, 5, 0xff);
	put_pages(entries + 63, 1);
	put_params();
	put_body(XENMIG_RECORD_HVM_CONTEXT, 1, 0);
	put_tsc();
	finish(dir, "without-data");
}

/* Two rounds, the last frame at the limit. */
static void with_data(const char *dir)
{
	const u64 first[] = { 0, 1, xenmig_entry(2, XENMIG_PFN_XTAB), FUZZ_MAX_GFN };
	const u64 second[] = { 1 };

	begin(false);
	put_pages(first, 4);
	put_pages(second, 1);
	put_body(XENMIG_RECORD_HVM_CONTEXT, 24, 3);
	put_tsc();
	put_params();
	finish(dir, "with-data");
}

static void put_vcpu(u32 type, u32 vcpu, u32 length)
{
	used += xenmig_put_vcpu(stream + used, type, vcpu, length);
	memset(stream + used, (int)vcpu + 1, length);
	used += XENMIG_RECORD_ALIGN(length);
}

/* Page tables pinned and not, two vCPUs. */
static void pv(const char *dir)
{
	const u64 entries[] = {
		0, xenmig_entry(1, XENMIG_PFN_L1TAB), xenmig_entry(2, XENMIG_PFN_XTAB),
		xenmig_entry(3, XENMIG_PFN_L4TAB | XENMIG_PFN_PINNED),
	};
	u64 frames[2] = { 3, 600 };

	begin(true);
	used += xenmig_put_p2m_frames(stream + used, 1023, 2);
	memcpy(stream + used, frames, sizeof(frames));
	used += sizeof(frames);
	put_pages(entries, 4);
	put_tsc();
	put_body(XENMIG_RECORD_SHARED_INFO, XENMIG_PAGE_SIZE, 0);
	put_vcpu(XENMIG_RECORD_PV_VCPU_BASIC, 0, XENMIG_VCPU_BASIC_SIZE);
	put_vcpu(XENMIG_RECORD_PV_VCPU_EXTENDED, 0, 61);
	put_vcpu(XENMIG_RECORD_PV_VCPU_XSAVE, 0, 33);
	put_vcpu(XENMIG_RECORD_PV_VCPU_MSRS, 1, 32);
	finish(dir, "pv");
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	without_pages(argv[1]);
	without_data(argv[1]);
	with_data(argv[1]);
	pv(argv[1]);
	return 0;
}
