/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libxenstore for one process without xenstored: nodes with values, and permissions that are
 * handed down as xenstored does it. Transactions never conflict, watches never fire.
 */
#ifndef FAKE_XENSTORE_H
#define FAKE_XENSTORE_H

#include <errno.h>
#include <stdlib.h>

#include <xenstore.h>

#define FAKE_NODES	512

static struct fake_node {
	char path[160];
	char value[160];
	char access[32];	/* "n0 r5": owner first, as xenstore-ls -p has it */
} fake_nodes[FAKE_NODES];

static size_t fake_count;

static void fake_begin(void)
{
	fake_count = 0;
}

static struct fake_node *fake_find(const char *path)
{
	size_t i;

	for (i = 0; i < fake_count; i++)
		if (!strcmp(fake_nodes[i].path, path))
			return &fake_nodes[i];
	return NULL;
}

/* The node, made with those above it where it is not there. */
static struct fake_node *fake_make(const char *path)
{
	struct fake_node *node = fake_find(path), *parent = NULL;
	char above[sizeof(node->path)];
	char *slash;

	if (node)
		return node;
	snprintf(above, sizeof(above), "%s", path);
	slash = strrchr(above, '/');
	if (slash && slash > above) {
		*slash = '\0';
		parent = fake_make(above);
	}
	CHECK(fake_count < FAKE_NODES);
	node = &fake_nodes[fake_count++];
	snprintf(node->path, sizeof(node->path), "%s", path);
	node->value[0] = '\0';
	strcpy(node->access, parent ? parent->access : "n0");
	return node;
}

static void fake_put(const char *value, const char *path)
{
	struct fake_node *node = fake_make(path);

	snprintf(node->value, sizeof(node->value), "%s", value);
}

static int fake_compare(const void *a, const void *b)
{
	return strcmp(((const struct fake_node *)a)->path, ((const struct fake_node *)b)->path);
}

/*
 * A directory in the order of names, a line for each node: the access to it, then what is in it,
 * with the access to that where it is another.
 */
static inline const char *fake_dump(const char *dir)
{
	static char text[4096];
	const struct fake_node *node, *top;
	size_t len = strlen(dir), at, i;

	qsort(fake_nodes, fake_count, sizeof(fake_nodes[0]), fake_compare);
	top = fake_find(dir);
	CHECK(top);
	at = snprintf(text, sizeof(text), "%s\n", top ? top->access : "missing");
	for (i = 0; top && i < fake_count; i++) {
		node = &fake_nodes[i];
		if (strncmp(node->path, dir, len) || node->path[len] != '/')
			continue;
		at += snprintf(text + at, sizeof(text) - at, "%s = %s", node->path + len + 1,
			       node->value);
		if (strcmp(node->access, top->access))
			at += snprintf(text + at, sizeof(text) - at, " (%s)", node->access);
		at += snprintf(text + at, sizeof(text) - at, "\n");
	}
	return text;
}

struct xs_handle *xs_open(unsigned long flags)
{
	(void)flags;
	return (struct xs_handle *)fake_nodes;
}

void xs_close(struct xs_handle *h)
{
	(void)h;
}

int xs_fileno(struct xs_handle *h)
{
	(void)h;
	return -1;
}

void *xs_read(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned int *len)
{
	struct fake_node *node = fake_find(path);

	(void)h;
	(void)t;
	errno = ENOENT;
	if (!node)
		return NULL;
	*len = strlen(node->value);
	return strdup(node->value);
}

bool xs_write(struct xs_handle *h, xs_transaction_t t, const char *path, const void *data,
	      unsigned int len)
{
	struct fake_node *node = fake_make(path);

	(void)h;
	(void)t;
	CHECK(len < sizeof(node->value));
	snprintf(node->value, sizeof(node->value), "%.*s", (int)len, (const char *)data);
	return true;
}

bool xs_rm(struct xs_handle *h, xs_transaction_t t, const char *path)
{
	size_t i, len = strlen(path);
	bool found = false;

	(void)h;
	(void)t;
	for (i = fake_count; i--;) {
		if (strncmp(fake_nodes[i].path, path, len) ||
		    (fake_nodes[i].path[len] && fake_nodes[i].path[len] != '/'))
			continue;
		fake_nodes[i] = fake_nodes[--fake_count];
		found = true;
	}
	errno = ENOENT;
	return found;
}

/* As libxenstore gives it: pointers, then what they point to, in one piece. */
char **xs_directory(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned int *count)
{
	char **list = malloc(FAKE_NODES * (sizeof(*list) + sizeof(fake_nodes[0].path)));
	char *text = (char *)(list + FAKE_NODES);
	size_t i, len = strlen(path);

	(void)h;
	(void)t;
	*count = 0;
	for (i = 0; list && i < fake_count; i++) {
		const char *name = fake_nodes[i].path + len + 1;

		if (strncmp(fake_nodes[i].path, path, len) || fake_nodes[i].path[len] != '/' ||
		    strchr(name, '/'))
			continue;
		list[(*count)++] = strcpy(text, name);
		text += strlen(name) + 1;
	}
	return list;
}

bool xs_set_permissions(struct xs_handle *h, xs_transaction_t t, const char *path,
			struct xs_permissions *perms, unsigned int count)
{
	static const char letters[] = "nrwb";
	struct fake_node *node = fake_find(path);
	unsigned int i;
	size_t len = 0;

	(void)h;
	(void)t;
	errno = ENOENT;
	for (i = 0; node && i < count; i++)
		len += snprintf(node->access + len, sizeof(node->access) - len, "%s%c%u",
				i ? " " : "", letters[perms[i].perms & 3], perms[i].id);
	return node;
}

/* Only the owner is asked for. */
struct xs_permissions *xs_get_permissions(struct xs_handle *h, xs_transaction_t t,
					  const char *path, unsigned int *count)
{
	struct xs_permissions *perms = calloc(1, sizeof(*perms));
	struct fake_node *node = fake_find(path);

	(void)h;
	(void)t;
	if (!node || !perms) {
		free(perms);
		return NULL;
	}
	perms->id = strtoul(node->access + 1, NULL, 10);
	*count = 1;
	return perms;
}

xs_transaction_t xs_transaction_start(struct xs_handle *h)
{
	(void)h;
	return 1;
}

bool xs_transaction_end(struct xs_handle *h, xs_transaction_t t, bool abort)
{
	(void)h;
	(void)t;
	CHECK(!abort);
	return true;
}

bool xs_watch(struct xs_handle *h, const char *path, const char *token)
{
	(void)h;
	(void)path;
	(void)token;
	return true;
}

bool xs_unwatch(struct xs_handle *h, const char *path, const char *token)
{
	(void)h;
	(void)path;
	(void)token;
	return true;
}

char **xs_check_watch(struct xs_handle *h)
{
	(void)h;
	return NULL;
}

#endif
