// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device/device.h"
#include "device/script.h"
#include "peer/config.h"

#define BACK		"/local/domain/0/backend/%s/%u/%u"
#define FRONT		"/local/domain/%u/device/%s/%u"
#define LIBXL		"/libxl/%u/device/%s/%u"
#define WORDS_MAX	12

struct creation {
	const struct device *device;
	const struct device_nodes *nodes;
};

static void put_back(struct store *s, const struct creation *c, const char *dir, const char *front)
{
	store_put(s, front, "%s/frontend", dir);
	store_put_number(s, c->device->domid, "%s/frontend-id", dir);
	store_put(s, "1", "%s/online", dir);
	store_put(s, "1", "%s/state", dir);
	c->nodes->back(s, c->device, dir, c->nodes->arg);
}

static void put_front(struct store *s, const struct creation *c, const char *dir, const char *back)
{
	store_put(s, back, "%s/backend", dir);
	store_put(s, "0", "%s/backend-id", dir);
	store_put(s, "1", "%s/state", dir);
	c->nodes->front(s, c->device, dir, c->nodes->arg);
}

static void put_device(struct store *s, void *arg)
{
	const struct creation *c = arg;
	const struct device *d = c->device;
	char back[96], front[96], libxl[96];

	snprintf(back, sizeof(back), BACK, d->kind, d->domid, d->devid);
	snprintf(front, sizeof(front), FRONT, d->domid, d->kind, d->devid);
	snprintf(libxl, sizeof(libxl), LIBXL, d->domid, d->kind, d->devid);
	store_make(s, ACCESS_HOST, d->domid, "%s", libxl);
	store_put(s, back, "%s/backend", libxl);
	put_back(s, c, libxl, front);
	store_remove(s, "%s", front);
	store_make(s, ACCESS_FRONTEND, d->domid, "%s", front);
	put_front(s, c, front, back);
	store_remove(s, "%s", back);
	store_make(s, ACCESS_GUEST_READS, d->domid, "%s", back);
	put_back(s, c, back, front);
}

/**
 * device_create() - ask for a backend
 * @s: the store
 * @d: the device
 * @nodes: what is to be written
 *
 * What an earlier device of that number left is removed.
 *
 * Return: 0 or a negative errno, and nothing was written.
 */
int device_create(struct store *s, const struct device *d, const struct device_nodes *nodes)
{
	struct creation c = { .device = d, .nodes = nodes };

	return store_transact(s, put_device, &c);
}

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

static unsigned int script_limit(const struct store *s)
{
	return s->context && s->context->script_limit ? s->context->script_limit :
							CONFIG_SCRIPT_LIMIT;
}

static void append(char **list, size_t *n, char *const *more)
{
	for (; more && *more && *n < WORDS_MAX; more++)
		list[(*n)++] = *more;
	list[*n] = NULL;
}

/**
 * device_script() - run a hotplug script
 * @s: the store, whose caller says how long it may take and where its output goes
 * @d: the device
 * @h: the script
 * @verb: what it is to do
 *
 * Return: what script_run() returns.
 */
int device_script(struct store *s, const struct device *d, const struct hotplug *h,
		  const char *verb)
{
	char path[128], var_script[160], var_type[32], var_path[96];
	char *argv[WORDS_MAX + 1] = { path, (char *)verb };
	char *envp[WORDS_MAX + 1] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"XENBUS_BASE_PATH=backend", var_type, var_script, var_path,
	};
	size_t args = 2, vars = 5;

	snprintf(path, sizeof(path), DEVICE_SCRIPT_DIR "%s", h->script);
	snprintf(var_script, sizeof(var_script), "script=%s", path);
	snprintf(var_type, sizeof(var_type), "XENBUS_TYPE=%s", d->kind);
	snprintf(var_path, sizeof(var_path), "XENBUS_PATH=backend/%s/%u/%u", d->kind, d->domid,
		 d->devid);
	append(argv, &args, h->args);
	append(envp, &vars, h->env);
	return script_run(argv, envp, script_limit(s) * 1000, h->haste,
			  s->context ? s->context->output : 0);
}

/**
 * device_online() - wait for a backend, then run its hotplug script
 * @s: the store
 * @d: the device, its nodes written
 * @h: the script
 * @verb: what it is to do
 * @err: why not
 *
 * Return: 0 or -1.
 */
int device_online(struct store *s, const struct device *d, const struct hotplug *h,
		  const char *verb, struct error *err)
{
	char problem[256] = "see its output";
	int rc;

	if (device_await(s, d, DEVICE_INIT_WAIT))
		return error_set(err, EXIT_FAILED,
			"The backend of %s did not come up within %d s: check that the module %s is loaded there.",
			h->what, DEVICE_BACKEND_WAIT_MS / 1000, h->module);
	rc = device_script(s, d, h, verb);
	if (!rc)
		return 0;
	store_get_text(s, problem, sizeof(problem), BACK "/hotplug-error", d->kind, d->domid,
		       d->devid);
	error_sentence(problem, sizeof(problem));
	if (rc == -ETIMEDOUT)
		return error_set(err, EXIT_FAILED,
			"The hotplug script " DEVICE_SCRIPT_DIR "%s of %s did not end within %u s.",
			h->script, h->what, script_limit(s));
	return error_set(err, EXIT_FAILED,
			 "The hotplug script " DEVICE_SCRIPT_DIR "%s of %s failed with %d: %s",
			 h->script, h->what, rc, problem);
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
void device_remove(struct store *s, const struct device *d,
		   int (*offline)(struct store *s, void *arg), void *arg)
{
	struct device device = *d;
	char path[96];

	if (store_transact(s, put_closing, &device))
		context_tell(s->context, LEVEL_WARNING, "%s %u of domain %u could not be closed.",
			     d->kind, d->devid, d->domid);
	snprintf(path, sizeof(path), BACK "/state", d->kind, d->domid, d->devid);
	store_wait(s, path, closed_or_gone, NULL, DEVICE_BACKEND_WAIT_MS);
	if (store_exists(s, BACK, d->kind, d->domid, d->devid))
		offline(s, arg);
	if (store_transact(s, put_nothing, &device))
		context_tell(s->context, LEVEL_WARNING,
			     "The nodes of %s %u of domain %u could not be removed.", d->kind,
			     d->devid, d->domid);
}
