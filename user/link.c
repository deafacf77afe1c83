// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include <linux/xenmig.h>

#include "attrs.h"
#include "domain.h"
#include "link.h"

#ifndef NETLINK_EXT_ACK
#define NETLINK_EXT_ACK 11
#endif
#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif

/**
 * struct link - a netlink socket to the module
 * @sock: requests and replies; sessions made on it end when it closes
 * @events: subscribed to the sessions group; NULL before link_watch()
 * @family: number of the family
 * @extack: the module's own words on the last refused request
 */
struct link {
	struct nl_sock *sock;
	struct nl_sock *events;
	int family;
	char extack[SENTENCE_LEN];
};

#define I(attr, kind, member) FIELD(XENMIG_A_INFO_##attr, kind, struct host_info, member)
static const struct field info_fields[] = {
	I(VERSION, FIELD_STRING, version),
	I(XEN_MAJOR, FIELD_U32, xen_major),
	I(XEN_MINOR, FIELD_U32, xen_minor),
	I(DOMCTL, FIELD_U32, domctl),
	I(CPU_KHZ, FIELD_U32, cpu_khz),
	I(CAPABILITIES, FIELD_U32, capabilities),
	I(FREE_KIB, FIELD_U64, free_kib),
	I(TOTAL_KIB, FIELD_U64, total_kib),
	I(SESSIONS, FIELD_U32, sessions),
	I(QUARANTINED, FIELD_U32, quarantined),
	I(FEATURES, FIELD_BINARY, features),
	I(CPUS, FIELD_BINARY, cpus),
};
#undef I

#define S(attr, kind, member) FIELD(XENMIG_A_SESSION_##attr, kind, struct session, member)
static const struct field session_fields[] = {
	S(ID, FIELD_U32, id),
	S(ROLE, FIELD_U32, role),
	S(STATE, FIELD_U32, state),
	S(REASON, FIELD_U32, reason),
	S(ERRNO, FIELD_S32, error),
	S(MESSAGE, FIELD_STRING, message),
	S(DOMID, FIELD_U32, domid),
	FIELD_SUB(XENMIG_A_SESSION_DOMAIN, struct session, domain, domain_layout),
	S(ROUND, FIELD_U32, round),
	S(FRAMES, FIELD_U64, frames),
	S(FRAMES_SENT, FIELD_U64, frames_sent),
	S(FRAMES_LEFT, FIELD_U64, frames_left),
	S(FIRST_ROUND_FRAMES, FIELD_U64, first_round_frames),
	S(FIRST_ROUND_US, FIELD_U64, first_round_us),
	S(DIRTY, FIELD_U64, dirty),
	S(DIRTY_RATE, FIELD_U64, dirty_rate),
	S(RATE, FIELD_U64, rate),
	S(EXPECTED_DOWNTIME_US, FIELD_U64, expected_downtime_us),
	S(WIRE_BYTES, FIELD_U64, wire_bytes),
	S(ZEROCOPY_BYTES, FIELD_U64, zerocopy_bytes),
	S(MISSED_ZEROCOPY_BYTES, FIELD_U64, missed_zerocopy_bytes),
	S(SUPERPAGES, FIELD_U64, superpages),
	S(SMALL_PAGES, FIELD_U64, small_pages),
	S(DEPOPULATED, FIELD_U64, depopulated),
	S(MAPPED, FIELD_U64, mapped),
	S(HYPERCALLS, FIELD_U64, hypercalls),
	S(INFLIGHT, FIELD_U32, inflight),
	S(DIGEST, FIELD_U64, digest),
	S(DIGEST_FRAMES, FIELD_U64, digest_frames),
	S(STARTED_NS, FIELD_U64, started_ns),
	S(SUSPENDING_NS, FIELD_U64, suspending_ns),
	S(SUSPENDED_NS, FIELD_U64, suspended_ns),
	S(LAST_FRAMES_NS, FIELD_U64, last_frames_ns),
	S(ENDED_NS, FIELD_U64, ended_ns),
	S(MAX_PAGES, FIELD_U64, max_pages),
	S(BANDWIDTH_MIB, FIELD_U32, bandwidth_mib),
	S(THROTTLE, FIELD_U32, throttle),
	S(MOST_THROTTLE, FIELD_U32, most_throttle),
	S(HELD_ROUNDS, FIELD_U32, held_rounds),
	S(FORCE, FIELD_FLAG, force),
	S(RUNNING, FIELD_U32, running),
};
#undef S

