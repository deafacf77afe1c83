/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is behind a disk, and whether it is the same at two hosts. */
#ifndef MIGCTL_STORAGE_H
#define MIGCTL_STORAGE_H

#include "base/error.h"
#include "offer/findings.h"
#include "offer/offer.h"

int storage_describe(const char *path, struct storage *storage, struct error *err);
void storage_compare(const char *subject, const char *path, const struct storage *theirs,
		     bool unsafe, struct findings *findings);

#endif /* MIGCTL_STORAGE_H */
