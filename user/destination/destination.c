// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include <linux/xenmig.h>

#include "base/clock.h"
#include "base/fault.h"
#include "destination/admission.h"
#include "destination/destinationparts.h"
#include "guest/autostart.h"
#include "host/host.h"
#include "offer/findings.h"
#include "peer/fdpass.h"

#define OFFER_WAIT_MS	30000
#define CHECK_WAIT_MS	5000
#define DATA_WAIT_MS	30000
#define FINAL_WAIT_MS	600000
#define NO_DEVICE_MODEL	{ .pidfd = -1, .incoming = -1, .qmp = { .fd = -1 } }

/**
 * destination_tell() - tell of how the move goes
 * @d: the move
 * @level: how much it matters
 * @fmt: a sentence, of which the guest's name will be the first word
 */
void destination_tell(struct destination *d, enum level level, const char *fmt, ...)
{
	char text[sizeof(d->m->err.text) + 128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	context_tell(&d->m->context, level, "%s: %s",
		     d->offer && d->offer->name[0] ? d->offer->name : "-", text);
}

/**
 * destination_greet() - introduce this host to a source
 * @m: zeroed but for @m->context, its descriptors -1; opened when this succeeds, and to be closed in any case
 * @fd: the connection
 * @hello: the source's HELLO
 *
 * Return: 0 or -1.
 */
int destination_greet(struct move *m, int fd, const struct message *hello)
{
	struct abort_msg abort = { .have = ~0ULL };
	struct link *link = NULL;
	int rc = -1;

	if (!host_check(&m->err))
		link = link_open(&m->err);
	if (link && !move_open(m, link, &m->err) && !message_send(fd, MSG_HELLO, &m->host)) {
		*m->in = *hello;
		rc = move_check_hello(m);
		move_consume(m);
	}
	if (rc && m->err.text[0]) {
		context_tell(&m->context, LEVEL_ERROR, "%s", m->err.text);
		abort.reason = m->err.reason;
		abort.code = m->err.code;
		snprintf(abort.text, sizeof(abort.text), "%.*s", SENTENCE_LEN - 1, m->err.text);
		message_send(fd, MSG_ABORT, &abort);
	}
	return rc;
}

static int begin(struct destination *d, int fd, const struct message *second)
{
	if (peer_start(&d->m->peer, fd, d->config->silence_limit))
		return error_set(&d->m->err, EXIT_FAILED, "Out of memory.");
	*d->m->in = *second;
	d->m->cancellable = true;
	return 0;
}

/* The source is told whatever was found; what is against the guest ends its move. */
static int tell_findings(struct destination *d, const struct findings *findings)
{
	bool refused = findings_worst(findings) == VERDICT_AGAINST;
	uint32_t i;

	for (i = 0; i < findings->count; i++)
		if (findings->list[i].verdict == VERDICT_AGAINST)
			destination_tell(d, LEVEL_NOTE, "refused: %s", findings->list[i].text);
	if (peer_send(&d->m->peer, MSG_FINDINGS, findings) && !refused)
		return error_set(&d->m->err, EXIT_FAILED, "FINDINGS could not be sent.");
	if (!refused)
		return 0;
	d->m->err.from_peer = 1;	/* it was told already */
	return error_set(&d->m->err, EXIT_REFUSED, "Refused.");
}

static int take_offer(struct destination *d, uint16_t type)
{
	if (move_expect(d->m, type, OFFER_WAIT_MS))
		return -1;
	d->offer = malloc(sizeof(*d->offer));
	if (!d->offer)
		return error_set(&d->m->err, EXIT_FAILED, "Out of memory.");
	memcpy(d->offer, &d->m->in->offer, sizeof(*d->offer));
	move_consume(d->m);
	error_printable(d->offer->name);
	return 0;
}

static int admit(struct destination *d)
{
	struct findings *findings = calloc(1, sizeof(*findings));
	int rc = -1;

	if (!findings)
		return error_set(&d->m->err, EXIT_FAILED, "Out of memory.");
	if (!take_offer(d, MSG_OFFER)) {
		fault_point("checks");
		admission_check(d->m, d->offer, d->config->device_model, findings);
		rc = tell_findings(d, findings);
	}
	free(findings);
	return rc;
}

/**
 * destination_refuse() - tell the source of one thing that is against the guest
 * @d: the move, which ends with that
 * @subject: what was looked at, a word or two
 * @err: what was found
 *
 * Return: always -1.
 */
int destination_refuse(struct destination *d, const char *subject, const struct error *err)
{
	struct findings *findings = calloc(1, sizeof(*findings));
	int rc = -1;

	if (findings) {
		findings_add(findings, VERDICT_AGAINST, subject, "%s", err->text);
		rc = tell_findings(d, findings);
	}
	free(findings);
	return rc;
}

/* Room for all that has to be written about this move later, or it does not begin. */
static int reserve(struct destination *d)
{
	struct record_data head = { .side = RECORD_DESTINATION };
	struct error err = { 0 };

	memcpy(head.move, d->offer->move, sizeof(head.move));
	memcpy(head.guest, d->offer->domain.uuid, sizeof(head.guest));
	memcpy(head.peer_identity, d->m->theirs.journal, sizeof(head.peer_identity));
	snprintf(head.name, sizeof(head.name), "%s", d->offer->name);
	snprintf(head.peer, sizeof(head.peer), "%s", d->m->theirs.host);
	snprintf(head.boot, sizeof(head.boot), "%.39s", d->m->host.boot_id);
	snprintf(head.peer_boot, sizeof(head.peer_boot), "%.39s", d->m->theirs.boot_id);
	if (writer_begin(d->m->journal, &head, &d->writer, &err) ||
	    autostart_keep(d->offer, &err))
		return destination_refuse(d, "journal", &err);
	return 0;
}

static int accept_move(struct destination *d)
{
	d->ticket.have = ~0ULL;
	if (getrandom(d->ticket.token, TOKEN_LEN, 0) != TOKEN_LEN)
		return error_set(&d->m->err, EXIT_FAILED, "No random numbers.");
	d->listener = fdpass_listen(d->ticket.token);
	if (d->listener < 0)
		return error_set(&d->m->err, EXIT_FAILED, "No socket for the data connection.");
	if (peer_send(&d->m->peer, MSG_ACCEPT, &d->ticket))
		return error_set(&d->m->err, EXIT_FAILED, "ACCEPT could not be sent.");
	return 0;
}

static int await_data(struct destination *d)
{
	struct pollfd pfd = { .fd = d->listener, .events = POLLIN };
	uint64_t until = clock_ms() + DATA_WAIT_MS;
	uint16_t type;
	int fd;

	while (clock_ms() < until) {
		if (poll(&pfd, 1, 20) > 0) {
			fd = fdpass_accept(d->listener, &type);
			if (fd >= 0)
				return fd;
		}
		if (move_pump(d->m, 0))
			return -1;
	}
	d->m->err.reason = XENMIG_REASON_TIMEOUT;
	return error_set(&d->m->err, EXIT_FAILED, "No data connection came within %d s.",
			 DATA_WAIT_MS / 1000);
}

static int start(struct destination *d)
{
	struct limits limits = { .id = d->m->session.id, .verify = d->offer->verify };
	int fd = await_data(d), rc = -1;

	if (fd < 0)
		return -1;
	limits.socket = fd;
	GIVE(&limits, XENMIG_A_SESSION_ID);
	GIVE(&limits, XENMIG_A_SESSION_SOCKET);
	GIVE(&limits, XENMIG_A_SESSION_VERIFY);
	if (message_send(fd, MSG_DATA_OK, NULL))
		error_set(&d->m->err, EXIT_FAILED, "DATA-OK could not be sent.");
	else
		rc = link_session_start(d->m->link, &limits, &d->m->err);
	close(fd);
	return rc;
}

/**
 * destination_take_log() - take the piece of the console's log that has come
 * @d: the move
 *
 * Return: 0 or -1.
 */
int destination_take_log(struct destination *d)
{
	struct error err = { 0 };
	int rc = console_log_take(&d->log, d->offer->name, &d->m->in->octets, &err);

	move_consume(d->m);
	if (err.text[0])
		destination_tell(d, LEVEL_WARNING, "%s", err.text);
	if (!rc)
		return 0;
	d->m->err.reason = XENMIG_REASON_PEER;
	return error_set(&d->m->err, EXIT_FAILED, "%s sent more of the guest's console log than is taken.",
			 d->m->theirs.host);
}

static int await_guest(struct destination *d)
{
	uint64_t final_ms = 0;

	while (d->m->session.state != XENMIG_STATE_RECEIVED || d->m->in->type != MSG_FINAL) {
		if (move_pump(d->m, 1000) || prepare_check_device_model(d) ||
		    (d->m->in->type == MSG_LOG && destination_take_log(d)) ||
		    (d->m->in->type == MSG_DEVICE_MODEL && prepare_take_state(d)))
			return -1;
		if (d->m->in->type && !final_ms)
			final_ms = clock_ms();
		if (d->m->in->type && d->m->in->type != MSG_FINAL)
			return move_expect(d->m, MSG_FINAL, 0);
		if (!final_ms || clock_ms() - final_ms < FINAL_WAIT_MS)
			continue;
		d->m->err.reason = XENMIG_REASON_TIMEOUT;
		return error_set(&d->m->err, EXIT_FAILED, "The guest did not arrive in time.");
	}
	return 0;
}

static int compare_digests(struct destination *d, const struct final *final)
{
	const struct session *s = &d->m->session;

	if (!d->offer->verify)
		return 0;
	if (HAS(final, FINAL_DIGEST) && HAS(s, XENMIG_A_SESSION_DIGEST) &&
	    final->digest == s->digest && final->digest_frames == s->digest_frames)
		return 0;
	d->m->err.reason = XENMIG_REASON_DIGEST;
	return error_set(&d->m->err, EXIT_FAILED,
		"The guest's memory differs from what was sent (digest %016" PRIx64 " of %" PRIu64 " frames there, %016" PRIx64 " of %" PRIu64 " here): the copy was discarded; look for faulty memory or a fault in migctl.",
		final->digest, final->digest_frames, s->digest, s->digest_frames);
}

static int get_ready(struct destination *d)
{
	struct final *final = &d->m->in->final;
	struct ready ready = { .have = ~0ULL };
	uint64_t began = clock_ns();

	/* What it read of a file before it was drained it forgets when it loads its state. */
	if (compare_digests(d, final) || prepare_load_device_model(d, &ready) ||
	    prepare_open_vbds(d, true))
		return -1;
	if (strlen(final->settings.online) != d->offer->domain.vcpus)
		return error_set(&d->m->err, EXIT_FAILED, "FINAL does not fit the guest.");
	if (memcmp(&final->settings, &d->offer->settings, sizeof(final->settings)) &&
	    tree_settings(&d->m->store, d->tree.domid, &final->settings))
		return error_set(&d->m->err, EXIT_FAILED,
				 "The guest's last settings could not be written.");
	if (HAS(final, FINAL_MAX_PAGES) && final->max_pages < d->offer->domain.max_pages)
		d->max_pages = final->max_pages;
	if (prepare_take_name(d, final))
		return -1;
	d->followed = final->followed;
	move_consume(d->m);
	ready.superpages = d->m->session.superpages;
	ready.small_pages = d->m->session.small_pages;
	ready.autostart = d->offer->autostart_name[0];
	/* From here on a new connection may bring the source's word. */
	d->waiting = fdpass_listen(d->offer->move);
	if (d->waiting < 0)
		return error_set(&d->m->err, EXIT_FAILED, "No socket for the source to come back to.");
	/* A host that loses its power now has not run it, and finds "begun", which says so too. */
	if (writer_pass(d->writer, RECORD_READY, &d->m->err))
		return -1;
	fault_point("ready");
	d->ready_ns = clock_ns();
	ready.final_to_ready_us = (d->ready_ns - began) / 1000;
	if (peer_send(&d->m->peer, MSG_READY, &ready))
		return error_set(&d->m->err, EXIT_FAILED, "READY could not be sent.");
	return 0;
}

static int receive(struct destination *d)
{
	return admit(d) || reserve(d) || prepare_domain(d) || accept_move(d) || start(d) ||
	       prepare_guest(d) || await_guest(d) || get_ready(d);
}

static int answer(struct destination *d)
{
	struct findings *findings;
	int rc;

	if (take_offer(d, MSG_CHECK))
		return -1;
	findings = calloc(1, sizeof(*findings));
	if (!findings)
		return error_set(&d->m->err, EXIT_FAILED, "Out of memory.");
	admission_check(d->m, d->offer, d->config->device_model, findings);
	if (findings_worst(findings) != VERDICT_AGAINST)
		prepare_try(d, findings);
	rc = peer_send(&d->m->peer, MSG_FINDINGS, findings);
	free(findings);
	return rc ? error_set(&d->m->err, EXIT_FAILED, "FINDINGS could not be sent.") : 0;
}

/**
 * destination_check() - say whether a guest could be taken in, and do nothing else
 * @m: opened; HELLO was exchanged
 * @fd: the control connection, ours from now on
 * @config: of this host
 * @second: the source's second message, a CHECK
 *
 * Return: an exit code.
 */
int destination_check(struct move *m, int fd, const struct config *config,
		      const struct message *second)
{
	struct destination d = { .m = m, .listener = -1, .waiting = -1, .config = config,
				 .device_model = NO_DEVICE_MODEL };

	if (begin(&d, fd, second) || answer(&d))
		move_abort(m);
	move_await_end(m, CHECK_WAIT_MS);
	free(d.offer);
	return m->err.code;
}

/**
 * destination_run() - take a guest in
 * @m: opened; HELLO was exchanged
 * @fd: the control connection, ours from now on
 * @config: of this host
 * @second: the source's second message, which should be an OFFER
 *
 * Return: an exit code.
 */
int destination_run(struct move *m, int fd, const struct config *config,
		    const struct message *second)
{
	struct destination d = {
		.m = m, .listener = -1, .waiting = -1, .config = config,
		.device_model = NO_DEVICE_MODEL,
	};
	struct running running = { 0 };
	bool taken = !begin(&d, fd, second) && !receive(&d) && !commit_guest(&d, &running);

	if (taken)
		commit_tell_world(&d, &running);
	else
		commit_discard(&d);
	if (d.writer)
		commit_leave(&d);
	console_log_end(&d.log);
	dm_process_leave(&d.device_model);
	free(d.state.octets);
	if (d.listener >= 0)
		close(d.listener);
	free(d.offer);
	/* What went wrong afterwards is the source's, whose FORGET did not come. */
	return taken ? 0 : m->err.code;
}
