/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network interfaces of guests: backend, hotplug script, removal. */
#ifndef MIGCTL_VIF_H
#define MIGCTL_VIF_H

#include "base/error.h"
#include "offer/findings.h"
#include "offer/offer.h"
#include "xenstore/store.h"

int vif_read(struct store *s, uint32_t domid, uint32_t devid, struct vif *vif, struct error *err);
void vif_check(const struct vif *vif, struct findings *findings);
int vif_create(struct store *s, uint32_t domid, const struct vif *vif, struct error *err);
bool vif_is_emulated(const struct vif *vif);
int vif_emulated_online(struct store *s, uint32_t domid, const struct vif *vif,
			struct error *err);
int vif_online(struct store *s, uint32_t domid, const struct vif *vif, struct error *err);
void vif_carry(uint32_t domid, const struct vif *vif, bool carry);
void vif_remove(struct store *s, uint32_t domid, const struct vif *vif);

#endif /* MIGCTL_VIF_H */
