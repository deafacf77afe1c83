/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands against taking a guest in, and what does not; all of it at once. */
#ifndef MIGCTL_ADMISSION_H
#define MIGCTL_ADMISSION_H

#include "move/move.h"
#include "offer/findings.h"

bool admission_good_name(const char *name);
void admission_check(struct move *m, const struct offer *offer, const char *program,
		     struct findings *findings);

#endif /* MIGCTL_ADMISSION_H */
