/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The console of a guest, and the journal of a host that the guest was at: what both who look
 * at a console here and who are shown one from elsewhere have around them.
 *
 * Included once, behind harness.h.
 */
#ifndef FAKE_CONSOLE_H
#define FAKE_CONSOLE_H

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "journal/writer.h"
#include "guest/console.h"
#include "base/error.h"

#define THIS_BOOT	"11111111-2222-3333-4444-555555555555"

static const uint8_t the_guest[16] = { 0xab }, their_journal[16] = { 0x77 };

static char dir[] = "/tmp/test-console.XXXXXX";	/* of the journal */
static struct error err;
static int attached;		/* how many look */

/* For console_attach(). Returns where the guest writes. */
static int open_console(struct console *console)
{
	int fds[2] = { -1, -1 };

	CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	console->fd = fds[0];
	attached++;
	return fds[1];
}

void console_detach(struct console *console)
{
	close(console->fd);
	attached--;
}

/* A record of a move of the guest; @way are the states that it has gone through, 0 behind them. */
static void put_record(struct journal *journal, struct record_data *head, const uint8_t *move,
		       const enum record_state *way)
{
	struct writer *writer = NULL;

	memcpy(head->move, move, 16);
	memcpy(head->guest, the_guest, 16);
	memcpy(head->peer_identity, their_journal, 16);
	strcpy(head->name, "web1");
	CHECK(!writer_begin(journal, head, &writer, &err));
	for (; *way; way++)
		CHECK(!writer_say(writer, *way, "As the test has it.", &err));
	writer_close(writer);
}

static void remove_records(void)
{
	DIR *records = opendir(dir);
	struct dirent *entry;
	char path[300];

	while (records && (entry = readdir(records))) {
		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		if (entry->d_name[0] != '.')
			unlink(path);
	}
	if (records)
		closedir(records);
}

static int console_main(const struct test *tests, size_t n)
{
	int rc;

	if (!mkdtemp(dir))
		return 1;
	signal(SIGPIPE, SIG_IGN);
	rc = harness_main(tests, n);
	remove_records();
	rmdir(dir);
	return rc;
}

#endif /* FAKE_CONSOLE_H */
