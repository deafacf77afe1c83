/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Showing people and programs how a move goes, and went. */
#ifndef MIGCTL_PROGRESS_H
#define MIGCTL_PROGRESS_H

#include <stdbool.h>

#include "base/error.h"
#include "move/report.h"

/**
 * struct progress - how it is shown
 * @json: one object a line
 * @quiet: not at all
 * @tty: one line, rewritten
 * @open: that line is begun
 * @phase: last shown
 * @round: last shown
 * @shown: clock_ms() then
 * @warned: it was said that more rounds are of no use
 */
struct progress {
	bool json;
	bool quiet;
	bool tty;
	bool open;
	enum phase phase;
	unsigned int round;
	uint64_t shown;
	bool warned;
};

void progress_line(const struct report *report);
void progress_show(void *arg, const struct report *report);
void progress_result(struct progress *p, const struct report *report, const struct error *err);
void progress_warn_autostart(bool along, const struct report *report);

#endif /* MIGCTL_PROGRESS_H */
