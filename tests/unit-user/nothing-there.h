/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In the place of the module, of xenstore and of the journal, for tests of a move's end that
 * talks to its peer and to nobody else: none of them is there. Included once a program.
 */
#ifndef NOTHING_THERE_H
#define NOTHING_THERE_H

#include "move/move.h"

int link_watch_fd(const struct link *link)
{
	(void)link;
	return -1;
}

int link_watch_read(struct link *link, struct session *session)
{
	(void)link;
	(void)session;
	return 0;
}

int link_session(struct link *link, uint32_t id, struct session *session, struct error *err)
{
	(void)link;
	(void)id;
	(void)session;
	return error_set(err, EXIT_FAILED, "There is none.");
}

int link_watch(struct link *link, struct error *err)
{
	(void)link;
	return error_set(err, EXIT_FAILED, "Not here.");
}

int link_info(struct link *link, struct host_info *info, struct error *err)
{
	(void)info;
	return link_watch(link, err);
}

void link_close(struct link *link)
{
	(void)link;
}

int store_open(struct store *s, struct error *err)
{
	(void)s;
	return error_set(err, EXIT_FAILED, "Not here.");
}

void store_close(struct store *s)
{
	(void)s;
}

struct journal *journal_open(const char *path, struct error *err)
{
	(void)path;
	error_set(err, EXIT_FAILED, "Not here.");
	return NULL;
}

void journal_close(struct journal *j)
{
	(void)j;
}

int journal_boot_id(char *text)
{
	(void)text;
	return -1;
}

const uint8_t *journal_identity(const struct journal *j)
{
	(void)j;
	return NULL;
}

#endif /* NOTHING_THERE_H */
