// SPDX-License-Identifier: GPL-2.0-or-later
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <linux/xenmig.h>

#include "base/clock.h"
#include "base/fault.h"
#include "destination/destinationparts.h"
#include "devicemodel/devicemodel.h"
#include "guest/autostart-hold.h"
#include "guest/autostart.h"
#include "guest/console.h"
#include "guest/guest.h"
#include "move/start.h"
#include "peer/fdpass.h"
#include "recovery/answer.h"
#include "xenstore/userdata.h"

#define FORGET_WAIT_MS	60000

static bool lost_peer(const struct destination *d)
{
	return d->m->err.text[0] && d->m->err.reason == XENMIG_REASON_PEER && !d->m->err.from_peer &&
	       d->m->session.state == XENMIG_STATE_RECEIVED;
}

/* The source has come back on another connection, with its word in the same breath. */
static void change_peer(struct destination *d)
{
	struct pollfd pfd = { .fd = d->waiting, .events = POLLIN };
	uint16_t type;
	int fd;

	if (d->waiting < 0 || poll(&pfd, 1, 0) <= 0)
		return;
	fd = fdpass_accept(d->waiting, &type);
	if (fd < 0)
		return;
	if (d->m->peer.fd >= 0)
		peer_stop(&d->m->peer);
	memset(&d->m->peer, 0, sizeof(d->m->peer));
	d->m->peer.fd = -1;
	if (peer_start(&d->m->peer, fd, d->config->silence_limit)) {
		close(fd);
		return;
	}
	memset(d->m->in, 0, sizeof(*d->m->in));
	d->m->in->type = type;
	/* Whoever passed it on read the rest, and found this move in it. */
	memcpy(d->m->in->cause.move, d->offer->move, sizeof(d->offer->move));
	if (type != MSG_ABORT)
		return;
	d->m->err.from_peer = 1;
	error_set(&d->m->err, EXIT_FAILED, "At %s: The move was given up.", d->m->theirs.host);
}

static void drop_peer(struct destination *d)
{
	destination_tell(d, LEVEL_WARNING, "the connection to %s was lost; waiting %u s for its word",
			 d->m->theirs.host, d->config->ready_limit);
	error_clear(&d->m->err);
	peer_stop(&d->m->peer);
}

/* 1 for the word to start the guest, 0 when there was none yet, -1 for one that is wrong. */
static int take_word(struct destination *d)
{
	struct outcome outcome;

	switch (d->m->in->type) {
	case 0:
		return 0;
	case MSG_LOG:
		return destination_take_log(d);
	case MSG_QUERY:
		answer_outcome(&outcome, OUTCOME_READY, 0, "%s waits for the commit.",
			       d->m->host.host);
		peer_send(&d->m->peer, MSG_OUTCOME, &outcome);
		move_consume(d->m);
		return 0;
	default:
		if (move_expect(d->m, MSG_COMMIT, 0))
			return -1;
		if (!memcmp(d->m->in->cause.move, d->offer->move, sizeof(d->offer->move)))
			return 1;
		d->m->err.reason = XENMIG_REASON_PEER;
		return error_set(&d->m->err, EXIT_FAILED,
				 "%s committed another move on the connection of this one.",
				 d->m->theirs.host);
	}
}

/* The guest could run here; only the source's word, or the limit, decides. */
static int await_commit(struct destination *d)
{
	uint64_t until = clock_ms() + d->config->ready_limit * 1000ULL;
	int word;

	while (clock_ms() < until) {
		if (!d->m->in->type && move_pump(d->m, 100)) {
			if (!lost_peer(d))
				return -1;
			drop_peer(d);
		}
		if (d->m->in->type != MSG_COMMIT)
			change_peer(d);
		if (d->m->err.text[0] || prepare_check_device_model(d))
			return -1;
		word = take_word(d);
		if (word)
			return word > 0 ? 0 : -1;
	}
	d->m->err.reason = XENMIG_REASON_TIMEOUT;
	return error_set(&d->m->err, EXIT_FAILED, "%s did not commit the guest within %u s.",
			 d->m->theirs.host, d->config->ready_limit);
}

/**
 * commit_guest() - await the source's word, then let the guest run here
 * @d: the move, for which READY was sent
 * @running: told how long it took
 *
 * Return: 0 or -1.
 */
int commit_guest(struct destination *d, struct running *running)
{
	struct start_times times = { 0 };
	uint64_t began;

	if (await_commit(d))
		return -1;
	began = clock_ns();
	d->m->cancellable = false;
	fault_point("commit-received");
	if (link_session_keep(d->m->link, d->m->session.id, d->max_pages, &d->m->err))
		return -1;
	d->kept = true;
	fault_point("kept");
	if (start_guest(d->m, d->writer, d->tree.domid, d->offer->domain.uuid,
			devicemodel_is_wanted(d->offer), &d->device_model.qmp, &times, &d->m->err))
		return -1;
	move_consume(d->m);
	running->ready_to_commit_us = (began - d->ready_ns) / 1000;
	running->commit_to_unpaused_us = (times.unpaused_ns - began) / 1000;
	running->device_model_us = times.device_model_us;
	d->unpaused_ns = times.unpaused_ns;
	return 0;
}

