// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The stream's octets, both ways. Documentation/stream.rst is what this file
 * implements; every bound on what a peer may send is checked here.
 */
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <asm/byteorder.h>

#include "wire/record.h"

#define IMAGE_OPTION_BIG_ENDIAN	BIT(0)
#define PAGE_SHIFT_4K		12

#define SEEN(name)		BIT(XENMIG_RECORD_##name)
#define SEEN_POLICIES		(SEEN(CPUID_POLICY) | SEEN(MSR_POLICY))
#define SEEN_MACHINE		(SEEN(TSC_INFO) | SEEN(HVM_CONTEXT) | SEEN(HVM_PARAMS))
#define SEEN_PV_STATIC		(SEEN_POLICIES | SEEN(PV_INFO))
/* All that a PV guest must have, and all after which its pages are complete. */
#define SEEN_PV_MACHINE		(SEEN(TSC_INFO) | SEEN(SHARED_INFO) | SEEN(PV_VCPU_BASIC))
#define SEEN_PV_ANY		(SEEN_PV_MACHINE | SEEN(PV_VCPU_EXTENDED) | \
				 SEEN(PV_VCPU_XSAVE) | SEEN(PV_VCPU_MSRS))

#define ENTRY_RESERVED \
	(~(XENMIG_PFN_MASK | 0xfULL << XENMIG_PFN_TYPE_SHIFT))

static int refuse(const char **why, const char *what)
{
	*why = what;
	return -EPROTO;
}

static int not_spoken(const char **why, const char *what)
{
	*why = what;
	return -EPROTONOSUPPORT;
}

/**
 * xenmig_put_headers() - write the image header and the domain header
 * @buf: room for XENMIG_STREAM_HEADERS_SIZE bytes, any alignment
 * @pv: the domain is a PV guest
 * @xen_major: version of the hypervisor that the domain ran on
 * @xen_minor: likewise
 *
 * Return: bytes written.
 */
size_t xenmig_put_headers(void *buf, bool pv, u32 xen_major, u32 xen_minor)
{
	struct xenmig_image_header image = {
		.marker = cpu_to_be64(XENMIG_STREAM_MARKER),
		.id = cpu_to_be32(XENMIG_STREAM_ID),
		.version = cpu_to_be32(XENMIG_STREAM_VERSION),
	};
	struct xenmig_domain_header domain = {
		.type = cpu_to_le32(pv ? XENMIG_DOMAIN_PV : XENMIG_DOMAIN_HVM),
		.page_shift = cpu_to_le16(PAGE_SHIFT_4K),
		.xen_major = cpu_to_le32(xen_major),
		.xen_minor = cpu_to_le32(xen_minor),
	};

	memcpy(buf, &image, sizeof(image));
	memcpy(buf + sizeof(image), &domain, sizeof(domain));
	return XENMIG_STREAM_HEADERS_SIZE;
}

/**
 * xenmig_put_record() - write a record header
 * @buf: room for it, any alignment
 * @type: XENMIG_RECORD_*
 * @length: bytes of the body, without the padding that the caller adds
 *
 * Return: bytes written.
 */
size_t xenmig_put_record(void *buf, u32 type, u32 length)
{
	struct xenmig_record_header hdr = {
		.type = cpu_to_le32(type),
		.length = cpu_to_le32(length),
	};

	memcpy(buf, &hdr, sizeof(hdr));
	return sizeof(hdr);
}

static u32 pages_with_data(const u64 *entries, u32 count)
{
	u32 i, pages = 0;

	for (i = 0; i < count; i++)
		pages += xenmig_entry_has_data(entries[i]);
	return pages;
}

static u32 page_data_length(u32 count, u32 pages)
{
	return sizeof(struct xenmig_page_data) + count * sizeof(u64) + pages * XENMIG_PAGE_SIZE;
}

/**
 * xenmig_put_page_data() - write a PAGE_DATA record up to its first page
 * @buf: room for xenmig_page_data_size(@count) bytes, any alignment
 * @entries: from xenmig_entry(), strictly ascending by frame
 * @count: how many, 1 .. XENMIG_MAX_BATCH
 *
 * The pages of the entries with data are to follow, in the same order. The
 * record's length covers them; no padding follows.
 *
 * Return: bytes written.
 */
