/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does a process of xl's look after a guest? */
#ifndef MIGCTL_XL_MONITOR_H
#define MIGCTL_XL_MONITOR_H

#include <stdbool.h>

#include "xenstore/store.h"

bool xl_monitor_watches(struct store *s, uint32_t domid);

#endif /* MIGCTL_XL_MONITOR_H */
