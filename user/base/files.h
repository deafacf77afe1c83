/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small files that are there whole or not at all, also after a loss of power. */
#ifndef MIGCTL_FILES_H
#define MIGCTL_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

int files_make_dir(const char *path);
int files_write(int fd, const char *text, size_t len, size_t at);
int files_put(const char *dir, const char *name, const char *text, size_t len, mode_t mode);
ssize_t files_get(const char *path, char *text, size_t size);
bool files_line(const char *path, char *text, size_t size);
int files_move(const char *from, const char *to);
int files_remove(const char *path);
bool files_exists(const char *path);

#endif /* MIGCTL_FILES_H */
