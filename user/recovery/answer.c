// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/xenmig.h>

#include "base/clock.h"
#include "guest/guest.h"
#include "module/domain.h"
#include "move/start.h"
#include "peer/fdpass.h"
#include "recovery/answer.h"

#define BUSY_MS		8000
#define BUSY_POLL_US	100000

/**
 * answer_outcome() - fill in an answer
 * @outcome: the answer
 * @kind: what it says
 * @domid: of the guest here, 0 for none
 * @fmt: the same in a sentence
 */
void answer_outcome(struct outcome *outcome, enum outcome_kind kind, uint32_t domid,
		    const char *fmt, ...)
{
	va_list ap;

	memset(outcome, 0, sizeof(*outcome));
	outcome->have = ~0ULL;
	outcome->kind = kind;
	outcome->domid = domid;
	va_start(ap, fmt);
	vsnprintf(outcome->text, sizeof(outcome->text), fmt, ap);
	va_end(ap);
}

static bool same_boot(const struct move *m, const struct record_data *data)
{
	return record_same_boot(data, m->host.boot_id);
}

/* The domain that a record made, if it is still there: 1, 0, or -1 if that is not known. */
static int made_domain(struct move *m, const struct record_data *data, struct domain *d,
		       struct error *err)
{
	return data->domid && same_boot(m, data) ?
		       link_find(m->link, data->domid, data->guest, d, err) : 0;
}

/**
 * answer_started() - do what is left to do for a guest that runs here
 * @m: of this host
 * @data: what its record says, in running or forgotten
 * @err: why not
 *
 * The session is the last thing that its controller ends: where it is still
 * there, the guest may not have its name yet.
 *
 * Return: 0, or -1 when it has to be tried again.
 */
int answer_started(struct move *m, const struct record_data *data, struct error *err)
{
	int found = same_boot(m, data) ? 1 : 0;
	struct domain d;
	uint32_t id;

	if (found)
		found = link_find_session(m->link, data->domid, XENMIG_STATE_KEPT, &id, err);
	if (found <= 0)
		return found;
	found = made_domain(m, data, &d, err);
	if (found < 0)
		return -1;
	if (found)
		start_finish(m, data);
	return link_sessions_end(m->link, data->domid, XENMIG_STATE_KEPT, err);
}

/* What a dead controller left of a guest that never ran: the module has destroyed the rest. */
static void remove_unborn(struct move *m, const struct record_data *data)
{
	struct error err = { 0 };

	if (!data->domid || !same_boot(m, data))
		return;
	if (!link_sessions_end(m->link, data->domid, XENMIG_STATE_KEPT, &err))
		guest_remove(m->link, &m->store, data->domid, data->guest, &err);
	if (err.text[0])
		context_tell(&m->context, LEVEL_WARNING,
			     "%s: what is left of a guest that never ran here (domain %u) could not be removed: %s",
			     data->name, data->domid, err.text);
}

/*
 * Its session, or its domain, or what these leave when they go by themselves, as with their
 * controller: 1, 0 when there is nothing, -1 when that cannot be told.
 */
static int left_something(struct move *m, const struct record_data *data)
{
	struct error ignored = { 0 };
	struct domain d;
	uint32_t id;
	int found = link_find_session(m->link, data->domid, XENMIG_STATE_KEPT, &id, &ignored);

	if (found)
		return found;
	found = made_domain(m, data, &d, &ignored);
	if (found)
		return found > 0 && d.dominf_flags & DOMINF_PAUSED ? 1 : -1;
	/* While a domain of that number dies, or is another's, nothing of it is touched. */
	if (link_id_free(m->link, data->domid, &ignored) <= 0)
		return -1;
	return guest_left_traces(&m->store, data->domid, data->guest);
}

static bool sweep_one(void *arg, const struct record *record, bool held)
{
	const struct record_data *data = &record->data;
	struct move *m = arg;
	int left = 0;

	if (held || !record_settled(record->state))
		return false;
	if (data->side == RECORD_DESTINATION && data->domid && same_boot(m, data) &&
	    (record->state == RECORD_REFUSED || record->state == RECORD_FAILED))
		left = left_something(m, data);
	if (left > 0)
		remove_unborn(m, data);
	return !left;
}

/**
 * answer_sweep() - remove what whoever refused a guest did not live to remove
 * @m: of this host
 * @swept: of which moves nothing was left; updated
 */
