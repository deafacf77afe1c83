// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include <linux/xenmig.h>

#include "xenstore/toolstack-nodes.h"
#include "xenstore/tree.h"

#define CONSOLE_WAIT_MS	10000
#define CONSOLE_LOG_US	300000	/* xenconsoled opens its log right after the tty */
#define INCOMING	"--incoming"	/* behind the name of a guest that does not run here yet */
#define DOM		"/local/domain/%u"

/* Nodes that belong to the guest from the start. */
static const char *const guest_nodes[] = {
	"device/suspend/event-channel", "control/shutdown", "control/feature-poweroff",
	"control/feature-reboot", "control/feature-suspend", "control/sysrq", "data", "drivers",
	"feature", "attr", "error",
};

/* More of an HVM guest. */
static const char *const hvm_nodes[] = { "control/feature-s3", "control/feature-s4" };

/* Directories that the guest may read. */
static const char *const host_nodes[] = { "cpu", "memory", "device", "control" };

static void put_roots(struct store *s, const struct tree *t)
{
	store_remove(s, DOM, t->domid);
	store_make(s, ACCESS_GUEST_READS, t->domid, DOM, t->domid);
	store_remove(s, "/vm/%s", t->uuid);
	store_make(s, ACCESS_GUEST_READS, t->domid, "/vm/%s", t->uuid);
	store_remove(s, "/libxl/%u", t->domid);
	store_make(s, ACCESS_HOST, t->domid, "/libxl/%u", t->domid);
	store_make(s, ACCESS_HOST, t->domid, "/libxl/%u/device", t->domid);
}

static void put_identity(struct store *s, const struct tree *t)
{
	char vm[48];

	snprintf(vm, sizeof(vm), "/vm/%s", t->uuid);
	store_put(s, vm, DOM "/vm", t->domid);
	store_put(s, t->offer->name, DOM "/name", t->domid);
	store_put(s, t->uuid, "%s/uuid", vm);
	store_put(s, t->offer->name, "%s/name", vm);
	store_put(s, t->offer->type, "/libxl/%u/type", t->domid);
	store_put(s, "qemu_xen", "/libxl/%u/dm-version", t->domid);
}

static void put_control(struct store *s, const struct tree *t)
{
	size_t i;

	for (i = 0; i < sizeof(host_nodes) / sizeof(host_nodes[0]); i++)
		store_make(s, ACCESS_GUEST_READS, t->domid, DOM "/%s", t->domid, host_nodes[i]);
	for (i = 0; i < sizeof(guest_nodes) / sizeof(guest_nodes[0]); i++)
		store_make(s, ACCESS_GUEST_OWNS, t->domid, DOM "/%s", t->domid, guest_nodes[i]);
	for (i = 0; !strcmp(t->offer->type, "hvm") &&
	     i < sizeof(hvm_nodes) / sizeof(hvm_nodes[0]); i++)
		store_make(s, ACCESS_GUEST_OWNS, t->domid, DOM "/%s", t->domid, hvm_nodes[i]);
	store_put(s, "1", DOM "/control/platform-feature-multiprocessor-suspend", t->domid);
	store_put(s, "1", DOM "/control/platform-feature-xs_reset_watches", t->domid);
	/* What the guest said it can do; a resumed one does not say it again. */
	if (t->offer->features & FEATURE_POWEROFF)
		store_put(s, "1", DOM "/control/feature-poweroff", t->domid);
	if (t->offer->features & FEATURE_REBOOT)
		store_put(s, "1", DOM "/control/feature-reboot", t->domid);
	if (t->offer->features & FEATURE_SUSPEND)
		store_put(s, "1", DOM "/control/feature-suspend", t->domid);
}

static void put_skeleton(struct store *s, void *arg)
{
	const struct tree *t = arg;

	put_roots(s, t);
	put_identity(s, t);
	put_control(s, t);
	toolstack_nodes_put(s, t->domid, t->offer->nodes, t->offer->node_count);
}

static void put_settings(struct store *s, uint32_t domid, const struct settings *settings)
{
	unsigned int i;

	store_put_number(s, settings->static_max_kib, DOM "/memory/static-max", domid);
	store_put_number(s, settings->target_kib, DOM "/memory/target", domid);
	store_put_number(s, settings->videoram_kib, DOM "/memory/videoram", domid);
	for (i = 0; settings->online[i]; i++)
		store_put(s, settings->online[i] == '1' ? "online" : "offline",
			  DOM "/cpu/%u/availability", domid, i);
}

