/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Look at a guest's console, and follow the guest where it goes. */
#ifndef MIGCTL_ATTACH_H
#define MIGCTL_ATTACH_H

#include "base/error.h"

int attach_run(const char *guest, struct error *err);

#endif /* MIGCTL_ATTACH_H */
