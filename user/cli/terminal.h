/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The terminal that a person sits at. */
#ifndef MIGCTL_TERMINAL_H
#define MIGCTL_TERMINAL_H

#include <stdbool.h>

bool terminal_raw(void);
void terminal_restore(void);

#endif /* MIGCTL_TERMINAL_H */