static void put_rings(struct store *s, const struct tree *t)
{
	struct timeval now;
	char start[48];

	store_put_number(s, t->domid, DOM "/domid", t->domid);
	store_put_number(s, t->store_port, DOM "/store/port", t->domid);
	store_put_number(s, t->store_frame, DOM "/store/ring-ref", t->domid);
	gettimeofday(&now, NULL);
	snprintf(start, sizeof(start), "%lu.%02d", (unsigned long)now.tv_sec,
		 (int)(now.tv_usec / 10000));
	store_put(s, start, "/vm/%s/start_time", t->uuid);
}

/* The same nodes stand in the backend's directory and in libxl's. */
static void put_console_back(struct store *s, const struct tree *t, const char *dir)
{
	char front[64];

	snprintf(front, sizeof(front), DOM "/console", t->domid);
	store_put(s, front, "%s/frontend", dir);
	store_put_number(s, t->domid, "%s/frontend-id", dir);
	store_put(s, "1", "%s/online", dir);
	store_put(s, "1", "%s/state", dir);
	store_put(s, "vt100", "%s/protocol", dir);
}

static void put_console(struct store *s, const struct tree *t)
{
	uint32_t limit = t->offer->console_limit ? t->offer->console_limit : 1048576;
	char back[64], libxl[64];

	snprintf(back, sizeof(back), "/local/domain/0/backend/console/%u/0", t->domid);
	snprintf(libxl, sizeof(libxl), "/libxl/%u/device/console/0", t->domid);
	store_make(s, ACCESS_GUEST_READS, t->domid, DOM "/console", t->domid);
	store_put(s, back, DOM "/console/backend", t->domid);
	store_put(s, "0", DOM "/console/backend-id", t->domid);
	store_access(s, ACCESS_FRONTEND, t->domid, DOM "/console/backend-id", t->domid);
	store_put_number(s, limit, DOM "/console/limit", t->domid);
	store_put(s, "xenconsoled", DOM "/console/type", t->domid);
	store_put(s, "pty", DOM "/console/output", t->domid);
	store_put(s, "", DOM "/console/tty", t->domid);
	store_put_number(s, t->console_port, DOM "/console/port", t->domid);
	store_put_number(s, t->console_frame, DOM "/console/ring-ref", t->domid);
	store_make(s, ACCESS_GUEST_READS, t->domid, "%s", back);
	put_console_back(s, t, back);
	store_make(s, ACCESS_HOST, t->domid, "%s", libxl);
	store_put(s, back, "%s/backend", libxl);
	put_console_back(s, t, libxl);
}

static void put_built(struct store *s, void *arg)
{
	const struct tree *t = arg;

	put_settings(s, t->domid, &t->offer->settings);
	put_rings(s, t);
	put_console(s, t);
}

/**
 * tree_create() - write the nodes of a guest and introduce it to xenstored
 * @s: the store
 * @tree: the guest
 * @err: why not
 *
 * Return: 0 or -1.
 */
int tree_create(struct store *s, struct tree *tree, struct error *err)
{
	int rc = store_transact(s, put_skeleton, tree);

	if (!rc)
		rc = store_transact(s, put_built, tree);
	if (rc)
		return error_set(err, EXIT_FAILED,
				 "The guest's xenstore nodes could not be written: %s.",
				 strerror(-rc));
	if (!xs_introduce_domain(s->xs, tree->domid, tree->store_frame, tree->store_port))
		return error_set(err, EXIT_FAILED, "xenstored did not accept the guest: %s.",
				 strerror(errno));
	return 0;
}

struct settings_of {
	uint32_t domid;
	const struct settings *settings;
};

static void put_settings_only(struct store *s, void *arg)
{
	const struct settings_of *of = arg;

	put_settings(s, of->domid, of->settings);
}

/**
 * tree_settings() - write what can have changed while the guest ran at the source
 * @s: the store
 * @domid: the guest
 * @settings: what to write
 *
 * Return: 0 or a negative errno.
 */
