// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/msg.h>

#include "module/attrs.h"

static const unsigned char nla_types[] = {
	[FIELD_FLAG] = NLA_FLAG,
	[FIELD_U32] = NLA_U32,
	[FIELD_S32] = NLA_U32,
	[FIELD_U64] = NLA_U64,
	[FIELD_STRING] = NLA_STRING,
	[FIELD_BINARY] = NLA_UNSPEC,
	[FIELD_BLOB] = NLA_UNSPEC,
	[FIELD_NEST] = NLA_UNSPEC,
};

static uint64_t have_of(const void *obj)
{
	uint64_t have;

	memcpy(&have, obj, sizeof(have));
	return have;
}

static void mark(void *obj, unsigned int attr)
{
	uint64_t have = have_of(obj) | 1ULL << attr;

	memcpy(obj, &have, sizeof(have));
}

static uint32_t counter(const void *obj, const struct field *f)
{
	uint32_t count;

	memcpy(&count, (const char *)obj + f->count_offset, sizeof(count));
	return count;
}

static void set_counter(void *obj, const struct field *f, uint32_t count)
{
	memcpy((char *)obj + f->count_offset, &count, sizeof(count));
}

static int put_nest(struct nl_msg *msg, const struct field *f, const void *member)
{
	struct nlattr *nest = nla_nest_start(msg, NLA_F_NESTED | f->attr);

	if (!nest)
		return -1;
	if (attrs_put(msg, f->sub, member, ~0ULL))
		return -1;
	return nla_nest_end(msg, nest);
}

static int put_one(struct nl_msg *msg, const struct field *f, const void *obj, const void *member)
{
	switch (f->kind) {
	case FIELD_FLAG:
		return *(const bool *)member ? nla_put_flag(msg, f->attr) : 0;
	case FIELD_STRING:
		return nla_put_string(msg, f->attr, member);
	case FIELD_BLOB:
		return nla_put(msg, f->attr, counter(obj, f), member);
	case FIELD_NEST:
		return put_nest(msg, f, member);
	default:
		return nla_put(msg, f->attr, f->size, member);
	}
}

static int put_list(struct nl_msg *msg, const struct field *f, const void *obj)
{
	const char *member = (const char *)obj + f->offset;
	uint32_t i;

	for (i = 0; i < counter(obj, f); i++)
		if (put_one(msg, f, obj, member + (size_t)i * f->size))
			return -1;
	return 0;
}

/**
 * attrs_put() - append the members of a struct to a message
 * @msg: the message
 * @layout: describes the struct
 * @obj: the struct; only members marked in its @have are put
 * @mask: of those, which
 *
 * Return: 0, or -1 when the message has no room.
 */
int attrs_put(struct nl_msg *msg, const struct layout *layout, const void *obj, uint64_t mask)
{
	const struct field *f;
	int rc;

	for (f = layout->fields; f < layout->fields + layout->count; f++) {
		if (!((have_of(obj) & mask) >> f->attr & 1))
			continue;
		rc = f->list ? put_list(msg, f, obj)
			     : put_one(msg, f, obj, (const char *)obj + f->offset);
		if (rc)
			return -1;
	}
	return 0;
}

static int get_string(const struct nlattr *nla, const struct field *f, char *member)
{
	size_t len = nla_len(nla);
	const char *text = nla_data(nla);

	if (!len || len > f->size || strnlen(text, len) != len - 1)
		return -1;
	memcpy(member, text, len);
	return 0;
}

static int check_max(const struct field *f, const void *member)
{
	uint64_t value = 0;

	if (!f->max || f->list)
		return 0;
	memcpy(&value, member, f->size);	/* little-endian, as all of x86 */
	return value > f->max ? -1 : 0;
}

static int get_fixed(const struct nlattr *nla, const struct field *f, void *member)
{
	if ((uint32_t)nla_len(nla) != f->size)
		return -1;
	memcpy(member, nla_data(nla), f->size);
	return f->kind == FIELD_BINARY ? 0 : check_max(f, member);
}

static int get_one(const struct nlattr *nla, const struct field *f, void *obj, void *member)
{
	switch (f->kind) {
	case FIELD_FLAG:
		*(bool *)member = true;
		return 0;
	case FIELD_STRING:
		return get_string(nla, f, member);
	case FIELD_BLOB:
		if ((uint32_t)nla_len(nla) > f->size)
			return -1;
		memcpy(member, nla_data(nla), nla_len(nla));
		set_counter(obj, f, nla_len(nla));
		return 0;
	case FIELD_NEST:
		return attrs_get(nla_data(nla), nla_len(nla), f->sub, member);
	default:
		return get_fixed(nla, f, member);
	}
}

static int get_field(const struct nlattr *nla, const struct field *f, void *obj)
{
	char *member = (char *)obj + f->offset;
	uint32_t count;

	if (!f->list)
		return (have_of(obj) >> f->attr & 1) ? -1 : get_one(nla, f, obj, member);
	count = counter(obj, f);
	if (count >= f->max || get_one(nla, f, obj, member + (size_t)count * f->size))
		return -1;
	set_counter(obj, f, count + 1);
	return 0;
}

static const struct field *find_field(const struct layout *layout, unsigned int attr)
{
	const struct field *f;

	for (f = layout->fields; f < layout->fields + layout->count; f++)
		if (f->attr == attr)
			return f;
	return NULL;
}

static int validate(const struct nlattr *head, size_t len, const struct layout *layout)
{
	struct nla_policy policy[64];
	const struct field *f;
	unsigned int max = 0;

	memset(policy, 0, sizeof(policy));
	for (f = layout->fields; f < layout->fields + layout->count; f++) {
		policy[f->attr].type = nla_types[f->kind];
		if (f->kind == FIELD_STRING || f->kind == FIELD_BINARY || f->kind == FIELD_BLOB)
			policy[f->attr].maxlen = f->size;
		if (f->attr > max)
			max = f->attr;
	}
	return nla_validate(head, len, max, policy) ? -1 : 0;
}

/**
 * attrs_get() - fill a struct from attributes
 * @head: the first attribute
 * @len: octets of all of them; what @head points to need not be trusted
 * @layout: describes the struct
 * @obj: the struct, zeroed by the caller (nested ones included)
 *
 * Attributes the layout does not know are skipped. One of a wrong length, out
 * of its bounds, or given twice without being a list is an error.
 *
 * Return: 0, or -1 when the attributes are not what the layout allows.
 */
int attrs_get(const struct nlattr *head, size_t len, const struct layout *layout, void *obj)
{
	const struct nlattr *nla;
	const struct field *f;
	int left;

	if (validate(head, len, layout))
		return -1;
	nla_for_each_attr(nla, head, (int)len, left) {
		f = find_field(layout, nla_type(nla));
		if (!f)
			continue;
		if (get_field(nla, f, obj))
			return -1;
		mark(obj, f->attr);
	}
	return (have_of(obj) & layout->need) == layout->need ? 0 : -1;
}
