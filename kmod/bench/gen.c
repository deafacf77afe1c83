// SPDX-License-Identifier: GPL-2.0-only
/* Do not edit: generated from Documentation/netlink/specs/xenmig-bench.yaml by `make spec`. */
#include "bench/gen.h"

static struct netlink_range_validation range_512_1048576 = {
	.min = 512,
	.max = 1048576,
};

static const struct nla_policy measure_policy[XENMIG_BENCH_A_MEASUREMENT_SOCKET + 1] = {
	[XENMIG_BENCH_A_MEASUREMENT_PIECE] = NLA_POLICY_MAX(NLA_U32, 10),
	[XENMIG_BENCH_A_MEASUREMENT_DOMID] = { .type = NLA_U32 },
	[XENMIG_BENCH_A_MEASUREMENT_FRAMES] = NLA_POLICY_FULL_RANGE(NLA_U32, &range_512_1048576),
	[XENMIG_BENCH_A_MEASUREMENT_SOCKET] = { .type = NLA_U32 },
};

const struct genl_ops xenmig_bench_nl_ops[XENMIG_BENCH_NL_OPS] = {
	{
		.cmd = XENMIG_BENCH_CMD_MEASURE,
		.doit = xenmig_bench_nl_measure_doit,
		.policy = measure_policy,
		.maxattr = XENMIG_BENCH_A_MEASUREMENT_SOCKET,
		.flags = GENL_ADMIN_PERM,
	},
};
