// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "device/device.h"
#include "device/vkbd.h"

#define BACKS	"/local/domain/0/backend/vkbd/%u"
#define BACK	BACKS "/0"
#define FRONT	"/local/domain/%u/device/vkbd/0"
#define LIBXL	"/libxl/%u/device/vkbd"

/**
 * vkbd_moves() - is a device the keyboard of an HVM guest?
 * @s: the store
 * @domid: the guest
 * @kind: of the device
 * @dev: its number
 *
 * Return: true if so; that of any other guest has a device model of its own.
 */
bool vkbd_moves(struct store *s, uint32_t domid, const char *kind, const char *dev)
{
	char type[8] = "";

	if (strcmp(kind, "vkbd") || strcmp(dev, "0"))
		return false;
	store_get_text(s, type, sizeof(type), "/libxl/%u/type", domid);
	return !strcmp(type, "hvm");
}

/**
 * vkbd_exists() - does a guest have a keyboard?
 * @s: the store
 * @domid: the guest
 *
 * Return: true if so.
 */
bool vkbd_exists(struct store *s, uint32_t domid)
{
	return store_exists(s, BACK, domid);
}

/* What it can do its device model writes. */
static void put_nothing(struct store *s, const struct device *d, const char *dir, const void *arg)
{
	(void)s;
	(void)d;
	(void)dir;
	(void)arg;
}

/**
 * vkbd_create() - ask the device model, which is started later, for a keyboard
 * @s: the store
 * @domid: the guest
 * @err: why not
 *
 * Return: 0 or -1.
 */
int vkbd_create(struct store *s, uint32_t domid, struct error *err)
{
	struct device_nodes nodes = { .front = put_nothing, .back = put_nothing };
	struct device device = { domid, "vkbd", 0 };
	int rc = device_create(s, &device, &nodes);

	if (rc)
		return error_set(err, EXIT_FAILED,
				 "The nodes of the guest's keyboard could not be written: %s.",
				 strerror(-rc));
	return 0;
}

/**
 * vkbd_remove() - remove every trace of a keyboard
 * @s: the store
 * @domid: the guest, whose device model has ended: nobody would close it
 */
void vkbd_remove(struct store *s, uint32_t domid)
{
	store_remove(s, FRONT, domid);
	store_remove(s, BACKS, domid);
	store_remove(s, LIBXL, domid);
}
