/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Having on a disk what was written to it, when the disk may hang. */
#ifndef MIGCTL_FLUSH_H
#define MIGCTL_FLUSH_H

#include <stdint.h>

#include "base/error.h"

int flush_disk(const char *path, uint64_t until, struct error *err);

#endif /* MIGCTL_FLUSH_H */
