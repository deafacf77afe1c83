/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MIGCTL_UUID_H
#define MIGCTL_UUID_H

#include <stdint.h>

#define UUID_TEXT	37	/* room for a UUID in its canonical form */

void uuid_format(const uint8_t *uuid, char *text);
int uuid_parse(const char *text, uint8_t *uuid);

#endif /* MIGCTL_UUID_H */
