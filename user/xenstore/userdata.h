/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libxl's notes about a domain, which stock tools need to go on with it. */
#ifndef MIGCTL_USERDATA_H
#define MIGCTL_USERDATA_H

#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>

#include "base/context.h"
#include "base/error.h"

int userdata_read(uint32_t domid, const char *uuid, char *text, size_t size, uint32_t *len);
int userdata_write(uint32_t domid, const char *uuid, const char *text, size_t len,
		   struct error *err);
bool userdata_exists(uint32_t domid, const char *uuid);
void userdata_remove(uint32_t domid, const char *uuid);
void userdata_mark_recent(uint32_t domid, const struct context *context);

#endif /* MIGCTL_USERDATA_H */