size_t xenmig_put_page_data(void *buf, const u64 *entries, u32 count)
{
	struct xenmig_page_data head = { .count = cpu_to_le32(count) };
	u32 length = page_data_length(count, pages_with_data(entries, count));
	void *p = buf;
	__le64 entry;
	u32 i;

	p += xenmig_put_record(p, XENMIG_RECORD_PAGE_DATA, length);
	memcpy(p, &head, sizeof(head));
	p += sizeof(head);
	for (i = 0; i < count; i++, p += sizeof(entry)) {
		entry = cpu_to_le64(entries[i]);
		memcpy(p, &entry, sizeof(entry));
	}
	return xenmig_page_data_size(count);
}

/**
 * xenmig_put_tsc_info() - write a TSC_INFO record
 * @buf: room for a record header and struct xenmig_tsc_info, any alignment
 * @mode: TSC mode of the domain
 * @khz: its TSC frequency
 * @nsec: its TSC in nanoseconds
 * @incarnation: times it was moved or restored
 *
 * Return: bytes written.
 */
size_t xenmig_put_tsc_info(void *buf, u32 mode, u32 khz, u64 nsec, u32 incarnation)
{
	struct xenmig_tsc_info body = {
		.mode = cpu_to_le32(mode),
		.khz = cpu_to_le32(khz),
		.nsec = cpu_to_le64(nsec),
		.incarnation = cpu_to_le32(incarnation),
	};
	size_t n = xenmig_put_record(buf, XENMIG_RECORD_TSC_INFO, sizeof(body));

	memcpy(buf + n, &body, sizeof(body));
	return n + sizeof(body);
}

/**
 * xenmig_put_hvm_params() - write an HVM_PARAMS record
 * @buf: room for a record header, struct xenmig_hvm_params and @count times
 *	struct xenmig_hvm_param, any alignment
 * @params: pairs of index and value
 * @count: how many, at most XENMIG_MAX_HVM_PARAMS
 *
 * Return: bytes written.
 */
size_t xenmig_put_hvm_params(void *buf, const u64 (*params)[2], u32 count)
{
	struct xenmig_hvm_params head = { .count = cpu_to_le32(count) };
	struct xenmig_hvm_param param;
	void *p = buf;
	u32 i;

	p += xenmig_put_record(p, XENMIG_RECORD_HVM_PARAMS, sizeof(head) + count * sizeof(param));
	memcpy(p, &head, sizeof(head));
	p += sizeof(head);
	for (i = 0; i < count; i++, p += sizeof(param)) {
		param.index = cpu_to_le64(params[i][0]);
		param.value = cpu_to_le64(params[i][1]);
		memcpy(p, &param, sizeof(param));
	}
	return p - buf;
}

static int check_image_header(const struct xenmig_image_header *h, const char **why)
{
	u16 options = be16_to_cpu(h->options);

	if (be64_to_cpu(h->marker) != XENMIG_STREAM_MARKER)
		return refuse(why, "the stream does not begin with its marker");
	if (be32_to_cpu(h->id) != XENMIG_STREAM_ID)
		return refuse(why, "the stream is not a migration stream");
	if (be32_to_cpu(h->version) != XENMIG_STREAM_VERSION)
		return not_spoken(why, "the stream has another version");
	if (options & IMAGE_OPTION_BIG_ENDIAN)
		return not_spoken(why, "the stream is big-endian");
	if (options || h->reserved1 || h->reserved2)
		return refuse(why, "reserved bits of the image header are set");
	return 0;
}

static int check_domain_header(const struct xenmig_domain_header *h, const char **why)
{
	if (le32_to_cpu(h->type) != XENMIG_DOMAIN_HVM && le32_to_cpu(h->type) != XENMIG_DOMAIN_PV)
		return not_spoken(why, "the domain is none of HVM, PVH and PV");
	if (le16_to_cpu(h->page_shift) != PAGE_SHIFT_4K)
		return refuse(why, "the pages are not 4 KiB large");
	if (h->reserved)
		return refuse(why, "reserved bits of the domain header are set");
	return 0;
}

