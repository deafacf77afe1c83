/* SPDX-License-Identifier: GPL-2.0-only */
/* Measure a piece of a page's way alone. */
#ifndef _XENMIG_BENCH_H
#define _XENMIG_BENCH_H

#include <linux/types.h>
#include <uapi/linux/xenmig-bench.h>

#define XENMIG_BENCH_OWN	(-1)

/**
 * struct xenmig_measurement - one measurement of one piece
 * @piece: which
 * @domid: whose memory; XENMIG_BENCH_OWN for dom0's own
 * @fd: connected TCP socket of the caller, for a piece that needs one; else negative
 * @frames: how many are wanted; afterwards of how many the time is
 * @ns: time they took
 * @hypercalls: that they took
 * @copied: bytes of them that the kernel copied on the sending side
 */
struct xenmig_measurement {
	enum xenmig_bench_piece piece;
	int domid;
	int fd;
	u64 frames;
	u64 ns;
	u64 hypercalls;
	u64 copied;
};

int xenmig_bench(struct xenmig_measurement *m, const char **why);

#endif /* _XENMIG_BENCH_H */
