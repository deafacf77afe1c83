/* SPDX-License-Identifier: GPL-2.0-only */
/* Do not edit: generated from Documentation/netlink/specs/xenmig-bench.yaml by `make spec`. */
#ifndef _XENMIG_BENCH_NETLINK_GEN_H
#define _XENMIG_BENCH_NETLINK_GEN_H

#include <net/genetlink.h>
#include <uapi/linux/xenmig-bench.h>

int xenmig_bench_nl_measure_doit(struct sk_buff *skb, struct genl_info *info);

#define XENMIG_BENCH_NL_OPS	1
extern const struct genl_ops xenmig_bench_nl_ops[XENMIG_BENCH_NL_OPS];

#endif /* _XENMIG_BENCH_NETLINK_GEN_H */
