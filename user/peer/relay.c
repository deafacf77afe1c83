// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/pipe.h"
#include "peer/relay.h"

/* Where a write is not told how much it may take, it must not wait for more than this. */
#define WRITE_MAX	1024

/* Octets of one direction that were read and not written yet. */
struct flow {
	size_t at;
	size_t len;
	struct octets octets;
};

/**
 * struct end - one of the two
 * @line: what it is...
 * @wire: ...or NULL and this
 * @over: nothing more comes of it
 * @left: it does not want any more
 * @deaf: nothing can be written to it any more
 */
struct end {
	struct line *line;
	struct wire *wire;
	bool over;
	bool left;
	bool deaf;
};

struct relay {
	struct end near;
	struct end far;
	int stop;
	struct flow up;		/* near to far */
	struct flow down;
};

static bool is_empty(const struct flow *flow)
{
	return flow->at == flow->len;
}

/* ---- reading ---- */

static void read_line(struct end *end, struct flow *flow)
{
	struct line *line = end->line;
	uint8_t *escape = NULL;
	ssize_t n = read(line->in, flow->octets.data, sizeof(flow->octets.data));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		end->over = true;
		return;
	}
	if (line->escape)
		escape = memchr(flow->octets.data, line->escape, n);
	end->left = escape;
	flow->at = 0;
	flow->len = escape ? escape - flow->octets.data : n;
}

static void read_wire(struct end *end, struct flow *flow)
{
	struct wire *wire = end->wire;
	uint32_t before = wire->intake.have;
	int rc = intake_read(&wire->intake, wire->fd, wire->word);

	if (rc || wire->intake.have != before)
		wire->heard = clock_ms();
	if (rc <= 0) {
		wire->word->type = 0;
		end->over = rc < 0;
		return;
	}
	if (wire->word->type == wire->gives) {
		flow->at = 0;
		flow->len = wire->word->octets.len;
		memcpy(flow->octets.data, wire->word->octets.data, flow->len);
	} else if (wire->word->type != MSG_KEEPALIVE) {
		end->over = true;
		return;
	}
	wire->word->type = 0;
}

static bool wants_read(const struct end *end, const struct flow *flow)
{
	return is_empty(flow) && !end->over && !end->left;
}

static void fill(struct end *end, struct flow *flow)
{
	if (end->line)
		read_line(end, flow);
	else
		read_wire(end, flow);
}

/* ---- writing ---- */

static void write_line(struct end *end, struct flow *flow)
{
	size_t len = flow->len - flow->at;
	ssize_t n = pipe_write(end->line->out, flow->octets.data + flow->at,
			       len < WRITE_MAX ? len : WRITE_MAX);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		end->deaf = true;
	else
		flow->at += n;
}

static void write_wire(struct end *end, struct flow *flow)
{
	struct wire *wire = end->wire;

	if (outlet_flush(&wire->outlet, wire->fd) < 0)
		end->deaf = true;
	if (end->deaf || wire->outlet.octets || is_empty(flow))
		return;
	flow->octets.have = 1ULL << OCTETS_DATA;
	flow->octets.len = flow->len;
	flow->at = flow->len;
	wire->beaten = clock_ms();
	if (outlet_put(&wire->outlet, wire->takes, &flow->octets) ||
	    outlet_flush(&wire->outlet, wire->fd) < 0)
		end->deaf = true;
}

static bool wants_write(const struct end *end, const struct flow *flow)
{
	return !end->deaf && (!is_empty(flow) || (end->wire && end->wire->outlet.octets));
}

static void drain(struct end *end, struct flow *flow)
{
	if (end->line)
		write_line(end, flow);
	else
		write_wire(end, flow);
	if (end->deaf)
		flow->at = flow->len;
}

/* ---- both ways ---- */

static void beat(struct end *end)
{
	struct wire *wire = end->wire;

	if (!wire || end->deaf || wire->outlet.octets ||
	    clock_ms() - wire->beaten < wire->silence * 1000ULL / PEER_BEATS)
		return;
	wire->beaten = clock_ms();
	if (outlet_put(&wire->outlet, MSG_KEEPALIVE, NULL) ||
	    outlet_flush(&wire->outlet, wire->fd) < 0)
		end->deaf = true;
}

/* Who is not listened to cannot be found silent. */
static void note_silence(struct end *end, bool listens)
{
	if (!end->wire || end->over)
		return;
	if (!listens)
		end->wire->heard = clock_ms();
	else if (clock_ms() - end->wire->heard > end->wire->silence * 1000ULL)
		end->over = true;
}

static int in_of(const struct end *end)
{
	return end->line ? end->line->in : end->wire->fd;
}

static int out_of(const struct end *end)
{
	return end->line ? end->line->out : end->wire->fd;
}

static int timeout(const struct relay *r)
{
	const struct wire *wire = r->near.wire ? r->near.wire : r->far.wire;

	return wire ? (int)(wire->silence * 1000 / PEER_BEATS) : -1;
}

