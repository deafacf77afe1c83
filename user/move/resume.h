/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest goes on at its source after a move that came to nothing. */
#ifndef MIGCTL_RESUME_H
#define MIGCTL_RESUME_H

#include "move/move.h"

int resume_held(struct move *m, uint32_t domid, const uint8_t *uuid, struct error *err);
void resume_finish(struct move *m, uint32_t domid, const uint8_t *uuid, bool suspended);

#endif /* MIGCTL_RESUME_H */
