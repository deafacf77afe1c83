/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does a process of xl's look after a guest? */
#ifndef MIGCTL_WATCHER_H
#define MIGCTL_WATCHER_H

#include <stdbool.h>

#include "xenstore/store.h"

bool watcher_of_xl(struct store *s, uint32_t domid);

#endif /* MIGCTL_WATCHER_H */
