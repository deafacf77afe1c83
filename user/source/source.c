// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/xenmig.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/files.h"
#include "base/uuid.h"
#include "device/vbd.h"
#include "device/vif.h"
#include "devicemodel/devicemodel.h"
#include "guest/autostart.h"
#include "guest/console.h"
#include "guest/guest.h"
#include "module/domain.h"
#include "peer/ask.h"
#include "recovery/recover.h"
#include "source/acceptance.h"
#include "source/greet.h"
#include "source/sourceparts.h"

#define DATA_WAIT_MS		10000
#define PREPARED_WAIT_MS	120000
#define SENT_WAIT_MS		600000	/* also for a digest of all memory */
#define READY_WAIT_MS		120000
#define RUNNING_WAIT_MS		60000
#define NAME			"/local/domain/%u/name"
#define RUN_DIR			"/run/migctl"
#define COMMIT_COST		"commit-cost"	/* there, in us */
#define COMMIT_COST_MAX_US	10000000

static void tell(struct source *s)
{
	s->report->session = s->m.session;
	s->progress(s->arg, s->report);
}

/**
 * source_enter() - a move enters a phase
 * @s: the move
 * @phase: which
 */
void source_enter(struct source *s, enum phase phase)
{
	s->report->phase = phase;
	tell(s);
}

/*
 * The pause may begin. A session that sends no rounds any more has nothing to hear
 * of it; one that does would go on with them for ever if it did not.
 */
static int release_pause(struct source *s)
{
	struct limits limits = { .id = s->m.session.id };
	struct error err = { 0 }, ignored = { 0 };
	struct session now;

	s->prepared = true;
	if (!s->m.has_session)
		return 0;
	GIVE(&limits, XENMIG_A_SESSION_ID);
	GIVE(&limits, XENMIG_A_SESSION_HOLD_PAUSE);
	if (!link_session_set(s->m.link, &limits, &err) ||
	    (!link_session(s->m.link, limits.id, &now, &ignored) &&
	     now.state != XENMIG_STATE_RUNNING))
		return 0;
	s->m.err = err;
	return -1;
}

/* Most of the log goes while the guest runs. */
static int take_prepared(struct source *s)
{
	move_consume(&s->m);
	console_log_open(&s->log, s->offer->name);
	return console_log_send(&s->log, &s->m.peer, CONSOLE_LOG_FIRST, &s->m.err) ||
	       release_pause(s) ? -1 : 0;
}

static int pump(struct source *s)
{
	int rc = move_pump(&s->m, 1000);

	if (s->m.in->type == MSG_PREPARED && take_prepared(s))
		rc = -1;
	tell(s);
	return rc;
}

/* Everything that can be known before anybody else is asked. */
static int look(struct source *s)
{
	struct error *err = &s->m.err;
	struct host_info info;

	if (greet_guest(&s->m, &s->config, s->order->domain, &info, &s->domain))
		return -1;
	s->report->domid = s->domain.domid;
	uuid_format(s->domain.uuid, s->report->uuid);
	if (guest_check(&s->m.store, &s->domain, err) ||
	    (!s->order->limits.no_live && guest_check_live(&s->domain, &info, err)) ||
	    guest_describe(s->m.link, &s->m.store, &s->domain, &info, s->offer, err))
		return -1;
	s->device_model = devicemodel_is_wanted(s->offer);
	snprintf(s->report->name, sizeof(s->report->name), "%s", s->offer->name);
	s->offer->verify = s->order->limits.verify;
	s->offer->unsafe_storage = s->order->unsafe_storage;
	return autostart_take(s->offer, s->order->autostart, s->report->autostart,
			      sizeof(s->report->autostart), err);
}

/* Room for all that has to be written about this move later, or it does not begin. */
static int reserve(struct source *s)
{
	struct record_data head = { .side = RECORD_SOURCE, .domid = s->domain.domid };
	struct error *err = &s->m.err;

	if (recover_older(&s->m, &s->config, s->domain.uuid, err))
		return -1;
	if (getrandom(s->offer->move, sizeof(s->offer->move), 0) != sizeof(s->offer->move))
		return error_set(err, EXIT_REFUSED, "No random numbers.");
	memcpy(head.move, s->offer->move, sizeof(head.move));
	memcpy(head.guest, s->domain.uuid, sizeof(head.guest));
	snprintf(head.name, sizeof(head.name), "%s", s->offer->name);
	snprintf(head.peer, sizeof(head.peer), "%s", s->order->place.host);
	place_format(&s->order->place, head.address, sizeof(head.address));
	snprintf(head.boot, sizeof(head.boot), "%.39s", s->m.host.boot_id);
	if (!writer_begin(s->m.journal, &head, &s->writer, err))
		return 0;
	err->code = EXIT_REFUSED;
	return -1;
}