#define L(attr, kind, member) FIELD(XENMIG_A_SESSION_##attr, kind, struct limits, member)
static const struct field limits_fields[] = {
	L(ID, FIELD_U32, id),
	L(SOCKET, FIELD_U32, socket),
	L(VERIFY, FIELD_FLAG, verify),
	L(NO_LIVE, FIELD_FLAG, no_live),
	L(DOWNTIME_MS, FIELD_U32, downtime_ms),
	L(MAX_ROUNDS, FIELD_U32, max_rounds),
	L(MAX_SECONDS, FIELD_U32, max_seconds),
	L(ON_LIMIT, FIELD_U32, on_limit),
	L(FIXED_COST_US, FIELD_U32, fixed_cost_us),
	L(BANDWIDTH_MIB, FIELD_U32, bandwidth_mib),
	L(HOLD_PAUSE, FIELD_U32, hold_pause),
};
#undef L

#define B(attr, kind, member) FIELD(XENMIG_A_BENCH_##attr, kind, struct measurement, member)
static const struct field bench_fields[] = {
	B(PIECE, FIELD_U32, piece),
	B(DOMID, FIELD_U32, domid),
	B(FRAMES, FIELD_U32, frames),
	B(SOCKET, FIELD_U32, socket),
	B(NS, FIELD_U64, ns),
	B(HYPERCALLS, FIELD_U64, hypercalls),
	B(COPIED, FIELD_U64, copied),
};
#undef B

static LAYOUT(info_layout, info_fields, 0);
static LAYOUT(session_layout, session_fields, 0);
static LAYOUT(limits_layout, limits_fields, 0);
static LAYOUT(bench_layout, bench_fields, 0);

/* Where replies go. */
struct sink {
	const struct layout *layout;
	size_t size;
	void *one;		/* a single reply, or NULL */
	char *list;		/* a dump */
	unsigned int count;
	bool got;
	bool bad;
};

static int take_reply(struct nl_msg *msg, void *arg)
{
	struct genlmsghdr *hdr = nlmsg_data(nlmsg_hdr(msg));
	struct sink *sink = arg;
	void *obj = sink->one;
	char *list;

	if (!sink->layout)
		return NL_OK;
	if (!obj) {
		list = realloc(sink->list, (sink->count + 1) * sink->size);
		if (!list) {
			sink->bad = true;
			return NL_OK;
		}
		sink->list = list;
		obj = list + sink->count++ * sink->size;
	}
	memset(obj, 0, sink->size);
	if (attrs_get(genlmsg_attrdata(hdr, 0), genlmsg_attrlen(hdr, 0), sink->layout, obj))
		sink->bad = true;
	sink->got = true;
	return NL_OK;
}

static int take_ack(struct nl_msg *msg, void *arg)
{
	(void)msg;
	*(int *)arg = 0;
	return NL_STOP;
}

static void keep_extack(struct link *link, const struct nlattr *head, int len)
{
	const struct nlattr *nla;
	int left;

	nla_for_each_attr(nla, head, len, left) {
		size_t n = nla_len(nla);

		if (nla_type(nla) != NLMSGERR_ATTR_MSG || !n)
			continue;
		if (n > sizeof(link->extack))
			n = sizeof(link->extack);
		memcpy(link->extack, nla_data(nla), n);
		link->extack[n - 1] = '\0';
	}
}

struct failure {
	struct link *link;
	int *status;
};

static int take_error(struct sockaddr_nl *from, struct nlmsgerr *nlerr, void *arg)
{
	const struct nlmsghdr *hdr = (const struct nlmsghdr *)nlerr - 1;
	struct failure *failure = arg;
	size_t used = sizeof(*nlerr);

	(void)from;
	*failure->status = nlerr->error;
	if (!(hdr->nlmsg_flags & NLM_F_ACK_TLVS))
		return NL_STOP;
	if (!(hdr->nlmsg_flags & NLM_F_CAPPED))
		used += nlerr->msg.nlmsg_len - sizeof(nlerr->msg);
	used = NLMSG_ALIGN(used);
	if (used < (size_t)nlmsg_datalen(hdr))
		keep_extack(failure->link, (const void *)((const char *)nlerr + used),
			    nlmsg_datalen(hdr) - used);
	return NL_STOP;
}

