// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/uuid.h"
#include "device/announce.h"
#include "devicemodel/devicemodel.h"
#include "guest/guest.h"
#include "guest/watched-guests.h"
#include "move/start.h"
#include "xenstore/tree.h"

/*
 * Without it the guest's devices would not answer, so it goes first. That it is dead is no
 * reason not to start the guest, which is committed to this host: the device model of one
 * that runs may die as well.
 */
static void start_device_model(struct move *m, struct qmp *qmp, uint32_t domid,
			       struct start_times *times)
{
	uint64_t began = clock_ns();
	struct error err = { 0 };

	if (qmp ? devicemodel_cont(qmp, &err) : devicemodel_resume(&m->store, domid, &err))
		context_tell(&m->context, LEVEL_ERROR, "domain %u: %s", domid, err.text);
	times->device_model_us = (clock_ns() - began) / 1000;
}

/**
 * start_guest() - let a kept domain run
 * @m: of this host
 * @writer: on its record, in ready or starting; in running afterwards
 * @domid: the domain; the module keeps it, or nobody has it in his care any more
 * @uuid: its handle
 * @device_model: whether it may have one
 * @qmp: connected to that, or NULL
 * @times: filled in
 * @err: why not; the record says how far it came
 *
 * "starting" is on the disk before the guest can have run, "running" before
 * anybody is told that it does.
 *
 * Return: 0 or -1.
 */
int start_guest(struct move *m, struct writer *writer, uint32_t domid, const uint8_t *uuid,
		bool device_model, struct qmp *qmp, struct start_times *times, struct error *err)
{
	struct record_data data = { .domid = domid };

	snprintf(data.boot, sizeof(data.boot), "%.39s", m->host.boot_id);
	if (writer_record(writer)->state == RECORD_READY &&
	    writer_write(writer, RECORD_STARTING, &data, err))
		return -1;
	fault_point("starting");
	if (device_model)
		start_device_model(m, qmp, domid, times);
	if (link_unpause(m->link, domid, uuid, &times->unpaused_ns, err))
		return -1;
	fault_point("unpaused");
	return writer_write(writer, RECORD_RUNNING, &data, err) ? -1 : 0;
}

/**
 * start_tell() - give a guest that has begun to run its name, and tell the network
 * @m: of this host
 * @domid: the guest
 * @uuid: its handle
 * @name: its name
 * @vifs: its interfaces
 * @vif_count: how many
 *
 * From here on `migctl serve` looks after it. May be done twice.
 */
void start_tell(struct move *m, uint32_t domid, const uint8_t *uuid, const char *name,
		const struct vif *vifs, unsigned int vif_count)
{
	char text[UUID_TEXT];

	uuid_format(uuid, text);
	announce(vifs, vif_count);
	if (tree_rename(&m->store, domid, text, name))
		context_tell(&m->context, LEVEL_WARNING,
			     "%s: could not be given its name back: 'xl rename %u %s' does it", name,
			     domid, name);
	if (watched_guests_note(domid, text))
		context_tell(&m->context, LEVEL_WARNING, "%s: could not be noted in " WATCHED_GUESTS_DIR
			     ": nobody reacts to its end", name);
}

/**
 * start_announce() - tell the network once more where a guest is
 * @m: of this host
 * @data: what its record says
 *
 * The source can be reached again, after what may have been an outage in which
 * nobody heard it the first time.
 */
void start_announce(struct move *m, const struct record_data *data)
{
	struct vif vifs[VIFS_MAX];
	struct error ignored = { 0 };
	unsigned int count = 0;

	guest_vifs(&m->store, data->domid, vifs, &count, &ignored);
	announce(vifs, count);
}

/**
 * start_finish() - start_tell() for a guest whose controller died
 * @m: of this host
 * @data: what its record says
 */
void start_finish(struct move *m, const struct record_data *data)
{
	struct vif vifs[VIFS_MAX];
	struct error ignored = { 0 };
	unsigned int count = 0;
	char name[sizeof(data->name)];

	/* It may have been renamed since the record was begun. */
	snprintf(name, sizeof(name), "%s", data->name);
	tree_true_name(&m->store, data->domid, name, sizeof(name));
	guest_vifs(&m->store, data->domid, vifs, &count, &ignored);
	start_tell(m, data->domid, data->guest, name, vifs, count);
}
