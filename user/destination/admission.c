// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/xenmig.h>

#include "base/json.h"
#include "base/uuid.h"
#include "destination/admission.h"
#include "device/probe.h"
#include "device/vbd.h"
#include "device/vif.h"
#include "devicemodel/devicemodel.h"
#include "devicemodel/process.h"
#include "guest/autostart.h"
#include "host/affinity.h"
#include "host/featureset.h"
#include "module/domain.h"
#include "offer/findings.h"
#include "xenstore/toolstack-nodes.h"

#define SLACK_KIB	2048	/* vCPUs, grant and event tables of a small domain */

/**
 * admission_good_name() - can a guest be called so?
 * @name: as it came from outside
 *
 * Return: true if so.
 */
bool admission_good_name(const char *name)
{
	const unsigned char *c = (const unsigned char *)name;

	if (!*name || strlen(name) > NAME_LEN - 16)
		return false;
	for (; *c; c++)
		if (*c <= 0x20 || *c == 0x7f || *c == '/')
			return false;
	return true;
}

static bool good_online(const struct offer *offer)
{
	size_t len = strlen(offer->settings.online);

	return len == offer->domain.vcpus && strspn(offer->settings.online, "01") == len;
}

static void against(struct findings *f, const char *subject, const char *why)
{
	findings_add(f, VERDICT_AGAINST, subject, "%s", why);
}

static void check_form(const struct offer *offer, struct findings *f)
{
	const struct domain *d = &offer->domain;
	uint64_t need = 1ULL << XENMIG_A_DOMAIN_UUID | 1ULL << XENMIG_A_DOMAIN_PAGES |
			1ULL << XENMIG_A_DOMAIN_MAX_PAGES | 1ULL << XENMIG_A_DOMAIN_VCPUS |
			1ULL << XENMIG_A_DOMAIN_STORE_GFN | 1ULL << XENMIG_A_DOMAIN_CONSOLE_GFN;

	if (!(d->create_flags & XENMIG_CREATE_HVM) != !strcmp(offer->type, "pv") ||
	    (strcmp(offer->type, "pvh") && strcmp(offer->type, "pv") &&
	     !devicemodel_is_wanted(offer)) ||
	    (!strcmp(offer->type, "pvh") && d->emulation_flags != EMU_LAPIC_ONLY))
		against(f, "type", "Only HVM, PVH and PV guests can be received.");
	if ((d->have & need) != need || !d->vcpus || !good_online(offer))
		against(f, "versions",
			"The guest is not described completely: the versions of migctl do not fit.");
	if (d->pages > d->max_pages)
		against(f, "memory", "The guest is described as owning more memory than it may.");
}

static const char *judge_json(const struct offer *offer)
{
	yajl_val tree = offer->json_len < JSON_MAX ? json_parse(offer->json) : NULL;
	const char *named, *why = NULL;
	char uuid[UUID_TEXT];

	if (!tree)
		return "The guest's configuration is no JSON.";
	uuid_format(offer->domain.uuid, uuid);
	named = json_text(tree, "c_info/uuid");
	if (named && strcasecmp(named, uuid))
		why = "The guest's configuration is of another guest.";
	yajl_tree_free(tree);
	return why;
}

static void check_json(const struct offer *offer, struct findings *f)
{
	const char *why = offer->json_len ? judge_json(offer) : NULL;

	if (why)
		against(f, "configuration", why);
	else if (!offer->json_len)
		findings_add(f, VERDICT_WARNS, "configuration",
			     "libxl has no configuration of the guest: 'xl' will know little of it there either, and a reboot would end it.");
	else
		findings_add(f, VERDICT_FITS, "configuration",
			     "libxl's goes along (%u octets).", offer->json_len);
}

static void check_kept(const struct offer *offer, struct findings *f)
{
	if (!toolstack_nodes_well_formed(offer->nodes, offer->node_count))
		against(f, "xenstore",
			"Nodes that a toolstack has written for the guest cannot be nodes of its own.");
	else if (offer->node_count)
		findings_add(f, VERDICT_FITS, "xenstore",
			     "%u nodes that a toolstack has written for it go along.",
			     offer->node_count);
}

