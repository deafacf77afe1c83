/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest that was committed to this host begins to run. */
#ifndef MIGCTL_START_H
#define MIGCTL_START_H

#include "devicemodel/qmp.h"
#include "journal/writer.h"
#include "move/move.h"

/**
 * struct start_times - of a guest that has begun to run
 * @unpaused_ns: clock_ns() when the hypervisor was asked to let it run
 * @device_model_us: what its device model, if it has one, took to go on before
 */
struct start_times {
	uint64_t unpaused_ns;
	uint64_t device_model_us;
};

int start_guest(struct move *m, struct writer *writer, uint32_t domid, const uint8_t *uuid,
		bool device_model, struct qmp *qmp, struct start_times *times, struct error *err);
void start_tell(struct move *m, uint32_t domid, const uint8_t *uuid, const char *name,
		const struct vif *vifs, unsigned int vif_count);
void start_announce(struct move *m, const struct record_data *data);
void start_finish(struct move *m, const struct record_data *data);

#endif /* MIGCTL_START_H */
