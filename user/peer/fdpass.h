/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A connection finds its move: one process passes its socket, and what was said
 * on it, to the other.
 */
#ifndef MIGCTL_HANDOVER_H
#define MIGCTL_HANDOVER_H

#include <stdint.h>

int handover_listen(const uint8_t *token);
int handover_accept(int listener, uint16_t *type);
int handover_send(const uint8_t *token, uint16_t type, int fd);

#endif /* MIGCTL_HANDOVER_H */
