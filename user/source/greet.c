// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <unistd.h>

#include "guest/guest.h"
#include "host/host.h"
#include "source/greet.h"

#define HELLO_WAIT_MS	10000

/**
 * greet_guest() - find the guest that is meant
 * @m: zeroed but for @m->context, its descriptors -1; opened when this succeeds, and to be closed in any case
 * @config: filled in
 * @text: a name, an id or a UUID
 * @host: filled in: this one
 * @domain: filled in
 *
 * Return: 0, or -1 with @m->err set.
 */
int greet_guest(struct move *m, struct config *config, const char *text,
		struct host_info *host, struct domain *domain)
{
	struct error *err = &m->err;
	struct link *link;

	if (host_check(err) || config_read(config, err))
		return -1;
	m->context.script_limit = config->script_limit;
	link = link_open(err);
	if (!link || move_open(m, link, err) || link_info(m->link, host, err))
		return -1;
	return guest_find(m->link, &m->store, text, domain, err);
}

/**
 * greet_peer() - connect to a destination and exchange HELLO
 * @m: opened
 * @config: of this host
 * @place: where it listens
 * @timeout_s: how long to try each of its addresses
 *
 * Return: 0, or -1 with @m->err set.
 */
int greet_peer(struct move *m, const struct config *config, const struct place *place,
	       unsigned int timeout_s)
{
	int fd = connect_to(place, timeout_s * 1000, !config->plain, &m->err);

	if (fd < 0)
		return -1;
	snprintf(m->theirs.host, sizeof(m->theirs.host), "%s", place->host);
	if (peer_start(&m->peer, fd, config->silence_limit)) {
		close(fd);
		return error_set(&m->err, EXIT_FAILED, "Out of memory.");
	}
	if (move_hello(m) || move_expect(m, MSG_HELLO, HELLO_WAIT_MS) || move_check_hello(m))
		return -1;
	move_consume(m);
	return 0;
}
