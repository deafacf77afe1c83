// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <linux/xenmig.h>

#include "admission.h"
#include "affinity.h"
#include "autostart.h"
#include "clock.h"
#include "console.h"
#include "consolelog.h"
#include "destination.h"
#include "devicemodel.h"
#include "dmprocess.h"
#include "domain.h"
#include "fault.h"
#include "findings.h"
#include "guest.h"
#include "handover.h"
#include "heldback.h"
#include "settle.h"
#include "start.h"
#include "tree.h"
#include "userdata.h"
#include "vbd.h"
#include "vif.h"
#include "vkbd.h"

#define OFFER_WAIT_MS	30000
#define CHECK_WAIT_MS	5000
#define DATA_WAIT_MS	30000
#define FINAL_WAIT_MS	600000
#define FORGET_WAIT_MS	60000
#define NO_DEVICE_MODEL	{ .pidfd = -1, .incoming = -1, .qmp = { .fd = -1 } }
#define SLACK_PAGES	256	/* libxl allows a guest 1 MiB more than its target */

/**
 * struct destination - a move at its destination
 * @m: what both ends have; the caller's
 * @offer: the guest
 * @ticket: connects data connections to this move
 * @listener: where they are handed over
 * @waiting: where control connections are, once the guest is ready
 * @claim: on the journal's record of this move
 * @config: of this host
 * @tree: the guest's nodes; @tree.domid is its id here
 * @tree_made: its nodes were begun
 * @device_model: started for it here
 * @state: of the one at the source, as far as it came
 * @log: of its console, which goes on here
 * @followed: somebody will come and ask for that
 * @max_pages: limit of its memory from the commit on, 0 to leave it
 * @unpaused_ns: clock_ns() when the guest began to run here
 * @kept: the domain is ours, the module will not destroy it
 */
struct destination {
	struct move *m;
	struct offer *offer;
	struct ticket ticket;
	int listener;
	int waiting;
	struct claim *claim;
	const struct config *config;
	struct tree tree;
	bool tree_made;
	struct dmprocess device_model;
	struct dmstate state;
	struct logpiece log;
	bool followed;
	uint64_t max_pages;
	uint64_t unpaused_ns;
	bool kept;
};

__attribute__((format(printf, 2, 3)))
static void say(struct destination *d, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "migctl serve: %s: ", d->offer && d->offer->name[0] ? d->offer->name : "-");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

static int catch_signals(struct destination *d)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGCHLD, SIG_DFL);
	d->m->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	d->m->cancellable = true;
	return d->m->signals < 0 ? error_set(&d->m->err, EXIT_FAILED, "No signalfd.") : 0;
}

/**
 * destination_greet() - introduce this host to a source
 * @m: zeroed, its descriptors -1; opened when this succeeds, and to be closed in any case
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
		fprintf(stderr, "migctl serve: %s\n", m->err.text);
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
	return catch_signals(d);
}

/* The source is told whatever was found; what is against the guest ends its move. */
static int tell_findings(struct destination *d, const struct findings *findings)
{
	bool refused = findings_worst(findings) == VERDICT_AGAINST;
	uint32_t i;

	for (i = 0; i < findings->count; i++)
		if (findings->list[i].verdict == VERDICT_AGAINST)
			say(d, "refused: %s", findings->list[i].text);
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
		admission_check(d->m, d->offer, findings);
		rc = tell_findings(d, findings);
	}
	free(findings);
	return rc;
}

static int refuse_one(struct destination *d, const char *subject, const struct error *err)
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

/*
 * The guest may be given memory while it moves: until it runs here its limit is
 * the most it may ever have, then what FINAL says.
 */
static void make_room(struct offer *offer)
{
	uint64_t most = offer->settings.static_max_kib / 4 + SLACK_PAGES;

	if (offer->domain.max_pages < most)
		offer->domain.max_pages = most;
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
	if (journal_begin(d->m->journal, &head, &d->claim, &err) ||
	    autostart_keep(d->offer, &err))
		return refuse_one(d, "journal", &err);
	return 0;
}

static int create_domain(struct destination *d, struct session *created, struct error *err)
{
	/* Pools and labels are numbers of one host only. */
	d->offer->domain.have &= ~(1ULL << XENMIG_A_DOMAIN_CPUPOOL |
				   1ULL << XENMIG_A_DOMAIN_SSIDREF);
	make_room(d->offer);
	return link_session_destination(d->m->link, &d->offer->domain, created, err);
}

