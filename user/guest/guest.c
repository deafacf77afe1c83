// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
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
#include "guest/guest.h"
#include "guest/watched-guests.h"
#include "host/affinity.h"
#include "module/domain.h"
#include "offer/findings.h"
#include "xenstore/toolstack-nodes.h"
#include "xenstore/tree.h"
#include "xenstore/userdata.h"

#define DOM			"/local/domain/%u"
#define EVTCHN_DEFAULT		1023	/* libxl's */
#define MSR_RELAXED		1u	/* XEN_X86_MSR_RELAXED */
#define PHYSCAP_SHADOW		(1u << 4)
#define PHYSCAP_GNTTAB_V2	(1u << 9)
#define UNSET_U32		0xffffffffu

static bool is_number(const char *text)
{
	const char *c = text;

	while (isdigit((unsigned char)*c))
		c++;
	return c > text && !*c && c - text < 6;
}

static bool matches(struct store *s, const char *text, const struct domain *d)
{
	char name[256] = "", uuid[UUID_TEXT];

	uuid_format(d->uuid, uuid);
	store_get_text(s, name, sizeof(name), DOM "/name", d->domid);
	if (!strcmp(name, text) || !strcasecmp(uuid, text))
		return true;
	return is_number(text) && (uint32_t)atoi(text) == d->domid;
}

static int refuse_dom0(struct error *err)
{
	return error_set(err, EXIT_REFUSED,
		"Domain 0 is the host itself and cannot be moved: name a guest.");
}

/**
 * guest_find() - the domain that a person means
 * @link: to the module
 * @s: the store
 * @text: a name, an id or a UUID
 * @domain: filled in
 * @err: why not
 *
 * Return: 0 or -1.
 */
int guest_find(struct link *link, struct store *s, const char *text, struct domain *domain,
	       struct error *err)
{
	struct domain *list;
	unsigned int count, i;
	int found = -1;

	if (!strcmp(text, "0") || !strcmp(text, "Domain-0"))
		return refuse_dom0(err);
	if (link_domains(link, &list, &count, err))
		return -1;
	for (i = 0; i < count && found < 0; i++)
		if (matches(s, text, &list[i]))
			found = (int)list[i].domid;
	free(list);
	if (!found)
		return refuse_dom0(err);
	if (found < 0)
		return error_set(err, EXIT_REFUSED,
			"There is no domain '%s' at this host: 'migctl list' and 'xl list' show what there is.",
			text);
	return link_domain(link, found, domain, err);
}

/* libxl notes of a stub domain whom it serves. */
static int check_stub(struct store *s, uint32_t domid, struct error *err)
{
	uint64_t served;

	if (!store_get_number(s, &served, DOM "/target", domid))
		return 0;
	return error_set(err, EXIT_REFUSED,
		"The domain is a stub domain, in which the device model of domain %" PRIu64 " runs: neither of the two can be moved, unless that guest is started without one.",
		served);
}

static int check_state(const struct domain *d, struct error *err)
{
	if (d->dominf_flags & DOMINF_DYING)
		return error_set(err, EXIT_REFUSED, "The domain is being destroyed already.");
	if (d->dominf_flags & DOMINF_SHUTDOWN)
		return error_set(err, EXIT_REFUSED,
			"The domain has shut down (code %u) and there is nothing left to move.",
			DOMINF_CODE(d->dominf_flags));
	if (d->dominf_flags & DOMINF_PAUSED)
		return error_set(err, EXIT_REFUSED,
			"The domain is paused and could not answer the request to suspend: 'xl unpause' it first.");
	return 0;
}

static int refuse_by_module(const struct domain *d, struct error *err)
{
	char text[SENTENCE_LEN];

	strcpy(text, d->refusal);
	error_sentence(text, sizeof(text));
	text[0] = tolower((unsigned char)text[0]);
	return error_set(err, EXIT_REFUSED, "The domain cannot be moved: %s", text);
}

static int check_type(const struct domain *d, struct error *err)
{
	if (HAS(d, XENMIG_A_DOMAIN_REFUSAL))
		return refuse_by_module(d, err);
	return 0;
}

static const char *kind_words(const char *kind)
{
	static const char *const words[][2] = {
		{ "qdisk", "a disk served by qemu (vbd" },
		{ "pci", "a passed-through PCI device (pci" }, { "vfb", "a framebuffer (vfb" },
		{ "vkbd", "a keyboard and mouse (vkbd" }, { "9pfs", "a shared directory (9pfs" },
		{ "vtpm", "a TPM (vtpm" }, { "vusb", "a USB controller (vusb" },
		{ "vscsi", "a SCSI controller (vscsi" }, { "vsnd", "a sound card (vsnd" },
		{ "vdispl", "a display (vdispl" }, { "pvcalls", "a PV socket device (pvcalls" },
		{ "xen_9pfs", "a shared directory (9pfs" },
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(kind, words[i][0]))
			return words[i][1];
	return "a device (";
}

