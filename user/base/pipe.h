/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing to whoever may have ended, as send() does it with MSG_NOSIGNAL. */
#ifndef MIGCTL_PIPE_H
#define MIGCTL_PIPE_H

#include <sys/types.h>

ssize_t pipe_write(int fd, const void *octets, size_t len);

#endif /* MIGCTL_PIPE_H */