static int take_finish(struct nl_msg *msg, void *arg)
{
	int *status = arg;
	const struct nlmsghdr *hdr = nlmsg_hdr(msg);

	*status = nlmsg_datalen(hdr) >= (int)sizeof(int) ? *(const int *)nlmsg_data(hdr) : 0;
	return NL_STOP;
}

static int receive(struct link *link, struct sink *sink)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int status = 1;
	struct failure failure = { .link = link, .status = &status };
	int rc;

	if (!cb)
		return -ENOMEM;
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, take_reply, sink);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, take_ack, &status);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, take_finish, &status);
	nl_cb_err(cb, NL_CB_CUSTOM, take_error, &failure);
	while (status > 0) {
		rc = nl_recvmsgs(link->sock, cb);
		if (rc < 0 && status > 0)
			status = rc == -NLE_INTR ? 1 : -EIO;
	}
	nl_cb_put(cb);
	if (!status && sink->bad)
		status = -EBADMSG;
	if (!status && sink->one && !sink->got)
		status = -ENODATA;
	return status;
}

/* One request and all its replies; returns 0 or a negative errno. */
static int call(struct link *link, int cmd, int flags, const struct layout *layout,
		const void *obj, uint64_t mask, struct sink *sink)
{
	struct nl_msg *msg = nlmsg_alloc_size(16384);
	int rc;

	link->extack[0] = '\0';
	if (!msg)
		return -ENOMEM;
	if (!genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, link->family, 0,
			 flags | NLM_F_REQUEST | NLM_F_ACK, cmd, XENMIG_FAMILY_VERSION) ||
	    (layout && attrs_put(msg, layout, obj, mask))) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	rc = nl_send_auto(link->sock, msg);
	nlmsg_free(msg);
	if (rc < 0)
		return -EIO;
	return receive(link, sink);
}

static int explain(struct link *link, int rc, const char *what, struct error *err)
{
	if (!rc)
		return 0;
	if (link->extack[0])
		return error_set(err, EXIT_FAILED, "%s",
				 error_sentence(link->extack, sizeof(link->extack)));
	if (rc == -EPERM)
		return error_set(err, EXIT_REFUSED,
			"Not permitted to drive the xenmig module: run migctl as root in the initial network namespace of dom0.");
	return error_set(err, EXIT_FAILED, "The xenmig module could not %s: %s.", what,
			 strerror(-rc));
}

static int simple(struct link *link, int cmd, uint32_t id, const char *what, struct error *err)
{
	struct session session = { .have = 1ULL << XENMIG_A_SESSION_ID, .id = id };
	struct sink sink = { 0 };

	return explain(link, call(link, cmd, 0, &session_layout, &session, ~0ULL, &sink), what,
		       err);
}

static int domain_verb(struct link *link, int cmd, uint32_t domid, const uint8_t *uuid)
{
	struct domain domain = { .domid = domid };
	struct sink sink = { 0 };

	GIVE(&domain, XENMIG_A_DOMAIN_DOMID);
	GIVE(&domain, XENMIG_A_DOMAIN_UUID);
	memcpy(domain.uuid, uuid, sizeof(domain.uuid));
	return call(link, cmd, 0, &domain_layout, &domain, ~0ULL, &sink);
}

static struct nl_sock *new_socket(void)
{
	struct nl_sock *sock = nl_socket_alloc();
	int on = 1;

	if (!sock)
		return NULL;
	if (genl_connect(sock)) {
		nl_socket_free(sock);
		return NULL;
	}
	nl_socket_set_buffer_size(sock, 1 << 20, 1 << 18);
	setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	return sock;
}

/**
 * link_open() - find the module
 * @err: says what is missing
 *
 * Return: a link, or NULL.
 */
struct link *link_open(struct error *err)
{
	struct link *link = calloc(1, sizeof(*link));

