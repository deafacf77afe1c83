/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The destination's half of a move. */
#ifndef MIGCTL_DESTINATION_H
#define MIGCTL_DESTINATION_H

#include "move/move.h"
#include "peer/config.h"

int destination_greet(struct move *m, int fd, const struct message *hello);
int destination_check(struct move *m, int fd, const struct config *config,
		      const struct message *second);
int destination_run(struct move *m, int fd, const struct config *config,
		    const struct message *second);

#endif /* MIGCTL_DESTINATION_H */
