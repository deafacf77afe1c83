/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Show a guest's console to whoever followed the guest here. */
#ifndef MIGCTL_CONSOLE_SERVER_H
#define MIGCTL_CONSOLE_SERVER_H

#include "move/move.h"
#include "peer/config.h"

int console_server_run(struct move *m, int fd, const struct config *config,
		       const struct message *question);

#endif /* MIGCTL_CONSOLE_SERVER_H */
