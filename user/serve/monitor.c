// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/xenmig.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/uuid.h"
#include "device/script.h"
#include "guest/guest.h"
#include "guest/watched-guests.h"
#include "module/domain.h"
#include "module/link.h"
#include "serve/monitor.h"
#include "xenstore/store.h"
#include "xenstore/userdata.h"
#include "xenstore/xlconfig.h"

#define LOOK_MS		5000	/* even without an event */
#define GONE_WAIT_MS	15000
#define CREATE_WAIT_MS	120000

enum action { ACT_DESTROY, ACT_RESTART, ACT_PRESERVE };

struct monitor {
	struct link *link;
	struct store store;
};

static const char *const action_keys[] = {
	[CODE_POWEROFF] = "on_poweroff", [CODE_REBOOT] = "on_reboot", [CODE_CRASH] = "on_crash",
	[CODE_WATCHDOG] = "on_watchdog", [CODE_SOFT_RESET] = "on_soft_reset",
};

/* What libxl leaves out of its notes is "destroy". */
static enum action action_for(const char *json, unsigned int code)
{
	yajl_val tree = json_parse(json);
	const char *word = NULL;
	enum action action = ACT_DESTROY;

	if (code < sizeof(action_keys) / sizeof(action_keys[0]) && action_keys[code])
		word = json_text(tree, action_keys[code]);
	if (word && !strcmp(word, "preserve"))
		action = ACT_PRESERVE;
	else if (word && (strstr(word, "restart") || !strcmp(word, "soft_reset")))
		action = ACT_RESTART;
	yajl_tree_free(tree);
	return action;
}

static int is_gone(struct monitor *m, uint32_t domid, const uint8_t *uuid)
{
	struct error err = { 0 };
	struct domain d;

	return link_domain(m->link, domid, &d, &err) || memcmp(d.uuid, uuid, 16);
}

static void create_again(struct monitor *m, const struct rebirth *guest)
{
	char path[96];
	char *argv[] = { "/usr/sbin/xl", "create", "-q", path, NULL };
	char *envp[] = { "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", NULL };

	snprintf(path, sizeof(path), "/run/migctl/%s.cfg", guest->uuid);
	if (xlconfig_write(path, guest))
		fprintf(stderr, "migctl serve: %s: its configuration cannot be written for xl\n",
			guest->name);
	else if (script_run(argv, envp, CREATE_WAIT_MS, HASTE_FULL, m->store.context->output))
		fprintf(stderr, "migctl serve: %s: 'xl create' failed\n", guest->name);
	else
		fprintf(stderr, "migctl serve: %s: was started anew\n", guest->name);
	unlink(path);
}

static void bury(struct monitor *m, const struct domain *d, const struct rebirth *guest)
{
	uint64_t until = clock_ms() + GONE_WAIT_MS;
	struct error err = { 0 };

	guest_remove(m->link, &m->store, d->domid, d->uuid, &err);
	if (err.text[0])
		fprintf(stderr, "migctl serve: %s: %s\n", guest->name, err.text);
	while (clock_ms() < until && !is_gone(m, d->domid, d->uuid))
		usleep(50000);
}

static void end_of(struct monitor *m, const struct domain *d, const char *uuid)
{
	unsigned int code = DOMINF_CODE(d->dominf_flags);
	struct rebirth *guest = calloc(1, sizeof(*guest));
	struct error err = { 0 };
	enum action action;
	uint32_t len;

	if (!guest)
		return;
	strcpy(guest->uuid, uuid);
	strcpy(guest->name, "guest");
	store_get_text(&m->store, guest->name, sizeof(guest->name), "/local/domain/%u/name",
		       d->domid);
	if (userdata_read(d->domid, uuid, guest->json, sizeof(guest->json), &len))
		guest->json[0] = '\0';
	guest_vifs(&m->store, d->domid, guest->vifs, &guest->vif_count, &err);
	action = action_for(guest->json, code);
	fprintf(stderr, "migctl serve: %s: domain %u has shut down with code %u\n", guest->name,
		d->domid, code);
	watched_guests_forget(uuid);
	if (action != ACT_PRESERVE)
		bury(m, d, guest);
	if (action == ACT_RESTART)
		create_again(m, guest);
	free(guest);
}

/*
 * While it moves, its end is the business of the move; where that cannot be
 * told, it is looked at again.
 */
static bool is_moving(struct monitor *m, uint32_t domid)
{
	struct error err = { 0 };
	struct session *list;
	unsigned int count, i;
	bool moving = false;

	if (link_sessions(m->link, &list, &count, &err))
		return true;
	for (i = 0; i < count; i++)
		moving |= list[i].domid == domid && !link_session_over(&list[i]);
	free(list);
	return moving;
}

static bool has_ended(const struct domain *d)
{
	return !(d->dominf_flags & DOMINF_DYING) && (d->dominf_flags & DOMINF_SHUTDOWN) &&
	       DOMINF_CODE(d->dominf_flags) != CODE_SUSPEND;
}

static int look_at(void *arg, uint32_t domid, const char *uuid)
{
	struct monitor *m = arg;
	struct error err = { 0 };
	struct domain d;
	uint8_t octets[16];

	uuid_parse(uuid, octets);
	if (link_domain(m->link, domid, &d, &err) || memcmp(d.uuid, octets, 16))
		watched_guests_forget(uuid);
	else if (has_ended(&d) && !is_moving(m, domid))
		end_of(m, &d, uuid);
	return 0;
}

/**
 * monitor_run() - look after the guests that arrived here, until killed
 * @context: whom it is done for
 *
 * Return: 1 when that is not possible.
 */
int monitor_run(const struct context *context)
{
	struct monitor m = { 0 };
	struct error err = { 0 };
	struct pollfd pfd = { .events = POLLIN };
	char **event;

	m.link = link_open(&err);
	if (!m.link || store_open(&m.store, &err)) {
		fprintf(stderr, "migctl serve: %s\n", err.text);
		sleep(5);
		return 1;
	}
	m.store.context = context;
	xs_watch(m.store.xs, "@releaseDomain", "end");
	pfd.fd = xs_fileno(m.store.xs);
	for (;;) {
		watched_guests_each(look_at, &m);
		if (poll(&pfd, 1, LOOK_MS) > 0 && (event = xs_check_watch(m.store.xs)))
			free(event);
	}
}