/**
 * xenmig_check_headers() - check the image header and the domain header
 * @buf: XENMIG_STREAM_HEADERS_SIZE bytes, any alignment
 * @pv: set to whether the domain is a PV guest
 * @xen_major: set to the version of the hypervisor that the domain ran on
 * @xen_minor: likewise
 * @why: set to a sentence fragment on an error
 *
 * Return: 0, -EPROTO, or -EPROTONOSUPPORT for a version, byte order or type of
 * domain that this implementation does not speak.
 */
int xenmig_check_headers(const void *buf, bool *pv, u32 *xen_major, u32 *xen_minor,
			 const char **why)
{
	struct xenmig_image_header image;
	struct xenmig_domain_header domain;
	int err;

	memcpy(&image, buf, sizeof(image));
	memcpy(&domain, buf + sizeof(image), sizeof(domain));
	err = check_image_header(&image, why);
	if (!err)
		err = check_domain_header(&domain, why);
	if (err)
		return err;
	*pv = le32_to_cpu(domain.type) == XENMIG_DOMAIN_PV;
	*xen_major = le32_to_cpu(domain.xen_major);
	*xen_minor = le32_to_cpu(domain.xen_minor);
	return 0;
}

#define PAGE_DATA_MIN		(sizeof(struct xenmig_page_data) + sizeof(u64))
#define PAGE_DATA_MAX		(sizeof(struct xenmig_page_data) + \
				 XENMIG_MAX_BATCH * (sizeof(u64) + XENMIG_PAGE_SIZE))
#define VCPU(octets)		(sizeof(struct xenmig_pv_vcpu) + (octets))

/*
 * What a record's length may be, and what must and must not have been seen
 * when it comes. A row without a name is a type that is not spoken.
 */
struct rule {
	const char *length_why;	/* says that the length is wrong */
	u32 min;
	u32 max;
	u32 step;		/* length - min is a multiple of it, 0: min == max */
	u32 after;		/* bits of struct xenmig_decoder.seen */
	u32 never_after;
};

#define CPUID_POLICY_RULE {							\
	"the CPUID policy has an impossible length",				\
	XENMIG_CPUID_LEAF_SIZE, XENMIG_MAX_POLICY, XENMIG_CPUID_LEAF_SIZE,	\
	0, SEEN(CPUID_POLICY) | SEEN(STATIC_DATA_END),				\
}
#define MSR_POLICY_RULE {							\
	"the MSR policy has an impossible length",				\
	XENMIG_MSR_ENTRY_SIZE, XENMIG_MAX_POLICY, XENMIG_MSR_ENTRY_SIZE,	\
	0, SEEN(MSR_POLICY) | SEEN(STATIC_DATA_END),				\
}
#define STATIC_DATA_END_RULE(needs) {						\
	"the end of static data is not empty",					\
	0, 0, 0, needs, SEEN(STATIC_DATA_END),					\
}
#define PAGE_DATA_RULE(needs, complete) {					\
	"a PAGE_DATA record has an impossible length",				\
	PAGE_DATA_MIN, PAGE_DATA_MAX, sizeof(u64), needs, complete,		\
}
#define TSC_INFO_RULE(needs) {							\
	"TSC_INFO has another length than its own",				\
	sizeof(struct xenmig_tsc_info), sizeof(struct xenmig_tsc_info), 0,	\
	needs, SEEN(TSC_INFO),							\
}
#define END_RULE(needs)		{ "the end of the stream is not empty", 0, 0, 0, needs, 0 }

