/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Nodes that a toolstack has written into a guest's home in xenstore, beside those that every
 * guest has: platform settings, data for whatever runs in it, a description. They move along.
 */
#ifndef MIGCTL_KEPT_H
#define MIGCTL_KEPT_H

#include "base/error.h"
#include "module/model.h"
#include "xenstore/store.h"

int kept_read(struct store *s, uint32_t domid, struct kept *list, uint32_t *count,
	      struct error *err);
bool kept_well_formed(const struct kept *list, uint32_t count);
void kept_put(struct store *s, uint32_t domid, const struct kept *list, uint32_t count);

#endif /* MIGCTL_KEPT_H */
