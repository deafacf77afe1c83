/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes that do something for this one which may never end. */
#ifndef MIGCTL_CHILD_H
#define MIGCTL_CHILD_H

#include <stdint.h>
#include <sys/types.h>

pid_t child_fork(void);
int child_await(pid_t pid, uint64_t until);

#endif /* MIGCTL_CHILD_H */