/* Whose journal it is that will be asked, whoever asks it. */
static int note_peer(struct source *s)
{
	struct record_data data = { 0 };
	uint64_t began = clock_ns();

	memcpy(data.peer_identity, s->m.theirs.journal, sizeof(data.peer_identity));
	snprintf(data.peer_boot, sizeof(data.peer_boot), "%.39s", s->m.theirs.boot_id);
	if (writer_write(s->writer, RECORD_BEGUN, &data, &s->m.err))
		return -1;
	s->journal_us = (clock_ns() - began) / 1000;
	return 0;
}

static int greet(struct source *s)
{
	fault_point("connecting");
	if (greet_peer(&s->m, &s->config, &s->order->place, s->order->connect_timeout))
		return -1;
	snprintf(s->report->host, sizeof(s->report->host), "%s", s->m.theirs.host);
	return note_peer(s);
}

static int offer(struct source *s)
{
	struct probe probe;
	int rc;

	fault_point("hello");
	probe_open(&probe, s->offer->move, s->offer->vifs, s->offer->vif_count);
	if (peer_send(&s->m.peer, MSG_OFFER, s->offer))
		rc = error_set(&s->m.err, EXIT_REFUSED, "The offer could not be sent.");
	else
		rc = acceptance_await(&s->m, &probe);
	probe_close(&probe);
	if (rc)
		return -1;
	s->ticket = s->m.in->ticket;
	s->ticket.have = ~0ULL;
	move_consume(&s->m);
	return 0;
}

static int dial_data(struct source *s)
{
	struct message *answer = calloc(1, sizeof(*answer));
	int fd = connect_to(&s->order->place, s->order->connect_timeout * 1000, !s->config.plain,
			    &s->m.err);
	bool good;

	good = answer && fd >= 0 && !message_send(fd, MSG_DATA, &s->ticket) &&
	       !message_receive(fd, answer, DATA_WAIT_MS) && answer->type == MSG_DATA_OK;
	free(answer);
	if (good)
		return fd;
	if (fd >= 0)
		close(fd);
	s->m.err.reason = XENMIG_REASON_PEER;
	return error_set(&s->m.err, EXIT_FAILED,
			 "The data connection to %s could not be made.", s->order->place.host);
}

static void warn_plain(const struct source *s)
{
	if (s->config.plain)
		context_tell(&s->m.context, LEVEL_WARNING,
			     "the guest's memory crosses the network unencrypted (security = none).");
}

static uint64_t commit_cost_before(void)
{
	char text[32];

	return files_line(RUN_DIR "/" COMMIT_COST, text, sizeof(text)) ? strtoull(text, NULL, 10) : 0;
}

/*
 * The part of the pause that does not depend on pages: what it was in the moves
 * before, or else what can be measured of it beforehand, which is READY, COMMIT and
 * the records that are written for them.
 */
static uint32_t fixed_cost_us(const struct source *s)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);
	uint64_t us = commit_cost_before();

	if (us && us <= COMMIT_COST_MAX_US)
		return us;
	getsockopt(s->m.peer.fd, IPPROTO_TCP, TCP_INFO, &info, &len);
	return s->journal_us + s->ticket.journal_us + 2 * (uint64_t)info.tcpi_rtt;
}

/* For the moves to come: half of what it was this time, half of what it was before. */
static void note_commit_cost(const struct source *s)
{
	const struct report *r = s->report;
	uint64_t paused = report_paused_us(r), before = commit_cost_before(), sent, took;
	char text[32];

	sent = (r->session.ended_ns - r->session.suspended_ns) / 1000;
	if (!r->session.ended_ns || s->offer->vbd_count || s->order->limits.verify ||
	    paused <= sent)
		return;
	took = paused - sent;
	snprintf(text, sizeof(text), "%" PRIu64 "\n", before ? (took + before) / 2 : took);
	mkdir(RUN_DIR, 0700);
	files_put(RUN_DIR, COMMIT_COST, text, strlen(text), 0644);
}