#define GONE	(POLLERR | POLLHUP | POLLRDHUP | POLLNVAL)

/*
 * A person who does not look any more has left. Somebody elsewhere may have sent
 * something before; it is passed on if the guest takes it now.
 */
static bool near_has_gone(const struct relay *r, bool reads, short near, short far)
{
	return near & GONE && (r->near.line || (!reads && !far));
}

static void step(struct relay *r)
{
	bool reads_near = wants_read(&r->near, &r->up), reads_far = wants_read(&r->far, &r->down);
	bool writes_near = wants_write(&r->near, &r->down), writes_far = wants_write(&r->far, &r->up);
	struct pollfd fds[] = {
		{ .fd = reads_near ? in_of(&r->near) : -1, .events = POLLIN },
		{ .fd = reads_far ? in_of(&r->far) : -1, .events = POLLIN },
		{ .fd = writes_near ? out_of(&r->near) : -1, .events = POLLOUT },
		{ .fd = writes_far ? out_of(&r->far) : -1, .events = POLLOUT },
		{ .fd = r->stop, .events = POLLIN },
		/* Its end is heard of when nothing is read of it as well. */
		{ .fd = out_of(&r->near), .events = r->near.wire ? POLLRDHUP : 0 },
	};

	poll(fds, sizeof(fds) / sizeof(fds[0]), timeout(r));
	if (fds[4].revents || near_has_gone(r, reads_near, fds[5].revents, fds[3].revents))
		r->near.left = true;
	if (fds[0].revents)
		fill(&r->near, &r->up);
	if (fds[1].revents)
		fill(&r->far, &r->down);
	if (fds[2].revents)
		drain(&r->near, &r->down);
	if (fds[3].revents)
		drain(&r->far, &r->up);
	note_silence(&r->near, reads_near);
	note_silence(&r->far, reads_far);
	beat(&r->near);
	beat(&r->far);
}

static bool near_is_through(const struct relay *r)
{
	return r->near.left || (r->near.wire ? r->near.over : r->near.deaf);
}

static bool far_is_through(const struct relay *r)
{
	return r->far.over && is_empty(&r->down) && !wants_write(&r->near, &r->down);
}

static enum relay_end verdict(const struct relay *r)
{
	if (near_is_through(r))
		return RELAY_LEFT;
	if (!r->far.wire)
		return RELAY_OVER;
	return r->far.wire->word->type ? RELAY_WORD : RELAY_BROKEN;
}

static enum relay_end run(struct line *near_line, struct wire *near_wire, struct line *far_line,
			  struct wire *far_wire, int stop)
{
	struct relay *r = calloc(1, sizeof(*r));
	struct wire *wire = near_wire ? near_wire : far_wire;
	enum relay_end end;

	if (!r)
		return RELAY_LEFT;
	r->near = (struct end){ .line = near_line, .wire = near_wire };
	r->far = (struct end){ .line = far_line, .wire = far_wire };
	r->stop = stop;
	if (wire)
		wire->heard = wire->beaten = clock_ms();
	while (!near_is_through(r) && !far_is_through(r))
		step(r);
	/* What was typed before the escape. */
	if (r->near.left && !is_empty(&r->up) && !r->far.deaf)
		drain(&r->far, &r->up);
	end = verdict(r);
	free(r);
	return end;
}

static void close_wire(struct wire *wire)
{
	intake_reset(&wire->intake);
	outlet_reset(&wire->outlet);
}

/**
 * relay_lines() - between a person and a guest of this host
 * @near: the person; where its input ends, its output goes on
 * @far: the guest, not blocking
 * @stop: readable when it is to end; or -1
 *
 * Return: how it ended.
 */
enum relay_end relay_lines(struct line *near, struct line *far, int stop)
{
	return run(near, NULL, far, NULL, stop);
}

/**
 * relay_from_wire() - between a person and a guest elsewhere
 * @near: the person; where its input ends, its output goes on
 * @far: the guest's host; its @word has room for a message
 * @stop: readable when it is to end; or -1
 *
 * Return: how it ended. All that came before that has been written to @near.
 */
enum relay_end relay_from_wire(struct line *near, struct wire *far, int stop)
{
	enum relay_end end = run(near, NULL, NULL, far, stop);

	close_wire(far);
	return end;
}

/**
 * relay_to_wire() - between somebody elsewhere and a guest of this host
 * @near: somebody elsewhere; its @word has room for a message
 * @far: the guest, not blocking
 * @stop: readable when it is to end; or -1
 *
 * Return: how it ended. After RELAY_OVER @near has been sent everything.
 */
enum relay_end relay_to_wire(struct wire *near, struct line *far, int stop)
{
	enum relay_end end = run(NULL, near, far, NULL, stop);

	close_wire(near);
	return end;
}
