/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A second copy must not start by itself: what the journal says decides which autostart entries
 * are kept from xendomains.
 *
 * Entries that are held back are in a directory of their guest's, autostart_dirs.held/UUID, under
 * the names that they have in autostart_dirs.entries. A file .record there says for which move.
 */
#ifndef MIGCTL_AUTOSTART_HOLD_H
#define MIGCTL_AUTOSTART_HOLD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/context.h"
#include "base/error.h"
#include "journal/record.h"

struct journal;

enum whereabouts {
	WHEREABOUTS_UNSAID,	/* the record says nothing of it; ask an older one */
	WHEREABOUTS_HERE,	/* a guest of this host: it may be started here */
	WHEREABOUTS_ELSEWHERE,	/* it runs elsewhere, or may */
	WHEREABOUTS_CHANGING,	/* being started: leave things as they are */
};

enum whereabouts autostart_hold_judge(const struct record *record, const char *boot);
int autostart_hold_settle(const struct context *context, const struct journal *journal,
			  const char *boot, bool tell);
int autostart_hold_back(const struct context *context, const struct journal *journal,
			const char *boot);
int autostart_hold_begin(const struct context *context, const char *journal_dir,
			 struct error *err);
bool autostart_hold_find(const struct record_data *data, char *path, size_t size);

#endif /* MIGCTL_AUTOSTART_HOLD_H */
