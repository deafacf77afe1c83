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
#define XENMIG_RECORD_PV_INFO		0x00000002U
#define XENMIG_RECORD_PV_P2M_FRAMES	0x00000003U
#define XENMIG_RECORD_PV_VCPU_BASIC	0x00000004U
#define XENMIG_RECORD_PV_VCPU_EXTENDED	0x00000005U
#define XENMIG_RECORD_PV_VCPU_XSAVE	0x00000006U
#define XENMIG_RECORD_SHARED_INFO	0x00000007U
#define XENMIG_RECORD_TSC_INFO		0x00000008U
#define XENMIG_RECORD_HVM_CONTEXT	0x00000009U
#define XENMIG_RECORD_HVM_PARAMS	0x0000000aU
#define XENMIG_RECORD_PV_VCPU_MSRS	0x0000000cU
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
#define XENMIG_PFN_L1TAB	0x1ULL	/* PV: a page table of level 1, normalised; and so on */
#define XENMIG_PFN_L4TAB	0x4ULL
#define XENMIG_PFN_PINNED	0x8ULL	/* with one of L1TAB to L4TAB: a bit */
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

/* PV_INFO: how wide a PV guest's words are, and how deep its page tables. */
struct xenmig_pv_info {
	__u8 width;		/* 8 octets */
	__u8 levels;		/* 4 */
	__u8 reserved[6];
};

/* PV_P2M_FRAMES: the frames that hold the guest's p2m, 512 entries each. */
struct xenmig_p2m_frames {
	__le32 start;		/* first frame that they are about */
	__le32 end;		/* last one */
	__le64 pfn[];
};

/* PV_VCPU_*: a vCPU's state as Xen gives it follows. */
struct xenmig_pv_vcpu {
	__le32 vcpu;
	__le32 reserved;
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
#define XENMIG_P2M_PER_FRAME	512U	/* entries of the p2m in a page */
#define XENMIG_MAX_P2M_FRAMES	(1U << 20)	/* frames of a PV_P2M_FRAMES record: 2 TiB of guest */
#define XENMIG_VCPU_BASIC_SIZE	5168U	/* a 64-bit vcpu_guest_context */
#define XENMIG_MAX_VCPU_EXTENDED 128U	/* bytes of an extended vCPU context */
#define XENMIG_MIN_VCPU_XSAVE	16U
#define XENMIG_MAX_VCPU_XSAVE	(64U << 10)	/* bytes of a vCPU's xsave state */
#define XENMIG_VCPU_MSR_SIZE	16U
#define XENMIG_MAX_VCPU_MSRS	(64U << 10)	/* bytes of a vCPU's MSRs */

#endif /* _XENMIG_WIRE_H */
