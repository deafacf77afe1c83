/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Layout of the migration stream: the libxc migration stream, version 3
 * (Xen, docs/specs/libxc-migration-stream.pandoc). Documentation/stream.rst
 * describes it octet by octet. Compiles in the kernel and in user space.
 */
#ifndef _XENMIG_WIRE_H
#define _XENMIG_WIRE_H

#include <linux/types.h>

#define XENMIG_STREAM_MARKER	0xffffffffffffffffULL
#define XENMIG_STREAM_ID	0x58454e46U	/* "XENF" */
#define XENMIG_STREAM_VERSION	3

/* Image header; every field is big-endian. */
struct xenmig_image_header {
	__be64 marker;
	__be32 id;
	__be32 version;
	__be16 options;		/* bit 0: records are big-endian; we never are */
	__be16 reserved1;
	__be32 reserved2;
};

#define XENMIG_DOMAIN_PV	1
#define XENMIG_DOMAIN_HVM	2	/* HVM and PVH */

/* Domain header; from here on fields are little-endian. */
struct xenmig_domain_header {
	__le32 type;
	__le16 page_shift;
	__le16 reserved;
	__le32 xen_major;
	__le32 xen_minor;
};

/* Record header; a body follows, padded with zeros to a multiple of 8. */
struct xenmig_record_header {
	__le32 type;
	__le32 length;		/* of the body, without padding */
};

#define XENMIG_RECORD_END		0x00000000U
#define XENMIG_RECORD_PAGE_DATA		0x00000001U
#define XENMIG_RECORD_TSC_INFO		0x00000008U
#define XENMIG_RECORD_HVM_CONTEXT	0x00000009U
#define XENMIG_RECORD_HVM_PARAMS	0x0000000aU
#define XENMIG_RECORD_STATIC_DATA_END	0x00000010U
#define XENMIG_RECORD_CPUID_POLICY	0x00000011U
#define XENMIG_RECORD_MSR_POLICY	0x00000012U
#define XENMIG_RECORD_OPTIONAL		0x80000000U

#define XENMIG_RECORD_ALIGN(len)	(((len) + 7ULL) & ~7ULL)

/* PAGE_DATA: {u32 count, u32 0, u64 entry[count]}, then the pages with data. */
struct xenmig_page_data {
	__le32 count;
	__le32 reserved;
	__le64 entry[];
};

#define XENMIG_PFN_MASK		0x000fffffffffffffULL
#define XENMIG_PFN_TYPE_SHIFT	60
#define XENMIG_PFN_NOTAB	0x0ULL	/* an ordinary page; its data follows */
#define XENMIG_PFN_BROKEN	0xdULL	/* poisoned; no data */
#define XENMIG_PFN_XALLOC	0xeULL	/* allocate; no data */
#define XENMIG_PFN_XTAB		0xfULL	/* nothing there; no data */

struct xenmig_tsc_info {
	__le32 mode;
	__le32 khz;
	__le64 nsec;
	__le32 incarnation;
	__le32 reserved;
};

struct xenmig_hvm_params {
	__le32 count;
	__le32 reserved;
	struct xenmig_hvm_param {
		__le64 index;
		__le64 value;
	} param[];
};

/* Sizes of one entry of the two policy records (Xen, public/arch-x86/xen.h). */
#define XENMIG_CPUID_LEAF_SIZE	24
#define XENMIG_MSR_ENTRY_SIZE	16

/* Limits: a stream that exceeds one is refused before anything is allocated. */
#define XENMIG_PAGE_SIZE	4096U
#define XENMIG_MAX_BATCH	1024U	/* entries of a PAGE_DATA record */
#define XENMIG_MAX_POLICY	(64U << 10)	/* bytes of a policy record */
#define XENMIG_MAX_HVM_CONTEXT	(8U << 20)	/* bytes of the HVM context */
#define XENMIG_MAX_HVM_PARAMS	64U	/* entries of an HVM_PARAMS record */

#endif /* _XENMIG_WIRE_H */
