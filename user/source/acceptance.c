// SPDX-License-Identifier: GPL-2.0-or-later

#include <linux/xenmig.h>

#include "base/clock.h"
#include "offer/findings.h"
#include "source/acceptance.h"

#define ACCEPT_WAIT_MS	60000
#define PROBE_WAIT_MS	200

/* Refused when anything is against the move, and all of it in one sentence. */
static int take_findings(struct move *m, struct probe *probe)
{
	struct findings *findings = &m->in->findings;
	char text[sizeof(m->err.text) - sizeof(m->theirs.host) - 16];
	uint32_t i;

	findings_printable(findings);
	if (findings_worst(findings) == VERDICT_AGAINST) {
		findings_sentence(findings, VERDICT_AGAINST, text, sizeof(text));
		m->err.from_peer = 1;
		return error_set(&m->err, EXIT_REFUSED, "%s refuses: %s", m->theirs.host, text);
	}
	probe_result(probe, PROBE_WAIT_MS, findings);
	probe_close(probe);
	for (i = 0; i < findings->count; i++)
		if (findings->list[i].verdict == VERDICT_WARNS)
			context_tell(&m->context, LEVEL_WARNING, "%s", findings->list[i].text);
	move_consume(m);
	return 0;
}

/**
 * acceptance_await() - wait until a destination has accepted what it was offered
 * @m: connected; OFFER was sent
 * @probe: opened before that; closed when the first findings have come
 *
 * Findings come first, and again where something else is against it later; however many come,
 * there is an end to it. ACCEPT is in @m->in afterwards.
 *
 * Return: 0, or -1 with @m->err set.
 */
int acceptance_await(struct move *m, struct probe *probe)
{
	uint64_t until = clock_ms() + ACCEPT_WAIT_MS;

	do {
		if (!m->in->type && move_pump(m, 1000))
			return -1;
		if (m->in->type && m->in->type != MSG_FINDINGS)
			return move_expect(m, MSG_ACCEPT, 0);
		if (m->in->type && take_findings(m, probe))
			return -1;
	} while (clock_ms() < until);
	m->err.reason = XENMIG_REASON_TIMEOUT;
	return error_set(&m->err, EXIT_FAILED, "%s did not accept the guest within %d s.",
			 m->theirs.host, ACCEPT_WAIT_MS / 1000);
}
