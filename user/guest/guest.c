// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/uuid.h"
#include "device/vbd.h"
#include "device/vif.h"
#include "device/vkbd.h"
#include "devicemodel/devicemodel.h"
#include "guest/guest-parts.h"
#include "guest/watched-guests.h"
#include "xenstore/tree.h"
#include "xenstore/userdata.h"

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

static int compare_numbers(const void *a, const void *b)
{
	return *(const uint32_t *)a < *(const uint32_t *)b ? -1 : 1;
}

/**
 * guest_device_numbers() - the numbers of a guest's devices of a kind
 * @s: the store
 * @domid: the guest
 * @kind: of backend
 * @numbers: room for @max
 * @max: more are passed over
 *
 * Return: how many; they are ascending.
 */
unsigned int guest_device_numbers(struct store *s, uint32_t domid, const char *kind,
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

	count = guest_device_numbers(s, domid, "vbd", numbers, VBDS_MAX);
	while (count)
		vbd_remove(s, domid, numbers[--count]);
	count = guest_device_numbers(s, domid, "vif", numbers, VIFS_MAX);
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