	if (link)
		link->sock = new_socket();
	if (!link || !link->sock) {
		error_set(err, EXIT_REFUSED, "No netlink socket could be opened: %s.",
			  strerror(errno));
		free(link);
		return NULL;
	}
	link->family = genl_ctrl_resolve(link->sock, XENMIG_FAMILY_NAME);
	if (link->family < 0) {
		error_set(err, EXIT_REFUSED,
			  "The kernel module xenmig is not loaded here: load it with 'modprobe xenmig'.");
		link_close(link);
		return NULL;
	}
	return link;
}

/**
 * link_fd() - the descriptor that owns sessions
 * @link: the link
 *
 * Return: the descriptor; the module takes the owner for dead when all of it are closed.
 */
int link_fd(const struct link *link)
{
	return nl_socket_get_fd(link->sock);
}

/**
 * link_close() - give the link up; sessions it owns that are not held or kept are cancelled
 * @link: the link, may be NULL
 */
void link_close(struct link *link)
{
	if (!link)
		return;
	nl_socket_free(link->sock);
	if (link->events)
		nl_socket_free(link->events);
	free(link);
}

/**
 * link_info() - module and host
 * @link: the link
 * @info: filled in
 * @err: why not
 *
 * Return: 0 or -1.
 */
int link_info(struct link *link, struct host_info *info, struct error *err)
{
	struct sink sink = { .layout = &info_layout, .size = sizeof(*info), .one = info };

	return explain(link, call(link, XENMIG_CMD_INFO_GET, 0, NULL, NULL, 0, &sink),
		       "describe the host", err);
}

static int read_domain(struct link *link, uint32_t domid, struct domain *domain)
{
	struct domain wanted = { .have = 1ULL << XENMIG_A_DOMAIN_DOMID, .domid = domid };
	struct sink sink = { .layout = &domain_layout, .size = sizeof(*domain), .one = domain };

	return call(link, XENMIG_CMD_DOMAIN_GET, 0, &domain_layout, &wanted, ~0ULL, &sink);
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
	return explain(link, read_domain(link, domid, domain), "read the domain", err);
}

