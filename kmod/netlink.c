// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attributes to arguments, one session verb, a reply. Rights: a request needs
 * CAP_NET_ADMIN (the operations' flag) and CAP_SYS_ADMIN of the sender, since
 * who drives the module reads any guest; the family exists in the initial
 * network namespace alone.
 */
#include <linux/module.h>
#include <linux/netlink.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "bench.h"
#include "compat/compat.h"
#include "domain.h"
#include "featureset.h"
#include "hypercall.h"
#include "netlink.h"
#include "netlink-gen.h"
#include "quarantine.h"
#include "ring.h"
#include "session.h"
#include "suspension.h"

#define DEFAULT_DOWNTIME_MS	300
#define DEFAULT_MAX_ROUNDS	30
#define DEFAULT_FIXED_US	20000
#define DEFAULT_EVTCHN_PORTS	1023
#define DOMAINS_PER_CALL	32

static struct genl_family family;

static int say(struct netlink_ext_ack *extack, int err, const char *why)
{
	/* As NL_SET_ERR_MSG does, for a sentence that is static but not a literal. */
	if (why && extack)
		extack->_msg = why;
	return err;
}

static int refuse(struct genl_info *info, int err, const char *why)
{
	return say(info->extack, err, why);
}

/* Before every request, dumps included. */
static int admit(struct sk_buff *skb, struct netlink_ext_ack *extack, u8 cmd)
{
	if (!netlink_capable(skb, CAP_SYS_ADMIN))
		return say(extack, -EPERM,
			   "CAP_SYS_ADMIN is needed: whoever drives this module can read any guest");
	if (xenmig_hypercall_refusal() && cmd != XENMIG_CMD_BENCH)
		return say(extack, -ENODEV, xenmig_hypercall_refusal());
	return 0;
}

static int pre_doit(const XENMIG_GENL_OPS *ops, struct sk_buff *skb, struct genl_info *info)
{
	return admit(skb, info->extack, info->genlhdr->cmd);
}

static struct sk_buff *new_reply(struct genl_info *info, u8 cmd, void **head)
{
	struct sk_buff *msg = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);

	if (!msg)
		return NULL;
	*head = genlmsg_put_reply(msg, info, &family, 0, cmd);
	if (*head)
		return msg;
	nlmsg_free(msg);
	return NULL;
}

static int send_reply(struct sk_buff *msg, void *head, struct genl_info *info, int err)
{
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	genlmsg_end(msg, head);
	return genlmsg_reply(msg, info);
}

/* ---- info ---- */

static int put_info(struct sk_buff *msg)
{
	struct xenmig_sysctl_physinfo host;
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
 * admitted a doit, a dumpit asks admit() itself. On failure the reply
 * carries a sentence.
 *
 * Return: 0, -ENOMEM, or what Xen says.
 */
int xenmig_nl_info_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *msg;
	void *head;

	msg = new_reply(info, XENMIG_CMD_INFO_GET, &head);
	return msg ? send_reply(msg, head, info, put_info(msg)) : -ENOMEM;
}

/* ---- domain ---- */

static int put_domain_brief(struct sk_buff *msg, const struct xenmig_domain *d)
{
	if (nla_put_u32(msg, XENMIG_A_DOMAIN_DOMID, d->domid) ||
	    nla_put(msg, XENMIG_A_DOMAIN_UUID, sizeof(d->uuid), d->uuid) ||
	    nla_put_u32(msg, XENMIG_A_DOMAIN_DOMINF_FLAGS, d->dominf_flags) ||
	    nla_put_u64_64bit(msg, XENMIG_A_DOMAIN_PAGES, d->pages, XENMIG_A_DOMAIN_PAD) ||
	    nla_put_u64_64bit(msg, XENMIG_A_DOMAIN_MAX_PAGES, d->max_pages, XENMIG_A_DOMAIN_PAD) ||
	    nla_put_u32(msg, XENMIG_A_DOMAIN_VCPUS, d->vcpus) ||
	    nla_put_u32(msg, XENMIG_A_DOMAIN_VCPUS_ONLINE, d->vcpus_online))
		return -EMSGSIZE;
	return 0;
}

