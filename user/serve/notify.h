/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Telling the service manager that the daemon is ready. */
#ifndef MIGCTL_NOTIFY_H
#define MIGCTL_NOTIFY_H

int notify_ready(void);

#endif /* MIGCTL_NOTIFY_H */
