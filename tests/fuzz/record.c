// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Feed octets to the whole decoder, as the receiver of a stream does. What is
 * accepted must hold what its documentation promises, and the encoders must
 * write it back octet by octet.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/pvrecord.h"
#include "wire/record.h"
#include "record.h"

#define ENSURE(condition) do {							\
	if (!(condition)) {							\
		fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);	\
		abort();							\
	}									\
} while (0)

/* What is left of the stream. */
struct input {
	const u8 *at;
	size_t left;
};

/* Copied to memory of exactly that size, so that a read beyond it is found. */
static void *take(struct input *in, size_t n)
{
	void *copy;

	if (in->left < n)
		return NULL;
	copy = malloc(n + !n);
	ENSURE(copy);
	memcpy(copy, in->at, n);
	in->at += n;
	in->left -= n;
	return copy;
}

static bool skip(struct input *in, u64 n)
{
	if (in->left < n)
		return false;
	in->at += n;
	in->left -= n;
	return true;
}

/* An error is one of the two, and comes with words. */
static bool accepted(int err, const char *why)
{
	ENSURE(err == 0 || err == -EPROTO || err == -EPROTONOSUPPORT);
	ENSURE(!err || (why && *why));
	return !err;
}

static bool headers(struct input *in, bool *pv)
{
	u8 *buf = take(in, XENMIG_STREAM_HEADERS_SIZE), again[XENMIG_STREAM_HEADERS_SIZE];
	const char *why = NULL;
	u32 major, minor;
	bool ok;

	if (!buf)
		return false;
	ok = accepted(xenmig_check_headers(buf, pv, &major, &minor, &why), why);
	if (ok) {
		ENSURE(xenmig_put_headers(again, *pv, major, minor) == sizeof(again));
		ENSURE(!memcmp(buf, again, sizeof(again)));
	}
	free(buf);
	return ok;
}

static bool has_data(u64 type)
{
	return type < 5 || (type > 8 && type < 13);
}

static void ensure_entries(const u64 *e, u32 count, u32 length, bool pv, u32 pages)
{
	u32 i, with_data = 0;

	for (i = 0; i < count; i++) {
		u64 gfn = e[i] & 0xfffffffffffffULL, type = e[i] >> 60;

		ENSURE(gfn <= FUZZ_MAX_GFN);
		ENSURE(!i || gfn > (e[i - 1] & 0xfffffffffffffULL));
		ENSURE(e[i] == (gfn | type << 60));
		ENSURE(type == 0 || type >= 13 || (pv && has_data(type)));
		with_data += has_data(type);
	}
	ENSURE(pages == with_data);
	ENSURE((u64)pages * 4096 + 8 + 8 * (u64)count == length);
}

static void ensure_page_data_again(const u8 *from, const u64 *entries, u32 count)
{
	size_t size = xenmig_page_data_size(count);
	u8 *again = malloc(size);

	ENSURE(again);
	ENSURE(xenmig_put_page_data(again, entries, count) == size);
	ENSURE(!memcmp(from, again, size));
	free(again);
}

static bool page_data(struct input *in, bool pv, u32 length)
{
	const u8 *from = in->at - sizeof(struct xenmig_record_header);
	struct xenmig_page_data *head = take(in, sizeof(*head));
	const char *why = NULL;
	u32 count, pages;
	u64 *entries;
	bool ok;

	if (!head)
		return false;
	ok = accepted(xenmig_check_page_data(head, length, &count, &why), why);
	free(head);
	if (!ok)
		return false;
	ENSURE(count && count <= 1024 && 8 + 8 * (u64)count <= length);
	entries = take(in, count * sizeof(u64));
	if (!entries)
		return false;
	ok = accepted(xenmig_check_entries(entries, count, length, pv, FUZZ_MAX_GFN, &pages, &why),
		      why);
	if (ok) {
		ensure_entries(entries, count, length, pv, pages);
		ensure_page_data_again(from, entries, count);
		ok = skip(in, (u64)pages * 4096);
	}
	free(entries);
	return ok;
}

static bool tsc_info(struct input *in, u32 length)
{
	const u8 *from = in->at - sizeof(struct xenmig_record_header);
	struct xenmig_tsc_info *body = take(in, length);
	u32 mode, khz, incarnation;
	const char *why = NULL;
	u8 again[32];
	u64 nsec;
	bool ok;

	if (!body)
		return false;
	ok = accepted(xenmig_check_tsc_info(body, length, &mode, &khz, &nsec, &incarnation, &why),
		      why);
	if (ok) {
		ENSURE(xenmig_put_tsc_info(again, mode, khz, nsec, incarnation) == sizeof(again));
		ENSURE(!memcmp(from, again, sizeof(again)));
	}
	free(body);
	return ok;
}

static bool hvm_params(struct input *in, u32 length)
{
	const u8 *from = in->at - sizeof(struct xenmig_record_header);
	struct xenmig_hvm_params *body = take(in, length);
	u8 again[16 + 16 * XENMIG_MAX_HVM_PARAMS];
	const char *why = NULL;
	u32 count;
	bool ok;

	if (!body)
		return false;
	ok = accepted(xenmig_check_hvm_params(body, length, &count, &why), why);
	if (ok) {
		ENSURE(count <= 64 && length == 8 + 16 * count);
		ENSURE(xenmig_put_hvm_params(again, (const u64 (*)[2])body->param, count) ==
		       8 + length);
		ENSURE(!memcmp(from, again, 8 + length));
	}
	free(body);
	return ok;
}

