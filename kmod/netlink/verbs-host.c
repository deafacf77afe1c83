// SPDX-License-Identifier: GPL-2.0-only
/* Requests about the module and the host under it: what they are. */
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/module.h>

#include "frames/flight.h"
#include "netlink/gen.h"
#include "netlink/netlink.h"
#include "session/session.h"
#include "xen/featureset.h"
#include "xen/hypercall.h"

static int put_info(struct sk_buff *msg)
{
	struct xenmig_sysctl_physinfo host;
	DECLARE_BITMAP(cpus, XENMIG_CPUS_MAX) = {};
	u32 words[XENMIG_FEATURE_WORDS];
	int err;

	err = xenmig_host_info(&host);
	if (err)
		return err;
	if (nla_put_string(msg, XENMIG_A_INFO_VERSION, THIS_MODULE->version) ||
	    nla_put_u32(msg, XENMIG_A_INFO_XEN_MAJOR, xenmig_xen_major()) ||
	    nla_put_u32(msg, XENMIG_A_INFO_XEN_MINOR, xenmig_xen_minor()) ||
	    nla_put_u32(msg, XENMIG_A_INFO_DOMCTL, xenmig_xen_domctl()) ||
	    nla_put_u32(msg, XENMIG_A_INFO_CPU_KHZ, host.cpu_khz) ||
	    nla_put_u32(msg, XENMIG_A_INFO_CAPABILITIES, host.capabilities) ||
	    nla_put_u64_64bit(msg, XENMIG_A_INFO_FREE_KIB,
			      (host.free_pages - min(host.free_pages, host.outstanding_pages)) <<
			      (PAGE_SHIFT - 10), XENMIG_A_INFO_PAD) ||
	    nla_put_u64_64bit(msg, XENMIG_A_INFO_TOTAL_KIB,
			      host.total_pages << (PAGE_SHIFT - 10), XENMIG_A_INFO_PAD) ||
	    nla_put_u32(msg, XENMIG_A_INFO_SESSIONS, xenmig_session_count()) ||
	    nla_put_u32(msg, XENMIG_A_INFO_QUARANTINED, xenmig_quarantine_pages()))
		return -EMSGSIZE;
	if (!xenmig_host_cpus(cpus) && nla_put(msg, XENMIG_A_INFO_CPUS, sizeof(cpus), cpus))
		return -EMSGSIZE;
	return xenmig_features_of_host(words) ? 0 :
	       nla_put(msg, XENMIG_A_INFO_FEATURES, sizeof(words), words);
}

/**
 * xenmig_nl_info_get_doit - info-get
 * @skb: request
 * @info: its attributes
 *
 * Context of all doit and dumpit functions: the sender's process; may sleep; no
 * lock of generic netlink, so any of them runs beside any other. pre_doit() has
 * admitted a doit, a dumpit asks xenmig_nl_admit() itself. On failure the reply
 * carries a sentence.
 *
 * Return: 0, -ENOMEM, or what Xen says.
 */
int xenmig_nl_info_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *msg;
	void *head;

	msg = xenmig_nl_new_reply(info, XENMIG_CMD_INFO_GET, &head);
	return msg ? xenmig_nl_send_reply(msg, head, info, put_info(msg)) : -ENOMEM;
}
