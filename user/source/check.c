// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "device/probe.h"
#include "guest/autostart.h"
#include "guest/guest.h"
#include "source/check.h"
#include "source/greet.h"

#define FINDINGS_WAIT_MS	60000
#define PROBE_WAIT_MS		300

static void against(struct checked *c, const char *subject, const struct error *err)
{
	findings_add(&c->findings, VERDICT_AGAINST, subject, "%s", err->text);
}

/* What this host knows by itself. Returns whether it is enough to ask the other. */
static bool look(struct move *m, const struct question *q, const struct host_info *host,
		 struct checked *c)
{
	struct error err = { 0 };
	char path[256];

	guest_survey(&m->store, &c->domain, &c->findings);
	if (guest_check_live(&c->domain, host, &err))
		findings_add(&c->findings, VERDICT_WARNS, "live", "%s", err.text);
	error_clear(&err);
	if (guest_describe(m->link, &m->store, &c->domain, host, &c->offer, &err)) {
		against(c, "description", &err);
		return false;
	}
	c->offer.unsafe_storage = q->unsafe_storage;
	if (autostart_take(&c->offer, q->autostart, path, sizeof(path), &err))
		against(c, "autostart", &err);
	else if (path[0] && !q->autostart)
		findings_add(&c->findings, VERDICT_WARNS, "autostart",
			     "%s would start the guest here too at the next boot: 'migctl serve' holds it back then, and --autostart moves it along.",
			     path);
	return true;
}

static void ask(struct move *m, const struct config *config, const struct question *q,
		struct checked *c)
{
	struct probe probe = { 0 };

	if (getrandom(c->offer.move, sizeof(c->offer.move), 0) != sizeof(c->offer.move))
		error_set(&m->err, EXIT_FAILED, "No random numbers.");
	else if (!greet_peer(m, config, &q->place, q->connect_timeout)) {
		probe_open(&probe, c->offer.move, c->offer.vifs, c->offer.vif_count);
		if (peer_send(&m->peer, MSG_CHECK, &c->offer))
			error_set(&m->err, EXIT_FAILED, "CHECK could not be sent.");
		else
			move_expect(m, MSG_FINDINGS, FINDINGS_WAIT_MS);
	}
	if (m->theirs.host[0])
		snprintf(c->host, sizeof(c->host), "%s", m->theirs.host);
	if (m->err.text[0]) {
		against(c, "destination", &m->err);
		error_clear(&m->err);
	} else {
		findings_printable(&m->in->findings);
		findings_append(&c->findings, &m->in->findings);
		probe_result(&probe, PROBE_WAIT_MS, &c->findings);
	}
	probe_close(&probe);
}

/**
 * check_guest() - look at everything that a move of a guest would depend on
 * @context: whom it is done for
 * @question: which guest, where to
 * @checked: zeroed; filled in
 * @err: why nothing could be looked at
 *
 * Return: 0 when @checked has findings, which may well be against a move; or -1.
 */
int check_guest(const struct context *context, const struct question *question,
		struct checked *checked, struct error *err)
{
	struct move m = { .context = *context, .peer = { .fd = -1 } };
	struct config config = { 0 };
	struct host_info host;
	int rc;

	snprintf(checked->host, sizeof(checked->host), "%s", question->place.host);
	rc = greet_guest(&m, &config, question->domain, &host, &checked->domain);
	if (!rc && look(&m, question, &host, checked)) {
		if (config.plain)
			findings_add(&checked->findings, VERDICT_WARNS, "security",
				     "The guest's memory would cross the network unencrypted (security = none).");
		ask(&m, &config, question, checked);
	}
	*err = m.err;
	move_close(&m);
	return rc;
}