static int put_domain(struct sk_buff *msg, const struct xenmig_domain *d)
{
	const char *refusal = xenmig_domain_refusal(d);
	u32 words[XENMIG_FEATURE_WORDS];

	if (put_domain_brief(msg, d) ||
	    nla_put_u32(msg, XENMIG_A_DOMAIN_CREATE_FLAGS, d->create_flags) ||
	    nla_put_u64_64bit(msg, XENMIG_A_DOMAIN_MAX_GFN, d->max_gfn, XENMIG_A_DOMAIN_PAD) ||
	    nla_put_u32(msg, XENMIG_A_DOMAIN_CPUPOOL, d->cpupool) ||
	    nla_put_u32(msg, XENMIG_A_DOMAIN_SSIDREF, d->ssidref) ||
	    nla_put_u32(msg, XENMIG_A_DOMAIN_EMULATION_FLAGS, d->emulation_flags) ||
	    nla_put_u32(msg, XENMIG_A_DOMAIN_GRANT_FRAMES, d->grant_frames) ||
	    nla_put_u32(msg, XENMIG_A_DOMAIN_GRANT_VERSION, d->grant_version) ||
	    nla_put_u64_64bit(msg, XENMIG_A_DOMAIN_PAGING_BYTES, d->paging_bytes,
			      XENMIG_A_DOMAIN_PAD) ||
	    nla_put_u32(msg, XENMIG_A_DOMAIN_TIMER_MODE, d->timer_mode) ||
	    nla_put_u32(msg, XENMIG_A_DOMAIN_TSC_MODE, d->tsc_mode) ||
	    nla_put_u64_64bit(msg, XENMIG_A_DOMAIN_POD_ENTRIES, d->pod_entries,
			      XENMIG_A_DOMAIN_PAD) ||
	    nla_put_u64_64bit(msg, XENMIG_A_DOMAIN_STORE_GFN, d->store_gfn,
			      XENMIG_A_DOMAIN_PAD) ||
	    nla_put_u64_64bit(msg, XENMIG_A_DOMAIN_CONSOLE_GFN, d->console_gfn,
			      XENMIG_A_DOMAIN_PAD))
		return -EMSGSIZE;
	if (d->share.scheduler &&
	    (nla_put_u32(msg, XENMIG_A_DOMAIN_SCHEDULER, d->share.scheduler) ||
	     nla_put_u32(msg, XENMIG_A_DOMAIN_SCHED_WEIGHT, d->share.weight) ||
	     nla_put_u32(msg, XENMIG_A_DOMAIN_SCHED_CAP, d->share.cap)))
		return -EMSGSIZE;
	if (xenmig_has_device_model(d) &&
	    (nla_put_u32(msg, XENMIG_A_DOMAIN_HPET, d->hpet) ||
	     nla_put_u32(msg, XENMIG_A_DOMAIN_VPT_ALIGN, d->vpt_align) ||
	     nla_put_u32(msg, XENMIG_A_DOMAIN_PV_DRIVERS, d->pv_drivers)))
		return -EMSGSIZE;
	if (!xenmig_features_of_domain(d->domid, words) &&
	    nla_put(msg, XENMIG_A_DOMAIN_FEATURES, sizeof(words), words))
		return -EMSGSIZE;
	return refusal ? nla_put_string(msg, XENMIG_A_DOMAIN_REFUSAL, refusal) : 0;
}

/**
 * xenmig_nl_domain_get_doit - domain-get of one domain
 * @skb: request
 * @info: domid
 *
 * Return: 0, -EINVAL without a domid, -ESRCH, -ENOMEM, or what Xen says.
 */
int xenmig_nl_domain_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct xenmig_domain d;
	struct sk_buff *msg;
	u32 domid;
	void *head;
	int err;

	if (!info->attrs[XENMIG_A_DOMAIN_DOMID])
		return refuse(info, -EINVAL, "attribute domid is missing");
	domid = nla_get_u32(info->attrs[XENMIG_A_DOMAIN_DOMID]);
	err = domid < XENMIG_DOMID_FIRST_RESERVED ? xenmig_domain_read(domid, &d) : -ESRCH;
	if (err)
		return refuse(info, err, err == -ESRCH ? "there is no such domain" :
			      "the hypervisor refused to describe the domain");
	msg = new_reply(info, XENMIG_CMD_DOMAIN_GET, &head);
	return msg ? send_reply(msg, head, info, put_domain(msg, &d)) : -ENOMEM;
}

static int dump_domain(struct sk_buff *msg, struct netlink_callback *cb,
		       const struct xenmig_domctl_getdomaininfo *i)
{
	struct xenmig_domain d = {
		.domid = i->domain,
		.dominf_flags = i->flags,
		.pages = i->tot_pages,
		.max_pages = i->max_pages,
		.vcpus = i->max_vcpu_id + 1,
		.vcpus_online = i->nr_online_vcpus,
	};
	void *head;

	memcpy(d.uuid, i->handle, sizeof(d.uuid));
	head = genlmsg_put(msg, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &family,
			   NLM_F_MULTI, XENMIG_CMD_DOMAIN_GET);
	if (!head)
		return -EMSGSIZE;
	if (put_domain_brief(msg, &d)) {
		genlmsg_cancel(msg, head);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, head);
	return 0;
}

/**
 * xenmig_nl_domain_get_dumpit - domain-get of all domains, the short description
 * @msg: reply
 * @cb: args[0] is the domain id to go on with
 *
 * Return: octets in @msg, 0 at the end; -EPERM, -ENOMEM, or what Xen says.
 */
