// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/xenmig.h>

#include "guest/console.h"
#include "guest/guest.h"
#include "module/domain.h"
#include "move/resume.h"
#include "peer/ask.h"
#include "recovery/answer.h"
#include "recovery/recover.h"

#define DEAD "migctl died before the guest was committed."

static bool same_boot(const struct move *m, const struct record_data *data)
{
	return record_same_boot(data, m->host.boot_id);
}

/* The guest that a record is about, if it is still that very domain: 1, 0, or -1 if unknown. */
static int is_here(struct move *m, const struct record_data *data, struct domain *d,
		   struct error *err)
{
	return same_boot(m, data) ? link_find(m->link, data->domid, data->guest, d, err) : 0;
}

static bool is_suspended(const struct domain *d)
{
	return d->dominf_flags & DOMINF_SHUTDOWN && DOMINF_CODE(d->dominf_flags) == CODE_SUSPEND;
}

static int ask_peer(struct move *m, const struct config *config, const struct record_data *data,
		    uint16_t type, const void *obj, struct message *answer, struct error *err)
{
	struct place place;

	if (place_parse(data->address, DEFAULT_PORT, &place))
		return error_set(err, EXIT_UNKNOWN, "The journal does not say where %s is.",
				 data->peer);
	return ask(&place, config, &m->host, type, obj, answer, err);
}

static void abort_for(struct abort_msg *abort, const struct record_data *data, const char *text)
{
	memset(abort, 0, sizeof(*abort));
	abort->have = ~0ULL;
	abort->code = EXIT_FAILED;
	snprintf(abort->text, sizeof(abort->text), "%s", text);
	abort->cause = ask_cause(data);
}

/* The destination may wait for COMMIT; where it cannot be told, its limit ends that. */
static void give_up(struct move *m, const struct config *config, const struct record_data *data,
		    const char *text)
{
	struct message *answer = calloc(1, sizeof(*answer));
	struct error ignored = { 0 };
	struct abort_msg abort;

	abort_for(&abort, data, text);
	if (answer)
		ask_peer(m, config, data, MSG_ABORT, &abort, answer, &ignored);
	free(answer);
}

struct rivals {
	const struct record_data *data;
	unsigned int count;
};

static bool is_rival(const struct record *record, const struct record_data *ours)
{
	const struct record_data *theirs = &record->data;

	if (theirs->side != RECORD_SOURCE || record_settled(record->state) ||
	    memcmp(theirs->guest, ours->guest, 16) || !memcmp(theirs->move, ours->move, 16))
		return false;
	/* The guest may have come back since: then it is another domain than that copy. */
	return record->state != RECORD_DESTROYING ||
	       (theirs->domid == ours->domid && record_same_boot(theirs, ours->boot));
}

static int count_rival(void *arg, const struct record *record, bool held)
{
	struct rivals *r = arg;

	(void)held;
	r->count += is_rival(record, r->data);
	return 0;
}

/*
 * Is another move of the same guest not over? Then what the module holds is not
 * ours. 1, 0, or -1 if unknown.
 */
static int has_rivals(struct move *m, const struct record_data *data, struct error *err)
{
	struct rivals rivals = { .data = data };

	if (journal_read_each(m->journal, count_rival, &rivals))
		return error_set(err, EXIT_UNKNOWN, "The journal of this host cannot be read.");
	return rivals.count > 0;
}

/*
 * Does the module still work on the guest? It resumes it by itself when its
 * controller died; one that it holds waits for us.
 */
static bool is_cared_for(struct move *m, uint32_t domid)
{
	struct error ignored = { 0 };
	struct session *list;
	unsigned int count, i;
	bool cared = false;

	if (link_sessions(m->link, &list, &count, &ignored))
		return true;
	for (i = 0; i < count; i++)
		cared |= list[i].domid == domid && list[i].state != XENMIG_STATE_HELD &&
			 !link_session_over(&list[i]);
	free(list);
	return cared;
}

static enum recovered said(struct writer *writer, enum record_state state, const char *text,
			   struct error *err)
{
	return writer_say(writer, state, text, err) ? RECOVERED_LATER : RECOVERED_SETTLED;
}