static int refuse_device(const char *kind, const char *dev, struct error *err)
{
	const char *words = kind_words(kind);
	bool bare = words[strlen(words) - 1] == '(';

	return error_set(err, EXIT_REFUSED,
		"The domain has %s%s %s), and such a device cannot be moved yet: detach it first.",
		words, bare ? kind : "", dev);
}

static bool can_move(struct store *s, uint32_t domid, const char *kind, const char *dev)
{
	return !strcmp(kind, "vif") || !strcmp(kind, "vbd") ||
	       (!strcmp(kind, "console") && !strcmp(dev, "0")) || vkbd_moves(s, domid, kind, dev);
}

static int check_device(struct store *s, uint32_t domid, const char *kind, const char *dev,
			struct error *err)
{
	char back[256];

	if (!can_move(s, domid, kind, dev))
		return refuse_device(kind, dev, err);
	if (store_get_text(s, back, sizeof(back), "/libxl/%u/device/%s/%s/backend", domid, kind,
			   dev) && strncmp(back, "/local/domain/0/", 16))
		return error_set(err, EXIT_REFUSED,
			"The device %s %s of the domain is served by a driver domain (%s): only devices served by dom0 can be moved.",
			kind, dev, back);
	return 0;
}

static void survey_device(struct store *s, uint32_t domid, const char *kind, const char *dev,
			  struct findings *f)
{
	struct error err = { 0 };
	char subject[40];

	snprintf(subject, sizeof(subject), "device %s %s", kind, dev);
	if (check_device(s, domid, kind, dev, &err))
		findings_add(f, VERDICT_AGAINST, subject, "%s", err.text);
}

static void survey_kind(struct store *s, uint32_t domid, const char *dir, const char *kind,
			struct findings *f)
{
	unsigned int count, i;
	char **devs = store_list(s, &count, "%s/%s", dir, kind);

	for (i = 0; i < count; i++)
		survey_device(s, domid, kind, devs[i], f);
	free(devs);
}

/* What libxl noted. */
static void survey_libxl_devices(struct store *s, uint32_t domid, struct findings *f)
{
	unsigned int count, i;
	char **kinds = store_list(s, &count, "/libxl/%u/device", domid);
	char dir[64];

	snprintf(dir, sizeof(dir), "/libxl/%u/device", domid);
	for (i = 0; i < count; i++)
		survey_kind(s, domid, dir, kinds[i], f);
	free(kinds);
}

/* What there is that libxl never knew of; what it knows of was looked at. */
static void survey_backends(struct store *s, uint32_t domid, struct findings *f)
{
	unsigned int count, devs, i;
	char **kinds = store_list(s, &count, "/local/domain/0/backend");
	char **list, backend[256];

	for (i = 0; i < count; i++) {
		list = store_list(s, &devs, "/local/domain/0/backend/%s/%u", kinds[i], domid);
		while (devs--)
			if (!can_move(s, domid, kinds[i], list[devs]) &&
			    !store_get_text(s, backend, sizeof(backend),
					    "/libxl/%u/device/%s/%s/backend", domid, kinds[i],
					    list[devs]))
				survey_device(s, domid, kinds[i], list[devs], f);
		free(list);
	}
	free(kinds);
}

/**
 * guest_survey() - everything of a domain that decides whether it can be moved
 * @s: the store
 * @domain: the domain
 * @findings: takes what is found
 */
void guest_survey(struct store *s, const struct domain *domain, struct findings *findings)
{
	struct error err = { 0 };

	/* Before all else: a move is refused with the first reason, and this one nobody can mend. */
	if (check_stub(s, domain->domid, &err))
		findings_add(findings, VERDICT_AGAINST, "type", "%s", err.text);
	error_clear(&err);
	if (check_state(domain, &err))
		findings_add(findings, VERDICT_AGAINST, "state", "%s", err.text);
	error_clear(&err);
	if (check_type(domain, &err))
		findings_add(findings, VERDICT_AGAINST, "type", "%s", err.text);
	survey_libxl_devices(s, domain->domid, findings);
	survey_backends(s, domain->domid, findings);
}

/* The first that is against it. */
static int first_against(const struct findings *f, struct error *err)
{
	uint32_t i;

	for (i = 0; i < f->count; i++)
		if (f->list[i].verdict == VERDICT_AGAINST)
			return error_set(err, EXIT_REFUSED, "%s", f->list[i].text);
	return 0;
}

/**
 * guest_check() - whether a domain can be moved
 * @s: the store
 * @domain: the domain
 * @err: why not
 *
 * Return: 0 or -1.
 */