static const struct rule hvm_rules[] = {
	[XENMIG_RECORD_CPUID_POLICY] = CPUID_POLICY_RULE,
	[XENMIG_RECORD_MSR_POLICY] = MSR_POLICY_RULE,
	[XENMIG_RECORD_STATIC_DATA_END] = STATIC_DATA_END_RULE(SEEN_POLICIES),
	[XENMIG_RECORD_PAGE_DATA] = PAGE_DATA_RULE(SEEN(STATIC_DATA_END), SEEN_MACHINE),
	[XENMIG_RECORD_TSC_INFO] = TSC_INFO_RULE(SEEN(STATIC_DATA_END)),
	[XENMIG_RECORD_HVM_CONTEXT] = {
		"the HVM context is empty or too long",
		1, XENMIG_MAX_HVM_CONTEXT, 1,
		SEEN(STATIC_DATA_END), SEEN(HVM_CONTEXT),
	},
	[XENMIG_RECORD_HVM_PARAMS] = {
		"HVM_PARAMS has an impossible length",
		sizeof(struct xenmig_hvm_params),
		sizeof(struct xenmig_hvm_params) +
			XENMIG_MAX_HVM_PARAMS * sizeof(struct xenmig_hvm_param),
		sizeof(struct xenmig_hvm_param),
		SEEN(STATIC_DATA_END), SEEN(HVM_PARAMS),
	},
	[XENMIG_RECORD_END] = END_RULE(SEEN(STATIC_DATA_END) | SEEN_MACHINE),
};

static const struct rule pv_rules[] = {
	[XENMIG_RECORD_PV_INFO] = {
		"PV_INFO has another length than its own",
		sizeof(struct xenmig_pv_info), sizeof(struct xenmig_pv_info), 0,
		0, SEEN(PV_INFO) | SEEN(STATIC_DATA_END),
	},
	[XENMIG_RECORD_CPUID_POLICY] = CPUID_POLICY_RULE,
	[XENMIG_RECORD_MSR_POLICY] = MSR_POLICY_RULE,
	[XENMIG_RECORD_STATIC_DATA_END] = STATIC_DATA_END_RULE(SEEN_PV_STATIC),
	[XENMIG_RECORD_PV_P2M_FRAMES] = {
		"PV_P2M_FRAMES has an impossible length",
		sizeof(struct xenmig_p2m_frames) + sizeof(u64),
		sizeof(struct xenmig_p2m_frames) + XENMIG_MAX_P2M_FRAMES * sizeof(u64),
		sizeof(u64),
		SEEN(STATIC_DATA_END), SEEN(PV_P2M_FRAMES),
	},
	[XENMIG_RECORD_PAGE_DATA] = PAGE_DATA_RULE(SEEN(PV_P2M_FRAMES), SEEN_PV_ANY),
	[XENMIG_RECORD_TSC_INFO] = TSC_INFO_RULE(SEEN(PV_P2M_FRAMES)),
	[XENMIG_RECORD_SHARED_INFO] = {
		"SHARED_INFO has another length than a page",
		XENMIG_PAGE_SIZE, XENMIG_PAGE_SIZE, 0,
		SEEN(PV_P2M_FRAMES), SEEN(SHARED_INFO),
	},
	[XENMIG_RECORD_PV_VCPU_BASIC] = {
		"a vCPU's context has another length than its own",
		VCPU(XENMIG_VCPU_BASIC_SIZE), VCPU(XENMIG_VCPU_BASIC_SIZE), 0,
		SEEN(PV_P2M_FRAMES), 0,
	},
	[XENMIG_RECORD_PV_VCPU_EXTENDED] = {
		"a vCPU's extended context is empty or too long",
		VCPU(sizeof(u64)), VCPU(XENMIG_MAX_VCPU_EXTENDED), 1,
		SEEN(PV_P2M_FRAMES), 0,
	},
	[XENMIG_RECORD_PV_VCPU_XSAVE] = {
		"a vCPU's xsave state is too short or too long",
		VCPU(XENMIG_MIN_VCPU_XSAVE), VCPU(XENMIG_MAX_VCPU_XSAVE), 1,
		SEEN(PV_P2M_FRAMES), 0,
	},
	[XENMIG_RECORD_PV_VCPU_MSRS] = {
		"a vCPU's MSRs have an impossible length",
		VCPU(XENMIG_VCPU_MSR_SIZE), VCPU(XENMIG_MAX_VCPU_MSRS), XENMIG_VCPU_MSR_SIZE,
		SEEN(PV_P2M_FRAMES), 0,
	},
	[XENMIG_RECORD_END] = END_RULE(SEEN(PV_P2M_FRAMES) | SEEN_PV_MACHINE),
};

static int check_order(const struct rule *r, u32 seen, const char **why)
{
	if (seen & r->never_after)
		return refuse(why, "a record comes twice or too late");
	if ((seen & r->after) != r->after)
		return refuse(why, "a record comes before one that it needs");
	return 0;
}

