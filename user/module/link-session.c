// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include <linux/netlink.h>
#include <linux/xenmig.h>

#include "module/domain.h"
#include "module/link-parts.h"

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

LAYOUT(session_layout, session_fields, 0);
static LAYOUT(limits_layout, limits_fields, 0);

static int simple(struct link *link, int cmd, uint32_t id, const char *what, struct error *err)
{
	struct session session = { .have = 1ULL << XENMIG_A_SESSION_ID, .id = id };
	struct sink sink = { 0 };

	return link_explain(link, link_call(link, cmd, 0, &session_layout, &session, ~0ULL, &sink),
			    what, err);
}

static int session_new(struct link *link, const struct session *wanted, struct session *created,
		       const char *what, struct error *err)
{
	struct sink sink = {
		.layout = &session_layout, .size = sizeof(*created), .one = created,
	};

	return link_explain(link,
			    link_call(link, XENMIG_CMD_SESSION_NEW, 0, &session_layout, wanted,
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

	return link_explain(link,
			    link_call(link, XENMIG_CMD_SESSION_START, 0, &limits_layout, limits,
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

	return link_explain(link,
			    link_call(link, XENMIG_CMD_SESSION_SET, 0, &limits_layout, limits,
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

	return link_explain(link,
			    link_call(link, XENMIG_CMD_SESSION_GET, 0, &session_layout, &wanted,
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
	int rc = link_call(link, XENMIG_CMD_SESSION_GET, NLM_F_DUMP, NULL, NULL, 0, &sink);

	*list = link_take_list(&sink, rc, count);
	return link_explain(link, rc, "list the sessions", err);
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
	return link_explain(link,
			    link_call(link, XENMIG_CMD_SESSION_SUSPEND, 0, &session_layout,
				      &session, ~0ULL, &sink), "let the guest be suspended", err);
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
	return link_explain(link,
			    link_call(link, XENMIG_CMD_SESSION_DEVICE_MODEL, 0, &session_layout,
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
	return link_explain(link,
			    link_call(link, XENMIG_CMD_SESSION_KEEP, 0, &session_layout, &session,
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
