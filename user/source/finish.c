// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <unistd.h>

#include <linux/xenmig.h>

#include "base/clock.h"
#include "base/fault.h"
#include "guest/autostart.h"
#include "guest/console.h"
#include "guest/guest.h"
#include "move/resume.h"
#include "peer/ask.h"
#include "recovery/recover.h"
#include "source/sourceparts.h"

#define END_WAIT_MS		20000
#define ASK_AGAIN_S		1

/* Also where that cannot be told. */
static bool is_held(struct source *s)
{
	struct error ignored = { 0 };
	uint32_t id;

	return link_find_session(s->m.link, s->domain.domid, XENMIG_STATE_HELD, &id, &ignored);
}

/*
 * COMMIT was not said, but the journal may say, now or after a loss of power,
 * that the guest is given away, and whoever reads that says COMMIT. So it has
 * to say the contrary, or the destination to refuse for good, before the guest
 * may go on here.
 */
static void take_back(struct source *s)
{
	struct error why, err = { 0 };

	s->m.cancellable = false;
	move_blame(&s->m);
	why = s->m.err;
	if (recover_resume(&s->m, s->writer, "uncommitted", why.text, &err))
		recover_withdraw(&s->m, &s->config, s->writer, &err);
	s->committed = is_held(s);
	s->m.err = why;
}

/*
 * Nothing is owed any more when the destination has forgotten the move too;
 * else `migctl serve` goes on.
 */
static void forget(struct source *s)
{
	struct cause cause = ask_cause(&writer_record(s->writer)->data);
	struct error ignored = { 0 };

	if (!peer_send(&s->m.peer, MSG_FORGET, &cause) &&
	    !move_expect(&s->m, MSG_FORGOTTEN, END_WAIT_MS))
		writer_write(s->writer, RECORD_MOVED, NULL, &ignored);
	error_clear(&s->m.err);
}

/**
 * finish_clean_up() - the guest runs there: nothing of it is to be left here
 * @s: the move
 */
void finish_clean_up(struct source *s)
{
	struct record_data data = { .peer_domid = s->report->there };
	struct error err = { 0 }, ignored = { 0 };
	struct session last;

	fault_point("running-received");
	qmp_close(&s->qmp);
	s->m.cancellable = false;
	if (!link_session(s->m.link, s->m.session.id, &last, &ignored))
		s->m.session = last;
	source_enter(s, PHASE_CLEANUP);
	snprintf(data.outcome, sizeof(data.outcome), "running");
	if (!writer_write(s->writer, RECORD_DESTROYING, &data, &err)) {
		console_await_read(s->m.link, &s->m.store, s->domain.domid, s->domain.uuid);
		guest_remove(s->m.link, &s->m.store, s->domain.domid, s->domain.uuid, &err);
	}
	if (err.text[0]) {
		context_tell(&s->m.context, LEVEL_ERROR,
			     "The guest runs at %s, but its remains here (domain %u) could not be destroyed, which 'migctl serve' will try again: %s",
			     s->m.theirs.host, s->domain.domid, err.text);
		return;
	}
	fault_point("destroyed");
	error_clear(&ignored);
	link_session_end(s->m.link, s->m.session.id, &ignored);
	forget(s);
}

static int in_doubt(struct source *s)
{
	struct error err = { .code = EXIT_UNKNOWN };

	snprintf(err.text, sizeof(err.text),
		 "The outcome is not known yet: the guest was handed to %s and no answer came. It stays suspended here until there is one; 'migctl serve' goes on asking, 'migctl resolve %s' asks and decides. (%.*s)",
		 s->m.theirs.host, s->offer->name, SENTENCE_LEN, s->m.err.text);
	s->m.err = err;
	return -1;
}

/* It goes on here: the destination has said, for good, that it does not run there. */
static int taken_back(struct source *s)
{
	struct error err = { 0 };

	snprintf(err.text, sizeof(err.text),
		 "%s did not start the guest, which goes on here: %.*s", s->m.theirs.host,
		 SENTENCE_LEN, writer_record(s->writer)->data.reason);
	err.code = EXIT_FAILED;
	err.reason = XENMIG_REASON_PEER;
	s->m.err = err;
	return -1;
}

