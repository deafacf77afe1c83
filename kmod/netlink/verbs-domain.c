// SPDX-License-Identifier: GPL-2.0-only
/* Requests about domains: attributes to arguments, a hypercall, a reply. */
#include <linux/build_bug.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "guest/domain.h"
#include "guest/ring.h"
#include "netlink/gen.h"
#include "netlink/netlink.h"
#include "session/session.h"
#include "xen/featureset.h"
#include "xen/hypercall.h"
#include "xen/suspension.h"

#define DOMAINS_PER_CALL	32

/* As the spec has it. */
static_assert(sizeof(((struct xenmig_affinity *)0)->hard) == 128);

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
		return xenmig_nl_refuse(info, -EINVAL, "attribute domid is missing");
	domid = nla_get_u32(info->attrs[XENMIG_A_DOMAIN_DOMID]);
	err = domid < XENMIG_DOMID_FIRST_RESERVED ? xenmig_domain_read(domid, &d) : -ESRCH;
	if (err)
		return xenmig_nl_refuse(info, err,
					err == -ESRCH ? "there is no such domain" :
					"the hypervisor refused to describe the domain");
	msg = xenmig_nl_new_reply(info, XENMIG_CMD_DOMAIN_GET, &head);
	return msg ? xenmig_nl_send_reply(msg, head, info, put_domain(msg, &d)) : -ENOMEM;
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
	head = genlmsg_put(msg, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &xenmig_nl_family,
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

	err = xenmig_nl_admit(cb->skb, cb->extack);
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
		return xenmig_nl_refuse(info, -EINVAL, "attribute domid is missing");
	if (!info->attrs[XENMIG_A_DOMAIN_UUID])
		return xenmig_nl_refuse(info, -EINVAL, "attribute uuid is missing");
	domid = nla_get_u32(info->attrs[XENMIG_A_DOMAIN_DOMID]);
	if (!domid || domid >= XENMIG_DOMID_FIRST_RESERVED)
		return xenmig_nl_refuse(info, -ESRCH, "there is no such domain");
	*dom = (struct xenmig_dom){ .id = domid };
	err = xenmig_dom_info(dom, &state);
	if (!err && memcmp(state.handle, nla_data(info->attrs[XENMIG_A_DOMAIN_UUID]), 16))
		err = -ESRCH;
	return err ? xenmig_nl_refuse(info, err, "there is no domain of that id and handle") : 0;
}

/*
 * @wait: first, until a committed session has let go of the domain.
 * @when_ns: set to when it was done, or rather when that was about to be.
 */
static int act(struct genl_info *info, bool wait, int (*what)(struct xenmig_dom *dom),
	       const char *refusal, u64 *when_ns)
{
	const char *why = NULL;
	struct xenmig_dom dom;
	int err;

	err = named_domain(info, &dom);
	if (err)
		return err;
	err = xenmig_session_domain_free(dom.id, wait, &why);
	*when_ns = ktime_get_boottime_ns();
	if (!err)
		err = what(&dom);
	return err ? xenmig_nl_refuse(info, err, why ?: refusal) : 0;
}

/**
 * xenmig_nl_domain_unpause_doit - domain-unpause
 * @skb: request
 * @info: domid and uuid
 *
 * The reply has the time of just before: where the guest takes the only processor, nobody
 * looks at a clock behind the hypercall before some 10 or 100 ms.
 *
 * Return: 0, -EINVAL without one of them or when the domain is not paused, -ESRCH,
 * -EBUSY while a session that has not committed cares for it, -ENOMEM.
 */
int xenmig_nl_domain_unpause_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *msg;
	u64 when_ns;
	void *head;
	int err;

	/* First, as nothing may fail any more once the guest runs. */
	msg = xenmig_nl_new_reply(info, XENMIG_CMD_DOMAIN_UNPAUSE, &head);
	if (!msg)
		return -ENOMEM;
	err = act(info, false, xenmig_dom_unpause, "the hypervisor refused to unpause the domain",
		  &when_ns) ?:
	      nla_put_u64_64bit(msg, XENMIG_A_DOMAIN_UNPAUSED_NS, when_ns, XENMIG_A_DOMAIN_PAD);
	return xenmig_nl_send_reply(msg, head, info, err);
}

