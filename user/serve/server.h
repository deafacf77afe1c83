/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The daemon: who connects, to which process that goes, and which helpers live beside it. */
#ifndef MIGCTL_SERVER_H
#define MIGCTL_SERVER_H

#include "base/error.h"

int server_run(const char *bind_to, const char *port, struct error *err);

#endif /* MIGCTL_SERVER_H */
