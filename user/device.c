// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"

#define BACK		"/local/domain/0/backend/%s/%u/%u"
#define FRONT		"/local/domain/%u/device/%s/%u"
#define LIBXL		"/libxl/%u/device/%s/%u"

static bool equals(const char *value, const void *arg)
{
	return value && !strcmp(value, arg);
}

static bool closed_or_gone(const char *value, const void *arg)
{
	(void)arg;
	return !value || !strcmp(value, DEVICE_CLOSED);
}

/**
 * device_await() - wait until a backend is in a state
 * @s: the store
 * @d: the device
 * @state: the state
 *
 * Return: 0, or a negative errno after DEVICE_BACKEND_WAIT_MS.
 */
int device_await(struct store *s, const struct device *d, const char *state)
{
	char path[96];

	snprintf(path, sizeof(path), BACK "/state", d->kind, d->domid, d->devid);
	return store_wait(s, path, equals, state, DEVICE_BACKEND_WAIT_MS);
}

/* Without its frontend a backend closes at once, guest or no guest. */
static void put_closing(struct store *s, void *arg)
{
	const struct device *d = arg;
	char *state = store_get(s, BACK "/state", d->kind, d->domid, d->devid);

	store_remove(s, FRONT, d->domid, d->kind, d->devid);
	if (state) {
		store_put(s, "0", BACK "/online", d->kind, d->domid, d->devid);
		if (strcmp(state, DEVICE_CLOSED))
			store_put(s, DEVICE_CLOSING, BACK "/state", d->kind, d->domid, d->devid);
	}
	free(state);
}

static void put_nothing(struct store *s, void *arg)
{
	const struct device *d = arg;
	unsigned int left = 0;

	store_remove(s, BACK, d->kind, d->domid, d->devid);
	store_remove(s, LIBXL, d->domid, d->kind, d->devid);
	free(store_list(s, &left, "/local/domain/0/backend/%s/%u", d->kind, d->domid));
	if (!left)
		store_remove(s, "/local/domain/0/backend/%s/%u", d->kind, d->domid);
}

/**
 * device_remove() - close a device and remove every trace of it
 * @s: the store
 * @d: the device, made wholly or not
 * @offline: runs its hotplug script, between the two
 * @arg: for @offline
 */
void device_remove(struct store *s, const struct device *d, int (*offline)(void *arg), void *arg)
{
	struct device device = *d;
	char path[96];

	if (store_transact(s, put_closing, &device))
		fprintf(stderr, "migctl: %s %u of domain %u could not be closed.\n", d->kind,
			d->devid, d->domid);
	snprintf(path, sizeof(path), BACK "/state", d->kind, d->domid, d->devid);
	store_wait(s, path, closed_or_gone, NULL, DEVICE_BACKEND_WAIT_MS);
	if (store_exists(s, BACK, d->kind, d->domid, d->devid))
		offline(arg);
	if (store_transact(s, put_nothing, &device))
		fprintf(stderr, "migctl: the nodes of %s %u of domain %u could not be removed.\n",
			d->kind, d->devid, d->domid);
}