int xenmig_nl_domain_get_dumpit(struct sk_buff *msg, struct netlink_callback *cb)
{
	struct xenmig_domctl_getdomaininfo *list;
	int i, n, err;

	err = admit(cb->skb, cb->extack, XENMIG_CMD_DOMAIN_GET);
	if (err)
		return err;
	list = kcalloc(DOMAINS_PER_CALL, sizeof(*list), GFP_KERNEL);
	if (!list)
		return -ENOMEM;
	while (!err && cb->args[0] < XENMIG_DOMID_FIRST_RESERVED) {
		n = xenmig_host_domains(cb->args[0], list, DOMAINS_PER_CALL);
		if (n <= 0) {
			err = n;
			break;
		}
		for (i = 0; i < n && !err; i++) {
			err = dump_domain(msg, cb, &list[i]);
			if (!err)
				cb->args[0] = list[i].domain + 1;
		}
	}
	kfree(list);
	return msg->len ?: err;
}

/* The domain that a request names by id and handle: an id alone may have been used again. */
static int named_domain(struct genl_info *info, struct xenmig_dom *dom)
{
	struct xenmig_domctl_getdomaininfo state;
	u32 domid;
	int err;

	if (!info->attrs[XENMIG_A_DOMAIN_DOMID])
		return refuse(info, -EINVAL, "attribute domid is missing");
	if (!info->attrs[XENMIG_A_DOMAIN_UUID])
		return refuse(info, -EINVAL, "attribute uuid is missing");
	domid = nla_get_u32(info->attrs[XENMIG_A_DOMAIN_DOMID]);
	if (!domid || domid >= XENMIG_DOMID_FIRST_RESERVED)
		return refuse(info, -ESRCH, "there is no such domain");
	*dom = (struct xenmig_dom){ .id = domid };
	err = xenmig_dom_info(dom, &state);
	if (!err && memcmp(state.handle, nla_data(info->attrs[XENMIG_A_DOMAIN_UUID]), 16))
		err = -ESRCH;
	return err ? refuse(info, err, "there is no domain of that id and handle") : 0;
}

/**
 * xenmig_nl_domain_unpause_doit - domain-unpause
 * @skb: request
 * @info: domid and uuid
 *
 * Return: 0, -EINVAL without one of them or when the domain is not paused, -ESRCH,
 * -EBUSY while a session that has not committed cares for it.
 */
int xenmig_nl_domain_unpause_doit(struct sk_buff *skb, struct genl_info *info)
{
	const char *why = NULL;
	struct xenmig_dom dom;
	int err;

	err = named_domain(info, &dom);
	if (err)
		return err;
	err = xenmig_session_domain_free(dom.id, false, &why) ?: xenmig_dom_unpause(&dom);
	return err ? refuse(info, err, why ?: "the hypervisor refused to unpause the domain") : 0;
}

static bool suspended(struct xenmig_dom *dom)
{
	struct xenmig_domctl_getdomaininfo state;

	return !xenmig_dom_info(dom, &state) && xenmig_is_suspended(state.flags);
}

static int read_ring(struct xenmig_dom *dom, const struct nlattr *ref, u32 *unanswered)
{
	return ref ? xenmig_ring_unanswered(dom, nla_get_u32(ref), unanswered) :
		     xenmig_ring_unread(dom, unanswered);
}

static int send_unanswered(struct genl_info *info, u32 unanswered)
{
	struct sk_buff *msg;
	void *head;

	msg = new_reply(info, XENMIG_CMD_DOMAIN_RING, &head);
	return msg ? send_reply(msg, head, info,
				nla_put_u32(msg, XENMIG_A_DOMAIN_UNANSWERED, unanswered)) : -ENOMEM;
}

/**
 * xenmig_nl_domain_ring_doit - domain-ring
 * @skb: request
 * @info: domid, uuid, and ring-ref but for the console's
 *
 * Return: 0, -EINVAL without domid or uuid or when the domain is not suspended,
 * -ESRCH, or what xenmig_ring_unanswered() or xenmig_ring_unread() says.
 */
int xenmig_nl_domain_ring_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct xenmig_dom dom;
	u32 unanswered;
	int err;

	err = named_domain(info, &dom);
	if (err)
		return err;
	if (!suspended(&dom))
		return refuse(info, -EINVAL, "the domain is not suspended");
	err = read_ring(&dom, info->attrs[XENMIG_A_DOMAIN_RING_REF], &unanswered);
	if (err)
		return refuse(info, err, "the ring cannot be read");
	return send_unanswered(info, unanswered);
}

/**
 * xenmig_nl_domain_destroy_doit - domain-destroy
 * @skb: request
 * @info: domid and uuid
 *
 * First waits until a committed session has let go of the domain's frames.
 *
 * Return: 0, -EINVAL without one of them, -ESRCH, what
 * xenmig_session_domain_free() or what Xen says.
 */
int xenmig_nl_domain_destroy_doit(struct sk_buff *skb, struct genl_info *info)
{
	const char *why = NULL;
	struct xenmig_dom dom;
	int err;

	err = named_domain(info, &dom);
	if (err)
		return err;
	err = xenmig_session_domain_free(dom.id, true, &why) ?: xenmig_dom_destroy(&dom);
	return err ? refuse(info, err, why ?: "the hypervisor refused to destroy the domain") : 0;
}

/* ---- session ---- */