static int start(struct source *s)
{
	struct limits limits = s->order->limits;
	uint32_t id;
	int fd, rc;

	if (link_session_source(s->m.link, s->domain.domid, &id, &s->m.err)) {
		s->m.err.code = EXIT_REFUSED;
		return -1;
	}
	s->m.session.id = id;
	s->m.has_session = true;
	/* Before Xen looks for what is written: it does not see what a device model writes. */
	if (s->device_model && !limits.no_live) {
		if (devicemodel_log(s->domain.domid, true, &s->m.err))
			return -1;
		s->logging = true;
	}
	warn_plain(s);
	fd = dial_data(s);
	if (fd < 0)
		return -1;
	limits.id = id;
	limits.socket = fd;
	GIVE(&limits, XENMIG_A_SESSION_ID);
	GIVE(&limits, XENMIG_A_SESSION_SOCKET);
	limits.fixed_cost_us = fixed_cost_us(s);
	GIVE(&limits, XENMIG_A_SESSION_FIXED_COST_US);
	limits.hold_pause = !s->prepared;
	GIVE(&limits, XENMIG_A_SESSION_HOLD_PAUSE);
	rc = link_session_start(s->m.link, &limits, &s->m.err);
	close(fd);
	return rc;
}

static void read_final(struct source *s)
{
	guest_settings(&s->m.store, &s->domain, &s->final.settings);
	GIVE(&s->final, FINAL_SETTINGS);
	/* It may have been renamed meanwhile. */
	if (store_get_text(&s->m.store, s->final.name, sizeof(s->final.name) - 16, NAME,
			   s->domain.domid))
		GIVE(&s->final, FINAL_NAME);
}

/*
 * Reading all that may change takes dozens of exchanges with xenstored, and to know that
 * nothing has changed takes one: so it is read in the rounds, and watched from there on.
 */
static int watch(struct source *s)
{
	uint32_t id = s->domain.domid;

	if (store_open(&s->watched, &s->m.err))
		return -1;
	store_watch(&s->watched, NAME, id);
	store_watch(&s->watched, "/local/domain/%u/memory", id);
	store_watch(&s->watched, "/local/domain/%u/cpu", id);
	store_watch(&s->watched, "/libxl/%u/device", id);
	/* All of them: a device of any kind counts, whoever attaches it. */
	store_watch(&s->watched, "/local/domain/0/backend");
	store_changed(&s->watched, NAME, id);
	read_final(s);
	return guest_unchanged(&s->m.store, id, s->offer, &s->m.err);
}

/* Before the pause with all that interfaces have, within it as few reads as may be. */
static int look_again(struct source *s, bool paused)
{
	uint32_t id = s->domain.domid;

	if (!store_changed(&s->watched, NAME, id))
		return 0;
	read_final(s);
	return paused ? guest_same_devices(&s->m.store, id, s->offer, &s->m.err) :
			guest_unchanged(&s->m.store, id, s->offer, &s->m.err);
}

static int unprepared(struct source *s)
{
	s->m.err.reason = XENMIG_REASON_TIMEOUT;
	return error_set(&s->m.err, EXIT_FAILED,
			 "%s did not prepare the guest's interfaces in time.", s->m.theirs.host);
}

/*
 * They do not end before the destination's interfaces are there: nothing in the pause
 * waits for those.
 */
static int rounds(struct source *s)
{
	uint64_t until = 0;

	source_enter(s, PHASE_ROUNDS);
	fault_point("first-round");
	if (watch(s))
		return -1;
	while (s->m.session.state < XENMIG_STATE_SUSPENDING) {
		if (pump(s))
			return -1;
		if (s->m.session.round < 2)
			continue;
		fault_point("later-round");
		if (!until)
			until = clock_ms() + PREPARED_WAIT_MS;
		if (!s->prepared && clock_ms() >= until)
			return unprepared(s);
	}
	return 0;
}

/* Where there are no rounds. */
static int await_prepared(struct source *s)
{
	uint64_t until = clock_ms() + PREPARED_WAIT_MS;

	while (!s->prepared) {
		if (pump(s))
			return -1;
		if (clock_ms() >= until)
			return unprepared(s);
	}
	return 0;
}

/**
 * source_carry() - let packets through to the guest, or not
 * @s: the move
 * @on: they are let through
 *
 * Packets that arrive after the guest is suspended would change what is digested.
 */
void source_carry(struct source *s, bool on)
{
	uint32_t i;

	for (i = 0; i < s->offer->vif_count; i++)
		vif_carry(s->domain.domid, &s->offer->vifs[i], on);
	s->silenced = !on;
}

static bool is_paused(struct source *s)
{
	struct error ignored = { 0 };
	struct domain now;

	return !link_domain(s->m.link, s->domain.domid, &now, &ignored) &&
	       now.dominf_flags & DOMINF_PAUSED;
}

