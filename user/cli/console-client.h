/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Look at a guest's console, and follow the guest where it goes. */
#ifndef MIGCTL_CONSOLE_CLIENT_H
#define MIGCTL_CONSOLE_CLIENT_H

#include "base/error.h"

int console_client_run(const char *guest, struct error *err);

#endif /* MIGCTL_CONSOLE_CLIENT_H */