static int put_flow(struct sk_buff *msg, struct xenmig_session *s, u64 zerocopy, u64 missed)
{
	const struct xenmig_stats *st = &s->stats;
	const struct { int attr; u64 value; } v[] = {
		{ XENMIG_A_SESSION_FRAMES, st->frames },
		{ XENMIG_A_SESSION_FRAMES_SENT, st->frames_sent },
		{ XENMIG_A_SESSION_FRAMES_LEFT, st->frames_left },
		{ XENMIG_A_SESSION_FIRST_ROUND_FRAMES, st->first_round_frames },
		{ XENMIG_A_SESSION_FIRST_ROUND_US, st->first_round_us },
		{ XENMIG_A_SESSION_DIRTY, st->dirty },
		{ XENMIG_A_SESSION_DIRTY_RATE, st->dirty_rate },
		{ XENMIG_A_SESSION_RATE, st->rate },
		{ XENMIG_A_SESSION_EXPECTED_DOWNTIME_US, st->expected_us },
		{ XENMIG_A_SESSION_WIRE_BYTES, s->sock.bytes },
		{ XENMIG_A_SESSION_ZEROCOPY_BYTES, zerocopy },
		{ XENMIG_A_SESSION_MISSED_ZEROCOPY_BYTES, missed },
		{ XENMIG_A_SESSION_SUPERPAGES, st->superpages },
		{ XENMIG_A_SESSION_SMALL_PAGES, st->small_pages },
		{ XENMIG_A_SESSION_DEPOPULATED, st->depopulated },
		{ XENMIG_A_SESSION_MAPPED, s->window.mapped },
		{ XENMIG_A_SESSION_HYPERCALLS, s->dom.hypercalls },
		{ XENMIG_A_SESSION_STARTED_NS, st->started_ns },
		{ XENMIG_A_SESSION_SUSPENDING_NS, st->suspending_ns },
		{ XENMIG_A_SESSION_SUSPENDED_NS, st->suspended_ns },
		{ XENMIG_A_SESSION_LAST_FRAMES_NS, st->last_frames_ns },
		{ XENMIG_A_SESSION_ENDED_NS, st->ended_ns },
		{ XENMIG_A_SESSION_MAX_PAGES, st->max_pages },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(v); i++)
		if (nla_put_u64_64bit(msg, v[i].attr, v[i].value, XENMIG_A_SESSION_PAD))
			return -EMSGSIZE;
	return 0;
}

static int put_session(struct sk_buff *msg, struct xenmig_session *s)
{
	const struct xenmig_stats *st = &s->stats;
	char message[XENMIG_MESSAGE_SIZE];
	u64 zerocopy, missed;
	u32 state, reason, bandwidth;
	int err;

	xenmig_inflight_count(&s->inflight, &zerocopy, &missed);

	spin_lock(&s->lock);
	state = s->state;
	reason = s->reason;
	err = s->err;
	bandwidth = s->options.policy.bandwidth >> 20;
	strscpy(message, s->message, sizeof(message));
	spin_unlock(&s->lock);
	if (nla_put_u32(msg, XENMIG_A_SESSION_ID, s->id) ||
	    nla_put_u32(msg, XENMIG_A_SESSION_ROLE, s->role) ||
	    nla_put_u32(msg, XENMIG_A_SESSION_STATE, state) ||
	    nla_put_u32(msg, XENMIG_A_SESSION_REASON, reason) ||
	    nla_put_s32(msg, XENMIG_A_SESSION_ERRNO, err) ||
	    nla_put_u32(msg, XENMIG_A_SESSION_DOMID, s->dom.id) ||
	    nla_put_u32(msg, XENMIG_A_SESSION_ROUND, st->round) ||
	    nla_put_u32(msg, XENMIG_A_SESSION_INFLIGHT, atomic_read(&s->inflight.frames)) ||
	    nla_put_u32(msg, XENMIG_A_SESSION_BANDWIDTH_MIB, bandwidth) ||
	    nla_put_u32(msg, XENMIG_A_SESSION_THROTTLE, st->throttle) ||
	    nla_put_u32(msg, XENMIG_A_SESSION_MOST_THROTTLE, st->most_throttle) ||
	    nla_put_u32(msg, XENMIG_A_SESSION_HELD_ROUNDS, st->held_rounds) ||
	    put_flow(msg, s, zerocopy, missed))
		return -EMSGSIZE;
	if (*message && nla_put_string(msg, XENMIG_A_SESSION_MESSAGE, message))
		return -EMSGSIZE;
	if (st->digested &&
	    (nla_put_u64_64bit(msg, XENMIG_A_SESSION_DIGEST, st->digest, XENMIG_A_SESSION_PAD) ||
	     nla_put_u64_64bit(msg, XENMIG_A_SESSION_DIGEST_FRAMES, st->digest_frames,
			       XENMIG_A_SESSION_PAD)))
		return -EMSGSIZE;
	return 0;
}

