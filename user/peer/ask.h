/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One question to the controller at another host, on a connection of its own. */
#ifndef MIGCTL_ASK_H
#define MIGCTL_ASK_H

#include "journal/record.h"
#include "peer/config.h"
#include "peer/connect.h"
#include "peer/proto.h"

struct cause ask_cause(const struct record_data *data);
int ask_stay(const struct place *place, const struct config *config, const struct hello *host,
	     uint16_t type, const void *obj, struct message *answer, struct error *err);
int ask(const struct place *place, const struct config *config, const struct hello *host,
	uint16_t type, const void *obj, struct message *answer, struct error *err);

#endif /* MIGCTL_ASK_H */