/* The vCPU that a request names, and its domain. */
static int named_vcpu(struct genl_info *info, struct xenmig_dom *dom, u32 *vcpu)
{
	if (!info->attrs[XENMIG_A_DOMAIN_VCPU])
		return xenmig_nl_refuse(info, -EINVAL, "attribute vcpu is missing");
	*vcpu = nla_get_u32(info->attrs[XENMIG_A_DOMAIN_VCPU]);
	return named_domain(info, dom);
}

static int put_affinity(struct sk_buff *msg, u32 vcpu, const struct xenmig_affinity *affinity)
{
	if (nla_put_u32(msg, XENMIG_A_DOMAIN_VCPU, vcpu) ||
	    (affinity->flags & XENMIG_AFFINITY_HARD &&
	     nla_put(msg, XENMIG_A_DOMAIN_HARD_AFFINITY, sizeof(affinity->hard),
		     affinity->hard)) ||
	    (affinity->flags & XENMIG_AFFINITY_SOFT &&
	     nla_put(msg, XENMIG_A_DOMAIN_SOFT_AFFINITY, sizeof(affinity->soft),
		     affinity->soft)))
		return -EMSGSIZE;
	return 0;
}

/**
 * xenmig_nl_affinity_get_doit - affinity-get
 * @skb: request
 * @info: domid, uuid and vcpu
 *
 * Return: 0, -EINVAL without one of them or when there is no such vCPU, -ESRCH,
 * -ENOMEM, or what Xen says.
 */
int xenmig_nl_affinity_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct xenmig_affinity affinity;
	struct xenmig_dom dom;
	struct sk_buff *msg;
	void *head;
	u32 vcpu;
	int err;

	err = named_vcpu(info, &dom, &vcpu);
	if (err)
		return err;
	err = xenmig_dom_get_affinity(&dom, vcpu, &affinity);
	if (err)
		return xenmig_nl_refuse(info, err,
					"the hypervisor does not say which CPUs the vCPU is bound to");
	msg = xenmig_nl_new_reply(info, XENMIG_CMD_AFFINITY_GET, &head);
	return msg ? xenmig_nl_send_reply(msg, head, info, put_affinity(msg, vcpu, &affinity)) :
		     -ENOMEM;
}

/* The policy has seen to it that they are as long as they should be. */
static void read_affinity(struct genl_info *info, struct xenmig_affinity *affinity)
{
	const struct nlattr *hard = info->attrs[XENMIG_A_DOMAIN_HARD_AFFINITY];
	const struct nlattr *soft = info->attrs[XENMIG_A_DOMAIN_SOFT_AFFINITY];

	*affinity = (struct xenmig_affinity){
		.flags = (hard ? XENMIG_AFFINITY_HARD : 0) | (soft ? XENMIG_AFFINITY_SOFT : 0),
	};
	if (hard)
		nla_memcpy(affinity->hard, hard, sizeof(affinity->hard));
	if (soft)
		nla_memcpy(affinity->soft, soft, sizeof(affinity->soft));
}

/**
 * xenmig_nl_affinity_set_doit - affinity-set
 * @skb: request
 * @info: domid, uuid, vcpu, and what is to be set
 *
 * Return: 0, -EINVAL without one of the first three, -ESRCH, or what
 * xenmig_dom_set_affinity() says.
 */
int xenmig_nl_affinity_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct xenmig_affinity affinity;
	struct xenmig_dom dom;
	u32 vcpu;
	int err;

	err = named_vcpu(info, &dom, &vcpu);
	if (err)
		return err;
	read_affinity(info, &affinity);
	err = xenmig_dom_set_affinity(&dom, vcpu, &affinity);
	if (err)
		xenmig_nl_refuse(info, err, "the hypervisor refused to bind the vCPU to these CPUs");
	return err;
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

	msg = xenmig_nl_new_reply(info, XENMIG_CMD_DOMAIN_RING, &head);
	if (!msg)
		return -ENOMEM;
	return xenmig_nl_send_reply(msg, head, info,
				    nla_put_u32(msg, XENMIG_A_DOMAIN_UNANSWERED, unanswered));
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
		return xenmig_nl_refuse(info, -EINVAL, "the domain is not suspended");
	err = read_ring(&dom, info->attrs[XENMIG_A_DOMAIN_RING_REF], &unanswered);
	if (err)
		return xenmig_nl_refuse(info, err, "the ring cannot be read");
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
	u64 ignored;

	return act(info, true, xenmig_dom_destroy, "the hypervisor refused to destroy the domain",
		   &ignored);
}
