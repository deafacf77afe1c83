/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For fake-host.h: what there is of a guest beside its domain. */
#ifndef FAKE_GUEST_H
#define FAKE_GUEST_H

#include "fake-module.h"

/* ---- console.h ---- */

/* Nobody looks at a console of these. */
void console_await_read(struct link *link, struct store *s, uint32_t domid, const uint8_t *uuid)
{
	(void)link;
	(void)s;
	must(is_it(domid, uuid) && host->copy == SUSPENDED, "waited for readers of domain %u",
	     domid);
	must(host->by_hand || on_disk(S(DESTROYING)), "waited for readers while the disk says %s",
	     record_word(host->disk));
}

/* ---- devicemodel.h ---- */

bool devicemodel_exists(struct store *s, uint32_t domid)
{
	(void)s;
	(void)domid;
	return host->stopped;
}

int devicemodel_resume(struct store *s, uint32_t domid, struct error *why)
{
	(void)why;
	if (!devicemodel_exists(s, domid))
		return 0;
	must(on_disk(S(BEGUN) | S(RESUMING)) || host->heard == OUTCOME_REFUSED,
	     "let the device model go on while the disk says %s", record_word(host->disk));
	host->stopped = false;
	done("device model");
	return 0;
}

int devicemodel_log(uint32_t domid, bool on, struct error *why)
{
	(void)domid;
	(void)why;
	must(!on, "let a device model of nobody say what it writes");
	return 0;
}

/* ---- guest.h, start.h, vif.h, xl-monitor.h, watched-guests.h, and xenstore ---- */

void guest_remove(struct link *link, struct store *s, uint32_t domid, const uint8_t *uuid,
		  struct error *why)
{
	(void)link;
	(void)s;
	must(host->by_hand || on_disk(host->disk_side == RECORD_SOURCE ? S(DESTROYING) :
				      S(REFUSED) | S(FAILED)),
	     "removed while the disk says %s", record_word(host->disk));
	if (fails(BLIND_ACTS, why))
		return;
	if (is_it(domid, uuid))
		host->copy = GONE;
	host->traces = false;
	done("remove");
}

bool guest_left_traces(struct store *s, uint32_t domid, const uint8_t *uuid)
{
	(void)s;
	(void)uuid;
	must(host->copy == GONE || domid != host->domid, "a domain's own nodes taken for traces");
	return host->traces;
}

int guest_vifs(struct store *s, uint32_t domid, struct vif *vifs, unsigned int *count,
	       struct error *why)
{
	(void)s;
	(void)why;
	must(domid == DOMID, "asked for the interfaces of domain %u", domid);
	memset(vifs, 0, sizeof(*vifs));
	*count = 1;
	return 0;
}

int start_guest(struct move *of, struct writer *writer, uint32_t domid, const uint8_t *uuid,
		bool device_model, struct qmp *qmp, struct start_times *times, struct error *why)
{
	(void)of;
	must(device_model, "did not ask whether there is a device model");
	must(!qmp, "took a connection to a device model that nobody has");
	must(on_disk(S(STARTING)), "started while the disk says %s", record_word(host->disk));
	must(is_it(domid, uuid), "started domain %u", domid);
	if (fails(BLIND_ACTS, why))
		return -1;
	host->copy = RUNS;
	done("unpause");
	*times = (struct start_times){ .unpaused_ns = 1 };
	return writer_write(writer, RECORD_RUNNING, NULL, why) ? -1 : 0;
}

void start_finish(struct move *of, const struct record_data *data)
{
	(void)of;
	must(is_it(data->domid, data->guest), "named domain %u", data->domid);
	done("name");
}

void start_announce(struct move *of, const struct record_data *data)
{
	(void)of;
	must(is_it(data->domid, data->guest), "announced domain %u", data->domid);
	done("announce");
}

void announce(const struct vif *vifs, unsigned int count)
{
	(void)vifs;
	must(host->copy == RUNS && count == 1, "announced a guest that does not run");
	done("announce");
}

void vif_carry(uint32_t domid, const struct vif *vif, bool carry)
{
	(void)vif;
	must(domid == DOMID && carry, "carrier of domain %u", domid);
	done("carry");
}

bool xl_monitor_watches(struct store *s, uint32_t domid)
{
	(void)s;
	(void)domid;
	return false;
}

int watched_guests_note(uint32_t domid, const char *uuid)
{
	(void)uuid;
	must(domid == DOMID, "watched domain %u", domid);
	done("watch");
	return 0;
}

bool xs_resume_domain(struct xs_handle *h, unsigned int domid)
{
	(void)h;
	must(domid == DOMID, "told xenstored of domain %u", domid);
	done("tell xenstored");
	return true;
}

#endif /* FAKE_GUEST_H */