#define COPY_ATTR(d, attrs, kind, field, attr) do {				\
	if ((attrs)[XENMIG_A_DOMAIN_##attr])					\
		(d)->field = nla_get_##kind((attrs)[XENMIG_A_DOMAIN_##attr]);	\
} while (0)

static void read_description(struct xenmig_domain *d, struct nlattr **a)
{
	*d = (struct xenmig_domain){
		.maptrack_frames = -1,
		.evtchn_ports = DEFAULT_EVTCHN_PORTS,
		.grant_version = 1,
	};
	memcpy(d->uuid, nla_data(a[XENMIG_A_DOMAIN_UUID]), sizeof(d->uuid));
	COPY_ATTR(d, a, u32, create_flags, CREATE_FLAGS);
	COPY_ATTR(d, a, u64, pages, PAGES);
	COPY_ATTR(d, a, u64, max_pages, MAX_PAGES);
	COPY_ATTR(d, a, u64, max_gfn, MAX_GFN);
	COPY_ATTR(d, a, u32, vcpus, VCPUS);
	COPY_ATTR(d, a, u32, cpupool, CPUPOOL);
	COPY_ATTR(d, a, u32, ssidref, SSIDREF);
	COPY_ATTR(d, a, u32, emulation_flags, EMULATION_FLAGS);
	COPY_ATTR(d, a, u32, misc_flags, MISC_FLAGS);
	COPY_ATTR(d, a, u32, evtchn_ports, EVTCHN_PORTS);
	COPY_ATTR(d, a, u32, grant_frames, GRANT_FRAMES);
	COPY_ATTR(d, a, s32, maptrack_frames, MAPTRACK_FRAMES);
	COPY_ATTR(d, a, u32, grant_version, GRANT_VERSION);
	COPY_ATTR(d, a, u64, paging_bytes, PAGING_BYTES);
	COPY_ATTR(d, a, u32, timer_mode, TIMER_MODE);
	COPY_ATTR(d, a, u32, tsc_mode, TSC_MODE);
	COPY_ATTR(d, a, u64, store_gfn, STORE_GFN);
	COPY_ATTR(d, a, u64, console_gfn, CONSOLE_GFN);
	COPY_ATTR(d, a, u32, store_domid, STORE_DOMID);
	COPY_ATTR(d, a, u32, console_domid, CONSOLE_DOMID);
	COPY_ATTR(d, a, u32, hpet, HPET);
	COPY_ATTR(d, a, u32, vpt_align, VPT_ALIGN);
	COPY_ATTR(d, a, s32, time_offset, TIME_OFFSET);
	COPY_ATTR(d, a, u32, share.scheduler, SCHEDULER);
	COPY_ATTR(d, a, u32, share.weight, SCHED_WEIGHT);
	COPY_ATTR(d, a, u32, share.cap, SCHED_CAP);
	if (!d->share.weight)
		d->share.scheduler = 0;
}

static struct xenmig_session *new_destination(struct genl_info *info, struct xenmig_domain *d,
					      const char **why)
{
	struct nlattr *attrs[XENMIG_A_DOMAIN_MAX + 1];
	int err;

	*why = "attribute domain is missing";
	if (!info->attrs[XENMIG_A_SESSION_DOMAIN])
		return ERR_PTR(-EINVAL);
	*why = "attribute domain is malformed";
	err = nla_parse_nested(attrs, XENMIG_A_DOMAIN_MAX, info->attrs[XENMIG_A_SESSION_DOMAIN],
			       xenmig_domain_policy, info->extack);
	if (err)
		return ERR_PTR(err);
	*why = "attribute domain lacks the uuid";
	if (!attrs[XENMIG_A_DOMAIN_UUID])
		return ERR_PTR(-EINVAL);
	read_description(d, attrs);
	return xenmig_session_new_destination(info->snd_portid, d, why);
}

static int put_new_session(struct sk_buff *msg, struct xenmig_session *s,
			   const struct xenmig_domain *d)
{
	struct nlattr *nest;

	if (nla_put_u32(msg, XENMIG_A_SESSION_ID, s->id) ||
	    nla_put_u32(msg, XENMIG_A_SESSION_DOMID, s->dom.id))
		return -EMSGSIZE;
	if (s->role == XENMIG_ROLE_SOURCE)
		return 0;
	nest = nla_nest_start(msg, XENMIG_A_SESSION_DOMAIN);
	if (!nest || nla_put_u32(msg, XENMIG_A_DOMAIN_DOMID, d->domid) ||
	    nla_put_u32(msg, XENMIG_A_DOMAIN_STORE_PORT, d->store_port) ||
	    nla_put_u32(msg, XENMIG_A_DOMAIN_CONSOLE_PORT, d->console_port))
		return -EMSGSIZE;
	if (s->pv && (nla_put_u64_64bit(msg, XENMIG_A_DOMAIN_STORE_MFN, d->store_mfn,
					XENMIG_A_DOMAIN_PAD) ||
		      nla_put_u64_64bit(msg, XENMIG_A_DOMAIN_CONSOLE_MFN, d->console_mfn,
					XENMIG_A_DOMAIN_PAD)))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

/**
 * xenmig_nl_session_new_doit - session-new
 * @skb: request
 * @info: role; domid of a source, or domain of a destination
 *
 * The sender's port becomes the owner. A session whose number cannot be told is
 * cancelled.
 *
 * Return: 0, -EINVAL for missing or malformed attributes, -ENOMEM, what
 * xenmig_session_new_source() or xenmig_session_new_destination() says.
 */
int xenmig_nl_session_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct xenmig_domain d = {};
	struct xenmig_session *s;
	const char *why = NULL;
	struct sk_buff *msg;
	void *head;
	int err;

	if (!info->attrs[XENMIG_A_SESSION_ROLE])
		return refuse(info, -EINVAL, "attribute role is missing");
	msg = new_reply(info, XENMIG_CMD_SESSION_NEW, &head);
	if (!msg)
		return -ENOMEM;
	if (nla_get_u32(info->attrs[XENMIG_A_SESSION_ROLE]) == XENMIG_ROLE_DESTINATION)
		s = new_destination(info, &d, &why);
	else if (info->attrs[XENMIG_A_SESSION_DOMID])
		s = xenmig_session_new_source(info->snd_portid,
					      nla_get_u32(info->attrs[XENMIG_A_SESSION_DOMID]),
					      &why);
	else
		s = ERR_PTR(refuse(info, -EINVAL, "attribute domid is missing"));
	if (IS_ERR(s)) {
		nlmsg_free(msg);
		return refuse(info, PTR_ERR(s), why);
	}
	err = send_reply(msg, head, info, put_new_session(msg, s, &d));
	if (err)
		xenmig_session_cancel(s, &why);
	xenmig_session_put(s);
	return err;
}

static struct xenmig_session *named_session(struct genl_info *info)
{
	struct xenmig_session *s;

	if (!info->attrs[XENMIG_A_SESSION_ID])
		return ERR_PTR(refuse(info, -EINVAL, "attribute id is missing"));
	s = xenmig_session_get(nla_get_u32(info->attrs[XENMIG_A_SESSION_ID]));
	return s ?: ERR_PTR(refuse(info, -ENOENT, "there is no session of that number"));
}

/* What is not given stays as it is. */
static void read_policy(struct genl_info *info, struct xenmig_policy *policy)
{
	const struct { int attr; u64 unit; u64 *value; } n[] = {
		{ XENMIG_A_SESSION_DOWNTIME_MS, USEC_PER_MSEC, &policy->downtime_us },
		{ XENMIG_A_SESSION_FIXED_COST_US, 1, &policy->fixed_us },
		{ XENMIG_A_SESSION_MAX_SECONDS, USEC_PER_SEC, &policy->max_us },
		{ XENMIG_A_SESSION_BANDWIDTH_MIB, 1 << 20, &policy->bandwidth },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(n); i++)
		if (info->attrs[n[i].attr])
			*n[i].value = n[i].unit * nla_get_u32(info->attrs[n[i].attr]);
	if (info->attrs[XENMIG_A_SESSION_MAX_ROUNDS])
		policy->max_rounds = nla_get_u32(info->attrs[XENMIG_A_SESSION_MAX_ROUNDS]);
	if (info->attrs[XENMIG_A_SESSION_ON_LIMIT])
		policy->on_limit = nla_get_u32(info->attrs[XENMIG_A_SESSION_ON_LIMIT]);
	if (info->attrs[XENMIG_A_SESSION_HOLD_PAUSE])
		policy->hold_pause = nla_get_u32(info->attrs[XENMIG_A_SESSION_HOLD_PAUSE]);
}

static void read_options(struct genl_info *info, struct xenmig_options *options)
{
	*options = (struct xenmig_options){
		.verify = nla_get_flag(info->attrs[XENMIG_A_SESSION_VERIFY]),
		.no_live = nla_get_flag(info->attrs[XENMIG_A_SESSION_NO_LIVE]),
		.policy = {
			.downtime_us = DEFAULT_DOWNTIME_MS * USEC_PER_MSEC,
			.fixed_us = DEFAULT_FIXED_US,
			.max_rounds = DEFAULT_MAX_ROUNDS,
			.on_limit = XENMIG_ON_LIMIT_STOP,
		},
	};
	read_policy(info, &options->policy);
}

/**
 * xenmig_nl_session_start_doit - session-start
 * @skb: request
 * @info: id, socket, options; an option that is missing has its default
 *
 * The socket is a file descriptor of the sender, in whose context this runs.
 *
 * Return: 0, -EINVAL without socket or id, -ENOENT, or what
 * xenmig_session_start() says.
 */
int xenmig_nl_session_start_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct xenmig_options options;
	struct xenmig_session *s;
	const char *why = NULL;
	int err;

	if (!info->attrs[XENMIG_A_SESSION_SOCKET])
		return refuse(info, -EINVAL, "attribute socket is missing");
	s = named_session(info);
	if (IS_ERR(s))
		return PTR_ERR(s);
	read_options(info, &options);
	err = xenmig_session_start(s, nla_get_u32(info->attrs[XENMIG_A_SESSION_SOCKET]), &options,
				   &why);
	xenmig_session_put(s);
	return err ? refuse(info, err, why) : 0;
}

