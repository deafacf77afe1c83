// SPDX-License-Identifier: GPL-2.0-or-later
#include "guest/autostart.h"

/* In a file of its own: tests have others. */
const struct autostart_dirs autostart_dirs = {
	.entries = "/etc/xen/auto",
	.arriving = "/var/lib/migctl/autostart",
	.held = "/var/lib/migctl/held-back",
};
