// SPDX-License-Identifier: GPL-2.0-only
/*
 * The family: who may ask, how is answered, who is told. Rights: a request needs
 * CAP_NET_ADMIN (the operations' flag) and CAP_SYS_ADMIN of the sender, since
 * who drives the module reads any guest; the family exists in the initial
 * network namespace alone.
 */
#include <linux/module.h>
#include <linux/netlink.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "compat/compat.h"
#include "netlink/gen.h"
#include "netlink/netlink.h"
#include "session/session.h"
#include "xen/hypercall.h"

static int say(struct netlink_ext_ack *extack, int err, const char *why)
{
	/* As NL_SET_ERR_MSG does, for a sentence that is static but not a literal. */
	if (why && extack)
		extack->_msg = why;
	return err;
}

/**
 * xenmig_nl_refuse - say why a request fails
 * @info: the request
 * @err: negative errno
 * @why: a static sentence, or NULL
 *
 * Return: @err.
 */
int xenmig_nl_refuse(struct genl_info *info, int err, const char *why)
{
	return say(info->extack, err, why);
}

/**
 * xenmig_nl_admit - whether a sender may make a request
 * @skb: the request
 * @extack: takes the reason why not
 *
 * Before every request: of a doit it is asked here, a dumpit asks by itself.
 *
 * Return: 0, -EPERM, or -ENODEV where there is no hypervisor to ask.
 */
int xenmig_nl_admit(struct sk_buff *skb, struct netlink_ext_ack *extack)
{
	if (!netlink_capable(skb, CAP_SYS_ADMIN))
		return say(extack, -EPERM,
			   "CAP_SYS_ADMIN is needed: whoever drives this module can read any guest");
	if (xenmig_hypercall_refusal())
		return say(extack, -ENODEV, xenmig_hypercall_refusal());
	return 0;
}

static int pre_doit(const XENMIG_GENL_OPS *ops, struct sk_buff *skb, struct genl_info *info)
{
	return xenmig_nl_admit(skb, info->extack);
}

/**
 * xenmig_nl_new_reply - begin a reply
 * @info: the request
 * @cmd: its command
 * @head: set, for xenmig_nl_send_reply()
 *
 * Return: the message to put attributes into, or NULL without memory.
 */
struct sk_buff *xenmig_nl_new_reply(struct genl_info *info, u8 cmd, void **head)
{
	struct sk_buff *msg = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);

	if (!msg)
		return NULL;
	*head = genlmsg_put_reply(msg, info, &xenmig_nl_family, 0, cmd);
	if (*head)
		return msg;
	nlmsg_free(msg);
	return NULL;
}

/**
 * xenmig_nl_send_reply - end a reply and send it
 * @msg: from xenmig_nl_new_reply()
 * @head: likewise
 * @info: the request
 * @err: what putting the attributes said; if not 0 the reply is dropped
 *
 * Return: 0, @err, or what sending it says.
 */
int xenmig_nl_send_reply(struct sk_buff *msg, void *head, struct genl_info *info, int err)
{
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	genlmsg_end(msg, head);
	return genlmsg_reply(msg, info);
}

static int netlink_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct netlink_notify *n = ptr;

	if (event == NETLINK_URELEASE && n->protocol == NETLINK_GENERIC && n->portid &&
	    net_eq(n->net, &init_net))
		xenmig_session_owner_gone(n->portid);
	return NOTIFY_DONE;
}

static struct notifier_block netlink_notifier = { .notifier_call = netlink_event };

static const struct genl_multicast_group groups[] = {
	{ .name = XENMIG_MCGRP_SESSIONS, .flags = GENL_MCAST_CAP_SYS_ADMIN },
};

struct genl_family xenmig_nl_family __ro_after_init = {
	.name = XENMIG_FAMILY_NAME,
	.version = XENMIG_FAMILY_VERSION,
	.module = THIS_MODULE,
	/* Destroying a domain takes seconds: one session must not wait for another. */
	.parallel_ops = true,
	.pre_doit = pre_doit,
	.ops = xenmig_nl_ops,
	.n_ops = XENMIG_NL_OPS,
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

/**
 * xenmig_netlink_init - be there for controllers
 *
 * Context: module init, when everything else is ready: commands may come at once.
 * Return: 0, or what registering the notifier or the family says.
 */
int xenmig_netlink_init(void)
{
	int err;

	err = netlink_register_notifier(&netlink_notifier);
	if (err)
		return err;
	err = genl_register_family(&xenmig_nl_family);
	if (err)
		netlink_unregister_notifier(&netlink_notifier);
	return err;
}

/**
 * xenmig_netlink_exit - be there no more
 *
 * The family goes first: no command makes a session when owners are not watched.
 *
 * Context: module exit; sleeps.
 */
void xenmig_netlink_exit(void)
{
	genl_unregister_family(&xenmig_nl_family);
	netlink_unregister_notifier(&netlink_notifier);
}