static void change_policy(struct xenmig_policy *policy, void *info)
{
	read_policy(info, policy);
}

/**
 * xenmig_nl_session_set_doit - session-set
 * @skb: request
 * @info: id, and what is to change
 *
 * Return: 0, -EINVAL without an id or as xenmig_session_change() says, -ENOENT.
 */
int xenmig_nl_session_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct xenmig_session *s = named_session(info);
	const char *why = NULL;
	int err;

	if (IS_ERR(s))
		return PTR_ERR(s);
	err = xenmig_session_change(s, change_policy, info, &why);
	xenmig_session_put(s);
	return err ? refuse(info, err, why) : 0;
}

int xenmig_nl_session_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct xenmig_session *s = named_session(info);
	struct sk_buff *msg;
	void *head;
	int err;

	if (IS_ERR(s))
		return PTR_ERR(s);
	msg = new_reply(info, XENMIG_CMD_SESSION_GET, &head);
	err = msg ? send_reply(msg, head, info, put_session(msg, s)) : -ENOMEM;
	xenmig_session_put(s);
	return err;
}

/**
 * xenmig_nl_session_get_dumpit - session-get of all sessions
 * @msg: reply
 * @cb: args[0] is the number of the last session told
 *
 * Return: octets in @msg, 0 at the end; -EPERM, -ENODEV.
 */
