// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The legal edges of a session's state, and the names of states and reasons. */
#include <linux/bits.h>
#include <linux/kernel.h>

#include "session/state.h"

#define STATE(name)	BIT(XENMIG_STATE_##name)
#define ENDED		(STATE(FAILED) | STATE(CANCELLED))
#define COMMITTED	(STATE(HELD) | STATE(KEPT) | STATE(RESUMED))

#define NR_STATES	(XENMIG_STATE_RESUMED + 1)
#define NR_REASONS	(XENMIG_REASON_GUEST_MEMORY + 1)

/* next[role][from]: the states that may follow; no entry, no way out. */
static const unsigned long next[][NR_STATES] = {
	[XENMIG_ROLE_SOURCE] = {
		[XENMIG_STATE_NEW]		= STATE(RUNNING) | ENDED,
		[XENMIG_STATE_RUNNING]		= STATE(SUSPENDING) | ENDED,
		[XENMIG_STATE_SUSPENDING]	= STATE(PAUSED) | ENDED,
		[XENMIG_STATE_PAUSED]		= STATE(SENT) | ENDED,
		[XENMIG_STATE_SENT]		= STATE(HELD) | ENDED,
		[XENMIG_STATE_HELD]		= STATE(RESUMED),
	},
	[XENMIG_ROLE_DESTINATION] = {
		[XENMIG_STATE_NEW]		= STATE(RECEIVING) | ENDED,
		[XENMIG_STATE_RECEIVING]	= STATE(RECEIVED) | ENDED,
		[XENMIG_STATE_RECEIVED]		= STATE(KEPT) | ENDED,
	},
};

static const char * const state_names[NR_STATES] = {
	[XENMIG_STATE_NEW]		= "new",
	[XENMIG_STATE_RUNNING]		= "running",
	[XENMIG_STATE_SUSPENDING]	= "suspending",
	[XENMIG_STATE_PAUSED]		= "paused",
	[XENMIG_STATE_SENT]		= "sent",
	[XENMIG_STATE_HELD]		= "held",
	[XENMIG_STATE_RECEIVING]	= "receiving",
	[XENMIG_STATE_RECEIVED]		= "received",
	[XENMIG_STATE_KEPT]		= "kept",
	[XENMIG_STATE_FAILED]		= "failed",
	[XENMIG_STATE_CANCELLED]	= "cancelled",
	[XENMIG_STATE_RESUMED]		= "resumed",
};

static const char * const reason_names[NR_REASONS] = {
	[XENMIG_REASON_NONE]		= "none",
	[XENMIG_REASON_CANCELLED]	= "cancelled",
	[XENMIG_REASON_PEER]		= "peer",
	[XENMIG_REASON_STREAM]		= "stream",
	[XENMIG_REASON_HYPERVISOR]	= "hypervisor",
	[XENMIG_REASON_MEMORY]		= "memory",
	[XENMIG_REASON_GUEST_ENDED]	= "guest-ended",
	[XENMIG_REASON_TAMPERED]	= "tampered",
	[XENMIG_REASON_CPU]		= "cpu",
	[XENMIG_REASON_TIMEOUT]		= "timeout",
	[XENMIG_REASON_CONVERGENCE]	= "convergence",
	[XENMIG_REASON_DIGEST]		= "digest",
	[XENMIG_REASON_GUEST_MEMORY]	= "guest-memory",
};

static bool is_state(enum xenmig_state state)
{
	return (unsigned int)state < NR_STATES;
}

static bool is_one_of(enum xenmig_state state, unsigned long states)
{
	return is_state(state) && states & BIT(state);
}

/**
 * xenmig_state_may() - is there an edge between two states?
 * @role: which end the session is; the two ends have different edges
 * @from: the state it is in
 * @to: the state it wants to enter
 *
 * Documentation/states.rst draws them. No state leads to itself. Values outside
 * the enums have no edges.
 *
 * Return: true if @from may be followed by @to.
 */
bool xenmig_state_may(enum xenmig_role role, enum xenmig_state from, enum xenmig_state to)
{
	if ((unsigned int)role >= ARRAY_SIZE(next) || !is_state(from))
		return false;
	return is_one_of(to, next[role][from]);
}

/**
 * xenmig_state_ended() - has the session ended without a commit?
 * @state: the state it is in
 *
 * Return: true for failed and cancelled; nothing follows either.
 */
bool xenmig_state_ended(enum xenmig_state state)
{
	return is_one_of(state, ENDED);
}

/**
 * xenmig_state_committed() - has the module let the controller decide?
 * @state: the state it is in
 *
 * Return: true for held, kept and resumed, where the module undoes nothing by itself.
 */
bool xenmig_state_committed(enum xenmig_state state)
{
	return is_one_of(state, COMMITTED);
}

/**
 * xenmig_state_name() - name of a state, as the specification spells it
 * @state: any value
 *
 * Return: a static string, "unknown" for a value outside the enum.
 */
const char *xenmig_state_name(enum xenmig_state state)
{
	return is_state(state) ? state_names[state] : "unknown";
}

/**
 * xenmig_reason_name() - name of a reason, as the specification spells it
 * @reason: any value
 *
 * Return: a static string, "unknown" for a value outside the enum.
 */
const char *xenmig_reason_name(enum xenmig_reason reason)
{
	return (unsigned int)reason < NR_REASONS ? reason_names[reason] : "unknown";
}