static int create(struct destination *d)
{
	struct record_data data = { 0 };
	struct error err = { 0 };
	struct session created;
	uint64_t began;

	if (create_domain(d, &created, &err))
		return refuse_one(d, "domain", &err);
	d->m->session = created;
	d->m->has_session = true;
	data.domid = created.domid;
	began = clock_ns();
	if (claim_write(d->claim, RECORD_BEGUN, &data, &d->m->err))
		return -1;
	d->ticket.journal_us = (clock_ns() - began) / 1000;
	d->tree.domid = created.domid;
	d->tree.offer = d->offer;
	d->tree.store_port = created.domain.store_port;
	d->tree.console_port = created.domain.console_port;
	d->tree.store_frame = HAS(&created.domain, XENMIG_A_DOMAIN_STORE_MFN) ?
			      created.domain.store_mfn : d->offer->domain.store_gfn;
	d->tree.console_frame = HAS(&created.domain, XENMIG_A_DOMAIN_CONSOLE_MFN) ?
				created.domain.console_mfn : d->offer->domain.console_gfn;
	uuid_format(d->offer->domain.uuid, d->tree.uuid);
	say(d, "arrives from %s as domain %u", d->m->theirs.host, created.domid);
	return 0;
}

static int accept_move(struct destination *d)
{
	d->ticket.have = ~0ULL;
	if (getrandom(d->ticket.token, TOKEN_LEN, 0) != TOKEN_LEN)
		return error_set(&d->m->err, EXIT_FAILED, "No random numbers.");
	d->listener = handover_listen(d->ticket.token);
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
			fd = handover_accept(d->listener, &type);
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

/* Where that fails it runs on any CPU, which is no reason to send it back. */
static void bind_vcpus(struct destination *d)
{
	struct error err = { 0 };
	struct host_info host;

	if (!d->offer->affinity_count)
		return;
	if (link_info(d->m->link, &host, &err) || !HAS(&host, XENMIG_A_INFO_CPUS) ||
	    affinity_apply(d->m->link, d->tree.domid, d->offer->domain.uuid,
			   d->offer->affinities, d->offer->affinity_count, host.cpus, &err))
		say(d, "its vCPUs could not be bound to the CPUs that they were bound to; `xl vcpu-pin` does it. %s",
		    err.text);
}

static int make_vifs(struct destination *d)
{
	const struct offer *offer = d->offer;
	uint32_t i;

	for (i = 0; i < offer->vif_count; i++)
		if (vif_create(&d->m->store, d->tree.domid, &offer->vifs[i], &d->m->err))
			return -1;
	for (i = 0; i < offer->vif_count; i++)
		if (move_pump(d->m, 0) ||
		    vif_online(&d->m->store, d->tree.domid, &offer->vifs[i], &d->m->err))
			return -1;
	return 0;
}

/* Those that this host would cache are opened when the source has drained them. */
static int open_vbds(struct destination *d, bool late)
{
	const struct offer *offer = d->offer;
	uint32_t i;

	for (i = 0; i < offer->vbd_count; i++)
		if (vbd_is_late(&offer->vbds[i]) == late &&
		    vbd_online(&d->m->store, d->tree.domid, &offer->vbds[i], &d->m->err))
			return -1;
	return 0;
}

static int make_vbds(struct destination *d)
{
	const struct offer *offer = d->offer;
	uint32_t i;

	for (i = 0; i < offer->vbd_count; i++)
		if (vbd_create(&d->m->store, d->tree.domid, &offer->vbds[i], &d->m->err))
			return -1;
	return open_vbds(d, false);
}

/* Its interfaces are there when it is. */
static int start_device_model(struct destination *d)
{
	const struct offer *offer = d->offer;
	uint32_t i;

	if (!devicemodel_is_wanted(offer))
		return 0;
	fault_point("device-model-starting");
	if (offer->keyboard && vkbd_create(&d->m->store, d->tree.domid, &d->m->err))
		return -1;
	if (dmprocess_start(&d->device_model, &d->m->store, d->tree.domid, offer, &d->m->err))
		return -1;
	for (i = 0; i < offer->vif_count; i++)
		if (vif_emulated_online(d->tree.domid, &offer->vifs[i], &d->m->err))
			return -1;
	return 0;
}

/* One that has died takes the guest's devices with it: so the guest stays where it is. */
static int look_at_device_model(struct destination *d)
{
	if (!devicemodel_is_wanted(d->offer) || dmprocess_lives(&d->device_model))
		return 0;
	return error_set(&d->m->err, EXIT_FAILED,
			 "The guest's device model, which was started for it at %s, has ended.",
			 d->m->host.host);
}

static int hide_name(struct destination *d)
{
	if (tree_rename_incoming(&d->m->store, d->tree.domid, d->tree.uuid, d->offer->name))
		return error_set(&d->m->err, EXIT_FAILED, "The guest could not be renamed.");
	return 0;
}

/* All that can be done while the guest still runs at the source. */
static int prepare(struct destination *d)
{
	struct offer *offer = d->offer;

	fault_point("preparing");
	bind_vcpus(d);
	d->tree_made = true;
	offer->json[offer->json_len] = '\0';
	if (offer->json_len && userdata_write(d->tree.domid, d->tree.uuid, offer->json,
					      offer->json_len, &d->m->err))
		return -1;
	if (tree_create(&d->m->store, &d->tree, &d->m->err) || make_vifs(d) || make_vbds(d) ||
	    start_device_model(d))
		return -1;
	/* xenconsoled names its log after the name it finds, so the true one comes first. */
	if (tree_await_console(&d->m->store, d->tree.domid))
		say(d, "xenconsoled has not taken up the console; is it running?");
	if (hide_name(d))
		return -1;
	if (peer_send(&d->m->peer, MSG_PREPARED, NULL))
		return error_set(&d->m->err, EXIT_FAILED, "PREPARED could not be sent.");
	return 0;
}

static int take_log(struct destination *d)
{
	struct error err = { 0 };
	int rc = consolelog_take(&d->log, d->offer->name, &d->m->in->octets, &err);

	move_consume(d->m);
	if (err.text[0])
		say(d, "%s", err.text);
	if (!rc)
		return 0;
	d->m->err.reason = XENMIG_REASON_PEER;
	return error_set(&d->m->err, EXIT_FAILED, "%s sent more of the guest's console log than is taken.",
			 d->m->theirs.host);
}

static int take_state(struct destination *d)
{
	int rc = devicemodel_take(&d->state, &d->m->in->octets);

	move_consume(d->m);
	if (!rc && devicemodel_is_wanted(d->offer))
		return 0;
	d->m->err.reason = XENMIG_REASON_PEER;
	return error_set(&d->m->err, EXIT_FAILED, "%s sent more of a device model's state than is taken.",
			 d->m->theirs.host);
}

/* Its state is loaded when all memory is here. */
static int load_device_model(struct destination *d, struct ready *ready)
{
	uint64_t began = clock_ns();

	if (!devicemodel_is_wanted(d->offer))
		return 0;
	if (!d->state.len)
		return error_set(&d->m->err, EXIT_FAILED,
				 "The state of the guest's device model did not come.");
	if (dmprocess_load(&d->device_model, &d->state, &d->m->err))
		return -1;
	ready->device_model_us = (clock_ns() - began) / 1000;
	return 0;
}

static int await_guest(struct destination *d)
{
	uint64_t final_ms = 0;

	while (d->m->session.state != XENMIG_STATE_RECEIVED || d->m->in->type != MSG_FINAL) {
		if (move_pump(d->m, 1000) || look_at_device_model(d) ||
		    (d->m->in->type == MSG_LOG && take_log(d)) ||
		    (d->m->in->type == MSG_DEVICE_MODEL && take_state(d)))
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

/* It was renamed at the source while it moved. */
static int take_name(struct destination *d, const struct final *final)
{
	if (!HAS(final, FINAL_NAME) || !strcmp(final->name, d->offer->name))
		return 0;
	if (!admission_good_name(final->name))
		return error_set(&d->m->err, EXIT_FAILED,
			"The guest was renamed at the source to something that cannot be a name.");
	snprintf(d->offer->name, sizeof(d->offer->name), "%s", final->name);
	return hide_name(d);
}

static int get_ready(struct destination *d)
{
	struct final *final = &d->m->in->final;
	struct ready ready = { .have = ~0ULL };
	uint64_t began = clock_ns();

	/* What it read of a file before it was drained it forgets when it loads its state. */
	if (compare_digests(d, final) || load_device_model(d, &ready) || open_vbds(d, true))
		return -1;
	if (strlen(final->settings.online) != d->offer->domain.vcpus)
		return error_set(&d->m->err, EXIT_FAILED, "FINAL does not fit the guest.");
	if (memcmp(&final->settings, &d->offer->settings, sizeof(final->settings)) &&
	    tree_settings(&d->m->store, d->tree.domid, &final->settings))
		return error_set(&d->m->err, EXIT_FAILED,
				 "The guest's last settings could not be written.");
	if (HAS(final, FINAL_MAX_PAGES) && final->max_pages < d->offer->domain.max_pages)
		d->max_pages = final->max_pages;
	if (take_name(d, final))
		return -1;
	d->followed = final->followed;
	move_consume(d->m);
	ready.superpages = d->m->session.superpages;
	ready.small_pages = d->m->session.small_pages;
	ready.autostart = d->offer->autostart_name[0];
	/* From here on a new connection may bring the source's word. */
	d->waiting = handover_listen(d->offer->move);
	/* A host that loses its power now has not run it, and finds "begun", which says so too. */
	if (claim_pass(d->claim, RECORD_READY, &d->m->err))
		return -1;
	fault_point("ready");
	ready.final_to_ready_us = (clock_ns() - began) / 1000;
	if (peer_send(&d->m->peer, MSG_READY, &ready))
		return error_set(&d->m->err, EXIT_FAILED, "READY could not be sent.");
	return 0;
}

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
	fd = handover_accept(d->waiting, &type);
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
	say(d, "the connection to %s was lost; waiting %u s for its word", d->m->theirs.host,
	    d->config->ready_limit);
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
		return take_log(d);
	case MSG_QUERY:
		settle_outcome(&outcome, OUTCOME_READY, 0, "%s waits for the commit.",
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
		if (d->m->err.text[0] || look_at_device_model(d))
			return -1;
		word = take_word(d);
		if (word)
			return word > 0 ? 0 : -1;
	}
	d->m->err.reason = XENMIG_REASON_TIMEOUT;
	return error_set(&d->m->err, EXIT_FAILED, "%s did not commit the guest within %u s.",
			 d->m->theirs.host, d->config->ready_limit);
}

static int take_over(struct destination *d, struct running *running)
{
	uint64_t began, unpaused;

	if (await_commit(d))
		return -1;
	began = clock_ns();
	d->m->cancellable = false;
	fault_point("commit-received");
	if (link_session_keep(d->m->link, d->m->session.id, d->max_pages, &d->m->err))
		return -1;
	d->kept = true;
	fault_point("kept");
	if (start_guest(d->m, d->claim, d->tree.domid, d->offer->domain.uuid,
			devicemodel_is_wanted(d->offer) ? &d->device_model.qmp : NULL, &unpaused,
			&d->m->err))
		return -1;
	move_consume(d->m);
	running->commit_to_unpaused_us = (unpaused - began) / 1000;
	d->unpaused_ns = unpaused;
	return 0;
}

/* Nobody has to wait for this process any more: what is asked now is answered from the journal. */
static void leave(struct destination *d)
{
	if (d->waiting >= 0)
		close(d->waiting);
	d->waiting = -1;
	dmprocess_leave(&d->device_model);
	claim_close(d->claim);
	d->claim = NULL;
}

static void await_forget(struct destination *d)
{
	struct error ignored = { 0 };
	struct claim *claim;

	if (d->m->peer.fd < 0 || move_expect(d->m, MSG_FORGET, FORGET_WAIT_MS) ||
	    journal_claim(d->m->journal, d->offer->move, RECORD_DESTINATION, &claim, &ignored))
		return;
	fault_point("forget-received");
	if (!claim_write(claim, RECORD_FORGOTTEN, NULL, &ignored))
		peer_send(&d->m->peer, MSG_FORGOTTEN, NULL);
	start_announce(d->m, &claim_record(claim)->data);
	claim_close(claim);
}

static void tell_world(struct destination *d, struct running *running)
{
	struct error ignored = { 0 };

	fault_point("started");
	start_tell(d->m, d->tree.domid, d->offer->domain.uuid, d->offer->name, d->offer->vifs,
		   d->offer->vif_count);
	autostart_install(d->offer->move);
	if (d->followed)
		console_expect(d->tree.domid);
	running->have = ~0ULL;
	running->domid = d->tree.domid;
	running->unpaused_to_running_us = (clock_ns() - d->unpaused_ns) / 1000;
	leave(d);
	fault_point("running");
	if (d->m->peer.fd >= 0)
		peer_send(&d->m->peer, MSG_RUNNING, running);
	say(d, "runs here as domain %u", d->tree.domid);
	d->m->has_session = false;
	link_session_end(d->m->link, d->m->session.id, &ignored);
	heldback_settle(d->m->journal, d->m->host.boot_id, false);
	await_forget(d);
}

/* On the disk before it is said and before the domain goes: nothing starts it any more. */
static void journal_end(struct destination *d)
{
	struct error ignored = { 0 };
	struct outcome outcome;
	bool ready = d->claim && claim_record(d->claim)->state == RECORD_READY;

	if (!d->claim || claim_say(d->claim, ready ? RECORD_REFUSED : RECORD_FAILED,
				   d->m->err.text, &ignored) || !ready || d->m->peer.fd < 0)
		return;
	settle_outcome(&outcome, OUTCOME_REFUSED, 0, "%.*s", SENTENCE_LEN - 1, d->m->err.text);
	peer_send(&d->m->peer, MSG_OUTCOME, &outcome);
}

static void discard(struct destination *d)
{
	struct error ignored = { 0 };

	d->m->cancellable = false;
	if (d->kept) {
		say(d, "was committed to this host and is not known to run: %s It is tried again.",
		    d->m->err.text);
		return;
	}
	move_blame(d->m);
	journal_end(d);
	if (d->claim)
		autostart_drop(d->offer->move);
	move_abort(d->m);
	if (d->m->err.code != EXIT_REFUSED)
		say(d, "not received: %s", d->m->err.text);
	/* While it maps frames of the domain that is not wholly gone. */
	if (d->tree_made && devicemodel_is_wanted(d->offer)) {
		dmprocess_leave(&d->device_model);
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
	userdata_mark_recent(d->tree.domid);
}

static int receive(struct destination *d)
{
	return admit(d) || reserve(d) || create(d) || accept_move(d) || start(d) || prepare(d) ||
	       await_guest(d) || get_ready(d);
}

/*
 * Only the hypervisor knows all of its limits, so it is asked for the domain: for the moment that
 * this takes its memory is claimed, and nobody but Xen and the module hears of it.
 */
static void try_domain(struct destination *d, struct findings *findings)
{
	const struct domain *domain = &d->offer->domain;
	struct error err = { 0 };
	struct session created;

	if (create_domain(d, &created, &err)) {
		findings_add(findings, VERDICT_AGAINST, "domain", "%s", err.text);
		return;
	}
	link_session_cancel(d->m->link, created.id, &err);
	error_clear(&err);
	link_session_end(d->m->link, created.id, &err);
	findings_add(findings, VERDICT_FITS, "domain",
		     "Xen makes such a domain there (%u vCPUs, %u event channels, %u grant frames).",
		     domain->vcpus, domain->evtchn_ports, domain->grant_frames);
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
	struct findings *findings = calloc(1, sizeof(*findings));
	struct destination d = { .m = m, .listener = -1, .waiting = -1, .config = config,
				 .device_model = NO_DEVICE_MODEL };

	if (findings && !begin(&d, fd, second) && !take_offer(&d, MSG_CHECK)) {
		admission_check(m, d.offer, findings);
		if (findings_worst(findings) != VERDICT_AGAINST)
			try_domain(&d, findings);
		peer_send(&m->peer, MSG_FINDINGS, findings);
	}
	move_await_end(m, CHECK_WAIT_MS);
	free(d.offer);
	free(findings);
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

	if (begin(&d, fd, second) || receive(&d) || take_over(&d, &running))
		discard(&d);
	else
		tell_world(&d, &running);
	if (d.claim)
		leave(&d);
	consolelog_end(&d.log);
	dmprocess_leave(&d.device_model);
	free(d.state.octets);
	if (d.listener >= 0)
		close(d.listener);
	free(d.offer);
	return m->err.code;
}
