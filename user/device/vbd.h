/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disks of guests: backend, hotplug script, draining, removal. */
#ifndef MIGCTL_VBD_H
#define MIGCTL_VBD_H

#include "device/storage.h"
#include "module/link.h"
#include "offer/findings.h"
#include "offer/offer.h"
#include "xenstore/store.h"

int vbd_read(struct store *s, uint32_t domid, uint32_t devid, struct vbd *vbd, struct error *err);
void vbd_check(const struct vbd *vbd, bool unsafe, struct findings *findings);
bool vbd_is_late(const struct vbd *vbd);
int vbd_create(struct store *s, uint32_t domid, const struct vbd *vbd, struct error *err);
int vbd_online(struct store *s, uint32_t domid, const struct vbd *vbd, struct error *err);
int vbd_drain(struct link *link, struct store *s, uint32_t domid, const uint8_t *uuid,
	      const struct vbd *vbd, uint64_t until, struct error *err);
void vbd_remove(struct store *s, uint32_t domid, uint32_t devid);

#endif /* MIGCTL_VBD_H */
