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

#include "module/link-parts.h"

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
 * @version: of it
 * @extack: the module's own words on the last refused request
 */
struct link {
	struct nl_sock *sock;
	struct nl_sock *events;
	int family;
	unsigned int version;
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

static LAYOUT(info_layout, info_fields, 0);

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

/**
 * link_call() - one request and all its replies
 * @link: the link
 * @cmd: command of the link's family
 * @flags: NLM_F_DUMP for a list
 * @layout: of @obj, NULL for a request without attributes
 * @obj: what they are taken from
 * @mask: which of those that it has
 * @sink: where replies go
 *
 * Return: 0 or a negative errno.
 */
int link_call(struct link *link, int cmd, int flags, const struct layout *layout,
	      const void *obj, uint64_t mask, struct sink *sink)
{
	struct nl_msg *msg = nlmsg_alloc_size(16384);
	int rc;

	link->extack[0] = '\0';
	if (!msg)
		return -ENOMEM;
	if (!genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, link->family, 0,
			 flags | NLM_F_REQUEST | NLM_F_ACK, cmd, link->version) ||
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

/**
 * link_explain() - say why a call failed, in the module's own words where it has some
 * @link: the link
 * @rc: what link_call() returned
 * @what: what the module was to do
 * @err: set if it failed
 *
 * Return: 0 or -1.
 */
int link_explain(struct link *link, int rc, const char *what, struct error *err)
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

/**
 * link_take_list() - what a dump brought; nothing where it failed on the way
 * @sink: of link_call()
 * @rc: what that returned
 * @count: set to the length of the list
 *
 * Return: the list, which the caller frees; NULL where the call failed or it is empty.
 */
void *link_take_list(struct sink *sink, int rc, unsigned int *count)
{
	*count = rc ? 0 : sink->count;
	if (!rc)
		return sink->list;
	free(sink->list);
	return NULL;
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
 * link_open_family() - find a module by its family
 * @name: of both
 * @version: of the family
 * @err: says what is missing
 *
 * Return: a link, or NULL.
 */
struct link *link_open_family(const char *name, unsigned int version, struct error *err)
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
	link->version = version;
	link->family = genl_ctrl_resolve(link->sock, name);
	if (link->family < 0) {
		error_set(err, EXIT_REFUSED,
			  "The kernel module %s is not loaded here: load it with 'modprobe %s'.",
			  name, name);
		link_close(link);
		return NULL;
	}
	return link;
}

/**
 * link_open() - find the module
 * @err: says what is missing
 *
 * Return: a link, or NULL.
 */
struct link *link_open(struct error *err)
{
	return link_open_family(XENMIG_FAMILY_NAME, XENMIG_FAMILY_VERSION, err);
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

	return link_explain(link, link_call(link, XENMIG_CMD_INFO_GET, 0, NULL, NULL, 0, &sink),
			    "describe the host", err);
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
