/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unfinished moves of this host: `migctl serve` brings them to their end. */
#ifndef MIGCTL_CARETAKER_H
#define MIGCTL_CARETAKER_H

#include "base/context.h"

int caretaker_run(const struct context *context);

#endif /* MIGCTL_CARETAKER_H */
