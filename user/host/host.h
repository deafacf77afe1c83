/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MIGCTL_HOST_H
#define MIGCTL_HOST_H

#include "base/error.h"

int host_check(struct error *err);

#endif /* MIGCTL_HOST_H */
