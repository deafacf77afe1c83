// SPDX-License-Identifier: GPL-2.0-or-later
#include <stddef.h>

#include <linux/xenmig.h>

#include "cli/names.h"

static const char *const states[] = {
	[XENMIG_STATE_NEW] = "new", [XENMIG_STATE_RUNNING] = "running",
	[XENMIG_STATE_SUSPENDING] = "suspending", [XENMIG_STATE_PAUSED] = "paused",
	[XENMIG_STATE_SENT] = "sent", [XENMIG_STATE_HELD] = "held",
	[XENMIG_STATE_RECEIVING] = "receiving", [XENMIG_STATE_RECEIVED] = "received",
	[XENMIG_STATE_KEPT] = "kept", [XENMIG_STATE_FAILED] = "failed",
	[XENMIG_STATE_CANCELLED] = "cancelled", [XENMIG_STATE_RESUMED] = "resumed",
};

static const char *const reasons[] = {
	[XENMIG_REASON_NONE] = "none", [XENMIG_REASON_CANCELLED] = "cancelled",
	[XENMIG_REASON_PEER] = "peer", [XENMIG_REASON_STREAM] = "stream",
	[XENMIG_REASON_HYPERVISOR] = "hypervisor", [XENMIG_REASON_MEMORY] = "memory",
	[XENMIG_REASON_GUEST_ENDED] = "guest-ended", [XENMIG_REASON_TAMPERED] = "tampered",
	[XENMIG_REASON_CPU] = "cpu", [XENMIG_REASON_TIMEOUT] = "timeout",
	[XENMIG_REASON_CONVERGENCE] = "convergence", [XENMIG_REASON_DIGEST] = "digest",
	[XENMIG_REASON_GUEST_MEMORY] = "guest-memory",
};

#define WORD(table, n) ((n) < sizeof(table) / sizeof((table)[0]) && (table)[n] ? (table)[n] : "?")

/**
 * name_of_state() - the name of a state
 * @state: enum xenmig_state or anything
 *
 * Return: a constant string.
 */
const char *name_of_state(uint32_t state)
{
	return WORD(states, state);
}

/**
 * name_of_reason() - the name of a reason
 * @reason: enum xenmig_reason or anything
 *
 * Return: a constant string.
 */
const char *name_of_reason(uint32_t reason)
{
	return WORD(reasons, reason);
}

/**
 * name_of_role() - the name of a role
 * @role: enum xenmig_role or anything
 *
 * Return: a constant string.
 */
const char *name_of_role(uint32_t role)
{
	return role == XENMIG_ROLE_SOURCE ? "source" : "destination";
}

static const struct {
	unsigned int attr;
	const char *name;
	size_t offset;
	size_t size;
} numbers[] = {
#define N(attr, member) { XENMIG_A_SESSION_##attr, #member, offsetof(struct session, member), \
			  sizeof(((struct session *)0)->member) }
	N(ROUND, round), N(FRAMES, frames), N(FRAMES_SENT, frames_sent),
	N(FRAMES_LEFT, frames_left), N(FIRST_ROUND_FRAMES, first_round_frames),
	N(FIRST_ROUND_US, first_round_us), N(DIRTY, dirty), N(DIRTY_RATE, dirty_rate),
	N(RATE, rate), N(EXPECTED_DOWNTIME_US, expected_downtime_us), N(WIRE_BYTES, wire_bytes),
	N(ZEROCOPY_BYTES, zerocopy_bytes), N(MISSED_ZEROCOPY_BYTES, missed_zerocopy_bytes),
	N(SUPERPAGES, superpages), N(SMALL_PAGES, small_pages), N(DEPOPULATED, depopulated),
	N(MAPPED, mapped), N(HYPERCALLS, hypercalls), N(INFLIGHT, inflight),
	N(DIGEST_FRAMES, digest_frames), N(STARTED_NS, started_ns),
	N(SUSPENDING_NS, suspending_ns), N(SUSPENDED_NS, suspended_ns),
	N(LAST_FRAMES_NS, last_frames_ns), N(ENDED_NS, ended_ns),
	N(BANDWIDTH_MIB, bandwidth_mib), N(THROTTLE, throttle), N(MOST_THROTTLE, most_throttle),
	N(HELD_ROUNDS, held_rounds),
#undef N
};

static uint64_t number_of(const struct session *s, size_t i)
{
	const char *member = (const char *)s + numbers[i].offset;

	return numbers[i].size == 4 ? *(const uint32_t *)(const void *)member :
				      *(const uint64_t *)(const void *)member;
}

/**
 * names_session() - the members of a session
 * @g: from event_begin()
 * @s: the session
 */
void names_session(yajl_gen g, const struct session *s)
{
	size_t i;

	event_integer(g, "id", s->id);
	event_string(g, "role", name_of_role(s->role));
	event_string(g, "state", name_of_state(s->state));
	event_integer(g, "domid", s->domid);
	if (s->reason) {
		event_string(g, "reason", name_of_reason(s->reason));
		event_string(g, "message", s->message);
	}
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (HAS(s, numbers[i].attr))
			event_integer(g, numbers[i].name, number_of(s, i));
}
