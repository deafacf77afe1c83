/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Places in the switch-over where a test can stop a controller; see testing.rst. */
#ifndef MIGCTL_FAULT_H
#define MIGCTL_FAULT_H

void fault_point(const char *name);

#endif /* MIGCTL_FAULT_H */
