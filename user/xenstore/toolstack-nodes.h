/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Nodes that a toolstack has written into a guest's home in xenstore, beside those that every
 * guest has: platform settings, data for whatever runs in it, a description. They move along.
 */
#ifndef MIGCTL_TOOLSTACK_NODES_H
#define MIGCTL_TOOLSTACK_NODES_H

#include "base/error.h"
#include "offer/offer.h"
#include "xenstore/store.h"

int toolstack_nodes_read(struct store *s, uint32_t domid, struct toolstack_node *list,
			 uint32_t *count, struct error *err);
bool toolstack_nodes_well_formed(const struct toolstack_node *list, uint32_t count);
void toolstack_nodes_put(struct store *s, uint32_t domid, const struct toolstack_node *list,
			 uint32_t count);

#endif /* MIGCTL_TOOLSTACK_NODES_H */
