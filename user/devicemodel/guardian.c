// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <linux/xenmig.h>

#include "base/child.h"
#include "base/clock.h"
#include "devicemodel/devicemodel.h"
#include "devicemodel/guardian.h"

#define END_MS	2000

/* All descriptors but two: what else is open belongs to the move, whose end is told by its closing. */
static void close_but(int one, int two)
{
	unsigned int low = one < two ? one : two, high = one < two ? two : one;

	if (low)
		close_range(0, low - 1, 0);
	if (high > low + 1)
		close_range(low + 1, high - 1, 0);
	close_range(high + 1, ~0U, 0);
}

/* From held on the guest may be another host's: then its device model stays as it is. */
static bool may_go_on(struct link *link, uint32_t id)
{
	struct error ignored = { 0 };
	struct session now;

	return !link_session(link, id, &now, &ignored) && now.state != XENMIG_STATE_HELD &&
	       !link_session_over(&now);
}

__attribute__((noreturn))
static void watch(struct link *link, uint32_t id, uint32_t domid, int word)
{
	struct error ignored = { 0 };
	char octet;
	struct qmp q;
	ssize_t n;

	prctl(PR_SET_NAME, "migctl-guardian");
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	close_but(word, link_fd(link));
	do {
		n = read(word, &octet, 1);
	} while (n < 0);
	if (!n && may_go_on(link, id)) {
		if (!devicemodel_connect(&q, domid, &ignored))
			devicemodel_cont(&q, &ignored);
		qmp_close(&q);
	}
	/* With us goes the last descriptor of the session's owner: now the module resumes the guest. */
	_exit(0);
}

/**
 * guardian_begin() - have somebody who outlives us, if we are killed
 * @g: filled in
 * @link: owns the session, and so does the guardian: the module takes both for one
 * @session: of the guest
 * @domid: the guest
 * @err: why not
 *
 * When this process is killed behind the guest's suspension the module resumes the guest,
 * by itself and at once; but its device model, which we have stopped, nobody would start.
 * So the module hears of our death when it runs.
 *
 * Return: 0 or -1.
 */
int guardian_begin(struct guardian *g, struct link *link, uint32_t session, uint32_t domid,
		   struct error *err)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return error_set(err, EXIT_FAILED, "No pipe to a guardian.");
	g->pid = child_fork();
	if (!g->pid)
		watch(link, session, domid, ends[0]);
	close(ends[0]);
	g->word = ends[1];
	if (g->pid > 0)
		return 0;
	g->pid = 0;
	close(ends[1]);
	return error_set(err, EXIT_FAILED, "No guardian could be started.");
}

/**
 * guardian_end() - all is over
 * @g: begun, or zeroed
 */
void guardian_end(struct guardian *g)
{
	char octet = 0;

	if (!g->pid)
		return;
	if (write(g->word, &octet, 1) == 1)
		child_await(g->pid, clock_ms() + END_MS);
	close(g->word);
	g->pid = 0;
}
