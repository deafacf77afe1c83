/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The other end of a connection whose speed is measured. */
#ifndef MIGCTL_BENCH_PEER_H
#define MIGCTL_BENCH_PEER_H

#include <stdint.h>

#include "base/child.h"
#include "base/error.h"
#include "peer/connect.h"

#define BENCH_PEER_PORT	"8004"

/* What the other end is to do with so many octets. */
enum errand {
	ERRAND_READ = 'R',	/* read them, then send one */
	ERRAND_WRITE = 'W',	/* send them */
};

int bench_peer_run(int fd);
int bench_peer_order(int fd, enum errand errand, uint64_t octets);
int bench_peer_fork(struct child *peer, struct error *err);

#endif /* MIGCTL_BENCH_PEER_H */
