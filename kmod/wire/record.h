/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Encode, decode and check the records of the stream. Pure: no allocation,
 * no I/O, no Xen. Every bound on what a peer may send is here.
 */
#ifndef _XENMIG_RECORD_H
#define _XENMIG_RECORD_H

#include <linux/types.h>
#include "xenmig/wire.h"

#define XENMIG_STREAM_HEADERS_SIZE \
	(sizeof(struct xenmig_image_header) + sizeof(struct xenmig_domain_header))

/* Encoders write to @buf and return the bytes written; the caller sized it. */
size_t xenmig_put_headers(void *buf, bool pv, u32 xen_major, u32 xen_minor);
size_t xenmig_put_record(void *buf, u32 type, u32 length);
size_t xenmig_put_page_data(void *buf, const u64 *entries, u32 count);
size_t xenmig_put_tsc_info(void *buf, u32 mode, u32 khz, u64 nsec, u32 incarnation);
size_t xenmig_put_hvm_params(void *buf, const u64 (*params)[2], u32 count);

/**
 * xenmig_page_data_size() - bytes that xenmig_put_page_data() writes
 * @count: entries
 *
 * Return: record header, head and entries, without the pages.
 */
static inline size_t xenmig_page_data_size(u32 count)
{
	return sizeof(struct xenmig_record_header) + sizeof(struct xenmig_page_data) +
	       (size_t)count * sizeof(u64);
}

/**
 * xenmig_entry() - entry of a PAGE_DATA record
 * @gfn: frame, at most XENMIG_PFN_MASK
 * @type: XENMIG_PFN_*
 *
 * Return: the entry, in CPU order.
 */
static inline u64 xenmig_entry(u64 gfn, u64 type)
{
	return gfn | type << XENMIG_PFN_TYPE_SHIFT;
}

/**
 * xenmig_entry_gfn() - frame of an entry
 * @entry: in CPU order
 *
 * Return: the frame.
 */
static inline u64 xenmig_entry_gfn(u64 entry)
{
	return entry & XENMIG_PFN_MASK;
}

/**
 * xenmig_entry_type() - type of an entry
 * @entry: in CPU order, reserved bits clear
 *
 * Return: XENMIG_PFN_*.
 */
static inline u64 xenmig_entry_type(u64 entry)
{
	return entry >> XENMIG_PFN_TYPE_SHIFT;
}

/**
 * xenmig_entry_has_data() - does a page follow for this entry?
 * @entry: in CPU order, of a type that there is
 *
 * Return: true for NOTAB, and for the page tables that a PV guest has.
 */
static inline bool xenmig_entry_has_data(u64 entry)
{
	return xenmig_entry_type(entry) < XENMIG_PFN_BROKEN;
}

/**
 * xenmig_table_level() - which level of page table is this type of page?
 * @type: XENMIG_PFN_*, pinned or not
 *
 * Return: 1 to 4, or 0 for a page that is none.
 */
static inline u32 xenmig_table_level(u64 type)
{
	u32 level = type & ~XENMIG_PFN_PINNED;

	return level <= XENMIG_PFN_L4TAB ? level : 0;
}

/**
 * struct xenmig_decoder - where in the stream a receiver is
 * @seen: bit per record type seen (bit n for type n, all known types are < 32)
 * @pv: it is the stream of a PV guest
 *
 * Zeroed before the first record, but for @pv. Enforces order: policies,
 * STATIC_DATA_END, PAGE_DATA, then TSC_INFO, HVM_CONTEXT and HVM_PARAMS once each
 * in any order (the published specification and Xen's own sender disagree), END.
 * Of a PV guest: PV_INFO and the policies, STATIC_DATA_END, PV_P2M_FRAMES,
 * PAGE_DATA, then TSC_INFO and SHARED_INFO once each and vCPUs in any order, END.
 */
struct xenmig_decoder {
	u32 seen;
	bool pv;
};

/*
 * Checkers return 0, or -EPROTO (-EPROTONOSUPPORT for a version or type we do
 * not speak) with *@why set to a static sentence fragment. Lengths are exact.
 */
int xenmig_check_headers(const void *buf, bool *pv, u32 *xen_major, u32 *xen_minor,
			 const char **why);
int xenmig_check_record(struct xenmig_decoder *d, const struct xenmig_record_header *hdr,
			u32 *type, u32 *length, const char **why);
/*
 * @head: the first 8 octets of the body; sets *@count. Then, with all entries
 * read, check_entries: types known to that kind of guest, reserved bits clear, every gfn <= @max_gfn,
 * no gfn twice in one record if entries ascend (they must ascend strictly),
 * and @length says exactly 8 + 8 * count + 4096 * pages; sets *@pages.
 * Entries are converted to CPU order in place.
 */
int xenmig_check_page_data(const struct xenmig_page_data *head, u32 length, u32 *count,
			   const char **why);
int xenmig_check_entries(u64 *entries, u32 count, u32 length, bool pv, u64 max_gfn, u32 *pages,
			 const char **why);
int xenmig_check_tsc_info(const struct xenmig_tsc_info *body, u32 length, u32 *mode, u32 *khz,
			  u64 *nsec, u32 *incarnation, const char **why);
/* Converts in place to CPU order: params[i] = {index, value}. */
int xenmig_check_hvm_params(struct xenmig_hvm_params *body, u32 length, u32 *count,
			    const char **why);

#endif /* _XENMIG_RECORD_H */
