// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <linux/xenmig.h>

#include "base/clock.h"
#include "cli/names.h"
#include "cli/progress.h"

#define MIB	(1024.0 * 1024.0)
#define PAGE	4096.0

static const char *const phases[] = {
	[PHASE_CHECKS] = "checks", [PHASE_ROUNDS] = "rounds", [PHASE_SUSPEND] = "suspend",
	[PHASE_PAUSE] = "pause", [PHASE_COMMIT] = "commit", [PHASE_CLEANUP] = "cleanup",
	[PHASE_OVER] = "over",
};

static void show_json(const struct report *r)
{
	yajl_gen g = event_begin("progress");

	event_string(g, "phase", phases[r->phase]);
	names_session(g, &r->session);
	event_end(g, stdout);
}

static void put_line(const struct report *r)
{
	const struct session *s = &r->session;

	printf("%s: %s", r->name, phases[r->phase]);
	if (s->round)
		printf(", round %u", s->round);
	printf(", %.0f MiB sent, %.1f MiB left, %.0f MiB/s", s->frames_sent * PAGE / MIB,
	       s->frames_left * PAGE / MIB, s->rate / MIB);
	if (s->round)
		printf(", %.1f MiB/s dirtied", s->dirty_rate * PAGE / MIB);
	if (s->throttle)
		printf(", slowed by %u %%", s->throttle);
	if (s->round)
		printf(", pause of %.0f ms to expect", s->expected_downtime_us / 1000.0);
}

static void show_text(struct progress *p, const struct report *r)
{
	if (p->tty)
		printf("\r\033[K");
	put_line(r);
	if (!p->tty)
		putchar('\n');
	p->open = p->tty;
	fflush(stdout);
}

/**
 * progress_line() - one line of how far a move is
 * @r: how it goes
 */
void progress_line(const struct report *r)
{
	put_line(r);
	putchar('\n');
}

/* Bytes a second that can be sent: by the wire, and by whoever limits it. */
static double pace(const struct session *s)
{
	double limit = s->bandwidth_mib * MIB;

	return limit && limit < s->rate ? limit : s->rate;
}

/* As the module has it: a round that sends less than a third more than is written meanwhile brings no gain. */
#define NO_GAIN		0.75
/* What is written in a shorter round than one of so much says nothing of the time after it. */
#define ROUND_MIN	(8 * MIB)

/* A guest that writes faster than can be sent: said once, as soon as it is known. */
static void warn_hopeless(struct progress *p, const struct report *r)
{
	const struct session *s = &r->session;

	if (p->warned || r->phase != PHASE_ROUNDS || s->round < 2 || s->dirty * PAGE < ROUND_MIN ||
	    s->dirty_rate * PAGE < NO_GAIN * pace(s))
		return;
	p->warned = true;
	if (p->open)
		putchar('\n');
	p->open = false;
	fflush(stdout);
	fprintf(stderr, "migctl: warning: The guest writes %.0f MiB/s and %.0f MiB/s can be sent: more rounds hardly shorten its pause. It is treated as --on-limit says; 'migctl set %s' changes that while it moves.\n",
		s->dirty_rate * PAGE / MIB, pace(s) / MIB, r->name);
}

/**
 * progress_show() - show how far a move is, when it is time to
 * @arg: struct progress
 * @r: how it goes
 *
 * Nothing is printed in the pause of a live move: that would take of its time.
 */
void progress_show(void *arg, const struct report *r)
{
	struct progress *p = arg;
	unsigned int every = p->tty ? 200 : 1000;
	bool changed = r->phase != p->phase || r->session.round != p->round;

	if (p->quiet || r->phase == PHASE_CHECKS || r->phase > PHASE_PAUSE ||
	    (r->phase == PHASE_PAUSE && r->session.round))
		return;
	warn_hopeless(p, r);
	if (!changed && clock_ms() - p->shown < every)
		return;
	p->phase = r->phase;
	p->round = r->session.round;
	p->shown = clock_ms();
	if (p->json)
		show_json(r);
	else
		show_text(p, r);
}

