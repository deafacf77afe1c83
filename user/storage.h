/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is behind a disk, and whether it is the same at two hosts. */
#ifndef MIGCTL_STORAGE_H
#define MIGCTL_STORAGE_H

#include "error.h"
#include "model.h"

typedef void (*storage_complain)(void *arg, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

int storage_describe(const char *path, struct storage *storage, struct error *err);
void storage_compare(const char *path, const struct storage *theirs, bool unsafe,
		     storage_complain complain, void *arg);
int storage_flush(const char *path, uint64_t until, struct error *err);

#endif /* MIGCTL_STORAGE_H */
