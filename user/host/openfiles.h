/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which files the processes of this host have open. */
#ifndef MIGCTL_OPENFILES_H
#define MIGCTL_OPENFILES_H

#include <stdbool.h>
#include <stddef.h>

bool openfiles_find(const char *program, const char *name, char *path, size_t size);
bool openfiles_has(const char *program, const char *path);
bool openfiles_shared(const char *path, const char *program);

#endif /* MIGCTL_OPENFILES_H */
