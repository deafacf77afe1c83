// SPDX-License-Identifier: GPL-2.0-or-later
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/xenmig.h>

#include "base/uuid.h"
#include "cli/command.h"
#include "cli/events.h"
#include "guest/guest.h"
#include "host/host.h"
#include "module/domain.h"
#include "module/link.h"
#include "xenstore/store.h"

struct view {
	struct link *link;
	struct host_info host;
	struct store store;
	bool json;
};

static void verdict(struct view *v, const struct domain *d, struct error *err)
{
	if (!guest_check(&v->store, d, err))
		error_clear(err);
}

static void show_json(const struct domain *d, const char *name, bool live,
		      const struct error *why)
{
	yajl_gen g = event_begin(NULL);
	char uuid[UUID_TEXT];

	uuid_format(d->uuid, uuid);
	event_string(g, "name", name);
	event_integer(g, "domid", d->domid);
	event_string(g, "uuid", uuid);
	event_string(g, "type", domain_type(d));
	event_integer(g, "memory_kib", d->pages * 4);
	event_integer(g, "vcpus", d->vcpus);
	event_integer(g, "movable", !why->text[0]);
	event_integer(g, "live", live && !why->text[0]);
	if (why->text[0])
		event_string(g, "refusal", why->text);
	event_end(g, stdout);
}

static void show(struct view *v, uint32_t domid)
{
	struct error err = { 0 }, why = { 0 }, ignored = { 0 };
	char name[256] = "(no name)";
	struct domain d;
	bool live;

	if (link_domain(v->link, domid, &d, &err))
		return;
	store_get_text(&v->store, name, sizeof(name), "/local/domain/%u/name", domid);
	error_printable(name);
	verdict(v, &d, &why);
	live = !guest_check_live(&d, &v->host, &ignored);
	if (v->json)
		show_json(&d, name, live, &why);
	else
		printf("%-24s %6u %-4s %8" PRIu64 " %5u  %s\n", name, domid, domain_type(&d),
		       d.pages / 256, d.vcpus, why.text[0] ? why.text :
		       live ? "can be moved" : "can be moved, but not live");
}

static int list(struct view *v, struct error *err)
{
	struct domain *domains;
	unsigned int count, i;

	if (link_info(v->link, &v->host, err) || link_domains(v->link, &domains, &count, err))
		return -1;
	if (!v->json)
		printf("%-24s %6s %-4s %8s %5s\n", "Name", "ID", "Type", "MiB", "vCPUs");
	for (i = 0; i < count; i++)
		if (domains[i].domid)
			show(v, domains[i].domid);
	free(domains);
	return 0;
}

static int run_list(int argc, char **argv)
{
	struct view v = { .json = argc == 2 && !strcmp(argv[1], "--json") };
	struct error err = { 0 };

	if (argc != 1 + v.json)
		return command_usage(&command_list);
	if (!host_check(&err))
		v.link = link_open(&err);
	if (v.link && !store_open(&v.store, &err))
		list(&v, &err);
	store_close(&v.store);
	link_close(v.link);
	return err.text[0] ? command_error(&err) : 0;
}

const struct command command_list = {
	.name = "list",
	.usage = "[--json]",
	.help = "Lists the guests of this host and says of each whether it can be moved.\n",
	.run = run_list,
};
