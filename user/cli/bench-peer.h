/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The other end of a connection whose speed is measured. */
#ifndef MIGCTL_COUNTERPART_H
#define MIGCTL_COUNTERPART_H

#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "peer/connect.h"

#define COUNTERPART_PORT	"8004"

/* What the other end is to do with so many octets. */
enum errand {
	ERRAND_READ = 'R',	/* read them, then send one */
	ERRAND_WRITE = 'W',	/* send them */
};

int counterpart_run(int fd);
int counterpart_order(int fd, enum errand errand, uint64_t octets);
int counterpart_fork(pid_t *pid, struct error *err);

#endif /* MIGCTL_COUNTERPART_H */
