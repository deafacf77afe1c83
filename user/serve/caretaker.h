/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unfinished moves of this host: `migctl serve` brings them to their end. */
#ifndef MIGCTL_CARETAKER_H
#define MIGCTL_CARETAKER_H

int caretaker_run(void);

#endif /* MIGCTL_CARETAKER_H */
