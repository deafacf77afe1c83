/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of a destination share: destination.c has the move, from the first message to
 * READY, prepare.c the guest's place here, commit.c what there is to do when the guest is ready or
 * the move has failed.
 */
#ifndef MIGCTL_DESTINATIONPARTS_H
#define MIGCTL_DESTINATIONPARTS_H

#include "destination/destination.h"
#include "devicemodel/process.h"
#include "guest/console-log.h"
#include "journal/writer.h"
#include "xenstore/tree.h"

/**
 * struct destination - a move at its destination
 * @m: what both ends have; the caller's
 * @offer: the guest
 * @ticket: connects data connections to this move
 * @listener: where they are handed over
 * @waiting: where control connections are, once the guest is ready
 * @writer: on the journal's record of this move
 * @config: of this host
 * @tree: the guest's nodes; @tree.domid is its id here
 * @tree_made: its nodes were begun
 * @device_model: started for it here
 * @state: of the one at the source, as far as it came
 * @log: of its console, which goes on here
 * @followed: somebody will come and ask for that
 * @max_pages: limit of its memory from the commit on, 0 to leave it
 * @ready_ns: clock_ns() when READY was sent
 * @unpaused_ns: clock_ns() when the guest began to run here
 * @kept: the domain is ours, the module will not destroy it
 */
struct destination {
	struct move *m;
	struct offer *offer;
	struct ticket ticket;
	int listener;
	int waiting;
	struct writer *writer;
	const struct config *config;
	struct tree tree;
	bool tree_made;
	struct dm_process device_model;
	struct dm_state state;
	struct logpiece log;
	bool followed;
	uint64_t max_pages;
	uint64_t ready_ns;
	uint64_t unpaused_ns;
	bool kept;
};

/* destination.c */
void destination_tell(struct destination *d, enum level level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int destination_refuse(struct destination *d, const char *subject, const struct error *err);
int destination_take_log(struct destination *d);

/* prepare.c */
int prepare_domain(struct destination *d);
void prepare_try(struct destination *d, struct findings *findings);
int prepare_guest(struct destination *d);
int prepare_check_device_model(struct destination *d);
int prepare_take_state(struct destination *d);
int prepare_load_device_model(struct destination *d, struct ready *ready);
int prepare_open_vbds(struct destination *d, bool late);
int prepare_take_name(struct destination *d, const struct final *final);

/* commit.c */
int commit_guest(struct destination *d, struct running *running);
void commit_tell_world(struct destination *d, struct running *running);
void commit_leave(struct destination *d);
void commit_discard(struct destination *d);

#endif /* MIGCTL_DESTINATIONPARTS_H */
