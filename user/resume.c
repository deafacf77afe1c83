// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include <linux/xenmig.h>

#include "domain.h"
#include "guest.h"
#include "received.h"
#include "resume.h"
#include "vif.h"
#include "watcher.h"

/* The session that holds a domain: 1 with @id set, 0 when there is none, or -1. */
static int held_session(struct move *m, uint32_t domid, uint32_t *id, struct error *err)
{
	struct session *list;
	unsigned int count, i;
	int found = 0;

	if (link_sessions(m->link, &list, &count, err))
		return -1;
	for (i = 0; i < count; i++) {
		if (list[i].domid != domid || list[i].state != XENMIG_STATE_HELD)
			continue;
		*id = list[i].id;
		found = 1;
	}
	free(list);
	return found;
}

/**
 * resume_held() - let a guest go on that the module holds
 * @m: of this host
 * @domid: the guest
 * @uuid: its handle
 * @err: why not
 *
 * The record must allow it. Where the module does not hold it (any more), it
 * was resumed before, or has ended.
 *
 * Return: 0 or -1.
 */
int resume_held(struct move *m, uint32_t domid, const uint8_t *uuid, struct error *err)
{
	struct error ignored = { 0 };
	struct domain d;
	uint32_t id = 0;
	int held;

	if (link_domain(m->link, domid, &d, &ignored) || memcmp(d.uuid, uuid, 16))
		return 0;
	held = held_session(m, domid, &id, err);
	if (held <= 0)
		return held;
	if (link_session_resume(m->link, id, err))
		return -1;
	link_session_end(m->link, id, &ignored);
	return 0;
}

/**
 * resume_finish() - what else a guest needs that goes on here
 * @m: of this host
 * @domid: the guest, which the module has resumed if it had suspended
 * @uuid: its handle
 * @suspended: it had
 *
 * xenstored may have taken its suspension for its end (any domain's end makes
 * it look); its interfaces may be down; and xl's monitor may have left.
 */
void resume_finish(struct move *m, uint32_t domid, const uint8_t *uuid, bool suspended)
{
	struct vif vifs[VIFS_MAX];
	struct error ignored = { 0 };
	unsigned int count = 0, i;
	char text[UUID_TEXT];

	xs_resume_domain(m->store.xs, domid);
	guest_vifs(&m->store, domid, vifs, &count, &ignored);
	for (i = 0; i < count; i++)
		vif_carry(domid, &vifs[i], true);
	uuid_format(uuid, text);
	if (suspended && !watcher_of_xl(&m->store, domid))
		received_note(domid, text);
}