/* What the console has to do with, as far as it can be done before the pause. */
static int prepare_console(struct source *s)
{
	s->final.followed = console_is_followed(&s->m.store, s->domain.domid);
	GIVE(&s->final, FINAL_FOLLOWED);
	return console_log_send(&s->log, &s->m.peer, CONSOLE_LOG_LATER, &s->m.err);
}

/* A guest without PV drivers hears no request: the module suspends it. */
static int ask_guest(struct source *s)
{
	struct domain now;
	bool force = false;

	if (s->device_model) {
		if (link_domain(s->m.link, s->domain.domid, &now, &s->m.err))
			return -1;
		force = !now.pv_drivers;
	}
	if (link_session_suspend(s->m.link, s->m.session.id, force, &s->m.err))
		return -1;
	s->report->requested_ns = clock_ns();
	if (force)
		return 0;
	s->m.store.failed = false;
	store_put(&s->m.store, "suspend", "/local/domain/%u/control/shutdown", s->domain.domid);
	if (s->m.store.failed)
		return error_set(&s->m.err, EXIT_FAILED,
				 "The request to suspend could not be written to xenstore.");
	return 0;
}

static int suspend(struct source *s)
{
	uint64_t until;

	source_enter(s, PHASE_SUSPEND);
	if (await_prepared(s) || look_again(s, false) || prepare_console(s))
		return -1;
	if (s->order->limits.verify)
		source_carry(s, false);
	if (dmsource_begin(s))
		return -1;
	fault_point("suspending");
	if (ask_guest(s))
		return -1;
	fault_point("suspend-requested");
	until = clock_ms() + s->order->suspend_timeout * 1000ull;
	while (s->m.session.state == XENMIG_STATE_SUSPENDING) {
		if (pump(s))
			return -1;
		if (clock_ms() < until || s->m.session.state != XENMIG_STATE_SUSPENDING)
			continue;
		s->m.err.reason = XENMIG_REASON_TIMEOUT;
		if (is_paused(s))
			return error_set(&s->m.err, EXIT_FAILED,
				"The guest was paused during the move and could not suspend within %u s: 'xl unpause %u' it, then try again.",
				s->order->suspend_timeout, s->domain.domid);
		return error_set(&s->m.err, EXIT_FAILED,
			"The guest did not suspend within %u s of being asked: its kernel must have Xen's suspend support and be responsive, or give it longer with --suspend-timeout.",
			s->order->suspend_timeout);
	}
	return 0;
}

/* No write of this host may reach a disk after the destination has opened it. */
static int drain(struct source *s)
{
	uint64_t until = clock_ms() + s->order->drain_timeout * 1000ULL;
	uint32_t i;

	for (i = 0; i < s->offer->vbd_count; i++)
		if (vbd_drain(s->m.link, &s->m.store, s->domain.domid, s->domain.uuid,
			      &s->offer->vbds[i], until, &s->m.err))
			return -1;
	return 0;
}

static int await_sent(struct source *s)
{
	uint64_t until = clock_ms() + SENT_WAIT_MS, sent = 0;

	source_enter(s, PHASE_PAUSE);
	fault_point("suspended");
	if (dmsource_stop(s) || dmsource_save(s) || look_again(s, true) || drain(s))
		return -1;
	while (s->m.session.state < XENMIG_STATE_SENT) {
		if (pump(s))
			return -1;
		/* Of a regular move it is all of the guest. */
		if (s->m.session.frames_sent != sent)
			until = clock_ms() + SENT_WAIT_MS;
		sent = s->m.session.frames_sent;
		if (clock_ms() < until)
			continue;
		s->m.err.reason = XENMIG_REASON_TIMEOUT;
		return error_set(&s->m.err, EXIT_FAILED,
				 "Nothing more of the suspended guest was sent for %d s.",
				 SENT_WAIT_MS / 1000);
	}
	return 0;
}

static void fill_final(struct source *s)
{
	if (s->order->limits.verify && HAS(&s->m.session, XENMIG_A_SESSION_DIGEST)) {
		s->final.digest = s->m.session.digest;
		s->final.digest_frames = s->m.session.digest_frames;
		GIVE(&s->final, FINAL_DIGEST);
		GIVE(&s->final, FINAL_DIGEST_FRAMES);
	}
	if (HAS(&s->m.session, XENMIG_A_SESSION_MAX_PAGES)) {
		s->final.max_pages = s->m.session.max_pages;
		GIVE(&s->final, FINAL_MAX_PAGES);
	}
}

