// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include <linux/xenmig.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/uuid.h"
#include "destination/admission.h"
#include "destination/destinationparts.h"
#include "device/vbd.h"
#include "device/vif.h"
#include "device/vkbd.h"
#include "devicemodel/devicemodel.h"
#include "host/affinity.h"
#include "offer/findings.h"
#include "xenstore/userdata.h"

#define SLACK_PAGES	256	/* libxl allows a guest 1 MiB more than its target */

/*
 * The guest may be given memory while it moves: until it runs here its limit is
 * the most it may ever have, then what FINAL says.
 */
static void make_room(struct offer *offer)
{
	uint64_t most = offer->settings.static_max_kib / 4 + SLACK_PAGES;

	if (offer->domain.max_pages < most)
		offer->domain.max_pages = most;
}

static int create_domain(struct destination *d, struct session *created, struct error *err)
{
	/* Pools and labels are numbers of one host only. */
	d->offer->domain.have &= ~(1ULL << XENMIG_A_DOMAIN_CPUPOOL |
				   1ULL << XENMIG_A_DOMAIN_SSIDREF);
	make_room(d->offer);
	return link_session_destination(d->m->link, &d->offer->domain, created, err);
}

/**
 * prepare_domain() - make the guest's domain, and note in the journal which one it is
 * @d: the move
 *
 * Return: 0 or -1.
 */
int prepare_domain(struct destination *d)
{
	struct record_data data = { 0 };
	struct error err = { 0 };
	struct session created;
	uint64_t began;

	if (create_domain(d, &created, &err))
		return destination_refuse(d, "domain", &err);
	d->m->session = created;
	d->m->has_session = true;
	data.domid = created.domid;
	began = clock_ns();
	if (writer_write(d->writer, RECORD_BEGUN, &data, &d->m->err))
		return -1;
	d->ticket.journal_us = (clock_ns() - began) / 1000;
	d->tree.domid = created.domid;
	d->tree.offer = d->offer;
	d->tree.store_port = created.domain.store_port;
	d->tree.console_port = created.domain.console_port;
	d->tree.store_frame = HAS(&created.domain, XENMIG_A_DOMAIN_STORE_MFN) ?
			      created.domain.store_mfn : d->offer->domain.store_gfn;
	d->tree.console_frame = HAS(&created.domain, XENMIG_A_DOMAIN_CONSOLE_MFN) ?
				created.domain.console_mfn : d->offer->domain.console_gfn;
	uuid_format(d->offer->domain.uuid, d->tree.uuid);
	destination_tell(d, LEVEL_NOTE, "arrives from %s as domain %u", d->m->theirs.host,
			 created.domid);
	return 0;
}

/**
 * prepare_try() - find out whether the guest's domain could be made
 * @d: the move, which is only asked about
 * @findings: where what was found is added
 *
 * Only the hypervisor knows all of its limits, so it is asked for the domain: for the moment that
 * this takes its memory is claimed, and nobody but Xen and the module hears of it.
 */
void prepare_try(struct destination *d, struct findings *findings)
{
	const struct domain *domain = &d->offer->domain;
	struct error err = { 0 };
	struct session created;

	if (create_domain(d, &created, &err)) {
		findings_add(findings, VERDICT_AGAINST, "domain", "%s", err.text);
		return;
	}
	link_session_cancel(d->m->link, created.id, &err);
	error_clear(&err);
	link_session_end(d->m->link, created.id, &err);
	findings_add(findings, VERDICT_FITS, "domain",
		     "Xen makes such a domain there (%u vCPUs, %u event channels, %u grant frames).",
		     domain->vcpus, domain->evtchn_ports, domain->grant_frames);
}

/* Where that fails it runs on any CPU, which is no reason to send it back. */
static void bind_vcpus(struct destination *d)
{
	struct error err = { 0 };
	struct host_info host;

	if (!d->offer->affinity_count)
		return;
	if (link_info(d->m->link, &host, &err) || !HAS(&host, XENMIG_A_INFO_CPUS) ||
	    affinity_apply(d->m->link, d->tree.domid, d->offer->domain.uuid,
			   d->offer->affinities, d->offer->affinity_count, host.cpus, &err))
		destination_tell(d, LEVEL_WARNING, "its vCPUs could not be bound to the CPUs that they were bound to; `xl vcpu-pin` does it. %s",
				 err.text);
}

static int make_vifs(struct destination *d)
{
	const struct offer *offer = d->offer;
	uint32_t i;

	for (i = 0; i < offer->vif_count; i++)
		if (vif_create(&d->m->store, d->tree.domid, &offer->vifs[i], &d->m->err))
			return -1;
	for (i = 0; i < offer->vif_count; i++)
		if (move_pump(d->m, 0) ||
		    vif_online(&d->m->store, d->tree.domid, &offer->vifs[i], &d->m->err))
			return -1;
	return 0;
}

/**
 * prepare_open_vbds() - open the guest's disks
 * @d: the move
 * @late: those that this host would cache, else the others
 *
 * Those that it would cache are opened when the source has drained them.
 *
 * Return: 0 or -1.
 */
