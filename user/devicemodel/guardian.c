// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/xenmig.h>

#include "base/child.h"
#include "base/clock.h"
#include "devicemodel/devicemodel.h"
#include "devicemodel/guardian.h"

#define END_MS	2000

/**
 * struct watch - what the guardian knows
 * @link: owns the session
 * @session: of the guest
 * @domid: the guest
 * @word: where it hears of its starter
 */
struct watch {
	struct link *link;
	uint32_t session;
	uint32_t domid;
	int word;
};

/* From held on the guest may be another host's: then its device model stays as it is. */
static bool may_go_on(struct link *link, uint32_t id)
{
	struct error ignored = { 0 };
	struct session now;

	return !link_session(link, id, &now, &ignored) && now.state != XENMIG_STATE_HELD &&
	       !link_session_over(&now);
}

static int watch(void *arg)
{
	const struct watch *w = arg;
	struct error ignored = { 0 };
	char octet;
	struct qmp q;
	ssize_t n;

	child_close_but(w->word, link_fd(w->link));
	do {
		n = read(w->word, &octet, 1);
	} while (n < 0);
	if (!n && may_go_on(w->link, w->session)) {
		if (!devicemodel_connect(&q, w->domid, &ignored))
			devicemodel_cont(&q, &ignored);
		qmp_close(&q);
	}
	/* With us goes the last descriptor of the session's owner: now the module resumes the guest. */
	return 0;
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
	struct watch w = { .link = link, .session = session, .domid = domid };
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return error_set(err, EXIT_FAILED, "No socket to a guardian.");
	w.word = ends[0];
	g->begun = !child_start(&g->child, "migctl-guardian", watch, &w);
	close(ends[0]);
	g->word = ends[1];
	if (g->begun)
		return 0;
	close(ends[1]);
	return error_set(err, EXIT_FAILED, "No guardian could be started.");
}

/**
 * guardian_end() - all is over
 * @g: begun, or zeroed
 */
void guardian_end(struct guardian *g)
{
	if (!g->begun)
		return;
	send(g->word, "", 1, MSG_NOSIGNAL);
	child_await(&g->child, clock_ms() + END_MS);
	close(g->word);
	g->begun = false;
}