/*
 * HOLD before the journal, the journal before the wire. The journal is written
 * while the destination makes the guest ready: until it hears COMMIT it can do
 * nothing with it.
 */
static int give_away(struct source *s)
{
	fill_final(s);
	fault_point("state-sent");
	if (link_session_hold(s->m.link, s->m.session.id, &s->m.err))
		return -1;
	s->held = true;
	fault_point("held");
	s->report->final_ns = clock_ns();
	if (peer_send(&s->m.peer, MSG_FINAL, &s->final))
		return error_set(&s->m.err, EXIT_FAILED, "FINAL could not be sent.");
	if (writer_write(s->writer, RECORD_COMMITTING, NULL, &s->m.err))
		return -1;
	fault_point("committing");
	return 0;
}

/*
 * Only when all that the guest wrote is logged here can its log go on there. While the
 * destination makes the guest ready nothing waits for that.
 */
static int await_ready(struct source *s)
{
	if (s->log.fd > 0)
		console_await_taken(s->m.link, s->domain.domid, s->domain.uuid, CONSOLE_PAUSE_MS);
	if (move_expect(&s->m, MSG_READY, READY_WAIT_MS))
		return -1;
	s->report->ready_ns = clock_ns();
	s->report->superpages = s->m.in->ready.superpages;
	s->report->small_pages = s->m.in->ready.small_pages;
	s->report->final_to_ready_us = s->m.in->ready.final_to_ready_us;
	s->report->dm_load_us = s->m.in->ready.device_model_us;
	s->autostart_kept = s->m.in->ready.autostart;
	move_consume(&s->m);
	fault_point("ready-received");
	return console_log_send(&s->log, &s->m.peer, CONSOLE_LOG_LATER, &s->m.err);
}

static int commit(struct source *s)
{
	struct cause cause = ask_cause(&writer_record(s->writer)->data);

	s->m.cancellable = false;
	s->committed = true;
	s->report->commit_ns = clock_ns();
	if (peer_send(&s->m.peer, MSG_COMMIT, &cause))
		return -1;
	fault_point("commit-sent");
	if (move_expect(&s->m, MSG_RUNNING, RUNNING_WAIT_MS))
		return -1;
	s->report->running_ns = clock_ns();
	s->report->there = s->m.in->running.domid;
	s->report->ready_to_commit_us = s->m.in->running.ready_to_commit_us;
	s->report->commit_to_unpaused_us = s->m.in->running.commit_to_unpaused_us;
	s->report->unpaused_to_running_us = s->m.in->running.unpaused_to_running_us;
	s->report->dm_cont_us = s->m.in->running.device_model_us;
	s->report->session = s->m.session;
	note_commit_cost(s);
	move_consume(&s->m);
	return 0;
}

static int whole_move(struct source *s)
{
	return look(s) || reserve(s) || greet(s) || offer(s) || start(s) ||
	       rounds(s) || suspend(s) || await_sent(s) || give_away(s) || await_ready(s) ||
	       commit(s);
}

/**
 * source_move() - move a guest away
 * @context: whom it is done for
 * @order: which, where to, how
 * @report: filled in as it goes
 * @progress: told of it
 * @arg: for @progress
 * @err: why it did not move
 *
 * Return: 0 when the guest runs there and nothing is left here; -1 else.
 */
int source_move(const struct context *context, const struct order *order, struct report *report,
		progress_fn progress, void *arg, struct error *err)
{
	struct source s = {
		.order = order, .report = report, .progress = progress, .arg = arg,
		.m = { .context = *context, .peer = { .fd = -1 }, .cancellable = true },
		.qmp = { .fd = -1 },
		.state_file = -1,
	};
	int rc = -1;

	report->began_ns = clock_ns();
	snprintf(report->name, sizeof(report->name), "%s", order->domain);
	s.offer = calloc(1, sizeof(*s.offer));
	if (!s.offer)
		return error_set(err, EXIT_FAILED, "Out of memory.");
	rc = whole_move(&s) ? -1 : 0;
	if (rc)
		rc = finish_failed(&s);
	else
		finish_clean_up(&s);
	if (!rc)
		finish_autostart(&s);
	report->over_ns = clock_ns();
	report->session = s.m.session;
	report->phase = PHASE_OVER;
	*err = s.m.err;
	writer_close(s.writer);
	qmp_close(&s.qmp);
	if (s.state_file >= 0)
		close(s.state_file);
	guardian_end(&s.guardian);
	console_log_close(&s.log);
	store_close(&s.watched);
	move_close(&s.m);
	free(s.offer);
	return rc;
}
