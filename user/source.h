/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The source's half of a move. */
#ifndef MIGCTL_SOURCE_H
#define MIGCTL_SOURCE_H

#include "connect.h"
#include "error.h"
#include "model.h"

/**
 * struct order - what a person asked for
 * @domain: name, id or UUID
 * @place: where to
 * @limits: for session-start
 * @connect_timeout: in s
 * @suspend_timeout: in s
 * @drain_timeout: in s: how long the disks may take to have all that the guest has written
 * @unsafe_storage: a person says that the disks are the same at both hosts
 * @outcome_timeout: in s: how long to ask after a commit without an answer
 * @autostart: the autostart entry moves along
 */
struct order {
	const char *domain;
	struct place place;
	struct limits limits;
	unsigned int connect_timeout;
	unsigned int suspend_timeout;
	unsigned int outcome_timeout;
	unsigned int drain_timeout;
	bool unsafe_storage;
	bool autostart;
};

enum phase {
	PHASE_CHECKS,
	PHASE_ROUNDS,
	PHASE_SUSPEND,
	PHASE_PAUSE,
	PHASE_COMMIT,
	PHASE_CLEANUP,
	PHASE_OVER,
};

/**
 * struct report - how a move goes, and went
 * @phase: where it is
 * @name: of the guest
 * @uuid: of the guest, in text
 * @domid: of the guest at the source
 * @there: its id at the destination
 * @host: name of the destination
 * @autostart: the entry that starts the guest here when this host boots, "" for none
 * @autostart_moved: it starts it there now, and not here
 * @session: the last of the source's session
 * @superpages: 2 MiB extents at the destination
 * @small_pages: 4 KiB extents at the destination
 * @began_ns: the command began
 * @requested_ns: the guest was asked to suspend
 * @final_ns: FINAL was sent
 * @ready_ns: READY came
 * @commit_ns: COMMIT was sent
 * @running_ns: RUNNING came
 * @over_ns: nothing was left to do
 * @commit_to_unpaused_us: measured by the destination
 * @unpaused_to_running_us: measured by the destination
 * @final_to_ready_us: measured by the destination
 */
struct report {
	enum phase phase;
	char name[NAME_LEN];
	char uuid[37];
	uint32_t domid;
	uint32_t there;
	char host[256];
	char autostart[512];
	bool autostart_moved;
	struct session session;
	uint64_t superpages;
	uint64_t small_pages;
	uint64_t began_ns;
	uint64_t requested_ns;
	uint64_t final_ns;
	uint64_t ready_ns;
	uint64_t commit_ns;
	uint64_t running_ns;
	uint64_t over_ns;
	uint64_t commit_to_unpaused_us;
	uint64_t unpaused_to_running_us;
	uint64_t final_to_ready_us;
};

/**
 * typedef progress_fn - told whenever something may have changed
 * @arg: the listener's own
 * @report: as of now
 */
typedef void (*progress_fn)(void *arg, const struct report *report);

uint64_t source_paused_us(const struct report *r);
int source_move(const struct order *order, struct report *report, progress_fn progress, void *arg,
		struct error *err);

#endif /* MIGCTL_SOURCE_H */
