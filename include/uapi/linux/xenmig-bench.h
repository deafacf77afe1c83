/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit: generated from Documentation/netlink/specs/xenmig-bench.yaml by `make spec`. */
#ifndef _UAPI_LINUX_XENMIG_BENCH_H
#define _UAPI_LINUX_XENMIG_BENCH_H

#define XENMIG_BENCH_FAMILY_NAME	"xenmig-bench"
#define XENMIG_BENCH_FAMILY_VERSION	1

/**
 * enum xenmig_bench_piece - A piece of a page's way that is measured alone. Memory is dom0's own, or a domain's where one is named; "domain" tells which need one, "socket" which need a connection.
 * @XENMIG_BENCH_PIECE_TAKE: Frames are taken out of a dirty set that holds
 *	every fourth.
 * @XENMIG_BENCH_PIECE_ENCODE: Headers of PAGE_DATA records are written.
 * @XENMIG_BENCH_PIECE_CHECK: They are checked, as a destination does.
 * @XENMIG_BENCH_PIECE_COPY: Pages are copied by the processor: a yardstick.
 * @XENMIG_BENCH_PIECE_SEND: Socket. Pages are sent by reference, until the
 *	peer has read them.
 * @XENMIG_BENCH_PIECE_SEND_COPIED: Socket. Pages are sent as copies, until
 *	the peer has read them.
 * @XENMIG_BENCH_PIECE_RECEIVE: Socket. Pages are received into their place;
 *	never into a domain's.
 * @XENMIG_BENCH_PIECE_TYPES: Domain. Xen is asked what frames are.
 * @XENMIG_BENCH_PIECE_MAP: Domain. Frames are mapped over others.
 * @XENMIG_BENCH_PIECE_UNMAP: Domain. Slots are emptied.
 * @XENMIG_BENCH_PIECE_HARVEST: Domain. Xen gives the log-dirty bitmap, once,
 *	of all of the domain.
 */
enum xenmig_bench_piece {
	XENMIG_BENCH_PIECE_TAKE = 0,
	XENMIG_BENCH_PIECE_ENCODE = 1,
	XENMIG_BENCH_PIECE_CHECK = 2,
	XENMIG_BENCH_PIECE_COPY = 3,
	XENMIG_BENCH_PIECE_SEND = 4,
	XENMIG_BENCH_PIECE_SEND_COPIED = 5,
	XENMIG_BENCH_PIECE_RECEIVE = 6,
	XENMIG_BENCH_PIECE_TYPES = 7,
	XENMIG_BENCH_PIECE_MAP = 8,
	XENMIG_BENCH_PIECE_UNMAP = 9,
	XENMIG_BENCH_PIECE_HARVEST = 10,
};

/**
 * enum xenmig_bench_a_measurement - One measurement of one piece.
 * @XENMIG_BENCH_A_MEASUREMENT_PAD: padding of 64-bit attributes
 * @XENMIG_BENCH_A_MEASUREMENT_PIECE: Which.
 * @XENMIG_BENCH_A_MEASUREMENT_DOMID: Whose memory; dom0's own where absent.
 * @XENMIG_BENCH_A_MEASUREMENT_FRAMES: How many; in the reply, of how many
 *	the time is.
 * @XENMIG_BENCH_A_MEASUREMENT_SOCKET: File descriptor of a connected TCP
 *	socket. What is sent is followed by the peer's octet that says it has read
 *	it.
 * @XENMIG_BENCH_A_MEASUREMENT_NS: Reply. Time that they took.
 * @XENMIG_BENCH_A_MEASUREMENT_HYPERCALLS: Reply. Hypercalls that they took.
 * @XENMIG_BENCH_A_MEASUREMENT_COPIED: Reply. Bytes of them that the kernel
 *	copied on the sending side.
 */
enum xenmig_bench_a_measurement {
	XENMIG_BENCH_A_MEASUREMENT_PAD = 1,
	XENMIG_BENCH_A_MEASUREMENT_PIECE = 2,
	XENMIG_BENCH_A_MEASUREMENT_DOMID = 3,
	XENMIG_BENCH_A_MEASUREMENT_FRAMES = 4,
	XENMIG_BENCH_A_MEASUREMENT_SOCKET = 5,
	XENMIG_BENCH_A_MEASUREMENT_NS = 6,
	XENMIG_BENCH_A_MEASUREMENT_HYPERCALLS = 7,
	XENMIG_BENCH_A_MEASUREMENT_COPIED = 8,

	__XENMIG_BENCH_A_MEASUREMENT_MAX,
	XENMIG_BENCH_A_MEASUREMENT_MAX = __XENMIG_BENCH_A_MEASUREMENT_MAX - 1,
};

/**
 * enum xenmig_bench_cmd - Commands.
 * @XENMIG_BENCH_CMD_MEASURE: Measure a piece of a page's way once. Of a
 *	domain that no session moves; harvest switches its log-dirty mode on and
 *	off again.
 */
enum xenmig_bench_cmd {
	XENMIG_BENCH_CMD_MEASURE = 1,

	__XENMIG_BENCH_CMD_MAX,
	XENMIG_BENCH_CMD_MAX = __XENMIG_BENCH_CMD_MAX - 1,
};

#endif /* _UAPI_LINUX_XENMIG_BENCH_H */
