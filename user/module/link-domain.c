// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netlink.h>
#include <linux/xenmig.h>

#include "base/clock.h"
#include "module/domain.h"
#include "module/link-parts.h"

static int domain_verb(struct link *link, int cmd, uint32_t domid, const uint8_t *uuid,
		       struct sink *sink)
{
	struct domain domain = { .domid = domid };

	GIVE(&domain, XENMIG_A_DOMAIN_DOMID);
	GIVE(&domain, XENMIG_A_DOMAIN_UUID);
	memcpy(domain.uuid, uuid, sizeof(domain.uuid));
	return link_call(link, cmd, 0, &domain_layout, &domain, ~0ULL, sink);
}

static int read_domain(struct link *link, uint32_t domid, struct domain *domain)
{
	struct domain wanted = { .have = 1ULL << XENMIG_A_DOMAIN_DOMID, .domid = domid };
	struct sink sink = { .layout = &domain_layout, .size = sizeof(*domain), .one = domain };

	return link_call(link, XENMIG_CMD_DOMAIN_GET, 0, &domain_layout, &wanted, ~0ULL, &sink);
}

/**
 * link_domain() - one domain
 * @link: the link
 * @domid: which
 * @domain: filled in
 * @err: why not
 *
 * Return: 0 or -1.
 */
int link_domain(struct link *link, uint32_t domid, struct domain *domain, struct error *err)
{
	return link_explain(link, read_domain(link, domid, domain), "read the domain", err);
}

/**
 * link_domains() - all domains
 * @link: the link
 * @list: set to an array, the caller frees it; NULL on failure
 * @count: set to its length
 * @err: why not
 *
 * Return: 0 or -1.
 */
int link_domains(struct link *link, struct domain **list, unsigned int *count, struct error *err)
{
	struct sink sink = { .layout = &domain_layout, .size = sizeof(**list) };
	int rc = link_call(link, XENMIG_CMD_DOMAIN_GET, NLM_F_DUMP, NULL, NULL, 0, &sink);

	*list = link_take_list(&sink, rc, count);
	return link_explain(link, rc, "list the domains", err);
}

/**
 * link_find() - the domain with an id and a handle, if it is still there
 * @link: the link
 * @domid: its id
 * @uuid: its handle
 * @domain: filled in when it is there
 * @err: why that cannot be told
 *
 * A domain that is being destroyed is not there any more.
 *
 * Return: 1 when it is there, 0 when it is not, -1 when that cannot be told.
 */
int link_find(struct link *link, uint32_t domid, const uint8_t *uuid, struct domain *domain,
	      struct error *err)
{
	int rc = read_domain(link, domid, domain);

	if (rc == -ESRCH)
		return 0;
	if (rc)
		return link_explain(link, rc, "read the domain", err);
	return !memcmp(domain->uuid, uuid, sizeof(domain->uuid)) &&
	       !(domain->dominf_flags & DOMINF_DYING);
}

/**
 * link_id_free() - whether no domain has an id
 * @link: the link
 * @domid: the id
 * @err: why that cannot be told
 *
 * Return: 1 when none has, not even one that is being destroyed; 0 when one has; -1
 * when that cannot be told.
 */
int link_id_free(struct link *link, uint32_t domid, struct error *err)
{
	struct domain domain;
	int rc = read_domain(link, domid, &domain);

	return rc == -ESRCH ? 1 : link_explain(link, rc, "read the domain", err);
}

/**
 * link_find_uuid() - a domain with a handle, whatever its id: after a reboot it has another one
 * @link: the link
 * @uuid: its handle
 * @domain: filled in when there is one
 * @err: why that cannot be told
 *
 * Return: 1 when there is one, 0 when there is none, -1 when that cannot be told.
 */
int link_find_uuid(struct link *link, const uint8_t *uuid, struct domain *domain,
		   struct error *err)
{
	struct domain *list;
	unsigned int count, i;
	int found = 0;

	if (link_domains(link, &list, &count, err))
		return -1;
	for (i = 0; i < count && !found; i++) {
		found = !memcmp(list[i].uuid, uuid, sizeof(list[i].uuid)) &&
			!(list[i].dominf_flags & DOMINF_DYING);
		if (found)
			*domain = list[i];
	}
	free(list);
	return found;
}

/**
 * link_unpause() - let a kept domain run
 * @link: the link
 * @domid: which
 * @uuid: its handle
 * @when_ns: set to clock_ns() of just before, as the module saw it
 * @err: why not
 *
 * Return: 0 or -1.
 */
int link_unpause(struct link *link, uint32_t domid, const uint8_t *uuid, uint64_t *when_ns,
		 struct error *err)
{
	struct domain reply = { 0 };
	struct sink sink = { .layout = &domain_layout, .size = sizeof(reply), .one = &reply };
	int rc = domain_verb(link, XENMIG_CMD_DOMAIN_UNPAUSE, domid, uuid, &sink);

