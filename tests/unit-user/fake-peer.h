/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For fake-host.h: the peer. */
#ifndef FAKE_PEER_H
#define FAKE_PEER_H

#include "fake-module.h"

/* ---- fdpass.h, peer.h and ask(): the peer ---- */

static const char *const outcomes[] = {
	[OUTCOME_NONE] = "none", [OUTCOME_RUNNING] = "RUNNING", [OUTCOME_REFUSED] = "REFUSED",
	[OUTCOME_MAY_HAVE_RUN] = "MAY-HAVE-RUN", [OUTCOME_READY] = "READY",
};

int fdpass_send(const uint8_t *token, uint16_t type, int fd)
{
	(void)fd;
	must(!memcmp(token, the_move, TOKEN_LEN), "passed another move on");
	if (!host->nobody) {
		done("pass %s on", proto_name(type));
		return 0;
	}
	writer_close(host->holder);
	host->holder = NULL;
	return -1;
}

/* What a destination says is on its disk before, and so. */
static inline void check_said(const struct outcome *outcome)
{
	static const uint32_t fit[] = {
		[OUTCOME_RUNNING] = S(RUNNING) | S(FORGOTTEN) | S(DISCARDED),
		[OUTCOME_REFUSED] = S(REFUSED) | S(FAILED),
		[OUTCOME_MAY_HAVE_RUN] = S(UNKNOWN) | S(STARTING) | S(RUNNING) | S(FORGOTTEN) |
					 S(DISCARDED),
		[OUTCOME_END] = 0,
	};

	must(outcome->kind < OUTCOME_END && on_disk(fit[outcome->kind]),
	     "said %u while the disk says %s", outcome->kind, record_word(host->disk));
	must(outcome->kind != OUTCOME_RUNNING || is_it(outcome->domid, the_guest),
	     "said that domain %u runs", outcome->domid);
	must(outcome->text[0], "said nothing in a sentence");
}

int message_send(int fd, uint16_t type, const void *obj)
{
	(void)fd;
	if (type == MSG_OUTCOME) {
		check_said(obj);
		done("say %s", outcomes[((const struct outcome *)obj)->kind]);
		return 0;
	}
	must(type != MSG_FORGOTTEN || !on_disk(S(STARTING) | S(RUNNING)),
	     "said FORGOTTEN while the disk says %s", record_word(host->disk));
	done("say %s", proto_name(type));
	return 0;
}

int message_receive(int fd, struct message *out, int timeout_ms)
{
	(void)fd;
	(void)out;
	(void)timeout_ms;
	must(false, "waited for a message");
	return -1;
}

/* A question names the move as its record does, and is covered by what is on the disk. */
static inline void check_question(uint16_t type, const void *obj)
{
	const struct cause *cause = type == MSG_ABORT ? &((const struct abort_msg *)obj)->cause :
							obj;
	static struct record record;
	bool held;

	must(!journal_find(m.journal, cause->move, RECORD_SOURCE, &record, &held) &&
	     !memcmp(cause->guest, record.data.guest, 16) &&
	     !memcmp(cause->journal, their_journal, 16), "asked about another move");
	must(type != MSG_COMMIT || on_disk(S(COMMITTING)), "COMMIT while the disk says %s",
	     record_word(host->disk));
	must(type != MSG_FORGET || on_disk(S(DESTROYING)), "FORGET while the disk says %s",
	     record_word(host->disk));
}

static inline void make_answer(uint16_t type, struct message *answer)
{
	memset(answer, 0, sizeof(*answer));
	answer->type = host->confused ? MSG_ABORT : type == MSG_FORGET ? MSG_FORGOTTEN :
		       host->short_answer ? MSG_RUNNING : MSG_OUTCOME;
	if (answer->type == MSG_ABORT || answer->type == MSG_FORGOTTEN)
		return;
	host->heard = host->answer;
	if (host->short_answer)
		answer->running.domid = LATER_DOMID;
	else
		answer_outcome(&answer->outcome, host->answer, LATER_DOMID, "A\nword.");
}

int __wrap_ask(const struct place *place, const struct config *config, const struct hello *hello,
	       uint16_t type, const void *obj, struct message *answer, struct error *why);

int __wrap_ask(const struct place *place, const struct config *config, const struct hello *hello,
	       uint16_t type, const void *obj, struct message *answer, struct error *why)
{
	(void)config;
	must(!strcmp(place->host, "192.0.2.2") && !strcmp(place->port, "8002") && hello == &m.host,
	     "asked %s", place->host);
	check_question(type, obj);
	done("ask %s", proto_name(type));
	if (type == MSG_FORGET ? !host->forgets : host->answer == OUTCOME_NONE)
		return error_set(why, EXIT_UNKNOWN, "there cannot be reached.");
	make_answer(type, answer);
	return 0;
}

#endif /* FAKE_PEER_H */