void answer_sweep(struct move *m, struct journal_past *swept)
{
	journal_visit(m->journal, swept, sweep_one, m);
}

static void no_answer(struct outcome *outcome, const struct error *err)
{
	answer_outcome(outcome, OUTCOME_NONE, 0, "%s", err->text);
}

static void refuse(struct move *m, struct writer *writer, struct outcome *outcome)
{
	const struct record *record = writer_record(writer);
	bool ready = record->state == RECORD_READY;
	struct error err = { 0 };

	/* On the disk first: from then on nobody starts what is there. */
	if (writer_say(writer, ready ? RECORD_REFUSED : RECORD_FAILED,
		       "The controller that received the guest died before it was committed.",
		       &err)) {
		no_answer(outcome, &err);
		return;
	}
	remove_unborn(m, &record->data);
	answer_outcome(outcome, OUTCOME_REFUSED, 0, "%s", record->data.reason);
}

static void go_on_starting(struct move *m, struct writer *writer, struct outcome *outcome)
{
	struct record_data data = writer_record(writer)->data;
	struct error err = { 0 };
	struct start_times times;
	struct domain d;
	int found = made_domain(m, &data, &d, &err);

	if (found < 0) {
		no_answer(outcome, &err);
		return;
	}
	if (!found) {
		answer_outcome(outcome, OUTCOME_MAY_HAVE_RUN, 0,
			       "The guest was about to be started at %s, and is not there (any more): %s.",
			       m->host.host, same_boot(m, &data) ? "it has ended since" :
			       "the host was booted since");
		return;
	}
	if (d.dominf_flags & DOMINF_PAUSED &&
	    start_guest(m, writer, data.domid, data.guest, true, NULL, &times, &err)) {
		no_answer(outcome, &err);
		return;
	}
	if (writer_record(writer)->state == RECORD_STARTING &&
	    writer_write(writer, RECORD_RUNNING, NULL, &err)) {
		no_answer(outcome, &err);
		return;
	}
	answer_started(m, &data, &err);
	answer_outcome(outcome, OUTCOME_RUNNING, data.domid, "The guest runs at %s.", m->host.host);
}

static void look_for_it(struct move *m, const struct record_data *data, struct outcome *outcome)
{
	struct error err = { 0 };
	struct domain d;
	int found = same_boot(m, data) ? link_find_uuid(m->link, data->guest, &d, &err) : 0;

	if (found < 0)
		no_answer(outcome, &err);
	else if (found)
		answer_outcome(outcome, OUTCOME_RUNNING, d.domid, "The guest runs at %s.",
			       m->host.host);
	else
		answer_outcome(outcome, OUTCOME_MAY_HAVE_RUN, 0,
			       "The guest was started at %s, and is not there any more: %s.",
			       m->host.host, same_boot(m, data) ? "it has ended since" :
			       "the host was booted since");
}

/**
 * answer_record() - bring a destination's record as far as it goes without its controller
 * @m: of this host
 * @writer: on the record; so no process cares for the move
 * @outcome: what is to be said of it
 */
void answer_record(struct move *m, struct writer *writer, struct outcome *outcome)
{
	const struct record *record = writer_record(writer);
	struct error err = { 0 };

	switch (record->state) {
	case RECORD_BEGUN:
	case RECORD_READY:
		refuse(m, writer, outcome);
		return;
	case RECORD_REFUSED:
	case RECORD_FAILED:
		answer_outcome(outcome, OUTCOME_REFUSED, 0, "%s", record->data.reason);
		return;
	case RECORD_STARTING:
		go_on_starting(m, writer, outcome);
		return;
	case RECORD_RUNNING:
	case RECORD_FORGOTTEN:
	case RECORD_DISCARDED:
		answer_started(m, &record->data, &err);
		look_for_it(m, &record->data, outcome);
		return;
	default:
		answer_outcome(outcome, OUTCOME_MAY_HAVE_RUN, 0,
			       "The journal of %s has a record of this move that cannot be read.",
			       m->host.host);
	}
}

