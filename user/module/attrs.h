/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Structs to netlink attributes and back, by table. Both the kernel interface
 * (link.h) and the control protocol (proto.c) are described this way; there is
 * no other place where attributes are taken apart.
 */
#ifndef MIGCTL_ATTRS_H
#define MIGCTL_ATTRS_H

#include <stddef.h>
#include <stdint.h>

struct nl_msg;
struct nlattr;

enum field_kind {
	FIELD_FLAG,	/* bool */
	FIELD_U32,
	FIELD_S32,
	FIELD_U64,
	FIELD_STRING,	/* char[size]; one NUL, at the end */
	FIELD_BINARY,	/* exactly size octets */
	FIELD_BLOB,	/* up to size octets; uint32_t at count_offset says how many */
	FIELD_NEST,	/* one struct by layout sub */
	FIELD_LIST,	/* up to max elements of size; uint32_t at count_offset */
};

/**
 * struct field - where an attribute lives in a struct
 * @attr: attribute number, below 64
 * @kind: how it is encoded; of a list, how an element is
 * @list: it is repeated
 * @offset: of the member
 * @size: of the member, or of one element of a list
 * @count_offset: of the counter of a blob or list
 * @max: greatest value of a U32 or U64 (0: any), or most elements of a list
 * @sub: layout of a nest
 */
struct field {
	uint8_t attr;
	uint8_t kind;
	uint8_t list;
	uint32_t offset;
	uint32_t size;
	uint32_t count_offset;
	uint64_t max;
	const struct layout *sub;
};

/**
 * struct layout - a struct and its attributes
 * @fields: table
 * @count: of fields
 * @need: mask of attributes that must be there
 */
struct layout {
	const struct field *fields;
	unsigned int count;
	uint64_t need;
};

#define MEMBER_SIZE(type, member)	sizeof(((type *)0)->member)
#define FIELD(_attr, _kind, type, member)						\
	{ .attr = (_attr), .kind = (_kind), .offset = offsetof(type, member),		\
	  .size = MEMBER_SIZE(type, member) }
#define FIELD_MAX(_attr, _kind, type, member, _max)					\
	{ .attr = (_attr), .kind = (_kind), .offset = offsetof(type, member),		\
	  .size = MEMBER_SIZE(type, member), .max = (_max) }
#define FIELD_VAR(_attr, type, member, count)						\
	{ .attr = (_attr), .kind = FIELD_BLOB, .offset = offsetof(type, member),		\
	  .size = MEMBER_SIZE(type, member), .count_offset = offsetof(type, count) }
#define FIELD_SUB(_attr, type, member, _sub)						\
	{ .attr = (_attr), .kind = FIELD_NEST, .offset = offsetof(type, member),		\
	  .size = MEMBER_SIZE(type, member), .sub = &(_sub) }
#define FIELD_MANY(_attr, _kind, type, member, counter, _sub)				\
	{ .attr = (_attr), .kind = (_kind), .list = 1, .offset = offsetof(type, member),	\
	  .size = sizeof(((type *)0)->member[0]), .count_offset = offsetof(type, counter),\
	  .max = MEMBER_SIZE(type, member) / sizeof(((type *)0)->member[0]), .sub = (_sub) }
#define LAYOUT(name, table, _need)							\
	const struct layout name = { .fields = (table),					\
		.count = sizeof(table) / sizeof((table)[0]), .need = (_need) }

int attrs_put(struct nl_msg *msg, const struct layout *layout, const void *obj, uint64_t mask);
int attrs_get(const struct nlattr *head, size_t len, const struct layout *layout, void *obj);

#endif /* MIGCTL_ATTRS_H */
