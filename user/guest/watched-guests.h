/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guests that arrived here and that nobody but us looks after. */
#ifndef MIGCTL_WATCHED_GUESTS_H
#define MIGCTL_WATCHED_GUESTS_H

#include <stdint.h>

#define WATCHED_GUESTS_DIR	"/run/migctl/received"

int watched_guests_note(uint32_t domid, const char *uuid);
void watched_guests_forget(const char *uuid);
int watched_guests_each(int (*fn)(void *arg, uint32_t domid, const char *uuid), void *arg);

#endif /* MIGCTL_WATCHED_GUESTS_H */
