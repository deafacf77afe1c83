/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Telling the network where a guest is now. */
#ifndef MIGCTL_ANNOUNCE_H
#define MIGCTL_ANNOUNCE_H

#include "offer/offer.h"

void announce(const struct vif *vifs, unsigned int count);

#endif /* MIGCTL_ANNOUNCE_H */