static bool differs(struct move *m, const struct domain *other, const struct offer *offer,
		    struct findings *f)
{
	char name[256] = "", incoming[NAME_LEN + 16];
	bool alike = false;

	snprintf(incoming, sizeof(incoming), "%s--incoming", offer->name);
	store_get_text(&m->store, name, sizeof(name), "/local/domain/%u/name", other->domid);
	if (!strcmp(name, offer->name) || !strcmp(name, incoming)) {
		findings_add(f, VERDICT_AGAINST, "name",
			     "A domain named %s is there already (domain %u): rename or destroy one of the two.",
			     name, other->domid);
		alike = true;
	}
	if (!memcmp(other->uuid, offer->domain.uuid, 16)) {
		findings_add(f, VERDICT_AGAINST, "UUID",
			     "A domain with the guest's UUID is there already (domain %u): destroy it, or give the guest a UUID of its own.",
			     other->domid);
		alike = true;
	}
	return !alike;
}

static void check_others(struct move *m, const struct offer *offer, struct findings *f)
{
	struct error err = { 0 };
	struct domain *list;
	unsigned int count, i;
	bool free_there = true;

	if (!admission_good_name(offer->name)) {
		against(f, "name",
			"The guest's name has characters that cannot be in one, or is too long.");
		return;
	}
	if (link_domains(m->link, &list, &count, &err)) {
		against(f, "name", err.text);
		return;
	}
	for (i = 0; i < count; i++)
		free_there &= differs(m, &list[i], offer, f);
	free(list);
	if (free_there)
		findings_add(f, VERDICT_FITS, "name", "No domain there has the name or the UUID.");
}

static void check_memory(const struct host_info *host, const struct offer *offer,
			 struct findings *f)
{
	uint64_t need = offer->domain.pages * 4 + offer->domain.paging_bytes / 1024 + SLACK_KIB;

	if (offer->domain.pages > UINT64_MAX / 8 || need > host->free_kib)
		findings_add(f, VERDICT_AGAINST, "memory",
			     "Not enough free memory: the guest needs %" PRIu64 " MiB and %" PRIu64 " MiB are free; make room there, for instance with 'xl mem-set 0'.",
			     need / 1024, host->free_kib / 1024);
	else
		findings_add(f, VERDICT_FITS, "memory",
			     "The guest needs %" PRIu64 " MiB and %" PRIu64 " MiB are free.",
			     need / 1024, host->free_kib / 1024);
}

/* What the vCPUs are bound to now, and what a reboot would bind them to. */
static void check_affinity(const struct host_info *host, const struct offer *offer,
			   struct findings *f)
{
	yajl_val config;

	if (!HAS(host, XENMIG_A_INFO_CPUS))
		return;
	affinity_check(offer->affinities, offer->affinity_count, offer->domain.vcpus, host->cpus,
		       f);
	config = offer->json_len && offer->json_len < JSON_MAX ? json_parse(offer->json) : NULL;
	if (!affinity_in_config(config, host->cpus))
		findings_add(f, VERDICT_WARNS, "reboot",
			     "Its configuration (cpus=) binds a vCPU to CPUs of which none is there: after a reboot it would not start again, until that is changed with 'xl config-update'.");
	yajl_tree_free(config);
}

/* A difference that NTP levels without a step is none (its slew: 500 ppm). */
static void check_clock(const struct host_info *host, const struct offer *offer,
			struct findings *f)
{
	uint64_t here = host->cpu_khz, there = offer->cpu_khz;
	uint64_t apart = here > there ? here - there : there - here;
	bool near = apart * 2000 <= there;

	if (!there)
		return;
	findings_add(f, near ? VERDICT_FITS : VERDICT_WARNS, "clock",
		     "The TSC runs at %" PRIu64 ".%03" PRIu64 " MHz there and at %" PRIu64 ".%03" PRIu64 " MHz at the source%s",
		     here / 1000, here % 1000, there / 1000, there % 1000,
		     near ? "." :
		     ": a guest that reads it directly is slowed down, as Xen emulates it from then on.");
}

