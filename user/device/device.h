/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all PV devices have in common: backend, frontend, libxl's note, hotplug script. */
#ifndef MIGCTL_DEVICE_H
#define MIGCTL_DEVICE_H

#include "device/script.h"
#include "xenstore/store.h"

#define DEVICE_SCRIPT_DIR	"/etc/xen/scripts/"
#define DEVICE_BACKEND_WAIT_MS	10000

/* states of a backend (xen/include/public/io/xenbus.h) */
#define DEVICE_INIT_WAIT	"2"
#define DEVICE_CONNECTED	"4"
#define DEVICE_CLOSING		"5"
#define DEVICE_CLOSED		"6"

/**
 * struct device - a PV device of a guest of this host
 * @domid: the guest
 * @kind: "vif" or "vbd"
 * @devid: its number
 */
struct device {
	uint32_t domid;
	const char *kind;
	uint32_t devid;
};

/**
 * struct hotplug - a hotplug script and how it is called
 * @what: the device, for people
 * @module: of its backend
 * @script: file name in DEVICE_SCRIPT_DIR
 * @args: behind the verb, ended by NULL; or NULL
 * @env: more variables, ended by NULL; or NULL
 * @haste: how it is run
 */
struct hotplug {
	const char *what;
	const char *module;
	const char *script;
	char *const *args;
	char *const *env;
	enum haste haste;
};

/**
 * struct device_nodes - what a kind of device has in xenstore beside what all of them have
 * @front: writes into the directory of the frontend
 * @back: writes into that of the backend, and into libxl's
 * @arg: for both
 */
struct device_nodes {
	void (*front)(struct store *s, const struct device *d, const char *dir, const void *arg);
	void (*back)(struct store *s, const struct device *d, const char *dir, const void *arg);
	const void *arg;
};

int device_create(struct store *s, const struct device *d, const struct device_nodes *nodes);
int device_script(struct store *s, const struct device *d, const struct hotplug *h,
		  const char *verb);
int device_online(struct store *s, const struct device *d, const struct hotplug *h,
		  const char *verb, struct error *err);
int device_await(struct store *s, const struct device *d, const char *state);
void device_remove(struct store *s, const struct device *d,
		   int (*offline)(struct store *s, void *arg), void *arg);

#endif /* MIGCTL_DEVICE_H */