static double ms(uint64_t from_ns, uint64_t to_ns)
{
	return from_ns && to_ns > from_ns ? (to_ns - from_ns) / 1e6 : 0;
}

/* Our share of the pause. */
static double paused_ms(const struct report *r)
{
	return report_paused_us(r) / 1000.0;
}

/* What the rounds ended for; 0 when there were none. */
static double expected_ms(const struct report *r)
{
	return r->session.expected_downtime_us == UINT64_MAX ? 0 :
	       r->session.expected_downtime_us / 1000.0;
}

static void result_times(yajl_gen g, const struct report *r)
{
	const struct session *s = &r->session;

	event_double(g, "total_ms", ms(r->began_ns, r->over_ns));
	event_double(g, "move_ms", ms(s->started_ns, r->running_ns));
	event_open(g, "downtime_ms");
	event_double(g, "requested_to_suspended", ms(r->requested_ns, s->suspended_ns));
	event_double(g, "suspended_to_sent", ms(s->suspended_ns, s->ended_ns));
	event_double(g, "sent_to_final", ms(s->ended_ns, r->final_ns));
	event_double(g, "sent_to_ready", ms(s->ended_ns, r->ready_ns));
	event_double(g, "ready_to_commit", ms(r->ready_ns, r->commit_ns));
	event_double(g, "commit_to_unpaused", r->commit_to_unpaused_us / 1000.0);
	event_double(g, "unpaused_to_running", r->unpaused_to_running_us / 1000.0);
	event_double(g, "ready_to_running", ms(r->ready_ns, r->running_ns));
	event_double(g, "suspended_to_unpaused", paused_ms(r));
	event_double(g, "expected", expected_ms(r));
	if (r->dm_bytes) {
		event_double(g, "device_model_stop", r->dm_stop_us / 1000.0);
		event_double(g, "device_model_save", r->dm_save_us / 1000.0);
		event_double(g, "device_model_load", r->dm_load_us / 1000.0);
		event_double(g, "device_model_cont", r->dm_cont_us / 1000.0);
	}
	event_close(g);
	if (r->dm_bytes)
		event_integer(g, "device_model_bytes", r->dm_bytes);
	event_double(g, "cleanup_ms", ms(r->running_ns, r->over_ns));
}

static void result_json(const struct report *r, const struct error *err)
{
	const struct session *s = &r->session;
	yajl_gen g = event_begin("result");

	event_integer(g, "exit_code", err->text[0] ? err->code : 0);
	event_string(g, "message", err->text[0] ? err->text : "The guest has moved.");
	event_string(g, "name", r->name);
	event_string(g, "uuid", r->uuid);
	event_integer(g, "domid", r->domid);
	event_string(g, "host", r->host);
	event_integer(g, "destination_domid", r->there);
	if (r->autostart[0]) {
		event_string(g, "autostart", r->autostart);
		event_integer(g, "autostart_moved", r->autostart_moved);
	}
	if (err->text[0])
		event_string(g, "reason", name_of_reason(err->reason));
	event_integer(g, "rounds", s->round);
	event_integer(g, "held_rounds", s->held_rounds);
	event_integer(g, "bytes", s->wire_bytes);
	event_integer(g, "frames", s->frames);
	event_integer(g, "frames_sent", s->frames_sent);
	event_integer(g, "first_round_frames", s->first_round_frames);
	event_double(g, "first_round_ms", s->first_round_us / 1000.0);
	event_integer(g, "zerocopy_bytes", s->zerocopy_bytes);
	event_integer(g, "missed_zerocopy_bytes", s->missed_zerocopy_bytes);
	event_integer(g, "superpages", r->superpages);
	event_integer(g, "small_pages", r->small_pages);
	event_integer(g, "mapped", s->mapped);
	event_integer(g, "hypercalls", s->hypercalls);
	event_integer(g, "most_throttle", s->most_throttle);
	result_times(g, r);
	event_end(g, stdout);
}

