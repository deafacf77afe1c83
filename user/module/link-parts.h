/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of a link share: link.c speaks to the module, link-domain.c asks it about
 * domains, link-session.c about sessions.
 */
#ifndef MIGCTL_LINK_PARTS_H
#define MIGCTL_LINK_PARTS_H

#include "module/attrs.h"
#include "module/link.h"

/* Where replies go. */
struct sink {
	const struct layout *layout;
	size_t size;
	void *one;		/* a single reply, or NULL */
	char *list;		/* a dump */
	unsigned int count;
	bool got;
	bool bad;
};

/* link.c */
struct link *link_open_family(const char *name, unsigned int version, struct error *err);
int link_call(struct link *link, int cmd, int flags, const struct layout *layout,
	      const void *obj, uint64_t mask, struct sink *sink);
int link_explain(struct link *link, int rc, const char *what, struct error *err);
void *link_take_list(struct sink *sink, int rc, unsigned int *count);

/* link-session.c */
extern const struct layout session_layout;

#endif /* MIGCTL_LINK_PARTS_H */
