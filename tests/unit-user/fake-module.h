/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For fake-host.h: the module and the hypervisor behind it. */
#ifndef FAKE_MODULE_H
#define FAKE_MODULE_H

#include "fake-state.h"

/* ---- link.h ---- */

static inline bool fails(enum blind what, struct error *why)
{
	bool once = host->calls_left >= 0 && !host->calls_left--;

	host->failed |= once;
	if (once || host->blind & what)
		error_set(why, EXIT_FAILED, "The module could not be asked.");
	return once || host->blind & what;
}

static inline void describe(struct domain *d)
{
	static const uint32_t flags[] = {
		[PAUSED] = DOMINF_PAUSED, [RUNS] = 0,
		[SUSPENDED] = DOMINF_SHUTDOWN | CODE_SUSPEND << 16,
	};

	memset(d, 0, sizeof(*d));
	d->domid = host->domid;
	d->dominf_flags = flags[host->copy];
	memcpy(d->uuid, the_guest, sizeof(d->uuid));
}

static inline bool is_it(uint32_t domid, const uint8_t *uuid)
{
	return host->copy != GONE && domid == host->domid && !memcmp(uuid, the_guest, 16);
}

int link_find(struct link *link, uint32_t domid, const uint8_t *uuid, struct domain *domain,
	      struct error *why)
{
	(void)link;
	memset(domain, 0xff, sizeof(*domain));	/* it means nothing when there is none */
	if (fails(BLIND_ID, why))
		return -1;
	if (!is_it(domid, uuid))
		return 0;
	describe(domain);
	return 1;
}

int link_id_free(struct link *link, uint32_t domid, struct error *why)
{
	(void)link;
	if (fails(BLIND_ID, why))
		return -1;
	return host->copy == GONE || domid != host->domid;
}

int link_find_uuid(struct link *link, const uint8_t *uuid, struct domain *domain,
		   struct error *why)
{
	(void)link;
	memset(domain, 0xff, sizeof(*domain));
	if (fails(BLIND_UUID, why))
		return -1;
	if (!is_it(host->domid, uuid))
		return 0;
	describe(domain);
	return 1;
}

int link_sessions(struct link *link, struct session **list, unsigned int *count,
		  struct error *why)
{
	(void)link;
	*list = NULL;
	*count = 0;
	if (fails(BLIND_SESSIONS, why))
		return -1;
	if (host->session == NO_SESSION)
		return 0;
	*list = calloc(1, sizeof(**list));
	(*list)->id = THE_SESSION;
	(*list)->domid = DOMID;
	(*list)->state = host->session;
	*count = 1;
	return 0;
}

int link_find_session(struct link *link, uint32_t domid, uint32_t state, uint32_t *id,
		      struct error *why)
{
	(void)link;
	if (fails(BLIND_SESSIONS, why))
		return -1;
	*id = THE_SESSION;
	return domid == DOMID && host->session == (int)state;
}

bool link_session_over(const struct session *session)
{
	return session->state == XENMIG_STATE_FAILED || session->state == XENMIG_STATE_CANCELLED ||
	       session->state == XENMIG_STATE_RESUMED;
}

int link_session_end(struct link *link, uint32_t id, struct error *why)
{
	(void)link;
	must(id == THE_SESSION && host->session != NO_SESSION, "ended session %u", id);
	if (fails(BLIND_ACTS, why))
		return -1;
	host->session = NO_SESSION;
	done("end");
	return 0;
}

int link_sessions_end(struct link *link, uint32_t domid, uint32_t state, struct error *why)
{
	uint32_t id;
	int found;

	while ((found = link_find_session(link, domid, state, &id, why)) > 0)
		if (link_session_end(link, id, why))
			return -1;
	return found;
}

/* The copy here may go on when nobody was told to start one, or who was told has refused. */
int link_session_resume(struct link *link, uint32_t id, struct error *why)
{
	(void)link;
	must(id == THE_SESSION && host->session == XENMIG_STATE_HELD, "resumed session %u", id);
	must(on_disk(S(BEGUN) | S(RESUMING)) || host->heard == OUTCOME_REFUSED,
	     "resumed while the disk says %s", record_word(host->disk));
	must(host->heard != OUTCOME_RUNNING && (host->heard != OUTCOME_MAY_HAVE_RUN || host->by_hand),
	     "resumed what may run elsewhere");
	must(!host->stopped, "resumed the guest before its device model");
	if (fails(BLIND_ACTS, why))
		return -1;
	host->session = XENMIG_STATE_RESUMED;
	if (host->copy == SUSPENDED)
		host->copy = RUNS;
	done("resume");
	return 0;
}

#endif /* FAKE_MODULE_H */