int guest_check(struct store *s, const struct domain *domain, struct error *err)
{
	struct findings found;

	found.count = 0;
	guest_survey(s, domain, &found);
	return first_against(&found, err);
}

/**
 * guest_check_live() - whether a domain that can be moved can also run meanwhile
 * @domain: the domain
 * @host: where it runs
 * @err: why not
 *
 * Return: 0 or -1.
 */
int guest_check_live(const struct domain *domain, const struct host_info *host, struct error *err)
{
	if (strcmp(domain_type(domain), "pv") || host->capabilities & PHYSCAP_SHADOW)
		return 0;
	return error_set(err, EXIT_REFUSED,
		"The domain is a PV guest, and to move one live the hypervisor needs shadow paging, without which this host's was built: move it with 'migctl move', which suspends it first, or boot a hypervisor that has shadow paging.");
}

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

static int compare_numbers(const void *a, const void *b)
{
	return *(const uint32_t *)a < *(const uint32_t *)b ? -1 : 1;
}

/* The numbers of a guest's devices of a kind, ascending; as many as there is room for. */
static unsigned int device_numbers(struct store *s, uint32_t domid, const char *kind,
				   uint32_t *numbers, unsigned int max)
{
	unsigned int found, count = 0, i;
	char **devs = store_list(s, &found, "/local/domain/0/backend/%s/%u", kind, domid);

	for (i = 0; i < found && count < max; i++)
		if (is_number(devs[i]))
			numbers[count++] = strtoul(devs[i], NULL, 10);
	free(devs);
	qsort(numbers, count, sizeof(*numbers), compare_numbers);
	return count;
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
	unsigned int found = device_numbers(s, domid, "vif", numbers, VIFS_MAX + 1);

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
	unsigned int found = device_numbers(s, domid, "vbd", numbers, VBDS_MAX + 1);

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
	survey_libxl_devices(s, domid, &found);
	if (first_against(&found, err))
		return -1;
	count = device_numbers(s, domid, "vif", vifs, VIFS_MAX + 1);
	same = count == offer->vif_count;
	for (i = 0; i < count && same; i++)
		same = vifs[i] == offer->vifs[i].devid;
	if (!same)
		return changed("A network interface", err);
	count = device_numbers(s, domid, "vbd", vbds, VBDS_MAX + 1);
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
	survey_backends(s, domid, &found);
	if (guest_same_devices(s, domid, offer, err) || first_against(&found, err) ||
	    guest_vifs(s, domid, vifs, &count, err))
		return -1;
	if (count == offer->vif_count && !memcmp(vifs, offer->vifs, count * sizeof(vifs[0])))
		return 0;
	return changed("A network interface", err);
}

/**
 * guest_detach() - close all devices of a guest and remove every trace of them
 * @s: the store
 * @domid: the guest
 */
void guest_detach(struct store *s, uint32_t domid)
{
	uint32_t numbers[VBDS_MAX];
	struct error ignored = { 0 };
	unsigned int count;
	struct vif vif;

	count = device_numbers(s, domid, "vbd", numbers, VBDS_MAX);
	while (count)
		vbd_remove(s, domid, numbers[--count]);
	count = device_numbers(s, domid, "vif", numbers, VIFS_MAX);
	while (count) {
		vif_read(s, domid, numbers[--count], &vif, &ignored);
		error_clear(&ignored);
		vif_remove(s, domid, &vif);
	}
	if (vkbd_exists(s, domid))
		vkbd_remove(s, domid);
}

/**
 * guest_left_traces() - whether anything is left of a guest whose domain is gone
 * @s: the store
 * @domid: the id it had, which no domain has now
 * @uuid: its handle
 *
 * Return: whether there is, in xenstore or among libxl's notes.
 */
bool guest_left_traces(struct store *s, uint32_t domid, const uint8_t *uuid)
{
	char text[UUID_TEXT];

	uuid_format(uuid, text);
	return store_exists(s, "/local/domain/%u", domid) || store_exists(s, "/libxl/%u", domid) ||
	       userdata_exists(domid, text);
}

/**
 * guest_remove() - destroy a guest and remove every trace of it at this host
 * @link: to the module
 * @s: the store
 * @domid: the guest
 * @uuid: its handle
 * @err: what could not be done; the rest is done all the same
 */
void guest_remove(struct link *link, struct store *s, uint32_t domid, const uint8_t *uuid,
		  struct error *err)
{
	char text[UUID_TEXT];

	uuid_format(uuid, text);
	devicemodel_end(s, domid);
	guest_detach(s, domid);
	tree_remove(s, domid, text);
	userdata_remove(domid, text);
	userdata_mark_recent(domid, s->context);
	watched_guests_forget(text);
	link_destroy(link, domid, uuid, err);
}
