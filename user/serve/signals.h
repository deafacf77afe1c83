/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The signals by which a person, or who starts and stops services, ends what a process does. */
#ifndef MIGCTL_SIGNALS_H
#define MIGCTL_SIGNALS_H

int signals_catch(void);

#endif /* MIGCTL_SIGNALS_H */
