// SPDX-License-Identifier: GPL-2.0-or-later
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/uuid.h"
#include "cli/command.h"
#include "cli/events.h"
#include "cli/policy.h"
#include "module/domain.h"
#include "source/check.h"

static unsigned int count(const struct findings *f, enum verdict verdict)
{
	unsigned int n = 0;
	uint32_t i;

	for (i = 0; i < f->count; i++)
		n += f->list[i].verdict == verdict;
	return n;
}

static void show_json(const struct checked *c)
{
	yajl_gen g = event_begin("check");
	char uuid[UUID_TEXT];
	uint32_t i;

	uuid_format(c->domain.uuid, uuid);
	event_string(g, "name", c->offer.name);
	event_integer(g, "domid", c->domain.domid);
	event_string(g, "uuid", uuid);
	event_string(g, "type", domain_type(&c->domain));
	event_integer(g, "memory_kib", c->domain.pages * 4);
	event_integer(g, "vcpus", c->domain.vcpus);
	event_string(g, "host", c->host);
	event_integer(g, "movable", findings_worst(&c->findings) != VERDICT_AGAINST);
	event_open_list(g, "findings");
	for (i = 0; i < c->findings.count; i++) {
		event_open(g, NULL);
		event_string(g, "verdict", name_of_verdict(c->findings.list[i].verdict));
		event_string(g, "subject", c->findings.list[i].subject);
		event_string(g, "text", c->findings.list[i].text);
		event_close(g);
	}
	event_close_list(g);
	event_end(g, stdout);
}

static void show(const struct checked *c)
{
	unsigned int reasons = count(&c->findings, VERDICT_AGAINST);
	uint32_t i;

	printf("%s (domain %u, %s, %" PRIu64 " MiB, %u vCPU%s) to %s:\n", c->offer.name,
	       c->domain.domid, domain_type(&c->domain), c->domain.pages / 256, c->domain.vcpus,
	       c->domain.vcpus == 1 ? "" : "s", c->host);
	for (i = 0; i < c->findings.count; i++)
		printf("  %-8s %-16s %s\n", name_of_verdict(c->findings.list[i].verdict),
		       c->findings.list[i].subject, c->findings.list[i].text);
	if (reasons)
		printf("It cannot be moved: %u of these %s against it.\n", reasons,
		       reasons == 1 ? "is" : "are");
	else
		printf("It can be moved.\n");
}

static int check(const struct question *question, bool json)
{
	struct checked *checked = calloc(1, sizeof(*checked));
	struct error err = { 0 };
	int code;

	if (!checked)
		return EXIT_REFUSED;
	if (check_guest(&command_context, question, checked, &err)) {
		code = command_error(&err);
	} else {
		json ? show_json(checked) : show(checked);
		code = findings_worst(&checked->findings) == VERDICT_AGAINST ? EXIT_REFUSED : 0;
	}
	free(checked);
	return code;
}

static int run_check(int argc, char **argv)
{
	static const struct option options[] = {
		{ "connect-timeout", required_argument, NULL, 't' },
		{ "unsafe-storage", no_argument, NULL, 's' },
		{ "autostart", no_argument, NULL, 'a' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct question question = { .connect_timeout = 10 };
	bool json = false;
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 't':
			if (policy_number("connect-timeout", optarg, 1, 3600,
					  &question.connect_timeout))
				return command_usage(&command_check);
			break;
		case 's':
			question.unsafe_storage = true;
			break;
		case 'a':
			question.autostart = true;
			break;
		case 'j':
			json = true;
			break;
		case 'h':
			return command_help(&command_check);
		default:
			return command_usage(&command_check);
		}
	}
	if (argc - optind != 2)
		return command_usage(&command_check);
	question.domain = argv[optind];
	if (place_parse(argv[optind + 1], DEFAULT_PORT, &question.place)) {
		fprintf(stderr, "migctl: '%s' is not HOST, HOST:PORT or [ADDRESS]:PORT.\n",
			argv[optind + 1]);
		return EXIT_USAGE;
	}
	return check(&question, json);
}

const struct command command_check = {
	.name = "check",
	.usage = "DOM HOST[:PORT] [--connect-timeout S] [--unsafe-storage] [--autostart] [--json]",
	.help =
"Says whether the guest DOM (a name, an id or a UUID) could be moved to HOST, where\n"
"'migctl serve' must listen. Both hosts look at all that a move depends on, and\n"
"nothing of the guest or of either host is changed. Every move looks at the same.\n"
"\n"
"  --connect-timeout S   how long to try each address of HOST (10)\n"
"  --unsafe-storage      as for a move: somebody's word that the disks are the same\n"
"  --autostart           as for a move: the entry in /etc/xen/auto moves along\n"
"  --json                one JSON object\n"
"\n"
"Of each thing looked at it says that it fits, that it warns, or that it is against\n"
"the move. Exit status: 0 can be moved, 2 usage, 6 something is against it.\n",
	.run = run_check,
};
