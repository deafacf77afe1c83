/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a guest has gone that was here. */
#ifndef MIGCTL_TRAIL_H
#define MIGCTL_TRAIL_H

#include "move/move.h"

enum trail {
	TRAIL_HERE,	/* it is here, or that cannot be told */
	TRAIL_MOVED,
	TRAIL_ENDED,
};

enum trail trail_of(struct move *m, uint32_t domid, const uint8_t *uuid,
		    struct elsewhere *elsewhere);
bool trail_of_name(struct move *m, const char *guest, struct elsewhere *elsewhere);

#endif /* MIGCTL_TRAIL_H */
