// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/xenmig.h>

#include "admission.h"
#include "autostart.h"
#include "domain.h"
#include "json.h"
#include "vbd.h"
#include "vif.h"

#define SLACK_KIB	2048	/* vCPUs, grant and event tables of a small domain */

__attribute__((format(printf, 2, 3)))
static void complain(void *arg, const char *fmt, ...)
{
	struct refuse *refuse = arg;
	va_list ap;

	refuse->have = ~0ULL;
	if (refuse->count == REASONS_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(refuse->reasons[refuse->count].text, SENTENCE_LEN, fmt, ap);
	va_end(ap);
	refuse->reasons[refuse->count++].have = ~0ULL;
}

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

static void check_form(const struct offer *offer, struct refuse *refuse)
{
	const struct domain *d = &offer->domain;
	uint64_t need = 1ULL << XENMIG_A_DOMAIN_UUID | 1ULL << XENMIG_A_DOMAIN_PAGES |
			1ULL << XENMIG_A_DOMAIN_MAX_PAGES | 1ULL << XENMIG_A_DOMAIN_VCPUS |
			1ULL << XENMIG_A_DOMAIN_STORE_GFN | 1ULL << XENMIG_A_DOMAIN_CONSOLE_GFN;

	if (!admission_good_name(offer->name))
		complain(refuse, "The guest's name has characters that cannot be in one, or is too long.");
	if (strcmp(offer->type, "pvh"))
		complain(refuse, "Only PVH guests can be received.");
	if ((d->have & need) != need || !d->vcpus || !good_online(offer))
		complain(refuse, "The guest is not described completely: the versions of migctl do not fit.");
	if (d->pages > d->max_pages)
		complain(refuse, "The guest is described as owning more memory than it may.");
}

static void check_json(const struct offer *offer, struct refuse *refuse)
{
	char uuid[UUID_TEXT];
	const char *named;
	yajl_val tree;

	if (!offer->json_len)
		return;
	tree = offer->json_len < JSON_MAX ? json_parse(offer->json) : NULL;
	if (!tree) {
		complain(refuse, "The guest's configuration is no JSON.");
		return;
	}
	uuid_format(offer->domain.uuid, uuid);
	named = json_text(tree, "c_info/uuid");
	if (named && strcasecmp(named, uuid))
		complain(refuse, "The guest's configuration is of another guest.");
	yajl_tree_free(tree);
}

static void check_one_other(struct move *m, const struct domain *other, const struct offer *offer,
			    struct refuse *refuse)
{
	char name[256] = "", incoming[NAME_LEN + 16];

	snprintf(incoming, sizeof(incoming), "%s--incoming", offer->name);
	store_get_text(&m->store, name, sizeof(name), "/local/domain/%u/name", other->domid);
	if (!strcmp(name, offer->name) || !strcmp(name, incoming))
		complain(refuse, "A domain named %s is there already (domain %u): rename or destroy one of the two.",
			 name, other->domid);
	if (!memcmp(other->uuid, offer->domain.uuid, 16))
		complain(refuse, "A domain with the guest's UUID is there already (domain %u): destroy it, or give the guest a UUID of its own.",
			 other->domid);
}

static void check_others(struct move *m, const struct offer *offer, struct refuse *refuse)
{
	struct error err = { 0 };
	struct domain *list;
	unsigned int count, i;

	if (link_domains(m->link, &list, &count, &err)) {
		complain(refuse, "%s", err.text);
		return;
	}
	for (i = 0; i < count; i++)
		check_one_other(m, &list[i], offer, refuse);
	free(list);
}

static void check_memory(struct move *m, const struct offer *offer, struct refuse *refuse)
{
	struct error err = { 0 };
	struct host_info info;
	uint64_t need;

	if (link_info(m->link, &info, &err)) {
		complain(refuse, "%s", err.text);
		return;
	}
	need = offer->domain.pages * 4 + offer->domain.paging_bytes / 1024 + SLACK_KIB;
	if (offer->domain.pages > UINT64_MAX / 8 || need > info.free_kib)
		complain(refuse, "Not enough free memory: the guest needs %" PRIu64 " MiB and %" PRIu64 " MiB are free; make room there, for instance with 'xl mem-set 0'.",
			 need / 1024, info.free_kib / 1024);
}

static void check_xen(struct move *m, struct refuse *refuse)
{
	const struct hello *here = &m->host, *there = &m->theirs;

	if (there->xen_major < here->xen_major ||
	    (there->xen_major == here->xen_major && there->xen_minor <= here->xen_minor))
		return;
	complain(refuse, "Xen is older here (%u.%u) than at the source (%u.%u), and a guest can only move to the same or a newer one.",
		 here->xen_major, here->xen_minor, there->xen_major, there->xen_minor);
}

static void check_autostart(const struct offer *offer, struct refuse *refuse)
{
	struct error err = { 0 };

	if (autostart_admit(offer, &err))
		complain(refuse, "%s", err.text);
}

/**
 * admission_check() - whether this host can take a guest in
 * @m: the move, after HELLO
 * @offer: the guest
 * @refuse: receives every reason against it; none means that it can
 */
void admission_check(struct move *m, const struct offer *offer, struct refuse *refuse)
{
	uint32_t i;

	memset(refuse, 0, sizeof(*refuse));
	check_form(offer, refuse);
	check_json(offer, refuse);
	check_xen(m, refuse);
	check_others(m, offer, refuse);
	check_memory(m, offer, refuse);
	check_autostart(offer, refuse);
	for (i = 0; i < offer->vif_count; i++)
		vif_check(&offer->vifs[i], complain, refuse);
	for (i = 0; i < offer->vbd_count; i++)
		vbd_check(&offer->vbds[i], offer->unsafe_storage, complain, refuse);
}
