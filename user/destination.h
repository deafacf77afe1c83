/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The destination's half of a move. */
#ifndef MIGCTL_DESTINATION_H
#define MIGCTL_DESTINATION_H

#include "proto.h"

int destination_run(int fd, const struct message *first);

#endif /* MIGCTL_DESTINATION_H */