/* MiB/s in the first round, or where there was none, while it was suspended. */
static double first_rate(const struct session *s)
{
	double us = s->round ? s->first_round_us : ms(s->suspended_ns, s->last_frames_ns) * 1000;

	return us > 0 ? (s->round ? s->first_round_frames : s->frames_sent) * PAGE / MIB / (us / 1e6) :
			0;
}

static void result_text(const struct report *r)
{
	const struct session *s = &r->session;
	char expected[48] = "";

	printf("%s runs at %s (domain %u there).\n", r->name, r->host, r->there);
	if (s->round)
		printf("  %.1f s in all, %u rounds, %.1f MiB on the wire, %.1f MiB/s in the first round\n",
		       ms(r->began_ns, r->over_ns) / 1000, s->round, s->wire_bytes / MIB,
		       first_rate(s));
	else
		printf("  %.1f s in all, copied once, %.1f MiB on the wire, %.1f MiB/s\n",
		       ms(r->began_ns, r->over_ns) / 1000, s->wire_bytes / MIB, first_rate(s));
	if (s->round)
		snprintf(expected, sizeof(expected), " (%.1f expected)", expected_ms(r));
	printf("  paused for %.1f ms%s: %.1f to send %s, %.1f until the other end was ready, %.1f to start it\n",
	       paused_ms(r), expected, ms(s->suspended_ns, s->ended_ns),
	       s->round ? "the rest" : "it", ms(s->ended_ns, r->ready_ns),
	       paused_ms(r) > ms(s->suspended_ns, r->ready_ns) ?
	       paused_ms(r) - ms(s->suspended_ns, r->ready_ns) : 0);
	printf("  (before that the guest took %.1f ms to suspend itself)\n",
	       ms(r->requested_ns, s->suspended_ns));
	if (r->dm_bytes)
		printf("  of the pause the device model took %.1f ms to stop, %.1f to save its %.0f KiB, %.1f to load them there and %.1f to go on\n",
		       r->dm_stop_us / 1000.0, r->dm_save_us / 1000.0, r->dm_bytes / 1024.0,
		       r->dm_load_us / 1000.0, r->dm_cont_us / 1000.0);
	if (s->held_rounds)
		printf("  %u of the rounds only bridged the time until the other end was ready for the pause\n",
		       s->held_rounds);
	if (s->most_throttle)
		printf("  slowed by up to %u %% while it moved\n", s->most_throttle);
	printf("  %.1f MiB sent without a copy, %.1f MiB copied after all; %" PRIu64 " superpages there\n",
	       s->zerocopy_bytes / MIB, s->missed_zerocopy_bytes / MIB, r->superpages);
}

/**
 * progress_result() - show how a move went
 * @p: how it is shown
 * @r: how it went
 * @err: why it failed; no text when it did not
 */
void progress_result(struct progress *p, const struct report *r, const struct error *err)
{
	if (p->open)
		putchar('\n');
	p->open = false;
	if (p->json)
		result_json(r, err);
	else if (!p->quiet && !err->text[0])
		result_text(r);
	fflush(stdout);
}

/**
 * progress_warn_autostart() - tell of what would make a second copy of a guest that has moved
 * @along: the entry was to move along
 * @r: how the move went
 */
void progress_warn_autostart(bool along, const struct report *r)
{
	if (r->autostart[0] && !r->autostart_moved)
		fprintf(stderr, "migctl: warning: %s would start the guest here too at the next boot: 'migctl serve' holds it back then, and --autostart moves it along with a guest.\n",
			r->autostart);
	else if (along && !r->autostart[0])
		fprintf(stderr, "migctl: warning: The guest has no autostart entry here, so none was moved along.\n");
}
