/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PV keyboard and mouse of an HVM guest, which its device model serves; libxl gives one to each. */
#ifndef MIGCTL_VKBD_H
#define MIGCTL_VKBD_H

#include "xenstore/store.h"

bool vkbd_moves(struct store *s, uint32_t domid, const char *kind, const char *dev);
bool vkbd_exists(struct store *s, uint32_t domid);
int vkbd_create(struct store *s, uint32_t domid, struct error *err);
void vkbd_remove(struct store *s, uint32_t domid);

#endif /* MIGCTL_VKBD_H */
