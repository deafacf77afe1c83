/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first steps of a source, whether it moves a guest or only asks: the guest, then the peer. */
#ifndef MIGCTL_GREET_H
#define MIGCTL_GREET_H

#include "move/move.h"
#include "peer/config.h"
#include "peer/connect.h"

int greet_guest(struct move *m, struct config *config, const char *text,
		struct host_info *host, struct domain *domain);
int greet_peer(struct move *m, const struct config *config, const struct place *place,
	       unsigned int timeout_s);

#endif /* MIGCTL_GREET_H */
