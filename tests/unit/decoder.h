/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Refusals, and a decoder that has come to some place in the stream of an HVM guest. */
#ifndef _DECODER_H
#define _DECODER_H

#include <errno.h>

#include <asm/byteorder.h>

#include "harness.h"
#include "wire/record.h"

static const char *why;

/* A refusal always says why. */
#define CHECK_REFUSED(call, error) do {	\
	why = NULL;			\
	CHECK_EQ(call, error);		\
	CHECK(why && *why);		\
} while (0)

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

#endif
