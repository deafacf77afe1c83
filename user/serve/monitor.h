/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reacting to the end of guests that arrived here, as the xl process that started them did. */
#ifndef MIGCTL_MONITOR_H
#define MIGCTL_MONITOR_H

#include "base/context.h"

int monitor_run(const struct context *context);

#endif /* MIGCTL_MONITOR_H */