/*
 * COMMIT was sent and no answer came on that connection. Only the destination
 * knows; ask until it has answered, or the time for that is over.
 */
static int settle(struct source *s)
{
	uint64_t until = clock_ms() + s->order->outcome_timeout * 1000ULL;
	enum recovered rc = RECOVERED_LATER;
	struct error err = { 0 };

	/* An answer other than RUNNING may be in hand already. */
	if (s->m.in->type == MSG_OUTCOME && s->m.in->outcome.kind == OUTCOME_REFUSED) {
		error_printable(s->m.in->outcome.text);
		error_clear(&s->m.err);
		error_set(&s->m.err, EXIT_FAILED, "%s", s->m.in->outcome.text);
		if (!recover_resume(&s->m, s->writer, "refused", s->m.err.text, &err))
			return taken_back(s);
	}
	if (s->m.peer.fd >= 0)
		peer_stop(&s->m.peer);
	context_tell(&s->m.context, LEVEL_NOTE, "No answer from %s: asking for the outcome.",
		     s->m.theirs.host);
	do {
		error_clear(&err);
		/* A record that could not be written to may say more than it seems to. */
		if (writer_record(s->writer)->state == RECORD_BEGUN)
			rc = recover_withdraw(&s->m, &s->config, s->writer, &err);
		else
			rc = recover(&s->m, &s->config, s->writer, &err);
		if (rc == RECOVERED_LATER)
			sleep(ASK_AGAIN_S);
	} while (rc == RECOVERED_LATER && writer_record(s->writer)->state != RECORD_DESTROYING &&
		 clock_ms() < until);
	if (err.text[0])
		s->m.err = err;
	switch (writer_record(s->writer)->state) {
	case RECORD_DESTROYING:
	case RECORD_MOVED:
		s->report->running_ns = clock_ns();
		s->report->there = writer_record(s->writer)->data.peer_domid;
		error_clear(&s->m.err);
		return 0;
	case RECORD_RESUMED:
		return taken_back(s);
	default:
		return in_doubt(s);
	}
}

/* The guest goes on here, or has ended. */
static void go_back(struct source *s)
{
	struct error ignored = { 0 };
	struct session last;

	s->m.cancellable = false;
	if (!s->held) {
		dmsource_release(s);
		move_blame(&s->m);
	}
	if (s->m.has_session && !s->held) {
		if (link_session_cancel(s->m.link, s->m.session.id, &ignored))
			error_clear(&ignored);
		if (!link_session(s->m.link, s->m.session.id, &last, &ignored))
			s->m.session = last;
		if (s->report->requested_ns)
			resume_finish(&s->m, s->domain.domid, s->domain.uuid,
				      s->m.session.suspended_ns);
		else if (s->silenced)
			source_carry(s, true);
		error_clear(&ignored);
		link_session_end(s->m.link, s->m.session.id, &ignored);
	}
	move_abort(&s->m);
	move_await_end(&s->m, END_WAIT_MS);
	error_clear(&ignored);
	if (s->writer && writer_record(s->writer)->state == RECORD_BEGUN)
		writer_say(s->writer, RECORD_FAILED, s->m.err.text, &ignored);
}

/**
 * finish_failed() - a move has failed: the guest goes on here, unless it has moved after all
 * @s: the move
 *
 * Return: 0 when it has moved after all; -1 else.
 */
int finish_failed(struct source *s)
{
	/* Whoever lets the device model go on, or ends it, connects anew. */
	if (s->held)
		qmp_close(&s->qmp);
	if (s->held && !s->committed)
		take_back(s);
	if (s->committed)
		return settle(s);
	go_back(s);
	if (s->m.err.code == EXIT_FAILED && !s->m.has_session)
		s->m.err.code = EXIT_REFUSED;
	return -1;
}

/**
 * finish_autostart() - the guest is started there from now on
 * @s: the move, after which it runs there
 *
 * Where this fails, `migctl serve` sees to it.
 */
void finish_autostart(struct source *s)
{
	struct error err = { 0 };

	if (!s->autostart_kept)
		return;
	fault_point("autostart");
	s->report->autostart_moved = !autostart_remove(s->offer, &err);
	if (err.text[0])
		context_tell(&s->m.context, LEVEL_WARNING, "%s", err.text);
}
