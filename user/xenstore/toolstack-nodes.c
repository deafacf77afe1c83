// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xenstore/toolstack-nodes.h"

#define DOM		"/local/domain/%u"
#define DEPTH_MAX	8

/* What every guest has, or a device of it: made anew at the destination, or the guest's own. */
static const char *const usual[] = {
	"vm", "name", "domid", "memory", "cpu", "control", "console", "store", "device", "backend",
	"device-model", "libxl", "data", "drivers", "feature", "attr", "error", "image", "serial",
};

static bool is_usual(const char *name)
{
	size_t len = strcspn(name, "/"), i;

	for (i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		if (strlen(usual[i]) == len && !strncmp(usual[i], name, len))
			return true;
	return false;
}

struct walk {
	struct store *s;
	uint32_t domid;
	struct toolstack_node *list;
	uint32_t *count;
	struct error *err;
};

static int take(const struct walk *w, const char *path)
{
	char *value = store_get(w->s, DOM "/%s", w->domid, path);
	struct toolstack_node *one = &w->list[*w->count];
	int rc = 0;

	if (*w->count == TOOLSTACK_NODES_MAX || strlen(path) >= sizeof(one->path) ||
	    !value || strlen(value) >= sizeof(one->value)) {
		rc = error_set(w->err, EXIT_REFUSED,
			"The domain has nodes of its toolstack in xenstore (" DOM "/%s) that are more than %d or longer than %zu octets, and migctl cannot move them: remove what is not needed of them.",
			w->domid, path, TOOLSTACK_NODES_MAX, sizeof(one->value) - 1);
	} else {
		one->have = ~0ULL;
		strcpy(one->path, path);
		strcpy(one->value, value);
		(*w->count)++;
	}
	free(value);
	return rc;
}

/* A node of dom0's and what is below it; what the guest owns it writes again itself. */
static int walk(const struct walk *w, const char *path, unsigned int depth)
{
	char below[sizeof(w->list->path) + 64], **names;
	unsigned int count, i;
	int rc;

	if (depth > DEPTH_MAX || !store_is_hosts(w->s, DOM "/%s", w->domid, path))
		return 0;
	rc = take(w, path);
	names = store_list(w->s, &count, DOM "/%s", w->domid, path);
	for (i = 0; names && i < count && !rc; i++) {
		snprintf(below, sizeof(below), "%s/%s", path, names[i]);
		rc = walk(w, below, depth + 1);
	}
	free(names);
	return rc;
}

/**
 * toolstack_nodes_read() - the nodes of a guest that move along
 * @s: the store
 * @domid: the guest
 * @list: room for TOOLSTACK_NODES_MAX
 * @count: set to how many
 * @err: why not
 *
 * Return: 0 or -1.
 */
int toolstack_nodes_read(struct store *s, uint32_t domid, struct toolstack_node *list,
			 uint32_t *count, struct error *err)
{
	struct walk w = { .s = s, .domid = domid, .list = list, .count = count, .err = err };
	unsigned int found, i;
	char **names = store_list(s, &found, DOM, domid);
	int rc = 0;

	*count = 0;
	for (i = 0; names && i < found && !rc; i++)
		if (!is_usual(names[i]))
			rc = walk(&w, names[i], 0);
	free(names);
	return rc;
}

/* The characters that xenstored allows in a path (docs/misc/xenstore.txt). */
static bool good_path(const char *path)
{
	const char *c;

	if (!*path || *path == '/' || path[strlen(path) - 1] == '/' || strstr(path, "//") ||
	    is_usual(path))
		return false;
	for (c = path; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("-/_@", *c))
			return false;
	return true;
}

/**
 * toolstack_nodes_well_formed() - can these be nodes of a guest's home that are not the usual ones?
 * @list: of unknown origin
 * @count: how many
 *
 * Return: whether they can.
 */
bool toolstack_nodes_well_formed(const struct toolstack_node *list, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++)
		if (!good_path(list[i].path))
			return false;
	return true;
}

/**
 * toolstack_nodes_put() - write them; a failure is kept in @s->failed
 * @s: the store
 * @domid: the guest here
 * @list: well-formed
 * @count: how many
 */
void toolstack_nodes_put(struct store *s, uint32_t domid, const struct toolstack_node *list,
			 uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++) {
		store_put(s, list[i].value, DOM "/%s", domid, list[i].path);
		store_access(s, ACCESS_GUEST_READS, domid, DOM "/%s", domid, list[i].path);
	}
}
