/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The generic netlink family: Documentation/netlink/specs/xenmig.yaml. Its
 * operations are in verbs-host.c, verbs-domain.c and verbs-session.c.
 */
#ifndef _XENMIG_NETLINK_H
#define _XENMIG_NETLINK_H

#include <net/genetlink.h>

struct xenmig_session;

int xenmig_netlink_init(void);
void xenmig_netlink_exit(void);
void xenmig_netlink_changed(struct xenmig_session *s);

/* For the files of the operations */
extern struct genl_family xenmig_nl_family;

int xenmig_nl_refuse(struct genl_info *info, int err, const char *why);
int xenmig_nl_admit(struct sk_buff *skb, struct netlink_ext_ack *extack);
struct sk_buff *xenmig_nl_new_reply(struct genl_info *info, u8 cmd, void **head);
int xenmig_nl_send_reply(struct sk_buff *msg, void *head, struct genl_info *info, int err);

#endif /* _XENMIG_NETLINK_H */
