/* SPDX-License-Identifier: GPL-2.0-only */
/* Do not edit: generated from Documentation/netlink/specs/xenmig.yaml by `make spec`. */
#ifndef _XENMIG_NETLINK_GEN_H
#define _XENMIG_NETLINK_GEN_H

#include <net/genetlink.h>
#include <uapi/linux/xenmig.h>

extern const struct nla_policy xenmig_domain_policy[XENMIG_A_DOMAIN_MAX + 1];

int xenmig_nl_info_get_doit(struct sk_buff *skb, struct genl_info *info);
int xenmig_nl_domain_get_doit(struct sk_buff *skb, struct genl_info *info);
int xenmig_nl_domain_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int xenmig_nl_domain_unpause_doit(struct sk_buff *skb, struct genl_info *info);
int xenmig_nl_domain_destroy_doit(struct sk_buff *skb, struct genl_info *info);
int xenmig_nl_session_new_doit(struct sk_buff *skb, struct genl_info *info);
int xenmig_nl_session_start_doit(struct sk_buff *skb, struct genl_info *info);
int xenmig_nl_session_get_doit(struct sk_buff *skb, struct genl_info *info);
int xenmig_nl_session_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int xenmig_nl_session_suspend_doit(struct sk_buff *skb, struct genl_info *info);
int xenmig_nl_session_hold_doit(struct sk_buff *skb, struct genl_info *info);
int xenmig_nl_session_keep_doit(struct sk_buff *skb, struct genl_info *info);
int xenmig_nl_session_cancel_doit(struct sk_buff *skb, struct genl_info *info);
int xenmig_nl_session_end_doit(struct sk_buff *skb, struct genl_info *info);
int xenmig_nl_domain_ring_doit(struct sk_buff *skb, struct genl_info *info);
int xenmig_nl_session_resume_doit(struct sk_buff *skb, struct genl_info *info);
int xenmig_nl_session_set_doit(struct sk_buff *skb, struct genl_info *info);
int xenmig_nl_affinity_get_doit(struct sk_buff *skb, struct genl_info *info);
int xenmig_nl_affinity_set_doit(struct sk_buff *skb, struct genl_info *info);
int xenmig_nl_session_device_model_doit(struct sk_buff *skb, struct genl_info *info);

#define XENMIG_NL_OPS	18
extern const struct genl_ops xenmig_nl_ops[XENMIG_NL_OPS];

#endif /* _XENMIG_NETLINK_GEN_H */