/* What it must not miss; the move itself compares what Xen has made of it once more. */
static void check_cpu(const struct host_info *host, const struct offer *offer, struct findings *f)
{
	char names[256];
	unsigned int lacking;

	if (!HAS(host, XENMIG_A_INFO_FEATURES) || !HAS(&offer->domain, XENMIG_A_DOMAIN_FEATURES))
		return;
	lacking = features_lacking(offer->domain.features, host->features, names, sizeof(names));
	if (lacking)
		findings_add(f, VERDICT_AGAINST, "CPU",
			     "The CPU there lacks %u features that the guest has seen (%s): move it to another host, or start it with fewer features (cpuid= in its configuration).",
			     lacking, names);
	else
		findings_add(f, VERDICT_FITS, "CPU",
			     "All features that the guest has seen are there.");
}

static void check_xen(struct move *m, struct findings *f)
{
	const struct hello *here = &m->host, *there = &m->theirs;

	if (there->xen_major < here->xen_major ||
	    (there->xen_major == here->xen_major && there->xen_minor <= here->xen_minor))
		findings_add(f, VERDICT_FITS, "hypervisor", "Xen %u.%u there, %u.%u at the source.",
			     here->xen_major, here->xen_minor, there->xen_major, there->xen_minor);
	else
		findings_add(f, VERDICT_AGAINST, "hypervisor",
			     "Xen is older there (%u.%u) than at the source (%u.%u), and a guest can only move to the same or a newer one.",
			     here->xen_major, here->xen_minor, there->xen_major, there->xen_minor);
}

static void check_versions(struct move *m, struct findings *f)
{
	const struct hello *here = &m->host, *there = &m->theirs;
	bool same = !strcmp(here->migctl, there->migctl) && !strcmp(here->module, there->module);

	findings_add(f, same ? VERDICT_FITS : VERDICT_WARNS, "versions",
		     "migctl %s and xenmig %s there, migctl %s and xenmig %s at the source%s",
		     here->migctl, here->module, there->migctl, there->module,
		     same ? "." : ": install one release at both.");
}

static void check_autostart(const struct offer *offer, struct findings *f)
{
	struct error err = { 0 };

	if (autostart_admit(offer, &err))
		against(f, "autostart", err.text);
	else if (offer->autostart_name[0])
		findings_add(f, VERDICT_FITS, "autostart", "The entry %s can be written there.",
			     offer->autostart_name);
}

/**
 * admission_check() - whether this host can take a guest in
 * @m: the move, after HELLO
 * @offer: the guest
 * @program: of its device model, "" for that of this host's Xen
 * @findings: takes what is found; the guest can be taken in when nothing is against it
 *
 * Sentences are for whoever is at the source: "there" is this host.
 */
void admission_check(struct move *m, const struct offer *offer, const char *program,
		     struct findings *findings)
{
	struct error err = { 0 };
	struct host_info host;
	uint32_t i;

	probe_send(offer->move, offer->vifs, offer->vif_count);
	check_versions(m, findings);
	check_xen(m, findings);
	check_form(offer, findings);
	check_others(m, offer, findings);
	check_json(offer, findings);
	check_kept(offer, findings);
	if (link_info(m->link, &host, &err)) {
		against(findings, "module", err.text);
	} else {
		check_memory(&host, offer, findings);
		check_cpu(&host, offer, findings);
		check_clock(&host, offer, findings);
		check_affinity(&host, offer, findings);
	}
	check_autostart(offer, findings);
	if (devicemodel_is_wanted(offer))
		dm_process_admit(offer, program, findings);
	for (i = 0; i < offer->vif_count; i++)
		vif_check(&offer->vifs[i], findings);
	for (i = 0; i < offer->vbd_count; i++)
		vbd_check(&offer->vbds[i], offer->unsafe_storage, findings);
	/* Once more: a frame can be lost. */
	probe_send(offer->move, offer->vifs, offer->vif_count);
}