int tree_settings(struct store *s, uint32_t domid, const struct settings *settings)
{
	struct settings_of of = { .domid = domid, .settings = settings };

	return store_transact(s, put_settings_only, &of);
}

struct rename {
	uint32_t domid;
	const char *uuid;
	const char *name;
};

static void put_name(struct store *s, void *arg)
{
	const struct rename *r = arg;

	store_put(s, r->name, DOM "/name", r->domid);
	store_put(s, r->name, "/vm/%s/name", r->uuid);
}

/**
 * tree_rename() - change the name of a guest
 * @s: the store
 * @domid: the guest
 * @uuid: its UUID in text
 * @name: its new name
 *
 * Return: 0 or a negative errno.
 */
int tree_rename(struct store *s, uint32_t domid, const char *uuid, const char *name)
{
	struct rename r = { .domid = domid, .uuid = uuid, .name = name };

	return store_transact(s, put_name, &r);
}

/**
 * tree_rename_incoming() - let a guest that has not begun to run here be seen as that
 * @s: the store
 * @domid: the guest
 * @uuid: its UUID in text
 * @name: its true name
 *
 * Return: 0 or a negative errno.
 */
int tree_rename_incoming(struct store *s, uint32_t domid, const char *uuid, const char *name)
{
	char incoming[NAME_LEN + sizeof(INCOMING)];

	snprintf(incoming, sizeof(incoming), "%s" INCOMING, name);
	return tree_rename(s, domid, uuid, incoming);
}

/**
 * tree_true_name() - the name of a guest, whether or not it still is to arrive
 * @s: the store
 * @domid: the guest
 * @name: set, where it has one
 * @size: room for it
 */
void tree_true_name(struct store *s, uint32_t domid, char *name, size_t size)
{
	char found[NAME_LEN + sizeof(INCOMING)];
	size_t len;

	if (!store_get_text(s, found, sizeof(found), DOM "/name", domid))
		return;
	len = strlen(found);
	if (len > strlen(INCOMING) && !strcmp(found + len - strlen(INCOMING), INCOMING))
		found[len - strlen(INCOMING)] = '\0';
	snprintf(name, size, "%s", found);
}

static bool not_empty(const char *value, const void *arg)
{
	(void)arg;
	return value && *value;
}

/**
 * tree_await_console() - wait until xenconsoled has taken the guest up
 * @s: the store
 * @domid: the guest
 *
 * When this returns its log file has a name: nothing tells when that is, so
 * this waits a moment longer than it should take.
 *
 * Return: 0, or -ETIMEDOUT.
 */
int tree_await_console(struct store *s, uint32_t domid)
{
	char path[64];

	snprintf(path, sizeof(path), DOM "/console/tty", domid);
	if (store_wait(s, path, not_empty, NULL, CONSOLE_WAIT_MS))
		return -ETIMEDOUT;
	usleep(CONSOLE_LOG_US);
	return 0;
}

/* Removes the directories above a backend that became empty with it. */
static void remove_console(struct store *s, uint32_t domid)
{
	store_remove(s, "/local/domain/0/backend/console/%u", domid);
}

/* Another domain of the same UUID: it came while what was left of an earlier one was not removed yet. */
static bool is_shared(struct store *s, uint32_t domid, const char *vm)
{
	unsigned int count = 0, i;
	char **ids = store_list(s, &count, "/local/domain");
	bool shared = false;
	char *other;

	for (i = 0; ids && i < count && !shared; i++) {
		if (strtoul(ids[i], NULL, 10) == domid)
			continue;
		other = store_get(s, "/local/domain/%s/vm", ids[i]);
		shared = other && !strcmp(other, vm);
		free(other);
	}
	free(ids);
	return shared;
}

/**
 * tree_remove() - remove every node of a guest; its interfaces are gone already
 * @s: the store
 * @domid: the guest
 * @uuid: its UUID in text
 */
void tree_remove(struct store *s, uint32_t domid, const char *uuid)
{
	char *vm = store_get(s, DOM "/vm", domid);
	char own[48];

	snprintf(own, sizeof(own), "/vm/%s", uuid);
	if (vm && !strcmp(vm, own) && !is_shared(s, domid, own))
		store_remove(s, "%s", own);
	free(vm);
	remove_console(s, domid);
	store_remove(s, DOM, domid);
	store_remove(s, "/libxl/%u", domid);
}
