/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MIGCTL_CONFIG_H
#define MIGCTL_CONFIG_H

#include <stdbool.h>

#include "base/error.h"

#define CONFIG_READY_LIMIT	300
#define CONFIG_SILENCE_LIMIT	10
#define CONFIG_SCRIPT_LIMIT	40

#define CONFIG_FILE	"/etc/migctl/migctl.conf"

/**
 * struct config - what the administrator wrote
 * @plain: `security = none`: plain TCP is wanted
 * @port: where to listen, "" when not said
 * @bind: address to listen at, "" for all
 * @device_model: program that is started for HVM guests, "" for that of this host's Xen
 * @silence_limit: s after which a silent peer is taken for dead
 * @ready_limit: s that a guest which has arrived waits for the source's word
 * @script_limit: s that a hotplug script may take
 */
struct config {
	bool plain;
	char port[8];
	char bind[256];
	char device_model[256];
	unsigned int silence_limit;
	unsigned int ready_limit;
	unsigned int script_limit;
};

int config_parse_line(struct config *config, char *line);
int config_read(struct config *config, struct error *err);

#endif /* MIGCTL_CONFIG_H */