/* This journal knows nothing of the move: that says something only if it is the one of then. */
static void answer_unknown(struct move *m, const struct cause *cause, struct outcome *outcome)
{
	struct record_data head = { .side = RECORD_DESTINATION };
	struct error err = { 0 };
	struct writer *writer;
	struct domain d;
	int found;

	if (memcmp(cause->journal, journal_identity(m->journal), sizeof(cause->journal))) {
		answer_outcome(outcome, OUTCOME_MAY_HAVE_RUN, 0,
			       "The journal of %s is not the one it had when the move began: what became of the guest is not known there.",
			       m->host.host);
		return;
	}
	found = link_find_uuid(m->link, cause->guest, &d, &err);
	if (found < 0) {
		no_answer(outcome, &err);
		return;
	}
	if (found) {
		answer_outcome(outcome, OUTCOME_MAY_HAVE_RUN, 0,
			       "A domain with the guest's UUID is at %s, but its journal does not know the move.",
			       m->host.host);
		return;
	}
	memcpy(head.move, cause->move, sizeof(head.move));
	memcpy(head.guest, cause->guest, sizeof(head.guest));
	snprintf(head.peer, sizeof(head.peer), "%s", m->theirs.host);
	snprintf(head.boot, sizeof(head.boot), "%.39s", m->host.boot_id);
	if (writer_begin(m->journal, &head, &writer, &err)) {
		no_answer(outcome, &err);
		return;
	}
	if (writer_say(writer, RECORD_FAILED, "The move was not known here when the source asked.",
		       &err))
		no_answer(outcome, &err);
	else
		answer_outcome(outcome, OUTCOME_REFUSED, 0, "%s never began to receive the guest.",
			       m->host.host);
	writer_close(writer);
}

/*
 * The writer of the record; 1 when the question went to the process that cares for
 * the move, -ENOENT, or another errno.
 */
static int adopt_or_pass(struct move *m, const struct cause *cause, uint16_t type, int fd,
			 struct writer **writer)
{
	uint64_t until = clock_ms() + BUSY_MS;
	struct error ignored = { 0 };
	int rc;

	do {
		rc = writer_adopt(m->journal, cause->move, RECORD_DESTINATION, writer, &ignored);
		if (rc != -EBUSY)
			return rc;
		if (type != MSG_FORGET && !fdpass_send(cause->move, type, fd))
			return 1;
		error_clear(&ignored);
		usleep(BUSY_POLL_US);
	} while (clock_ms() < until);
	return -EBUSY;
}

/* What is forgotten nobody looks after any more: so all that is left to do is done before. */
static void forget(struct move *m, struct writer *writer, int fd)
{
	const struct record *record = writer_record(writer);
	struct outcome outcome;
	struct domain d;
	struct error err = { 0 };

	if (record->state == RECORD_STARTING)
		answer_record(m, writer, &outcome);
	if (record->state == RECORD_STARTING)
		return;
	if (record->state == RECORD_RUNNING &&
	    (answer_started(m, &record->data, &err) ||
	     writer_write(writer, RECORD_FORGOTTEN, NULL, &err)))
		return;
	message_send(fd, MSG_FORGOTTEN, NULL);
	if (record->state == RECORD_FORGOTTEN && made_domain(m, &record->data, &d, &err) > 0)
		start_announce(m, &record->data);
}

static void answer(struct move *m, const struct cause *cause, uint16_t type, int fd)
{
	struct outcome outcome;
	struct writer *writer = NULL;
	int rc = adopt_or_pass(m, cause, type, fd, &writer);

	if (rc > 0)
		return;
	if (rc == -ENOENT && type == MSG_FORGET)
		message_send(fd, MSG_FORGOTTEN, NULL);
	if (type == MSG_FORGET) {
		if (!rc)
			forget(m, writer, fd);
	} else if (!rc || rc == -ENOENT) {
		if (rc)
			answer_unknown(m, cause, &outcome);
		else
			answer_record(m, writer, &outcome);
		if (outcome.kind)
			message_send(fd, MSG_OUTCOME, &outcome);
		context_tell(&m->context, LEVEL_NOTE, "%s asked what became of a move: %s",
			     m->theirs.host, outcome.text);
	}
	if (!rc)
		writer_close(writer);
}

/**
 * answer_serve() - answer the source of an earlier move
 * @m: opened; HELLO was exchanged
 * @fd: connection
 * @question: COMMIT, ABORT, QUERY or FORGET
 *
 * Where a living process cares for that move, it gets the connection and the
 * question; the others are answered from the journal. No answer is given where
 * none is known to be true: the source asks again.
 */
void answer_serve(struct move *m, int fd, const struct message *question)
{
	answer(m, question->type == MSG_ABORT ? &question->abort.cause : &question->cause,
	       question->type, fd);
}
