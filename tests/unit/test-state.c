// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Every pair of states for both roles, against the list of edges in states.rst. */
#include "harness.h"
#include "session/state.h"

#define NR_STATES	12
#define NR_REASONS	(XENMIG_REASON_GUEST_MEMORY + 1)

struct edge {
	enum xenmig_state from, to;
};

#define EDGE(a, b)	{ XENMIG_STATE_##a, XENMIG_STATE_##b }
#define EDGES_OUT(a, b)	EDGE(a, b), EDGE(a, FAILED), EDGE(a, CANCELLED)

static const struct edge source[] = {
	EDGES_OUT(NEW, RUNNING),
	EDGES_OUT(RUNNING, SUSPENDING),
	EDGES_OUT(SUSPENDING, PAUSED),
	EDGES_OUT(PAUSED, SENT),
	EDGES_OUT(SENT, HELD),
	EDGE(HELD, RESUMED),
};

static const struct edge destination[] = {
	EDGES_OUT(NEW, RECEIVING),
	EDGES_OUT(RECEIVING, RECEIVED),
	EDGES_OUT(RECEIVED, KEPT),
};

static bool listed(const struct edge *edges, size_t n, unsigned int from, unsigned int to)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (edges[i].from == from && edges[i].to == to)
			return true;
	return false;
}

/* All pairs, and some values beyond the enum on either side. */
static void check_role(enum xenmig_role role, const struct edge *edges, size_t n)
{
	unsigned int from, to, found = 0;

	for (from = 0; from < NR_STATES + 60; from++) {
		for (to = 0; to < NR_STATES + 60; to++) {
			bool may = xenmig_state_may(role, from, to);

			found += may;
			if (may == listed(edges, n, from, to))
				continue;
			CHECK(!"edge");
			fprintf(stderr, "role %d: %s -> %s\n", role, xenmig_state_name(from),
				xenmig_state_name(to));
		}
	}
	CHECK_EQ(found, n);
}

static void source_edges(void)
{
	check_role(XENMIG_ROLE_SOURCE, source, sizeof(source) / sizeof(source[0]));
}

static void destination_edges(void)
{
	check_role(XENMIG_ROLE_DESTINATION, destination,
		   sizeof(destination) / sizeof(destination[0]));
}

static void no_other_role(void)
{
	unsigned int role;

	for (role = 2; role < 100; role++)
		CHECK(!xenmig_state_may(role, XENMIG_STATE_NEW, XENMIG_STATE_FAILED));
	CHECK(!xenmig_state_may((enum xenmig_role)-1, XENMIG_STATE_NEW, XENMIG_STATE_FAILED));
}

static void wild_values(void)
{
	static const unsigned int wild[] = { 12, 63, 64, 65, 0x7fffffff, 0x80000000, 0xffffffff };
	size_t i;

	for (i = 0; i < sizeof(wild) / sizeof(wild[0]); i++) {
		CHECK(!xenmig_state_may(XENMIG_ROLE_SOURCE, wild[i], XENMIG_STATE_FAILED));
		CHECK(!xenmig_state_may(XENMIG_ROLE_SOURCE, XENMIG_STATE_NEW, wild[i]));
		CHECK(!xenmig_state_ended(wild[i]));
		CHECK(!xenmig_state_committed(wild[i]));
		CHECK_STR(xenmig_state_name(wild[i]), "unknown");
	}
}

static void ends_and_commits(void)
{
	unsigned int s;

	for (s = 0; s < NR_STATES; s++) {
		CHECK_EQ(xenmig_state_ended(s),
			 s == XENMIG_STATE_FAILED || s == XENMIG_STATE_CANCELLED);
		CHECK_EQ(xenmig_state_committed(s),
			 s == XENMIG_STATE_HELD || s == XENMIG_STATE_KEPT ||
				 s == XENMIG_STATE_RESUMED);
	}
}

/* What ended or committed has no way out, but for a held source that is resumed. */
static void nothing_follows_the_end(void)
{
	unsigned int role, from, to;

	for (role = 0; role < 2; role++)
		for (from = 0; from < NR_STATES; from++)
			for (to = 0; to < NR_STATES; to++)
				if (xenmig_state_ended(from) || xenmig_state_committed(from))
					CHECK_EQ(xenmig_state_may(role, from, to),
						 role == XENMIG_ROLE_SOURCE &&
							 from == XENMIG_STATE_HELD &&
							 to == XENMIG_STATE_RESUMED);
}

static void names(void)
{
	static const char * const states[NR_STATES] = {
		"new", "running", "suspending", "paused", "sent", "held", "receiving",
		"received", "kept", "failed", "cancelled", "resumed",
	};
	static const char * const reasons[NR_REASONS] = {
		"none", "cancelled", "peer", "stream", "hypervisor", "memory", "guest-ended",
		"tampered", "cpu", "timeout", "convergence", "digest", "guest-memory",
	};
	unsigned int i;

	for (i = 0; i < NR_STATES; i++)
		CHECK_STR(xenmig_state_name(i), states[i]);
	for (i = 0; i < NR_REASONS; i++)
		CHECK_STR(xenmig_reason_name(i), reasons[i]);
	CHECK_STR(xenmig_reason_name(NR_REASONS), "unknown");
	CHECK_STR(xenmig_reason_name((enum xenmig_reason)-1), "unknown");
}

static const struct test tests[] = {
	TEST(source_edges),
	TEST(destination_edges),
	TEST(no_other_role),
	TEST(wild_values),
	TEST(ends_and_commits),
	TEST(nothing_follows_the_end),
	TEST(names),
};

HARNESS_MAIN(tests)