static bool pv_info(struct input *in, u32 length)
{
	const u8 *from = in->at - sizeof(struct xenmig_record_header);
	struct xenmig_pv_info *body = take(in, length);
	u8 again[16];
	const char *why = NULL;
	bool ok;

	if (!body)
		return false;
	ENSURE(length == 8);
	ok = accepted(xenmig_check_pv_info(body, &why), why);
	if (ok) {
		ENSURE(xenmig_put_pv_info(again) == sizeof(again));
		ENSURE(!memcmp(from, again, sizeof(again)));
	}
	free(body);
	return ok;
}

static bool p2m_frames(struct input *in, u32 length)
{
	const u8 *from = in->at - sizeof(struct xenmig_record_header);
	struct xenmig_p2m_frames *body = take(in, length);
	const u64 *pfn;
	const char *why = NULL;
	u32 i, count;
	u8 again[16];
	u64 end;
	bool ok;

	if (!body)
		return false;
	ok = accepted(xenmig_check_p2m_frames(body, length, FUZZ_MAX_GFN, &end, &count, &why), why);
	if (ok) {
		ENSURE(end <= FUZZ_MAX_GFN && count == end / 512 + 1 && length == 8 + 8 * count);
		pfn = (const u64 *)body->pfn;
		for (i = 0; i < count; i++)
			ENSURE(pfn[i] <= end);
		ENSURE(xenmig_put_p2m_frames(again, end, count) == sizeof(again));
		ENSURE(!memcmp(from, again, sizeof(again)));
	}
	free(body);
	return ok;
}

static bool vcpu(struct input *in, u32 type, u32 length)
{
	const u8 *from = in->at - sizeof(struct xenmig_record_header);
	struct xenmig_pv_vcpu *body = take(in, length);
	const char *why = NULL;
	u32 which = ~0U;
	u8 again[16];
	bool ok;

	if (!body)
		return false;
	ok = accepted(xenmig_check_vcpu(body, 4, &which, &why), why);
	if (ok) {
		ENSURE(which < 4);
		ENSURE(xenmig_put_vcpu(again, type, which, length - 8) == sizeof(again));
		ENSURE(!memcmp(from, again, sizeof(again)));
	}
	free(body);
	return ok && skip(in, XENMIG_RECORD_ALIGN(length) - length);
}

static void ensure_length(u32 type, u32 length)
{
	switch (type) {
	case XENMIG_RECORD_CPUID_POLICY:
		ENSURE(length && length <= 65536 && length % 24 == 0);
		break;
	case XENMIG_RECORD_MSR_POLICY:
		ENSURE(length && length <= 65536 && length % 16 == 0);
		break;
	case XENMIG_RECORD_HVM_CONTEXT:
		ENSURE(length && length <= 8 << 20);
		break;
	case XENMIG_RECORD_SHARED_INFO:
		ENSURE(length == 4096);
		break;
	case XENMIG_RECORD_STATIC_DATA_END:
	case XENMIG_RECORD_END:
		ENSURE(!length);
		break;
	default:
		ENSURE(type & XENMIG_RECORD_OPTIONAL && length <= 8 << 20);
	}
}

static bool body(struct input *in, bool pv, u32 type, u32 length)
{
	switch (type) {
	case XENMIG_RECORD_PAGE_DATA:
		return page_data(in, pv, length);
	case XENMIG_RECORD_PV_INFO:
		return pv_info(in, length);
	case XENMIG_RECORD_PV_P2M_FRAMES:
		return p2m_frames(in, length);
	case XENMIG_RECORD_PV_VCPU_BASIC:
	case XENMIG_RECORD_PV_VCPU_EXTENDED:
	case XENMIG_RECORD_PV_VCPU_XSAVE:
	case XENMIG_RECORD_PV_VCPU_MSRS:
		return vcpu(in, type, length);
	case XENMIG_RECORD_TSC_INFO:
		return tsc_info(in, length);
	case XENMIG_RECORD_HVM_PARAMS:
		return hvm_params(in, length);
	default:
		ensure_length(type, length);
		return skip(in, XENMIG_RECORD_ALIGN(length));
	}
}

bool receive(const u8 *stream, size_t size)
{
	struct input in = { stream, size };
	struct xenmig_decoder decoder = { 0 };
	struct xenmig_record_header *hdr;
	u32 type, length, end_of_static = 0;
	const char *why = NULL;
	bool ok = headers(&in, &decoder.pv);

	while (ok) {
		hdr = take(&in, sizeof(*hdr));
		if (!hdr)
			return false;
		ok = accepted(xenmig_check_record(&decoder, hdr, &type, &length, &why), why);
		free(hdr);
		if (!ok)
			return false;
		ENSURE(type != XENMIG_RECORD_PAGE_DATA || end_of_static);
		end_of_static += type == XENMIG_RECORD_STATIC_DATA_END;
		ENSURE(end_of_static <= 1);
		ok = body(&in, decoder.pv, type, length);
		if (ok && type == XENMIG_RECORD_END)
			return true;
	}
	return false;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	receive(data, size);
	return 0;
}
