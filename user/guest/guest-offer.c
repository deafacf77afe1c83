// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <linux/xenmig.h>

#include "base/json.h"
#include "device/vbd.h"
#include "device/vif.h"
#include "device/vkbd.h"
#include "devicemodel/devicemodel.h"
#include "guest/guest-parts.h"
#include "host/affinity.h"
#include "module/domain.h"
#include "xenstore/toolstack-nodes.h"
#include "xenstore/userdata.h"

#define EVTCHN_DEFAULT		1023	/* libxl's */
#define MSR_RELAXED		1u	/* XEN_X86_MSR_RELAXED */
#define PHYSCAP_GNTTAB_V2	(1u << 9)
#define UNSET_U32		0xffffffffu

/**
 * guest_settings() - read what can change while the guest runs
 * @s: the store
 * @domain: the guest
 * @settings: filled in
 */
void guest_settings(struct store *s, const struct domain *domain, struct settings *settings)
{
	char text[16];
	uint32_t i;

	memset(settings, 0, sizeof(*settings));
	settings->have = ~0ULL;
	settings->target_kib = domain->pages * 4;
	store_get_number(s, &settings->target_kib, DOM "/memory/target", domain->domid);
	settings->static_max_kib = domain->max_pages * 4;
	store_get_number(s, &settings->static_max_kib, DOM "/memory/static-max", domain->domid);
	store_get_number(s, &settings->videoram_kib, DOM "/memory/videoram", domain->domid);
	for (i = 0; i < domain->vcpus && i < VCPUS_MAX; i++) {
		strcpy(text, "online");
		store_get_text(s, text, sizeof(text), DOM "/cpu/%u/availability", domain->domid,
			       i);
		settings->online[i] = strcmp(text, "offline") ? '1' : '0';
	}
}

