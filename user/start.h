/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest that was committed to this host begins to run. */
#ifndef MIGCTL_START_H
#define MIGCTL_START_H

#include "claim.h"
#include "move.h"
#include "qmp.h"

int start_guest(struct move *m, struct claim *claim, uint32_t domid, const uint8_t *uuid,
		struct qmp *qmp, uint64_t *unpaused_ns, struct error *err);
void start_tell(struct move *m, uint32_t domid, const uint8_t *uuid, const char *name,
		const struct vif *vifs, unsigned int vif_count);
void start_announce(struct move *m, const struct record_data *data);
void start_finish(struct move *m, const struct record_data *data);

#endif /* MIGCTL_START_H */
