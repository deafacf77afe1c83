/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a move goes, and went, seen from its source. */
#ifndef MIGCTL_REPORT_H
#define MIGCTL_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "module/model.h"

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
 * @ready_to_commit_us: from sending READY until COMMIT came, measured by the destination
 * @commit_to_unpaused_us: measured by the destination
 * @unpaused_to_running_us: measured by the destination
 * @final_to_ready_us: measured by the destination
 * @dm_stop_us: what the device model took to stop
 * @dm_save_us: what it took to save its state, and we to send it
 * @dm_load_us: what the one at the destination took to load it, measured there
 * @dm_cont_us: what it took to go on, behind the commit, measured there
 * @dm_bytes: octets of its state
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
	uint64_t ready_to_commit_us;
	uint64_t commit_to_unpaused_us;
	uint64_t unpaused_to_running_us;
	uint64_t final_to_ready_us;
	uint64_t dm_stop_us;
	uint64_t dm_save_us;
	uint64_t dm_load_us;
	uint64_t dm_cont_us;
	uint64_t dm_bytes;
};

/**
 * typedef progress_fn - told whenever something may have changed
 * @arg: the listener's own
 * @report: as of now
 */
typedef void (*progress_fn)(void *arg, const struct report *report);

uint64_t report_paused_us(const struct report *r);

#endif /* MIGCTL_REPORT_H */
