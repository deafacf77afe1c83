// SPDX-License-Identifier: GPL-2.0-only
/* Requests about sessions: attributes to arguments, one session verb, a reply; and news of them. */
#include <linux/err.h>
#include <linux/string.h>

#include "guest/domain.h"
#include "netlink/gen.h"
#include "netlink/netlink.h"
#include "session/session.h"

#define DEFAULT_DOWNTIME_MS	300
#define DEFAULT_MAX_ROUNDS	30
#define DEFAULT_FIXED_US	20000
#define DEFAULT_EVTCHN_PORTS	1023

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
	if (s->kind->pv && (nla_put_u64_64bit(msg, XENMIG_A_DOMAIN_STORE_MFN, d->store_mfn,
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
		return xenmig_nl_refuse(info, -EINVAL, "attribute role is missing");
	msg = xenmig_nl_new_reply(info, XENMIG_CMD_SESSION_NEW, &head);
	if (!msg)
		return -ENOMEM;
	if (nla_get_u32(info->attrs[XENMIG_A_SESSION_ROLE]) == XENMIG_ROLE_DESTINATION)
		s = new_destination(info, &d, &why);
	else if (info->attrs[XENMIG_A_SESSION_DOMID])
		s = xenmig_session_new_source(info->snd_portid,
					      nla_get_u32(info->attrs[XENMIG_A_SESSION_DOMID]),
					      &why);
	else
		s = ERR_PTR(xenmig_nl_refuse(info, -EINVAL, "attribute domid is missing"));
	if (IS_ERR(s)) {
		nlmsg_free(msg);
		return xenmig_nl_refuse(info, PTR_ERR(s), why);
	}
	err = xenmig_nl_send_reply(msg, head, info, put_new_session(msg, s, &d));
	if (err)
		xenmig_session_cancel(s, &why);
	xenmig_session_put(s);
	return err;
}

static struct xenmig_session *named_session(struct genl_info *info)
{
	struct xenmig_session *s;

	if (!info->attrs[XENMIG_A_SESSION_ID])
		return ERR_PTR(xenmig_nl_refuse(info, -EINVAL, "attribute id is missing"));
	s = xenmig_session_get(nla_get_u32(info->attrs[XENMIG_A_SESSION_ID]));
	return s ?: ERR_PTR(xenmig_nl_refuse(info, -ENOENT, "there is no session of that number"));
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
		return xenmig_nl_refuse(info, -EINVAL, "attribute socket is missing");
	s = named_session(info);
	if (IS_ERR(s))
		return PTR_ERR(s);
	read_options(info, &options);
	err = xenmig_session_start(s, nla_get_u32(info->attrs[XENMIG_A_SESSION_SOCKET]), &options,
				   &why);
	xenmig_session_put(s);
	return err ? xenmig_nl_refuse(info, err, why) : 0;
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
	return err ? xenmig_nl_refuse(info, err, why) : 0;
}

int xenmig_nl_session_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct xenmig_session *s = named_session(info);
	struct sk_buff *msg;
	void *head;
	int err;

	if (IS_ERR(s))
		return PTR_ERR(s);
	msg = xenmig_nl_new_reply(info, XENMIG_CMD_SESSION_GET, &head);
	err = msg ? xenmig_nl_send_reply(msg, head, info, put_session(msg, s)) : -ENOMEM;
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

	err = xenmig_nl_admit(cb->skb, cb->extack);
	if (err)
		return err;
	while ((s = xenmig_session_next(cb->args[0]))) {
		u32 id = s->id;

		err = -EMSGSIZE;
		head = genlmsg_put(msg, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				   &xenmig_nl_family, NLM_F_MULTI, XENMIG_CMD_SESSION_GET);
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
	return err ? xenmig_nl_refuse(info, err, why) : 0;
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
	return err ? xenmig_nl_refuse(info, err, why) : 0;
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
	return err ? xenmig_nl_refuse(info, err, why) : 0;
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
		return xenmig_nl_refuse(info, -EINVAL, "attribute running is missing");
	s = named_session(info);
	if (IS_ERR(s))
		return PTR_ERR(s);
	err = xenmig_session_device_model(s, nla_get_u32(info->attrs[XENMIG_A_SESSION_RUNNING]),
					  &why);
	xenmig_session_put(s);
	return err ? xenmig_nl_refuse(info, err, why) : 0;
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

	if (!genl_has_listeners(&xenmig_nl_family, &init_net, 0))
		return;
	msg = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!msg)
		return;
	head = genlmsg_put(msg, 0, 0, &xenmig_nl_family, 0, XENMIG_CMD_SESSION_NTF);
	if (!head || put_session(msg, s)) {
		nlmsg_free(msg);
		return;
	}
	genlmsg_end(msg, head);
	genlmsg_multicast(&xenmig_nl_family, msg, 0, 0, GFP_KERNEL);
}
