/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device model that is started here, for a guest that arrives; devicemodel.h ends it. */
#ifndef MIGCTL_PROCESS_H
#define MIGCTL_PROCESS_H

#include "devicemodel/devicemodel.h"
#include "offer/findings.h"

/**
 * struct dm_process - a device model that was started here
 * @domid: its guest
 * @pid: of it, 0 for none
 * @pidfd: tells of its end, -1 for none
 * @incoming: where its state is written to, -1 for none
 * @qmp: connection to it
 */
struct dm_process {
	uint32_t domid;
	pid_t pid;
	int pidfd;
	int incoming;
	struct qmp qmp;
};

void dm_process_admit(const struct offer *offer, const char *program, struct findings *findings);
int dm_process_start(struct dm_process *p, struct store *s, uint32_t domid,
		     const struct offer *offer, const char *program, struct error *err);
int dm_process_load(struct dm_process *p, const struct dm_state *state, struct error *err);
bool dm_process_lives(const struct dm_process *p);
void dm_process_leave(struct dm_process *p);

#endif /* MIGCTL_PROCESS_H */
