// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include <linux/xenmig.h>

#include "base/uuid.h"
#include "device/announce.h"
#include "device/vif.h"
#include "devicemodel/devicemodel.h"
#include "guest/guest.h"
#include "guest/watched-guests.h"
#include "host/xl-monitor.h"
#include "module/domain.h"
#include "move/resume.h"

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
	int found = link_find(m->link, domid, uuid, &d, err);

	if (found > 0)
		found = link_find_session(m->link, domid, XENMIG_STATE_HELD, &id, err);
	if (found <= 0)
		return found;
	/* Before the guest, which would read all ones from its devices. */
	devicemodel_resume(&m->store, domid, &ignored);
	error_clear(&ignored);
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
	struct domain d;

	if (devicemodel_exists(&m->store, domid)) {
		devicemodel_resume(&m->store, domid, &ignored);
		error_clear(&ignored);
		devicemodel_log(domid, false, &ignored);
		error_clear(&ignored);
	}
	xs_resume_domain(m->store.xs, domid);
	guest_vifs(&m->store, domid, vifs, &count, &ignored);
	for (i = 0; i < count; i++)
		vif_carry(domid, &vifs[i], true);
	/* Whoever has seen it elsewhere meanwhile, or has forgotten it. */
	if (suspended && link_find(m->link, domid, uuid, &d, &ignored) > 0 &&
	    !(d.dominf_flags & (DOMINF_SHUTDOWN | DOMINF_DYING)))
		announce(vifs, count);
	uuid_format(uuid, text);
	if (suspended && !xl_monitor_watches(&m->store, domid))
		watched_guests_note(domid, text);
}
