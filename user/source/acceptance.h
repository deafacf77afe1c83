/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a destination says to an offer. */
#ifndef MIGCTL_ACCEPTANCE_H
#define MIGCTL_ACCEPTANCE_H

#include "device/probe.h"
#include "move/move.h"

int acceptance_await(struct move *m, struct probe *probe);

#endif /* MIGCTL_ACCEPTANCE_H */