/* The guest is gone; the module may hold on to its session all the same. */
static int end_held(struct move *m, const struct record_data *data, struct error *err)
{
	return same_boot(m, data) ? link_sessions_end(m->link, data->domid, XENMIG_STATE_HELD, err) :
				    0;
}

/* Let it go on that was being moved, unless it is another move's by now, or gone. */
static int let_go_on(struct move *m, const struct record_data *data, struct error *err)
{
	int rivals = has_rivals(m, data, err), here;
	struct domain d;

	if (rivals)
		return rivals < 0 ? -1 : 0;
	here = is_here(m, data, &d, err);
	if (here <= 0)
		return here ?: end_held(m, data, err);
	if (resume_held(m, data->domid, data->guest, err))
		return -1;
	resume_finish(m, data->domid, data->guest, true);
	return 0;
}

/* COMMIT was never sent: it goes on here. */
static enum recovered end_begun(struct move *m, const struct config *config, struct writer *writer,
				struct error *err)
{
	struct record_data data = writer_record(writer)->data;

	if (!same_boot(m, &data)) {
		give_up(m, config, &data, "The source was booted while it moved the guest.");
		return said(writer, RECORD_LOST,
			    "This host went down while the guest was being moved away, and the guest with it.",
			    err);
	}
	if (is_cared_for(m, data.domid) || let_go_on(m, &data, err))
		return RECOVERED_LATER;
	give_up(m, config, &data, DEAD);
	return said(writer, RECORD_FAILED, DEAD, err);
}

/* Destroy the copy here and what belongs to it, if it is there. */
static int remove_copy(struct move *m, const struct record_data *data, struct error *err)
{
	struct domain d;
	int here = is_here(m, data, &d, err);

	if (here < 0)
		return -1;
	if (!here)
		return end_held(m, data, err);
	if (!is_suspended(&d))
		return error_set(err, EXIT_UNKNOWN,
			"Domain %u, which has moved to %s, is not suspended here but runs: find out who resumed it before two copies do harm.",
			data->domid, data->peer);
	console_await_read(m->link, &m->store, data->domid, data->guest);
	guest_remove(m->link, &m->store, data->domid, data->guest, err);
	return err->text[0] ? -1 :
			      link_sessions_end(m->link, data->domid, XENMIG_STATE_HELD, err);
}

static enum recovered end_destroying(struct move *m, const struct config *config,
				     struct writer *writer, struct error *err)
{
	struct record_data data = writer_record(writer)->data;
	struct message *answer;
	struct cause cause = ask_cause(&data);
	enum recovered rc = RECOVERED_LATER;

	if (remove_copy(m, &data, err))
		return RECOVERED_LATER;
	answer = calloc(1, sizeof(*answer));
	if (answer && !ask_peer(m, config, &data, MSG_FORGET, &cause, answer, err) &&
	    answer->type == MSG_FORGOTTEN)
		rc = said(writer, RECORD_MOVED, NULL, err);
	free(answer);
	return rc;
}

/**
 * recover_destroy() - the guest runs at its destination: destroy the copy here
 * @m: of this host
 * @writer: on its record, in committing
 * @there: the guest's id there, 0 when not known
 * @err: why not
 *
 * Return: 0 or -1.
 */
int recover_destroy(struct move *m, struct writer *writer, uint32_t there, struct error *err)
{
	struct record_data data = { .peer_domid = there };

	snprintf(data.outcome, sizeof(data.outcome), "running");
	if (writer_write(writer, RECORD_DESTROYING, &data, err))
		return -1;
	data = writer_record(writer)->data;
	return remove_copy(m, &data, err);
}

/* It goes on here, if it has not gone on already. */
static int take_back(struct move *m, const struct record_data *data, struct error *err)
{
	if (resume_held(m, data->domid, data->guest, err))
		return -1;
	resume_finish(m, data->domid, data->guest, true);
	return 0;
}

static enum recovered end_resuming(struct move *m, struct writer *writer, struct error *err)
{
	struct record_data data = writer_record(writer)->data;
	struct domain d;
	int here;

