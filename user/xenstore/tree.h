/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The xenstore tree of a guest at its new host, as libxl would have made it. */
#ifndef MIGCTL_TREE_H
#define MIGCTL_TREE_H

#include "offer/offer.h"
#include "xenstore/store.h"

/**
 * struct tree - a guest's nodes
 * @domid: its id here
 * @uuid: in text
 * @store_port: its event channel to xenstored
 * @console_port: its event channel to xenconsoled
 * @store_frame: what xenstored is told of its ring; of a PV guest a machine frame
 * @console_frame: likewise xenconsoled
 * @offer: what it is like
 */
struct tree {
	uint32_t domid;
	char uuid[37];
	uint32_t store_port;
	uint32_t console_port;
	uint64_t store_frame;
	uint64_t console_frame;
	const struct offer *offer;
};

int tree_create(struct store *s, struct tree *tree, struct error *err);
int tree_settings(struct store *s, uint32_t domid, const struct settings *settings);
int tree_rename(struct store *s, uint32_t domid, const char *uuid, const char *name);
int tree_rename_incoming(struct store *s, uint32_t domid, const char *uuid, const char *name);
void tree_true_name(struct store *s, uint32_t domid, char *name, size_t size);
int tree_await_console(struct store *s, uint32_t domid);
void tree_remove(struct store *s, uint32_t domid, const char *uuid);

#endif /* MIGCTL_TREE_H */