int prepare_open_vbds(struct destination *d, bool late)
{
	const struct offer *offer = d->offer;
	uint32_t i;

	for (i = 0; i < offer->vbd_count; i++)
		if (vbd_is_late(&offer->vbds[i]) == late &&
		    vbd_online(&d->m->store, d->tree.domid, &offer->vbds[i], &d->m->err))
			return -1;
	return 0;
}

static int make_vbds(struct destination *d)
{
	const struct offer *offer = d->offer;
	uint32_t i;

	for (i = 0; i < offer->vbd_count; i++)
		if (vbd_create(&d->m->store, d->tree.domid, &offer->vbds[i], &d->m->err))
			return -1;
	return prepare_open_vbds(d, false);
}

/* Its interfaces are there when it is. */
static int start_device_model(struct destination *d)
{
	const struct offer *offer = d->offer;
	uint32_t i;

	if (!devicemodel_is_wanted(offer))
		return 0;
	fault_point("device-model-starting");
	if (offer->keyboard && vkbd_create(&d->m->store, d->tree.domid, &d->m->err))
		return -1;
	if (dm_process_start(&d->device_model, &d->m->store, d->tree.domid, offer,
			     d->config->device_model, &d->m->err))
		return -1;
	for (i = 0; i < offer->vif_count; i++)
		if (vif_emulated_online(&d->m->store, d->tree.domid, &offer->vifs[i], &d->m->err))
			return -1;
	return 0;
}

/**
 * prepare_check_device_model() - see that the guest's device model, if it has one, still lives
 * @d: the move
 *
 * One that has died takes the guest's devices with it: so the guest stays where it is.
 *
 * Return: 0 or -1.
 */
int prepare_check_device_model(struct destination *d)
{
	if (!devicemodel_is_wanted(d->offer) || dm_process_lives(&d->device_model))
		return 0;
	return error_set(&d->m->err, EXIT_FAILED,
			 "The guest's device model, which was started for it at %s, has ended.",
			 d->m->host.host);
}

static int hide_name(struct destination *d)
{
	if (tree_rename_incoming(&d->m->store, d->tree.domid, d->tree.uuid, d->offer->name))
		return error_set(&d->m->err, EXIT_FAILED, "The guest could not be renamed.");
	return 0;
}

/**
 * prepare_guest() - all that can be done while the guest still runs at the source
 * @d: the move
 *
 * Return: 0 or -1.
 */
int prepare_guest(struct destination *d)
{
	struct offer *offer = d->offer;

	fault_point("preparing");
	bind_vcpus(d);
	d->tree_made = true;
	offer->json[offer->json_len] = '\0';
	if (offer->json_len && userdata_write(d->tree.domid, d->tree.uuid, offer->json,
					      offer->json_len, &d->m->err))
		return -1;
	if (tree_create(&d->m->store, &d->tree, &d->m->err) || make_vifs(d) || make_vbds(d) ||
	    start_device_model(d))
		return -1;
	/* xenconsoled names its log after the name it finds, so the true one comes first. */
	if (tree_await_console(&d->m->store, d->tree.domid))
		destination_tell(d, LEVEL_WARNING, "xenconsoled has not taken up the console; is it running?");
	if (hide_name(d))
		return -1;
	if (peer_send(&d->m->peer, MSG_PREPARED, NULL))
		return error_set(&d->m->err, EXIT_FAILED, "PREPARED could not be sent.");
	return 0;
}

/**
 * prepare_take_state() - take the piece of the device model's state that has come
 * @d: the move
 *
 * Return: 0 or -1.
 */
int prepare_take_state(struct destination *d)
{
	int rc = devicemodel_take(&d->state, &d->m->in->octets);

	move_consume(d->m);
	if (!rc && devicemodel_is_wanted(d->offer))
		return 0;
	d->m->err.reason = XENMIG_REASON_PEER;
	return error_set(&d->m->err, EXIT_FAILED, "%s sent more of a device model's state than is taken.",
			 d->m->theirs.host);
}

/**
 * prepare_load_device_model() - let the guest's device model, if it has one, load its state
 * @d: the move
 * @ready: told how long it took
 *
 * Its state is loaded when all memory is here.
 *
 * Return: 0 or -1.
 */
int prepare_load_device_model(struct destination *d, struct ready *ready)
{
	uint64_t began = clock_ns();

	if (!devicemodel_is_wanted(d->offer))
		return 0;
	if (!d->state.len)
		return error_set(&d->m->err, EXIT_FAILED,
				 "The state of the guest's device model did not come.");
	if (dm_process_load(&d->device_model, &d->state, &d->m->err))
		return -1;
	ready->device_model_us = (clock_ns() - began) / 1000;
	return 0;
}

/**
 * prepare_take_name() - take over the name of a guest that was renamed while it moved
 * @d: the move
 * @final: has it
 *
 * Return: 0 or -1.
 */
int prepare_take_name(struct destination *d, const struct final *final)
{
	if (!HAS(final, FINAL_NAME) || !strcmp(final->name, d->offer->name))
		return 0;
	if (!admission_good_name(final->name))
		return error_set(&d->m->err, EXIT_FAILED,
			"The guest was renamed at the source to something that cannot be a name.");
	snprintf(d->offer->name, sizeof(d->offer->name), "%s", final->name);
	return hide_name(d);
}