	if (!same_boot(m, &data))
		return said(writer, RECORD_LOST,
			    "The guest did not run at the destination, and this host went down with it before it was resumed.",
			    err);
	here = is_here(m, &data, &d, err);
	if (here < 0 || (!here && end_held(m, &data, err)))
		return RECOVERED_LATER;
	if (!here)
		return said(writer, RECORD_LOST,
			    "The guest did not run at the destination, and its suspended copy here was destroyed by somebody.",
			    err);
	if (take_back(m, &data, err))
		return RECOVERED_LATER;
	return said(writer, RECORD_RESUMED, data.reason, err);
}

/**
 * recover_resume() - let the guest go on here
 * @m: of this host
 * @writer: on its record, in committing
 * @outcome: who says that no copy runs: "refused", or "resume-by-hand"
 * @why: in a sentence
 * @err: why not
 *
 * Return: 0 or -1; then it is tried again by whoever recovers the record.
 */
int recover_resume(struct move *m, struct writer *writer, const char *outcome, const char *why,
		   struct error *err)
{
	struct record_data data = { 0 };

	snprintf(data.outcome, sizeof(data.outcome), "%s", outcome);
	record_reason(&data, why);
	if (writer_write(writer, RECORD_RESUMING, &data, err))
		return -1;
	return end_resuming(m, writer, err) == RECOVERED_SETTLED ? 0 : -1;
}

/**
 * recover_discard() - give the copy here up, because a person says so
 * @m: of this host
 * @writer: on its record, in committing
 * @err: why not
 *
 * Return: 0 or -1.
 */
int recover_discard(struct move *m, struct writer *writer, struct error *err)
{
	struct record_data data = writer_record(writer)->data;

	if (remove_copy(m, &data, err))
		return -1;
	return writer_say(writer, RECORD_DISCARDED, "Given up by hand.", err) ? -1 : 0;
}

/*
 * With REFUSED the guest may go on even if the journal cannot be told: whatever
 * it says later, the answer will be the same.
 */
static enum recovered refused(struct move *m, struct writer *writer, const char *why,
			      struct error *err)
{
	struct error ignored = { 0 };

	if (!recover_resume(m, writer, "refused", why, err))
		return RECOVERED_SETTLED;
	if (writer_record(writer)->state != RECORD_RESUMING)
		take_back(m, &writer_record(writer)->data, &ignored);
	return RECOVERED_LATER;
}

static enum recovered act_on(struct move *m, const struct config *config, struct writer *writer,
			     const struct outcome *outcome, struct error *err)
{
	struct record_data note = { 0 };

	switch (outcome->kind) {
	case OUTCOME_RUNNING:
		if (recover_destroy(m, writer, outcome->domid, err))
			return RECOVERED_LATER;
		return end_destroying(m, config, writer, err);
	case OUTCOME_REFUSED:
		if (!same_boot(m, &writer_record(writer)->data))
			return said(writer, RECORD_LOST,
				    "The guest did not run at the destination, and its copy here went down with this host.",
				    err);
		return refused(m, writer, outcome->text, err);
	case OUTCOME_MAY_HAVE_RUN:
		snprintf(note.outcome, sizeof(note.outcome), "may-have-run");
		record_reason(&note, outcome->text);
		writer_write(writer, RECORD_COMMITTING, &note, err);
		error_clear(err);
		error_set(err, EXIT_UNKNOWN, "%s", outcome->text);
		return RECOVERED_PERSON;
	default:
		return RECOVERED_LATER;
	}
}

static enum recovered ask_outcome(struct move *m, const struct config *config,
				  struct writer *writer, uint16_t type, const void *obj,
				  struct error *err)
{
	struct record_data data = writer_record(writer)->data;
	struct message *answer = calloc(1, sizeof(*answer));
	enum recovered rc = RECOVERED_LATER;
	struct outcome outcome;

	if (!answer || ask_peer(m, config, &data, type, obj, answer, err))
		goto out;
	if (answer->type == MSG_RUNNING)
		answer_outcome(&answer->outcome, OUTCOME_RUNNING, answer->running.domid, " ");
	else if (answer->type != MSG_OUTCOME)
		goto out;
	outcome = answer->outcome;
	error_printable(outcome.text);
	rc = act_on(m, config, writer, &outcome, err);
out:
	free(answer);
	return rc;
}