/* What a dump brought; nothing where it failed on the way. */
static void *take_list(struct sink *sink, int rc, unsigned int *count)
{
	*count = rc ? 0 : sink->count;
	if (!rc)
		return sink->list;
	free(sink->list);
	return NULL;
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
	int rc = call(link, XENMIG_CMD_DOMAIN_GET, NLM_F_DUMP, NULL, NULL, 0, &sink);

	*list = take_list(&sink, rc, count);
	return explain(link, rc, "list the domains", err);
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
		return explain(link, rc, "read the domain", err);
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

	return rc == -ESRCH ? 1 : explain(link, rc, "read the domain", err);
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
 * @err: why not
 *
 * Return: 0 or -1.
 */
int link_unpause(struct link *link, uint32_t domid, const uint8_t *uuid, struct error *err)
{
	return explain(link, domain_verb(link, XENMIG_CMD_DOMAIN_UNPAUSE, domid, uuid),
		       "unpause the domain", err);
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
	rc = call(link, XENMIG_CMD_DOMAIN_RING, 0, &domain_layout, &ask, ~0ULL, &sink);
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
	return explain(link, read_ring(link, domid, uuid, &ref, unanswered),
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
	return explain(link, read_ring(link, domid, uuid, NULL, octets),
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
	int rc = domain_verb(link, XENMIG_CMD_DOMAIN_DESTROY, domid, uuid);

	return explain(link, rc == -ESRCH ? 0 : rc, "destroy the domain", err);
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
	return explain(link, call(link, XENMIG_CMD_AFFINITY_GET, 0, &affinity_layout, &wanted,
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
	return explain(link, call(link, XENMIG_CMD_AFFINITY_SET, 0, &affinity_layout, &wanted,
				  ~0ULL, &sink), "bind a vCPU to CPUs", err);
}

static int session_new(struct link *link, const struct session *wanted, struct session *created,
		       const char *what, struct error *err)
{
	struct sink sink = {
		.layout = &session_layout, .size = sizeof(*created), .one = created,
	};

	return explain(link, call(link, XENMIG_CMD_SESSION_NEW, 0, &session_layout, wanted,
				  ~0ULL, &sink), what, err);
}

/**
 * link_session_source() - begin to send a domain
 * @link: owns the session from now on
 * @domid: which domain
 * @id: set to the session's id
 * @err: why not
 *
 * Return: 0 or -1.
 */
int link_session_source(struct link *link, uint32_t domid, uint32_t *id, struct error *err)
{
	struct session created, wanted = { .role = XENMIG_ROLE_SOURCE, .domid = domid };

	GIVE(&wanted, XENMIG_A_SESSION_ROLE);
	GIVE(&wanted, XENMIG_A_SESSION_DOMID);
	if (session_new(link, &wanted, &created, "take the domain in its care", err))
		return -1;
	*id = created.id;
	return 0;
}

#define C(attr) (1ULL << XENMIG_A_DOMAIN_##attr)
#define CREATED_WITH (C(UUID) | C(CREATE_FLAGS) | C(PAGES) | C(MAX_PAGES) | C(MAX_GFN) |	\
	C(VCPUS) | C(CPUPOOL) | C(SSIDREF) | C(EMULATION_FLAGS) | C(MISC_FLAGS) |		\
	C(EVTCHN_PORTS) | C(GRANT_FRAMES) | C(MAPTRACK_FRAMES) | C(GRANT_VERSION) |		\
	C(PAGING_BYTES) | C(TIMER_MODE) | C(TSC_MODE) | C(STORE_GFN) | C(CONSOLE_GFN) |	\
	C(STORE_DOMID) | C(CONSOLE_DOMID) | C(SCHEDULER) | C(SCHED_WEIGHT) | C(SCHED_CAP) | \
	C(HPET) | C(VPT_ALIGN) | C(TIME_OFFSET))

/**
 * link_session_destination() - create a domain to receive into
 * @link: owns the session from now on
 * @wanted: what to create
 * @created: filled in: session id, domid, the domain's ports
 * @err: why not
 *
 * Return: 0 or -1.
 */
int link_session_destination(struct link *link, const struct domain *wanted,
			     struct session *created, struct error *err)
{
	struct session session = { .role = XENMIG_ROLE_DESTINATION, .domain = *wanted };

	GIVE(&session, XENMIG_A_SESSION_ROLE);
	GIVE(&session, XENMIG_A_SESSION_DOMAIN);
	session.domain.have &= CREATED_WITH;
	return session_new(link, &session, created, "create the domain", err);
}

/**
 * link_session_start() - hand the data connection over
 * @link: owns the session
 * @limits: session, socket and limits
 * @err: why not
 *
 * Return: 0 or -1.
 */
int link_session_start(struct link *link, const struct limits *limits, struct error *err)
{
	struct sink sink = { 0 };

	return explain(link, call(link, XENMIG_CMD_SESSION_START, 0, &limits_layout, limits,
				  ~0ULL, &sink), "start the session", err);
}

/**
 * link_session_set() - change limits of a session under way
 * @link: the link; need not own the session
 * @limits: session, and what is to change
 * @err: why not
 *
 * Return: 0 or -1.
 */
int link_session_set(struct link *link, const struct limits *limits, struct error *err)
{
	struct sink sink = { 0 };

	return explain(link, call(link, XENMIG_CMD_SESSION_SET, 0, &limits_layout, limits,
				  ~0ULL, &sink), "change the limits", err);
}

/**
 * link_session() - one session
 * @link: the link
 * @id: which
 * @session: filled in
 * @err: why not
 *
 * Return: 0 or -1.
 */
int link_session(struct link *link, uint32_t id, struct session *session, struct error *err)
{
	struct session wanted = { .have = 1ULL << XENMIG_A_SESSION_ID, .id = id };
	struct sink sink = {
		.layout = &session_layout, .size = sizeof(*session), .one = session,
	};

	return explain(link, call(link, XENMIG_CMD_SESSION_GET, 0, &session_layout, &wanted,
				  ~0ULL, &sink), "read the session", err);
}

/**
 * link_sessions() - all sessions
 * @link: the link
 * @list: set to an array, the caller frees it; NULL on failure
 * @count: set to its length
 * @err: why not
 *
 * Return: 0 or -1.
 */
int link_sessions(struct link *link, struct session **list, unsigned int *count,
		  struct error *err)
{
	struct sink sink = { .layout = &session_layout, .size = sizeof(**list) };
	int rc = call(link, XENMIG_CMD_SESSION_GET, NLM_F_DUMP, NULL, NULL, 0, &sink);

	*list = take_list(&sink, rc, count);
	return explain(link, rc, "list the sessions", err);
}

/**
 * link_session_suspend() - the guest is about to be asked to suspend
 * @link: the link
 * @id: session
 * @force: it cannot be asked: the module is to suspend it
 * @err: why not
 *
 * Return: 0 or -1.
 */
int link_session_suspend(struct link *link, uint32_t id, bool force, struct error *err)
{
	struct session session = { .id = id, .force = force };
	struct sink sink = { 0 };

	GIVE(&session, XENMIG_A_SESSION_ID);
	if (force)
		GIVE(&session, XENMIG_A_SESSION_FORCE);
	return explain(link, call(link, XENMIG_CMD_SESSION_SUSPEND, 0, &session_layout, &session,
				  ~0ULL, &sink), "let the guest be suspended", err);
}

/**
 * link_session_device_model() - how the device model of a guest is
 * @link: the link
 * @id: session
 * @runs: false: it has stopped, behind the suspended guest; true: it goes on, as the guest is to
 * @err: why not
 *
 * Return: 0 or -1.
 */
int link_session_device_model(struct link *link, uint32_t id, bool runs, struct error *err)
{
	struct session session = { .id = id, .running = runs };
	struct sink sink = { 0 };

	GIVE(&session, XENMIG_A_SESSION_ID);
	GIVE(&session, XENMIG_A_SESSION_RUNNING);
	return explain(link, call(link, XENMIG_CMD_SESSION_DEVICE_MODEL, 0, &session_layout,
				  &session, ~0ULL, &sink), "hear of the device model", err);
}

/**
 * link_session_hold() - from here on the module never resumes the source guest
 * @link: the link
 * @id: session
 * @err: why not
 *
 * Return: 0 or -1.
 */
int link_session_hold(struct link *link, uint32_t id, struct error *err)
{
	return simple(link, XENMIG_CMD_SESSION_HOLD, id, "hold the session", err);
}

/**
 * link_session_keep() - from here on the module never destroys the destination's domain
 * @link: the link
 * @id: session
 * @max_pages: limit of pages from here on, 0 for the one it was created with
 * @err: why not
 *
 * Return: 0 or -1.
 */
int link_session_keep(struct link *link, uint32_t id, uint64_t max_pages, struct error *err)
{
	struct session session = { .id = id, .max_pages = max_pages };
	struct sink sink = { 0 };

	GIVE(&session, XENMIG_A_SESSION_ID);
	if (max_pages)
		GIVE(&session, XENMIG_A_SESSION_MAX_PAGES);
	return explain(link, call(link, XENMIG_CMD_SESSION_KEEP, 0, &session_layout, &session,
				  ~0ULL, &sink), "keep the domain", err);
}

/**
 * link_session_resume() - let a held guest go on here; no copy of it has run
 * @link: the link
 * @id: session, of whichever controller
 * @err: why not
 *
 * Return: 0 or -1.
 */
int link_session_resume(struct link *link, uint32_t id, struct error *err)
{
	return simple(link, XENMIG_CMD_SESSION_RESUME, id, "resume the guest", err);
}

/**
 * link_session_cancel() - end a session; returns when all it held is released
 * @link: the link
 * @id: session
 * @err: why not
 *
 * Return: 0 or -1.
 */
int link_session_cancel(struct link *link, uint32_t id, struct error *err)
{
	return simple(link, XENMIG_CMD_SESSION_CANCEL, id, "cancel the session", err);
}

/**
 * link_session_end() - forget a session that is over
 * @link: the link
 * @id: session
 * @err: why not
 *
 * Return: 0 or -1.
 */
int link_session_end(struct link *link, uint32_t id, struct error *err)
{
	return simple(link, XENMIG_CMD_SESSION_END, id, "forget the session", err);
}

/**
 * link_find_session() - the session of a domain that is in a state
 * @link: the link
 * @domid: the domain
 * @state: enum xenmig_state
 * @id: set to its id when there is one
 * @err: why that cannot be told
 *
 * Return: 1 when there is one, 0 when there is none, -1 when that cannot be told.
 */
int link_find_session(struct link *link, uint32_t domid, uint32_t state, uint32_t *id,
		      struct error *err)
{
	struct session *list;
	unsigned int count, i;
	int found = 0;

	if (link_sessions(link, &list, &count, err))
		return -1;
	for (i = 0; i < count && !found; i++) {
		found = list[i].domid == domid && list[i].state == state;
		*id = list[i].id;
	}
	free(list);
	return found;
}

/**
 * link_sessions_end() - forget what the module holds of a committed domain
 * @link: the link
 * @domid: the domain
 * @state: XENMIG_STATE_HELD or XENMIG_STATE_KEPT
 * @err: why not
 *
 * Return: 0, also when it holds nothing; or -1.
 */
int link_sessions_end(struct link *link, uint32_t domid, uint32_t state, struct error *err)
{
	uint32_t id;
	int found;

	while ((found = link_find_session(link, domid, state, &id, err)) > 0)
		if (link_session_end(link, id, err))
			return -1;
	return found;
}

/**
 * link_session_over() - is there nothing more that a session does or holds?
 * @session: the session; one that is held or kept is not over
 *
 * Return: true if so.
 */
bool link_session_over(const struct session *session)
{
	return session->state == XENMIG_STATE_FAILED ||
	       session->state == XENMIG_STATE_CANCELLED ||
	       session->state == XENMIG_STATE_RESUMED;
}

/**
 * link_bench() - measure a piece once
 * @link: the link
 * @wanted: piece and frames; domain and socket where it needs them
 * @measured: the result; may be @wanted
 * @err: why not
 *
 * Return: 0 or -1.
 */
int link_bench(struct link *link, const struct measurement *wanted,
	       struct measurement *measured, struct error *err)
{
	struct measurement result;
	struct sink sink = { .layout = &bench_layout, .size = sizeof(result), .one = &result };

	if (explain(link, call(link, XENMIG_CMD_BENCH, 0, &bench_layout, wanted, ~0ULL, &sink),
		    "measure this", err))
		return -1;
	*measured = result;
	return 0;
}

/**
 * link_watch() - subscribe to news of all sessions
 * @link: the link
 * @err: why not
 *
 * Return: 0 or -1.
 */
int link_watch(struct link *link, struct error *err)
{
	int group = genl_ctrl_resolve_grp(link->sock, XENMIG_FAMILY_NAME, XENMIG_MCGRP_SESSIONS);

	if (group >= 0)
		link->events = new_socket();
	if (!link->events || nl_socket_add_membership(link->events, group))
		return error_set(err, EXIT_REFUSED,
				 "The events of the xenmig module cannot be subscribed to: module and migctl do not fit, install both from one release.");
	nl_socket_disable_seq_check(link->events);
	nl_socket_set_nonblocking(link->events);
	return 0;
}

/**
 * link_watch_fd() - what to poll for news
 * @link: the link, after link_watch()
 *
 * Return: a file descriptor.
 */
int link_watch_fd(const struct link *link)
{
	return nl_socket_get_fd(link->events);
}

/* 1: news, 0: something else, -1: nothing to read now. */
static int read_event(struct link *link, struct session *session)
{
	struct sockaddr_nl from;
	unsigned char *buf = NULL;
	struct nlmsghdr *hdr;
	struct genlmsghdr *ghdr;
	int news = 0, len;

	len = nl_recv(link->events, &from, &buf, NULL);
	if (len <= 0)
		return -1;
	hdr = (struct nlmsghdr *)buf;
	ghdr = NLMSG_DATA(hdr);
	memset(session, 0, sizeof(*session));
	if (!from.nl_pid && nlmsg_ok(hdr, len) &&
	    hdr->nlmsg_len >= NLMSG_LENGTH(GENL_HDRLEN) && ghdr->cmd == XENMIG_CMD_SESSION_NTF)
		news = !attrs_get(genlmsg_attrdata(ghdr, 0), genlmsg_attrlen(ghdr, 0),
				  &session_layout, session);
	free(buf);
	return news;
}

/**
 * link_watch_read() - take the next piece of news
 * @link: the link, after link_watch()
 * @session: filled in
 *
 * Return: 1 when @session is news, 0 when there is none now.
 */
int link_watch_read(struct link *link, struct session *session)
{
	int rc;

	do
		rc = read_event(link, session);
	while (!rc);
	return rc > 0;
}
