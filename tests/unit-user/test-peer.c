// SPDX-License-Identifier: GPL-2.0-or-later
/* What is heard of a peer on a control connection, message by message and at its end. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "peer/peer.h"

static struct peer peer;
static struct message *heard;
static int theirs;

static void meet(void)
{
	int fds[2] = { -1, -1 };

	memset(&peer, 0, sizeof(peer));
	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	theirs = fds[1];
	CHECK_EQ(peer_start(&peer, fds[0], 10), 0);
	heard = calloc(1, sizeof(*heard));
}

static void part(void)
{
	peer_stop(&peer);
	if (theirs >= 0)
		close(theirs);
	free(heard);
}

static void they_leave(void)
{
	close(theirs);
	theirs = -1;
}

static void keepalives_are_swallowed(void)
{
	meet();
	CHECK_EQ(message_send(theirs, MSG_KEEPALIVE, NULL), 0);
	CHECK_EQ(peer_receive(&peer, heard), 0);
	CHECK_EQ(heard->type, 0);
	message_send(theirs, MSG_KEEPALIVE, NULL);
	message_send(theirs, MSG_PREPARED, NULL);
	CHECK_EQ(peer_receive(&peer, heard), 1);
	CHECK_EQ(heard->type, MSG_PREPARED);
	part();
}

/* Somebody who says it again and again must not keep us from looking at anything else. */
static void keepalives_are_not_read_for_ever(void)
{
	int i, calls = 0;

	meet();
	for (i = 0; i < 100; i++)
		CHECK_EQ(message_send(theirs, MSG_KEEPALIVE, NULL), 0);
	CHECK_EQ(message_send(theirs, MSG_PREPARED, NULL), 0);
	CHECK_EQ(peer_receive(&peer, heard), 0);
	CHECK_EQ(heard->type, 0);
	while (!heard->type && calls++ < 10)
		CHECK(peer_receive(&peer, heard) >= 0);
	CHECK_EQ(heard->type, MSG_PREPARED);
	part();
}

/* Whoever goes on without this connection must not find a message in his hands. */
static void nothing_is_heard_at_the_end(void)
{
	meet();
	message_send(theirs, MSG_KEEPALIVE, NULL);
	they_leave();
	CHECK_EQ(peer_receive(&peer, heard), -1);
	CHECK_EQ(heard->type, 0);
	part();
}

/* Who hears nothing says another thing than who is told that it is over. */
static void silence_is_no_end(void)
{
	meet();
	peer.silence_ms = 1;
	usleep(20000);
	CHECK_EQ(peer_receive(&peer, heard), -1);
	CHECK(peer.silent);
	part();

	meet();
	they_leave();
	CHECK_EQ(peer_receive(&peer, heard), -1);
	CHECK(!peer.silent);
	part();
}

static void the_last_message_is_heard(void)
{
	meet();
	message_send(theirs, MSG_FORGOTTEN, NULL);
	they_leave();
	CHECK_EQ(peer_receive(&peer, heard), 1);
	CHECK_EQ(heard->type, MSG_FORGOTTEN);
	CHECK_EQ(peer_receive(&peer, heard), -1);
	CHECK_EQ(heard->type, 0);
	part();
}

static const struct test tests[] = {
	TEST(keepalives_are_swallowed), TEST(keepalives_are_not_read_for_ever),
	TEST(nothing_is_heard_at_the_end), TEST(silence_is_no_end),
	TEST(the_last_message_is_heard),
};

HARNESS_MAIN(tests)
