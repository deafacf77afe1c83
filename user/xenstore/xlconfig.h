/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's configuration in xl's own language, for starting it anew. */
#ifndef MIGCTL_XLCONFIG_H
#define MIGCTL_XLCONFIG_H

#include "offer/offer.h"

/**
 * struct rebirth - what a restarted guest is made from
 * @name: its name
 * @uuid: its UUID in text
 * @json: libxl's notes about it
 * @vifs: its interfaces
 * @vif_count: how many
 */
struct rebirth {
	char name[NAME_LEN];
	char uuid[37];
	char json[JSON_MAX];
	struct vif vifs[VIFS_MAX];
	unsigned int vif_count;
};

int xlconfig_write(const char *path, const struct rebirth *guest);

#endif /* MIGCTL_XLCONFIG_H */