static int check_length(const struct rule *r, u32 length, const char **why)
{
	if (length < r->min || length > r->max)
		return refuse(why, r->length_why);
	if (r->step && (length - r->min) % r->step)
		return refuse(why, r->length_why);
	return 0;
}

/* A type marked optional: its sender does without our knowing it. */
static int check_optional(u32 length, const char **why)
{
	if (length > XENMIG_MAX_HVM_CONTEXT)
		return refuse(why, "an optional record is too long");
	return 0;
}

static const struct rule *rule_of(const struct xenmig_decoder *d, u32 type)
{
	if (d->pv)
		return type < ARRAY_SIZE(pv_rules) ? &pv_rules[type] : NULL;
	return type < ARRAY_SIZE(hvm_rules) ? &hvm_rules[type] : NULL;
}

static int check_known(struct xenmig_decoder *d, u32 type, u32 length, const char **why)
{
	const struct rule *r = rule_of(d, type);
	int err;

	if (!r || !r->length_why)
		return not_spoken(why, "a record has a type that is not spoken here");
	err = check_order(r, d->seen, why);
	if (!err)
		err = check_length(r, length, why);
	if (!err)
		d->seen |= BIT(type);
	return err;
}

/**
 * xenmig_check_record() - check a record's header: its type, order and length
 * @d: what came before; changed only when 0 is returned
 * @hdr: as received
 * @type: set to the type
 * @length: set to the bytes of the body; XENMIG_RECORD_ALIGN() of it follow
 * @why: set to a sentence fragment on an error
 *
 * A @type with XENMIG_RECORD_OPTIONAL set is never a known one: the caller
 * reads its body and drops it.
 *
 * Return: 0, -EPROTO, or -EPROTONOSUPPORT for a type that is not spoken.
 */
int xenmig_check_record(struct xenmig_decoder *d, const struct xenmig_record_header *hdr,
			u32 *type, u32 *length, const char **why)
{
	u32 t = le32_to_cpu(hdr->type), len = le32_to_cpu(hdr->length);
	int err;

	if (d->seen & SEEN(END))
		return refuse(why, "a record follows the end of the stream");
	if (t & XENMIG_RECORD_OPTIONAL)
		err = check_optional(len, why);
	else
		err = check_known(d, t, len, why);
	if (err)
		return err;
	*type = t;
	*length = len;
	return 0;
}

/**
 * xenmig_check_page_data() - check the head of a PAGE_DATA record
 * @head: the first 8 octets of the body, as received
 * @length: of the body, from xenmig_check_record()
 * @count: set to the number of entries, 1 .. XENMIG_MAX_BATCH; the body is
 *	long enough for them
 * @why: set to a sentence fragment on an error
 *
 * Return: 0 or -EPROTO.
 */
int xenmig_check_page_data(const struct xenmig_page_data *head, u32 length, u32 *count,
			   const char **why)
{
	u32 n = le32_to_cpu(head->count);

	if (!n || n > XENMIG_MAX_BATCH)
		return refuse(why, "a PAGE_DATA record has no entry or too many");
	if (head->reserved)
		return refuse(why, "reserved bits of a PAGE_DATA record are set");
	if (length < page_data_length(n, 0) || length > page_data_length(n, n))
		return refuse(why, "a PAGE_DATA record's length does not fit its entries");
	*count = n;
	return 0;
}

/* Bit n: there is such a type. */
#define HVM_TYPES	(BIT(XENMIG_PFN_NOTAB) | BIT(XENMIG_PFN_BROKEN) | \
			 BIT(XENMIG_PFN_XALLOC) | BIT(XENMIG_PFN_XTAB))
#define TABLE_TYPES	0x1eUL
#define PV_TYPES	(HVM_TYPES | TABLE_TYPES | TABLE_TYPES << XENMIG_PFN_PINNED)