	/* It runs, whatever is not said of that. */
	if (rc == -ENODATA)
		rc = 0;
	*when_ns = reply.unpaused_ns ? reply.unpaused_ns : clock_ns();
	return link_explain(link, rc, "unpause the domain", err);
}

static int read_ring(struct link *link, uint32_t domid, const uint8_t *uuid, const uint32_t *ref,
		     uint32_t *unanswered)
{
	struct domain ask = { .domid = domid, .ring_ref = ref ? *ref : 0 }, answer = { 0 };
	struct sink sink = { .layout = &domain_layout, .size = sizeof(answer), .one = &answer };
	int rc;

	GIVE(&ask, XENMIG_A_DOMAIN_DOMID);
	GIVE(&ask, XENMIG_A_DOMAIN_UUID);
	if (ref)
		GIVE(&ask, XENMIG_A_DOMAIN_RING_REF);
	memcpy(ask.uuid, uuid, sizeof(ask.uuid));
	rc = link_call(link, XENMIG_CMD_DOMAIN_RING, 0, &domain_layout, &ask, ~0ULL, &sink);
	*unanswered = answer.unanswered;
	return rc;
}

/**
 * link_ring() - how many requests a backend has not answered in a ring
 * @link: the link
 * @domid: the guest, suspended
 * @uuid: its handle
 * @ref: grant reference of the ring's first page
 * @unanswered: set to their number
 * @err: why not
 *
 * Return: 0 or -1.
 */
int link_ring(struct link *link, uint32_t domid, const uint8_t *uuid, uint32_t ref,
	      uint32_t *unanswered, struct error *err)
{
	return link_explain(link, read_ring(link, domid, uuid, &ref, unanswered),
			    "look at a ring of the guest", err);
}

/**
 * link_unread() - how many octets of a guest's console xenconsoled has not taken
 * @link: the link
 * @domid: the guest, suspended
 * @uuid: its handle
 * @octets: set to their number
 * @err: why not
 *
 * Return: 0 or -1.
 */
int link_unread(struct link *link, uint32_t domid, const uint8_t *uuid, uint32_t *octets,
		struct error *err)
{
	return link_explain(link, read_ring(link, domid, uuid, NULL, octets),
			    "look at the console of the guest", err);
}

/**
 * link_destroy() - destroy a domain
 * @link: the link
 * @domid: which
 * @uuid: its handle
 * @err: why not
 *
 * Return: 0, also when it is gone already; or -1.
 */
int link_destroy(struct link *link, uint32_t domid, const uint8_t *uuid, struct error *err)
{
	struct sink sink = { 0 };
	int rc = domain_verb(link, XENMIG_CMD_DOMAIN_DESTROY, domid, uuid, &sink);

	return link_explain(link, rc == -ESRCH ? 0 : rc, "destroy the domain", err);
}

/**
 * link_affinity() - which CPUs a vCPU is bound to
 * @link: the link
 * @domid: which domain
 * @uuid: its handle
 * @vcpu: which vCPU
 * @affinity: filled in
 * @err: why not
 *
 * Return: 0 or -1.
 */
int link_affinity(struct link *link, uint32_t domid, const uint8_t *uuid, uint32_t vcpu,
		  struct affinity *affinity, struct error *err)
{
	struct affinity wanted = { .domid = domid, .vcpu = vcpu };
	struct sink sink = {
		.layout = &affinity_layout, .size = sizeof(*affinity), .one = affinity,
	};

	GIVE(&wanted, XENMIG_A_DOMAIN_DOMID);
	GIVE(&wanted, XENMIG_A_DOMAIN_UUID);
	GIVE(&wanted, XENMIG_A_DOMAIN_VCPU);
	memcpy(wanted.uuid, uuid, sizeof(wanted.uuid));
	return link_explain(link,
			    link_call(link, XENMIG_CMD_AFFINITY_GET, 0, &affinity_layout, &wanted,
				      ~0ULL, &sink), "read which CPUs a vCPU is bound to", err);
}

/**
 * link_affinity_set() - bind a vCPU to CPUs
 * @link: the link
 * @domid: which domain
 * @uuid: its handle
 * @affinity: which vCPU, and to which CPUs; what is not given of these stays as it is
 * @err: why not
 *
 * Return: 0 or -1.
 */
int link_affinity_set(struct link *link, uint32_t domid, const uint8_t *uuid,
		      const struct affinity *affinity, struct error *err)
{
	struct affinity wanted = *affinity;
	struct sink sink = { 0 };

	GIVE(&wanted, XENMIG_A_DOMAIN_DOMID);
	GIVE(&wanted, XENMIG_A_DOMAIN_UUID);
	wanted.domid = domid;
	memcpy(wanted.uuid, uuid, sizeof(wanted.uuid));
	return link_explain(link,
			    link_call(link, XENMIG_CMD_AFFINITY_SET, 0, &affinity_layout, &wanted,
				      ~0ULL, &sink), "bind a vCPU to CPUs", err);
}
