/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of a source share: source.c has the move, from the first look at the guest to
 * COMMIT, dmsource.c the guest's device model in the pause, finish.c what there is to do when
 * the guest runs there or the move has failed.
 */
#ifndef MIGCTL_SOURCEPARTS_H
#define MIGCTL_SOURCEPARTS_H

#include "devicemodel/guardian.h"
#include "devicemodel/qmp.h"
#include "guest/console-log.h"
#include "journal/writer.h"
#include "move/move.h"
#include "peer/config.h"
#include "source/source.h"

/**
 * struct source - a move at its source
 * @m: what both ends have
 * @order: what was asked for
 * @report: how it goes
 * @progress: whom to tell
 * @arg: for @progress
 * @config: of this host
 * @domain: the guest
 * @offer: what the destination must know of it
 * @final: what it must know at the end
 * @watched: hears of changes of what @final and the devices are read from
 * @log: of the guest's console, which goes on at the destination
 * @ticket: connects data connections to this move
 * @writer: on the journal's record of this move
 * @journal_us: what a write to it took
 * @qmp: connected to the guest's device model, from before its suspension on
 * @state_file: which that writes its state to, -1 for none
 * @guardian: lets that go on, should we be killed
 * @device_model: it has one
 * @logging: that says what it writes to the guest's memory
 * @stopped: it has been stopped
 * @silenced: the guest's interfaces are down
 * @prepared: the destination has said PREPARED
 * @autostart_kept: the destination keeps the autostart entry that moves along
 * @held: the module does not resume the guest by itself any more
 * @committed: COMMIT was sent, there is no way back
 */
struct source {
	struct move m;
	const struct order *order;
	struct report *report;
	progress_fn progress;
	void *arg;
	struct config config;
	struct domain domain;
	struct offer *offer;
	struct final final;
	struct store watched;
	struct console_log log;
	struct ticket ticket;
	struct writer *writer;
	uint64_t journal_us;
	struct qmp qmp;
	int state_file;
	struct guardian guardian;
	bool device_model;
	bool logging;
	bool stopped;
	bool silenced;
	bool prepared;
	bool autostart_kept;
	bool held;
	bool committed;
};

/* source.c */
void source_enter(struct source *s, enum phase phase);
void source_carry(struct source *s, bool on);

/* dmsource.c */
int dmsource_begin(struct source *s);
int dmsource_stop(struct source *s);
int dmsource_save(struct source *s);
void dmsource_release(struct source *s);

/* finish.c */
int finish_failed(struct source *s);
void finish_clean_up(struct source *s);
void finish_autostart(struct source *s);

#endif /* MIGCTL_SOURCEPARTS_H */