int xenmig_nl_session_get_dumpit(struct sk_buff *msg, struct netlink_callback *cb)
{
	struct xenmig_session *s;
	void *head;
	int err;

	err = admit(cb->skb, cb->extack, XENMIG_CMD_SESSION_GET);
	if (err)
		return err;
	while ((s = xenmig_session_next(cb->args[0]))) {
		u32 id = s->id;

		err = -EMSGSIZE;
		head = genlmsg_put(msg, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &family,
				   NLM_F_MULTI, XENMIG_CMD_SESSION_GET);
		if (head)
			err = put_session(msg, s);
		xenmig_session_put(s);
		if (err) {
			if (head)
				genlmsg_cancel(msg, head);
			return msg->len ?: err;
		}
		genlmsg_end(msg, head);
		cb->args[0] = id;
	}
	return msg->len;
}

static int verb(struct genl_info *info, int (*act)(struct xenmig_session *, const char **))
{
	struct xenmig_session *s = named_session(info);
	const char *why = NULL;
	int err;

	if (IS_ERR(s))
		return PTR_ERR(s);
	err = act(s, &why);
	xenmig_session_put(s);
	return err ? refuse(info, err, why) : 0;
}

static int commit(struct genl_info *info, enum xenmig_role role, u64 max_pages)
{
	struct xenmig_session *s = named_session(info);
	const char *why = NULL;
	int err;

	if (IS_ERR(s))
		return PTR_ERR(s);
	if (s->role == role) {
		err = xenmig_session_commit(s, max_pages, &why);
	} else {
		err = -EINVAL;
		why = "only a source can be held, only a destination can be kept";
	}
	xenmig_session_put(s);
	return err ? refuse(info, err, why) : 0;
}

/**
 * xenmig_nl_session_hold_doit - session-hold
 * @skb: request
 * @info: id
 *
 * Return: 0, -EINVAL without an id, for a destination, or as
 * xenmig_session_commit() says; -ENOENT.
 */
int xenmig_nl_session_hold_doit(struct sk_buff *skb, struct genl_info *info)
{
	return commit(info, XENMIG_ROLE_SOURCE, 0);
}

/**
 * xenmig_nl_session_keep_doit - session-keep
 * @skb: request
 * @info: id, and max-pages, which is optional
 *
 * Return: 0, -EINVAL without an id or for a source, -ENOENT, or what
 * xenmig_session_commit() says.
 */
int xenmig_nl_session_keep_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *max = info->attrs[XENMIG_A_SESSION_MAX_PAGES];

	return commit(info, XENMIG_ROLE_DESTINATION, max ? nla_get_u64(max) : 0);
}

/**
 * xenmig_nl_session_suspend_doit - session-suspend
 * @skb: request
 * @info: id, and force, which is optional
 *
 * Return: 0, -EINVAL without an id or as xenmig_session_suspend() says, -ENOENT.
 */
int xenmig_nl_session_suspend_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct xenmig_session *s = named_session(info);
	const char *why = NULL;
	int err;

	if (IS_ERR(s))
		return PTR_ERR(s);
	err = xenmig_session_suspend(s, nla_get_flag(info->attrs[XENMIG_A_SESSION_FORCE]), &why);
	xenmig_session_put(s);
	return err ? refuse(info, err, why) : 0;
}

/**
 * xenmig_nl_session_device_model_doit - session-device-model
 * @skb: request
 * @info: id, running
 *
 * Return: 0, -EINVAL without one of them or as xenmig_session_device_model() says,
 * -ENOENT.
 */
