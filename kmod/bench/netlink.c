// SPDX-License-Identifier: GPL-2.0-only
/*
 * xenmig-bench.ko: measures the pieces of a page's way through xenmig.ko, by a
 * generic netlink family of its own. Who may ask is as with xenmig's: CAP_NET_ADMIN
 * (the operation's flag) and CAP_SYS_ADMIN of the sender, in the initial network
 * namespace alone. A measurement holds this module, and by its symbols xenmig.ko.
 */
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/netlink.h>
#include <net/genetlink.h>

#include "bench/bench.h"
#include "bench/gen.h"
#include "compat/compat.h"

static struct genl_family family;

/* As NL_SET_ERR_MSG does, for a sentence that is static but not a literal. */
static int refuse(struct genl_info *info, int err, const char *why)
{
	if (why && info->extack)
		info->extack->_msg = why;
	return err;
}

static int pre_doit(const XENMIG_GENL_OPS *ops, struct sk_buff *skb, struct genl_info *info)
{
	if (netlink_capable(skb, CAP_SYS_ADMIN))
		return 0;
	return refuse(info, -EPERM,
		      "CAP_SYS_ADMIN is needed: whoever drives this module can read any guest");
}

static int put_measurement(struct sk_buff *msg, const struct xenmig_measurement *m)
{
	if (nla_put_u32(msg, XENMIG_BENCH_A_MEASUREMENT_FRAMES, m->frames) ||
	    nla_put_u64_64bit(msg, XENMIG_BENCH_A_MEASUREMENT_NS, m->ns,
			      XENMIG_BENCH_A_MEASUREMENT_PAD) ||
	    nla_put_u64_64bit(msg, XENMIG_BENCH_A_MEASUREMENT_HYPERCALLS, m->hypercalls,
			      XENMIG_BENCH_A_MEASUREMENT_PAD) ||
	    nla_put_u64_64bit(msg, XENMIG_BENCH_A_MEASUREMENT_COPIED, m->copied,
			      XENMIG_BENCH_A_MEASUREMENT_PAD))
		return -EMSGSIZE;
	return 0;
}

static int reply(struct genl_info *info, const struct xenmig_measurement *m)
{
	struct sk_buff *msg = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	void *head;

	if (!msg)
		return -ENOMEM;
	head = genlmsg_put_reply(msg, info, &family, 0, XENMIG_BENCH_CMD_MEASURE);
	if (!head || put_measurement(msg, m)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, head);
	return genlmsg_reply(msg, info);
}

/**
 * xenmig_bench_nl_measure_doit - measure
 * @skb: request
 * @info: piece, frames; domid and socket where the piece needs them
 *
 * Context: the sender's process; sleeps; no lock of generic netlink. pre_doit() has
 * admitted it.
 * Return: 0, -EINVAL without one of the first two, -ENOMEM, or what xenmig_bench() says.
 */
int xenmig_bench_nl_measure_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr **attr = info->attrs;
	struct xenmig_measurement m = { .domid = XENMIG_BENCH_OWN, .fd = -1 };
	const char *why = NULL;
	int err;

	if (!attr[XENMIG_BENCH_A_MEASUREMENT_PIECE])
		return refuse(info, -EINVAL, "attribute piece is missing");
	if (!attr[XENMIG_BENCH_A_MEASUREMENT_FRAMES])
		return refuse(info, -EINVAL, "attribute frames is missing");
	m.piece = nla_get_u32(attr[XENMIG_BENCH_A_MEASUREMENT_PIECE]);
	m.frames = nla_get_u32(attr[XENMIG_BENCH_A_MEASUREMENT_FRAMES]);
	if (attr[XENMIG_BENCH_A_MEASUREMENT_DOMID])
		m.domid = min_t(u32, nla_get_u32(attr[XENMIG_BENCH_A_MEASUREMENT_DOMID]), INT_MAX);
	if (attr[XENMIG_BENCH_A_MEASUREMENT_SOCKET])
		m.fd = nla_get_u32(attr[XENMIG_BENCH_A_MEASUREMENT_SOCKET]);
	err = xenmig_bench(&m, &why);
	return err ? refuse(info, err, why) : reply(info, &m);
}

static struct genl_family family __ro_after_init = {
	.name = XENMIG_BENCH_FAMILY_NAME,
	.version = XENMIG_BENCH_FAMILY_VERSION,
	.module = THIS_MODULE,
	/* A measurement must not wait for another family's commands, nor they for it. */
	.parallel_ops = true,
	.pre_doit = pre_doit,
	.ops = xenmig_bench_nl_ops,
	.n_ops = XENMIG_BENCH_NL_OPS,
};

static int __init bench_init(void)
{
	return genl_register_family(&family);
}

static void __exit bench_exit(void)
{
	genl_unregister_family(&family);
}

module_init(bench_init);
module_exit(bench_exit);
MODULE_DESCRIPTION("Measures the pieces of a page's way through xenmig");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1");
MODULE_IMPORT_NS(XENMIG_NAMESPACE);
