/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenstore: reading, writing with permissions, transactions, waiting. */
#ifndef MIGCTL_STORE_H
#define MIGCTL_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include <xenstore.h>

#include "base/context.h"
#include "base/error.h"

/**
 * struct store - a connection to xenstored
 * @xs: the connection
 * @t: transaction in progress, XBT_NULL outside of one
 * @failed: a write failed since this was last cleared
 * @context: whom all is done for that is done with it; set after store_open(), NULL for nobody
 */
struct store {
	struct xs_handle *xs;
	xs_transaction_t t;
	bool failed;
	const struct context *context;
};

/* Who owns a node and who may read it; the first of a list is the owner. */
enum store_access {
	ACCESS_HOST,		/* dom0 only */
	ACCESS_GUEST_READS,	/* dom0's, the guest may read */
	ACCESS_GUEST_OWNS,	/* the guest's */
	ACCESS_FRONTEND,	/* the guest's, dom0 may read */
};

int store_open(struct store *s, struct error *err);
void store_close(struct store *s);

char *store_get(struct store *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool store_get_text(struct store *s, char *text, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
bool store_get_number(struct store *s, uint64_t *value, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
char **store_list(struct store *s, unsigned int *count, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
bool store_is_hosts(struct store *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool store_exists(struct store *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

void store_put(struct store *s, const char *value, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void store_put_number(struct store *s, uint64_t value, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void store_make(struct store *s, enum store_access access, uint32_t domid, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void store_access(struct store *s, enum store_access access, uint32_t domid, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void store_remove(struct store *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

int store_transact(struct store *s, void (*body)(struct store *s, void *arg), void *arg);
void store_watch(struct store *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool store_changed(struct store *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int store_wait(struct store *s, const char *path, bool (*done)(const char *value, const void *arg),
	       const void *arg, int timeout_ms);

#endif /* MIGCTL_STORE_H */