static void describe_features(struct store *s, uint32_t domid, struct offer *offer)
{
	static const struct {
		const char *node;
		uint32_t bit;
	} features[] = {
		{ "feature-poweroff", FEATURE_POWEROFF }, { "feature-reboot", FEATURE_REBOOT },
		{ "feature-suspend", FEATURE_SUSPEND },
	};
	uint64_t value;
	size_t i;

	for (i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		if (store_get_number(s, &value, DOM "/control/%s", domid, features[i].node) &&
		    value)
			offer->features |= features[i].bit;
}

static uint32_t limit_from(yajl_val json, const char *path, uint32_t otherwise)
{
	uint64_t value;

	if (!json_number(json, path, &value) || value >= UNSET_U32)
		return otherwise;
	return value;
}

/* Of an HVM guest's wall clock: what was asked for, or that it shows the local time. */
static int32_t clock_offset(yajl_val json)
{
	yajl_val v = json_at(json, "b_info/rtc_timeoffset");
	long long offset = YAJL_IS_INTEGER(v) ? YAJL_GET_INTEGER(v) : 0;
	time_t now = time(NULL);
	struct tm local;

	if (json_defbool(json, "b_info/localtime") > 0 && localtime_r(&now, &local))
		offset += local.tm_gmtoff;
	return offset > INT32_MAX || offset < INT32_MIN ? 0 : offset;
}

/* What the hypervisor cannot tell of a domain comes from libxl's notes. */
static void describe_limits(struct domain *d, yajl_val json, const struct host_info *host)
{
	uint32_t version = host->capabilities & PHYSCAP_GNTTAB_V2 ? 2 : 1;

	d->misc_flags = json_defbool(json, "b_info/arch_x86/msr_relaxed") ? MSR_RELAXED : 0;
	d->evtchn_ports = limit_from(json, "b_info/event_channels", EVTCHN_DEFAULT);
	if (!d->evtchn_ports)
		d->evtchn_ports = EVTCHN_DEFAULT;
	d->maptrack_frames = (int32_t)limit_from(json, "b_info/max_maptrack_frames", UNSET_U32);
	d->grant_version = limit_from(json, "b_info/max_grant_version", version);
	d->store_domid = 0;
	d->console_domid = 0;
	d->time_offset = clock_offset(json);
	GIVE(d, XENMIG_A_DOMAIN_TIME_OFFSET);
	GIVE(d, XENMIG_A_DOMAIN_MISC_FLAGS);
	GIVE(d, XENMIG_A_DOMAIN_EVTCHN_PORTS);
	GIVE(d, XENMIG_A_DOMAIN_MAPTRACK_FRAMES);
	GIVE(d, XENMIG_A_DOMAIN_GRANT_VERSION);
	GIVE(d, XENMIG_A_DOMAIN_STORE_DOMID);
	GIVE(d, XENMIG_A_DOMAIN_CONSOLE_DOMID);
}

static int too_many(unsigned int count, unsigned int max, const char *what, struct error *err)
{
	if (count <= max)
		return 0;
	return error_set(err, EXIT_REFUSED, "The domain has more than %u %s, which is the most that migctl moves.",
			 max, what);
}

/**
 * guest_vifs() - the interfaces of a guest
 * @s: the store
 * @domid: the guest
 * @vifs: room for VIFS_MAX
 * @count: set to how many
 * @err: why not
 *
 * Return: 0 or -1.
 */
int guest_vifs(struct store *s, uint32_t domid, struct vif *vifs, unsigned int *count,
	       struct error *err)
{
	uint32_t numbers[VIFS_MAX + 1];
	unsigned int found = guest_device_numbers(s, domid, "vif", numbers, VIFS_MAX + 1);

	*count = 0;
	if (too_many(found, VIFS_MAX, "network interfaces", err))
		return -1;
	for (; *count < found; (*count)++)
		if (vif_read(s, domid, numbers[*count], &vifs[*count], err))
			return -1;
	return 0;
}

static int guest_vbds(struct store *s, uint32_t domid, struct vbd *vbds, unsigned int *count,
		      struct error *err)
{
	uint32_t numbers[VBDS_MAX + 1];
	unsigned int found = guest_device_numbers(s, domid, "vbd", numbers, VBDS_MAX + 1);

	*count = 0;
	if (too_many(found, VBDS_MAX, "disks", err))
		return -1;
	for (; *count < found; (*count)++)
		if (vbd_read(s, domid, numbers[*count], &vbds[*count], err))
			return -1;
	return 0;
}

/* What Xen would not say, and what the destination's Xen would not be told. */
static int check_hvm(yajl_val json, struct error *err)
{
	const char *altp2m = json_text(json, "b_info/altp2m");

	if (json_defbool(json, "b_info/nested_hvm") > 0 ||
	    json_defbool(json, "b_info/type.hvm/nested_hvm") > 0)
		return error_set(err, EXIT_REFUSED,
			"The guest has nested virtualisation (nestedhvm), whose state cannot be moved: start it without.");
	if (json_defbool(json, "b_info/type.hvm/altp2m") > 0 || (altp2m && strcmp(altp2m, "disabled")))
		return error_set(err, EXIT_REFUSED,
			"The guest has alternative memory maps (altp2m), which cannot be moved: start it without.");
	return 0;
}

static int describe_json(const struct domain *d, const struct host_info *host, struct offer *offer,
			 struct error *err)
{
	char uuid[UUID_TEXT];
	yajl_val tree = NULL;
	int rc;

	uuid_format(d->uuid, uuid);
	rc = userdata_read(d->domid, uuid, offer->json, sizeof(offer->json), &offer->json_len);
	if (rc && rc != -ENOENT)
		return error_set(err, EXIT_REFUSED,
			"The configuration that libxl keeps of the domain cannot be read: %s.",
			strerror(-rc));
	if (!rc)
		tree = json_parse(offer->json);
	if (!rc && !tree)
		return error_set(err, EXIT_REFUSED,
			"The configuration that libxl keeps of the domain is damaged: 'xl list -l %u' should show it.",
			d->domid);
	describe_limits(&offer->domain, tree, host);
	rc = devicemodel_is_wanted(offer) ? check_hvm(tree, err) : 0;
	yajl_tree_free(tree);
	return rc;
}

/* What a device model of an HVM guest is like, if it has one. */
static int describe_device_model(struct store *s, struct offer *offer, struct error *err)
{
	offer->have &= ~(1ULL << OFFER_DEVICE_MODEL);
	if (!devicemodel_is_wanted(offer))
		return 0;
	GIVE(offer, OFFER_DEVICE_MODEL);
	offer->keyboard = vkbd_exists(s, offer->domain.domid);
	return devicemodel_describe(s, offer->domain.domid, &offer->device_model, err) ||
	       devicemodel_check(offer, err) ? -1 : 0;
}

/**
 * guest_describe() - all that its destination must know of a guest
 * @link: to the module
 * @s: the store
 * @domain: the guest
 * @host: where it runs
 * @offer: filled in
 * @err: why not
 *
 * Return: 0 or -1.
 */
int guest_describe(struct link *link, struct store *s, const struct domain *domain,
		   const struct host_info *host, struct offer *offer, struct error *err)
{
	uint64_t number;

	memset(offer, 0, sizeof(*offer));
	offer->have = ~0ULL;
	offer->domain = *domain;
	if (!store_get_text(s, offer->name, sizeof(offer->name) - 16, DOM "/name", domain->domid))
		return error_set(err, EXIT_REFUSED,
			"The domain has no name in xenstore, or too long a one: give it one with 'xl rename'.");
	snprintf(offer->type, sizeof(offer->type), "%s", domain_type(domain));
	guest_settings(s, domain, &offer->settings);
	describe_features(s, domain->domid, offer);
	offer->cpu_khz = host->cpu_khz;
	if (store_get_number(s, &number, DOM "/console/limit", domain->domid))
		offer->console_limit = number < UNSET_U32 ? number : 0;
	if (toolstack_nodes_read(s, domain->domid, offer->nodes, &offer->node_count, err) ||
	    guest_vifs(s, domain->domid, offer->vifs, &offer->vif_count, err) ||
	    guest_vbds(s, domain->domid, offer->vbds, &offer->vbd_count, err) ||
	    affinity_read(link, domain, offer->affinities, &offer->affinity_count, err))
		return -1;
	return describe_json(domain, host, offer, err) ||
	       describe_device_model(s, offer, err) ? -1 : 0;
}

static int changed(const char *what, struct error *err)
{
	return error_set(err, EXIT_FAILED,
		"%s of the guest was attached, detached or changed during the move: try again.",
		what);
}

/**
 * guest_same_devices() - whether a guest still has the devices it had, by kind and number
 * @s: the store
 * @domid: the guest
 * @offer: what it had
 * @err: what is different
 *
 * Few reads: for the pause.
 *
 * Return: 0 or -1.
 */
int guest_same_devices(struct store *s, uint32_t domid, const struct offer *offer,
		       struct error *err)
{
	uint32_t vifs[VIFS_MAX + 1], vbds[VBDS_MAX + 1];
	struct findings found;
	unsigned int count, i;
	bool same;

	found.count = 0;
	guest_survey_libxl_devices(s, domid, &found);
	if (guest_first_against(&found, err))
		return -1;
	count = guest_device_numbers(s, domid, "vif", vifs, VIFS_MAX + 1);
	same = count == offer->vif_count;
	for (i = 0; i < count && same; i++)
		same = vifs[i] == offer->vifs[i].devid;
	if (!same)
		return changed("A network interface", err);
	count = guest_device_numbers(s, domid, "vbd", vbds, VBDS_MAX + 1);
	same = count == offer->vbd_count;
	for (i = 0; i < count && same; i++)
		same = vbds[i] == offer->vbds[i].devid;
	return same ? 0 : changed("A disk", err);
}

/**
 * guest_unchanged() - whether a guest still has the devices it had, just as they were
 * @s: the store
 * @domid: the guest
 * @offer: what it had
 * @err: what is different
 *
 * Return: 0 or -1.
 */
int guest_unchanged(struct store *s, uint32_t domid, const struct offer *offer, struct error *err)
{
	struct vif vifs[VIFS_MAX];
	struct findings found;
	unsigned int count;

	found.count = 0;
	guest_survey_backends(s, domid, &found);
	if (guest_same_devices(s, domid, offer, err) || guest_first_against(&found, err) ||
	    guest_vifs(s, domid, vifs, &count, err))
		return -1;
	if (count == offer->vif_count && !memcmp(vifs, offer->vifs, count * sizeof(vifs[0])))
		return 0;
	return changed("A network interface", err);
}