int xenmig_nl_session_device_model_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct xenmig_session *s;
	const char *why = NULL;
	int err;

	if (!info->attrs[XENMIG_A_SESSION_RUNNING])
		return refuse(info, -EINVAL, "attribute running is missing");
	s = named_session(info);
	if (IS_ERR(s))
		return PTR_ERR(s);
	err = xenmig_session_device_model(s, nla_get_u32(info->attrs[XENMIG_A_SESSION_RUNNING]),
					  &why);
	xenmig_session_put(s);
	return err ? refuse(info, err, why) : 0;
}

/**
 * xenmig_nl_session_resume_doit - session-resume
 * @skb: request
 * @info: id
 *
 * Return: 0, -EINVAL without an id, -ENOENT, or what xenmig_session_resume() says.
 */
int xenmig_nl_session_resume_doit(struct sk_buff *skb, struct genl_info *info)
{
	return verb(info, xenmig_session_resume);
}

/**
 * xenmig_nl_session_cancel_doit - session-cancel
 * @skb: request
 * @info: id
 *
 * Return: 0, -EINVAL without an id, -ENOENT, or what xenmig_session_cancel() says.
 */
int xenmig_nl_session_cancel_doit(struct sk_buff *skb, struct genl_info *info)
{
	return verb(info, xenmig_session_cancel);
}

/**
 * xenmig_nl_session_end_doit - session-end
 * @skb: request
 * @info: id
 *
 * Return: 0, -EINVAL without an id, -ENOENT, -EBUSY.
 */
int xenmig_nl_session_end_doit(struct sk_buff *skb, struct genl_info *info)
{
	return verb(info, xenmig_session_end);
}

/* ---- bench ---- */

static int put_measurement(struct sk_buff *msg, const struct xenmig_measurement *m)
{
	if (nla_put_u32(msg, XENMIG_A_BENCH_FRAMES, m->frames) ||
	    nla_put_u64_64bit(msg, XENMIG_A_BENCH_NS, m->ns, XENMIG_A_BENCH_PAD) ||
	    nla_put_u64_64bit(msg, XENMIG_A_BENCH_HYPERCALLS, m->hypercalls,
			      XENMIG_A_BENCH_PAD) ||
	    nla_put_u64_64bit(msg, XENMIG_A_BENCH_COPIED, m->copied, XENMIG_A_BENCH_PAD))
		return -EMSGSIZE;
	return 0;
}

/**
 * xenmig_nl_bench_doit - bench
 * @skb: request
 * @info: piece, frames; domid and socket where the piece needs them
 *
 * Return: 0, -EINVAL without one of the first two, -ENOMEM, or what xenmig_bench() says.
 */
int xenmig_nl_bench_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct xenmig_measurement m = { .domid = XENMIG_BENCH_OWN, .fd = -1 };
	const char *why = NULL;
	struct sk_buff *msg;
	void *head;
	int err;

	if (!info->attrs[XENMIG_A_BENCH_PIECE])
		return refuse(info, -EINVAL, "attribute piece is missing");
	if (!info->attrs[XENMIG_A_BENCH_FRAMES])
		return refuse(info, -EINVAL, "attribute frames is missing");
	m.piece = nla_get_u32(info->attrs[XENMIG_A_BENCH_PIECE]);
	m.frames = nla_get_u32(info->attrs[XENMIG_A_BENCH_FRAMES]);
	if (info->attrs[XENMIG_A_BENCH_DOMID])
		m.domid = min_t(u32, nla_get_u32(info->attrs[XENMIG_A_BENCH_DOMID]), INT_MAX);
	if (info->attrs[XENMIG_A_BENCH_SOCKET])
		m.fd = nla_get_u32(info->attrs[XENMIG_A_BENCH_SOCKET]);
	err = xenmig_bench(&m, &why);
	if (err)
		return refuse(info, err, why);
	msg = new_reply(info, XENMIG_CMD_BENCH, &head);
	return msg ? send_reply(msg, head, info, put_measurement(msg, &m)) : -ENOMEM;
}

/* ---- notifications, owners ---- */

/**
 * xenmig_netlink_changed - tell the group of sessions how a session is
 * @s: session
 *
 * Best effort: without memory or listeners nothing is told, and a listener that
 * is slow may miss it.
 *
 * Context: the session's thread, or a commit; takes s->lock, may sleep.
 */
void xenmig_netlink_changed(struct xenmig_session *s)
{
	struct sk_buff *msg;
	void *head;

	if (!genl_has_listeners(&family, &init_net, 0))
		return;
	msg = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!msg)
		return;
	head = genlmsg_put(msg, 0, 0, &family, 0, XENMIG_CMD_SESSION_NTF);
	if (!head || put_session(msg, s)) {
		nlmsg_free(msg);
		return;
	}
	genlmsg_end(msg, head);
	genlmsg_multicast(&family, msg, 0, 0, GFP_KERNEL);
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

static struct genl_family family __ro_after_init = {
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
	err = genl_register_family(&family);
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
	genl_unregister_family(&family);
	netlink_unregister_notifier(&netlink_notifier);
}
