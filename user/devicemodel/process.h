/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device model that is started here, for a guest that arrives; devicemodel.h ends it. */
#ifndef MIGCTL_DMPROCESS_H
#define MIGCTL_DMPROCESS_H

#include "devicemodel/devicemodel.h"

/**
 * struct dmprocess - a device model that was started here
 * @domid: its guest
 * @pid: of it, 0 for none
 * @pidfd: tells of its end, -1 for none
 * @incoming: where its state is written to, -1 for none
 * @qmp: connection to it
 */
struct dmprocess {
	uint32_t domid;
	pid_t pid;
	int pidfd;
	int incoming;
	struct qmp qmp;
};

void dmprocess_program(const char *path);
void dmprocess_admit(const struct offer *offer, struct findings *findings);
int dmprocess_start(struct dmprocess *p, struct store *s, uint32_t domid,
		    const struct offer *offer, struct error *err);
int dmprocess_load(struct dmprocess *p, const struct dmstate *state, struct error *err);
bool dmprocess_lives(const struct dmprocess *p);
void dmprocess_leave(struct dmprocess *p);

#endif /* MIGCTL_DMPROCESS_H */