/**
 * commit_leave() - let go of the record, the device model and the socket for connections
 * @d: the move
 *
 * Nobody has to wait for this process any more: what is asked now is answered from the journal.
 */
void commit_leave(struct destination *d)
{
	if (d->waiting >= 0)
		close(d->waiting);
	d->waiting = -1;
	dm_process_leave(&d->device_model);
	writer_close(d->writer);
	d->writer = NULL;
}

static void await_forget(struct destination *d)
{
	struct error ignored = { 0 };
	struct writer *writer;

	if (d->m->peer.fd < 0 || move_expect(d->m, MSG_FORGET, FORGET_WAIT_MS) ||
	    writer_adopt(d->m->journal, d->offer->move, RECORD_DESTINATION, &writer, &ignored))
		return;
	fault_point("forget-received");
	if (!writer_write(writer, RECORD_FORGOTTEN, NULL, &ignored))
		peer_send(&d->m->peer, MSG_FORGOTTEN, NULL);
	start_announce(d->m, &writer_record(writer)->data);
	writer_close(writer);
}

/**
 * commit_tell_world() - the guest runs here: its network, the source and others hear of it
 * @d: the move
 * @running: what the source is told; filled in but for what commit_guest() did
 */
void commit_tell_world(struct destination *d, struct running *running)
{
	struct error ignored = { 0 };

	fault_point("started");
	start_tell(d->m, d->tree.domid, d->offer->domain.uuid, d->offer->name, d->offer->vifs,
		   d->offer->vif_count);
	autostart_install(&d->m->context, d->offer->move);
	if (d->followed)
		console_expect(d->tree.domid);
	running->have = ~0ULL;
	running->domid = d->tree.domid;
	running->unpaused_to_running_us = (clock_ns() - d->unpaused_ns) / 1000;
	commit_leave(d);
	fault_point("running");
	if (d->m->peer.fd >= 0)
		peer_send(&d->m->peer, MSG_RUNNING, running);
	destination_tell(d, LEVEL_NOTE, "runs here as domain %u", d->tree.domid);
	d->m->has_session = false;
	link_session_end(d->m->link, d->m->session.id, &ignored);
	autostart_hold_settle(&d->m->context, d->m->journal, d->m->host.boot_id, false);
	await_forget(d);
}

/* On the disk before it is said and before the domain goes: nothing starts it any more. */
static void journal_end(struct destination *d)
{
	struct error ignored = { 0 };
	struct outcome outcome;
	bool ready = d->writer && writer_record(d->writer)->state == RECORD_READY;

	if (!d->writer || writer_say(d->writer, ready ? RECORD_REFUSED : RECORD_FAILED,
				     d->m->err.text, &ignored) || !ready || d->m->peer.fd < 0)
		return;
	answer_outcome(&outcome, OUTCOME_REFUSED, 0, "%.*s", SENTENCE_LEN - 1, d->m->err.text);
	peer_send(&d->m->peer, MSG_OUTCOME, &outcome);
}

/**
 * commit_discard() - the move has failed: nothing of the guest is to be left here
 * @d: the move
 *
 * Unless the guest was committed to this host already.
 */
void commit_discard(struct destination *d)
{
	struct error ignored = { 0 };

	d->m->cancellable = false;
	if (d->kept) {
		destination_tell(d, LEVEL_ERROR, "was committed to this host and is not known to run: %s It is tried again.",
				 d->m->err.text);
		return;
	}
	move_blame(d->m);
	journal_end(d);
	if (d->writer)
		autostart_drop(d->offer->move);
	move_abort(d->m);
	if (d->m->err.code != EXIT_REFUSED)
		destination_tell(d, LEVEL_NOTE, "not received: %s", d->m->err.text);
	/* While it maps frames of the domain that is not wholly gone. */
	if (d->tree_made && devicemodel_is_wanted(d->offer)) {
		dm_process_leave(&d->device_model);
		devicemodel_end(&d->m->store, d->tree.domid);
	}
	if (d->m->has_session) {
		link_session_cancel(d->m->link, d->m->session.id, &ignored);
		error_clear(&ignored);
		link_session_end(d->m->link, d->m->session.id, &ignored);
	}
	fault_point("discarding");
	if (!d->tree_made)
		return;
	guest_detach(&d->m->store, d->tree.domid);
	tree_remove(&d->m->store, d->tree.domid, d->tree.uuid);
	userdata_remove(d->tree.domid, d->tree.uuid);
	userdata_mark_recent(d->tree.domid, &d->m->context);
}
