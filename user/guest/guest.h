/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest of this host: finding it, judging whether it can move, describing it. */
#ifndef MIGCTL_GUEST_H
#define MIGCTL_GUEST_H

#include "module/link.h"
#include "offer/findings.h"
#include "offer/offer.h"
#include "xenstore/store.h"

int guest_find(struct link *link, struct store *s, const char *text, struct domain *domain,
	       struct error *err);
void guest_survey(struct store *s, const struct domain *domain, struct findings *findings);
int guest_check(struct store *s, const struct domain *domain, struct error *err);
int guest_check_live(const struct domain *domain, const struct host_info *host, struct error *err);
int guest_describe(struct link *link, struct store *s, const struct domain *domain,
		   const struct host_info *host, struct offer *offer, struct error *err);
int guest_same_devices(struct store *s, uint32_t domid, const struct offer *offer,
		       struct error *err);
int guest_unchanged(struct store *s, uint32_t domid, const struct offer *offer, struct error *err);
void guest_settings(struct store *s, const struct domain *domain, struct settings *settings);
int guest_vifs(struct store *s, uint32_t domid, struct vif *vifs, unsigned int *count,
	       struct error *err);
void guest_detach(struct store *s, uint32_t domid);
bool guest_left_traces(struct store *s, uint32_t domid, const uint8_t *uuid);
void guest_remove(struct link *link, struct store *s, uint32_t domid, const uint8_t *uuid,
		  struct error *err);

#endif /* MIGCTL_GUEST_H */