/**
 * recover_withdraw() - ask the destination to give the guest back, if it has not run
 * @m: of this host
 * @config: of this host
 * @writer: on its record, in committing
 * @err: why it is not settled
 *
 * Return: settled when the guest goes on here, or runs there and is gone here.
 */
enum recovered recover_withdraw(struct move *m, const struct config *config, struct writer *writer,
				struct error *err)
{
	struct abort_msg abort;

	abort_for(&abort, &writer_record(writer)->data, "The move was withdrawn by hand.");
	return ask_outcome(m, config, writer, MSG_ABORT, &abort, err);
}

static enum recovered end_destination(struct move *m, struct writer *writer, struct error *err)
{
	enum record_state state = writer_record(writer)->state;
	struct outcome outcome;

	/* It is the source that has to ask; only what nobody starts any more is cleared up. */
	if (state == RECORD_RUNNING) {
		answer_started(m, &writer_record(writer)->data, err);
		return RECOVERED_PERSON;
	}
	answer_record(m, writer, &outcome);
	if (record_settled(writer_record(writer)->state))
		return RECOVERED_SETTLED;
	error_set(err, EXIT_UNKNOWN, "%s", outcome.text);
	return outcome.kind == OUTCOME_NONE ? RECOVERED_LATER : RECOVERED_PERSON;
}

/**
 * recover() - bring a move on whose controller is gone
 * @m: of this host
 * @config: of this host
 * @writer: on its record, at either side
 * @err: why it is not settled
 *
 * One attempt; takes 40 s at most where the peer does not answer.
 *
 * Return: how it stands.
 */
enum recovered recover(struct move *m, const struct config *config, struct writer *writer,
		       struct error *err)
{
	const struct record *record = writer_record(writer);
	struct cause cause = ask_cause(&record->data);

	if (record_settled(record->state))
		return RECOVERED_SETTLED;
	if (record->data.side == RECORD_DESTINATION)
		return end_destination(m, writer, err);
	switch (record->state) {
	case RECORD_BEGUN:
		return end_begun(m, config, writer, err);
	case RECORD_COMMITTING:
		return ask_outcome(m, config, writer, MSG_COMMIT, &cause, err);
	case RECORD_DESTROYING:
		return end_destroying(m, config, writer, err);
	case RECORD_RESUMING:
		return end_resuming(m, writer, err);
	default:
		error_set(err, EXIT_UNKNOWN, "The journal's record of this move cannot be read.");
		return RECOVERED_PERSON;
	}
}

struct older {
	const uint8_t *guest;
	uint8_t move[16];
	bool found;
};

static int note_older(void *arg, const struct record *record, bool held)
{
	struct older *o = arg;

	(void)held;
	if (record->data.side != RECORD_SOURCE || record_settled(record->state) ||
	    record->state == RECORD_DESTROYING || memcmp(record->data.guest, o->guest, 16))
		return 0;
	memcpy(o->move, record->data.move, 16);
	o->found = true;
	return 1;
}

static int end_older(struct move *m, const struct config *config, const struct older *older,
		     struct error *err)
{
	enum recovered rc = RECOVERED_LATER;
	struct error why = { 0 };
	struct writer *writer;

	if (!writer_adopt(m->journal, older->move, RECORD_SOURCE, &writer, &why)) {
		rc = recover(m, config, writer, &why);
		writer_close(writer);
	}
	if (rc == RECOVERED_SETTLED)
		return 0;
	return error_set(err, EXIT_REFUSED,
		"An earlier move of this guest is not over: 'migctl history' shows it, 'migctl resolve' ends it. %s",
		why.text);
}

/**
 * recover_older() - see that no earlier move of a guest is unsettled
 * @m: of this host
 * @config: of this host
 * @guest: its UUID
 * @err: why one is
 *
 * Return: 0 or -1.
 */
int recover_older(struct move *m, const struct config *config, const uint8_t *guest,
		  struct error *err)
{
	struct older older = { .guest = guest };

	do {
		older.found = false;
		if (journal_read_each(m->journal, note_older, &older) < 0)
			return error_set(err, EXIT_REFUSED,
				"The journal of this host cannot be read, so that an earlier move of this guest may not be over: look at its disk.");
		if (!older.found)
			return 0;
	} while (!end_older(m, config, &older, err));
	return -1;
}
