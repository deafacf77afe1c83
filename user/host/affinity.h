/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which CPUs the vCPUs of a guest are bound to, and what another host makes of it. */
#ifndef MIGCTL_AFFINITY_H
#define MIGCTL_AFFINITY_H

#include "base/json.h"
#include "module/link.h"
#include "offer/findings.h"

int affinity_read(struct link *link, const struct domain *domain, struct affinity *list,
		  uint32_t *count, struct error *err);
void affinity_fit(struct affinity *affinity, const uint8_t *cpus);
void affinity_check(const struct affinity *list, uint32_t count, uint32_t vcpus,
		    const uint8_t *cpus, struct findings *findings);
bool affinity_in_config(yajl_val config, const uint8_t *cpus);
int affinity_apply(struct link *link, uint32_t domid, const uint8_t *uuid,
		   const struct affinity *list, uint32_t count, const uint8_t *cpus,
		   struct error *err);

#endif /* MIGCTL_AFFINITY_H */