static int check_entry(u64 entry, unsigned long types, u64 max_gfn, const char **why)
{
	if (entry & ENTRY_RESERVED)
		return refuse(why, "reserved bits of a page's entry are set");
	if (!(types >> xenmig_entry_type(entry) & 1))
		return refuse(why, "a page has a type that a domain of this kind has not");
	if (xenmig_entry_gfn(entry) > max_gfn)
		return refuse(why, "a page lies beyond the end of the domain's memory");
	return 0;
}

/**
 * xenmig_check_entries() - check the entries of a PAGE_DATA record
 * @entries: as received; converted to CPU order in place, on an error only
 *	some of them
 * @count: from xenmig_check_page_data()
 * @length: of the body, from xenmig_check_record()
 * @pv: the domain is a PV guest, which has page tables that Xen knows as such
 * @max_gfn: highest frame that the domain may have
 * @pages: set to the number of pages that follow the entries
 * @why: set to a sentence fragment on an error
 *
 * Return: 0 or -EPROTO.
 */
int xenmig_check_entries(u64 *entries, u32 count, u32 length, bool pv, u64 max_gfn, u32 *pages,
			 const char **why)
{
	unsigned long types = pv ? PV_TYPES : HVM_TYPES;
	u32 i, n;
	int err;

	for (i = 0; i < count; i++) {
		entries[i] = le64_to_cpu((__force __le64)entries[i]);
		err = check_entry(entries[i], types, max_gfn, why);
		if (err)
			return err;
		if (i && xenmig_entry_gfn(entries[i]) <= xenmig_entry_gfn(entries[i - 1]))
			return refuse(why, "the pages of a record do not ascend");
	}
	n = pages_with_data(entries, count);
	if (length != page_data_length(count, n))
		return refuse(why, "a PAGE_DATA record's length does not fit its pages");
	*pages = n;
	return 0;
}

/**
 * xenmig_check_tsc_info() - check and read a TSC_INFO record
 * @body: as received
 * @length: of the body, from xenmig_check_record()
 * @mode: set to the TSC mode; whether there is such a mode, Xen knows
 * @khz: set to the TSC frequency
 * @nsec: set to the TSC in nanoseconds
 * @incarnation: set to the times the domain was moved or restored
 * @why: set to a sentence fragment on an error
 *
 * Return: 0 or -EPROTO.
 */
int xenmig_check_tsc_info(const struct xenmig_tsc_info *body, u32 length, u32 *mode, u32 *khz,
			  u64 *nsec, u32 *incarnation, const char **why)
{
	int err = check_length(&hvm_rules[XENMIG_RECORD_TSC_INFO], length, why);

	if (err)
		return err;
	if (body->reserved)
		return refuse(why, "reserved bits of TSC_INFO are set");
	*mode = le32_to_cpu(body->mode);
	*khz = le32_to_cpu(body->khz);
	*nsec = le64_to_cpu(body->nsec);
	*incarnation = le32_to_cpu(body->incarnation);
	return 0;
}

static void param_to_cpu(struct xenmig_hvm_param *param)
{
	u64 index = le64_to_cpu(param->index), value = le64_to_cpu(param->value);

	param->index = (__force __le64)index;
	param->value = (__force __le64)value;
}

/**
 * xenmig_check_hvm_params() - check an HVM_PARAMS record
 * @body: as received; its pairs are converted to CPU order in place
 * @length: of the body, from xenmig_check_record()
 * @count: set to the number of pairs, at most XENMIG_MAX_HVM_PARAMS; may be 0
 * @why: set to a sentence fragment on an error
 *
 * Which indices a peer may set and to what, the caller knows.
 *
 * Return: 0 or -EPROTO, with the pairs unchanged.
 */
int xenmig_check_hvm_params(struct xenmig_hvm_params *body, u32 length, u32 *count,
			    const char **why)
{
	u32 i, n;
	int err = check_length(&hvm_rules[XENMIG_RECORD_HVM_PARAMS], length, why);

	if (err)
		return err;
	n = le32_to_cpu(body->count);
	if (body->reserved)
		return refuse(why, "reserved bits of HVM_PARAMS are set");
	if (n != (length - sizeof(*body)) / sizeof(body->param[0]))
		return refuse(why, "the length of HVM_PARAMS does not fit its count");
	for (i = 0; i < n; i++)
		param_to_cpu(&body->param[i]);
	*count = n;
	return 0;
}
