/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the two ends of a move have in common: waiting for several things at once. */
#ifndef MIGCTL_MOVE_H
#define MIGCTL_MOVE_H

#include "base/context.h"
#include "base/error.h"
#include "journal/journal.h"
#include "module/link.h"
#include "peer/peer.h"
#include "xenstore/store.h"

/**
 * struct move - one end of a move, as its controller sees it
 * @context: whom it is done for
 * @link: owns the session
 * @store: xenstore of this host
 * @journal: of this host
 * @peer: the other controller; @peer.fd is -1 before it is connected
 * @host: this host
 * @theirs: the other one
 * @has_session: @session is one of the module's
 * @session: its last known state
 * @asked: clock_ms() when @session was last asked for
 * @in: a message from the peer that was not consumed yet; type 0 for none
 * @cancellable: it ends when @context.cancel says so
 * @late: that said so when it did not
 * @err: why it failed; the first of both ends
 */
struct move {
	struct context context;
	struct link *link;
	struct store store;
	struct journal *journal;
	struct peer peer;
	struct hello host;
	struct hello theirs;
	bool has_session;
	struct session session;
	uint64_t asked;
	struct message *in;
	bool cancellable;
	bool late;
	struct error err;
};

int move_open(struct move *m, struct link *link, struct error *err);
void move_close(struct move *m);
int move_hello(struct move *m);
int move_check_hello(struct move *m);
int move_pump(struct move *m, int timeout_ms);
int move_expect(struct move *m, uint16_t type, int timeout_ms);
void move_consume(struct move *m);
void move_blame(struct move *m);
void move_abort(struct move *m);
void move_await_end(struct move *m, int timeout_ms);

#endif /* MIGCTL_MOVE_H */
