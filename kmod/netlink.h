/* SPDX-License-Identifier: GPL-2.0-only */
/* The generic netlink family: Documentation/netlink/specs/xenmig.yaml. */
#ifndef _XENMIG_NETLINK_H
#define _XENMIG_NETLINK_H

struct xenmig_session;

int xenmig_netlink_init(void);
void xenmig_netlink_exit(void);
void xenmig_netlink_changed(struct xenmig_session *s);

#endif /* _XENMIG_NETLINK_H */
