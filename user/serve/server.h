/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The daemon: who connects, to which process that goes, and which helpers live beside it. */
#ifndef MIGCTL_SERVER_H
#define MIGCTL_SERVER_H

#include "base/context.h"
#include "base/error.h"

extern const struct context server_context;

int server_run(const char *bind_to, const char *port, struct error *err);

#endif /* MIGCTL_SERVER_H */
