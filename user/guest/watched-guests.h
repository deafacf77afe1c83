/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guests that arrived here and that nobody but us looks after. */
#ifndef MIGCTL_RECEIVED_H
#define MIGCTL_RECEIVED_H

#include <stdint.h>

#define RECEIVED_DIR	"/run/migctl/received"

int received_note(uint32_t domid, const char *uuid);
void received_forget(const char *uuid);
int received_each(int (*fn)(void *arg, uint32_t domid, const char *uuid), void *arg);

#endif /* MIGCTL_RECEIVED_H */
