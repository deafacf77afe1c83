/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A connection finds its move: one process passes its socket, and what was said
 * on it, to the other.
 */
#ifndef MIGCTL_FDPASS_H
#define MIGCTL_FDPASS_H

#include <stdint.h>

int fdpass_listen(const uint8_t *token);
int fdpass_accept(int listener, uint16_t *type);
int fdpass_send(const uint8_t *token, uint16_t type, int fd);

#endif /* MIGCTL_FDPASS_H */
