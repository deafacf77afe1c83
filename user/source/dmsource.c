// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fault.h"
#include "devicemodel/arguments.h"
#include "devicemodel/devicemodel.h"
#include "source/sourceparts.h"

/**
 * dmsource_begin() - all that the device model needs in the pause, and that takes its time
 * @s: the move
 *
 * Return: 0 or -1.
 */
int dmsource_begin(struct source *s)
{
	if (!s->device_model)
		return 0;
	s->state_file = devicemodel_file(&s->m.err);
	return s->state_file < 0 ||
	       devicemodel_connect(&s->qmp, s->domain.domid, &s->m.err) ||
	       guardian_begin(&s->guardian, s->m.link, s->m.session.id, s->domain.domid,
			      &s->m.err) ? -1 : 0;
}

/**
 * dmsource_stop() - stop the device model of a guest that has one
 * @s: the move
 *
 * The first thing in the pause: until then the device model may write to the guest's memory.
 *
 * Return: 0 or -1.
 */
int dmsource_stop(struct source *s)
{
	uint64_t began = clock_ns();

	if (!s->device_model)
		return 0;
	s->stopped = true;
	if (devicemodel_stop(&s->qmp, &s->m.err))
		return -1;
	s->report->dm_stop_us = (clock_ns() - began) / 1000;
	fault_point("device-model-stopped");
	return link_session_device_model(s->m.link, s->m.session.id, false, &s->m.err);
}

static int send_state(struct source *s, const struct dm_state *state)
{
	struct octets *piece = malloc(sizeof(*piece));
	size_t sent = 0;
	int rc = piece ? 0 : error_set(&s->m.err, EXIT_FAILED, "Out of memory.");

	while (!rc && sent < state->len) {
		piece->have = ~0ULL;
		piece->len = state->len - sent < OCTETS_MAX ? state->len - sent : OCTETS_MAX;
		memcpy(piece->data, state->octets + sent, piece->len);
		sent += piece->len;
		piece->more = sent < state->len;
		if (peer_send(&s->m.peer, MSG_DEVICE_MODEL, piece))
			rc = error_set(&s->m.err, EXIT_FAILED,
				       "The device model's state could not be sent.");
	}
	free(piece);
	return rc;
}

/**
 * dmsource_save() - send the state of the device model
 * @s: the move
 *
 * While the module sends what is left of the guest's memory.
 *
 * Return: 0 or -1.
 */
int dmsource_save(struct source *s)
{
	struct dm_state state = { 0 };
	uint64_t began = clock_ns();
	int rc;

	if (!s->device_model)
		return 0;
	rc = devicemodel_save(&s->qmp, s->state_file,
			      dm_arguments_confined(&s->offer->device_model), &state, &s->m.err);
	if (!rc)
		rc = send_state(s, &state);
	s->report->dm_bytes = state.len;
	s->report->dm_save_us = (clock_ns() - began) / 1000;
	free(state.octets);
	fault_point("device-model-saved");
	return rc;
}

/**
 * dmsource_release() - the move has failed: the device model goes on before the guest does
 * @s: the move
 *
 * It is tried on a new connection where that of ours is broken.
 */
void dmsource_release(struct source *s)
{
	struct error ignored = { 0 };
	bool goes_on;

	if (!s->device_model || !s->m.has_session)
		return;
	goes_on = s->stopped && s->qmp.fd >= 0 && !devicemodel_cont(&s->qmp, &ignored);
	qmp_close(&s->qmp);
	error_clear(&ignored);
	if (s->stopped && !goes_on &&
	    devicemodel_resume(&s->m.store, s->domain.domid, &ignored))
		context_tell(&s->m.context, LEVEL_ERROR,
			     "The guest goes on without its device model: %s", ignored.text);
	s->stopped = false;
	error_clear(&ignored);
	link_session_device_model(s->m.link, s->m.session.id, true, &ignored);
	error_clear(&ignored);
	if (s->logging)
		devicemodel_log(s->domain.domid, false, &ignored);
}
