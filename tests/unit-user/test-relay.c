// SPDX-License-Identifier: GPL-2.0-or-later
/* Octets both ways between a person and a guest, here and elsewhere: each of them once, in order. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"

#include "base/clock.h"
#include "peer/relay.h"

#define PLENTY	(1u << 20)
#define ESCAPE	0x1d

/* The relay holds @near and @far (or @wire); the test has the other ends. */
static struct line near, far;
static struct wire wire;
static int person, guest, peer;
static enum relay_end end;

static void pair(int *ours, int *theirs)
{
	int fds[2] = { -1, -1 };

	CHECK(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
	*ours = fds[0];
	*theirs = fds[1];
}

static void meet(void)
{
	pair(&near.in, &person);
	near.out = near.in;
	near.escape = ESCAPE;
	pair(&far.in, &guest);
	far.out = far.in;
	fcntl(far.in, F_SETFL, O_NONBLOCK);
	memset(&wire, 0, sizeof(wire));
	pair(&wire.fd, &peer);
	wire.gives = MSG_OUTPUT;
	wire.takes = MSG_INPUT;
	wire.silence = 10;
	wire.word = calloc(1, sizeof(*wire.word));
}

static void part(void)
{
	int fds[] = { near.in, far.in, wire.fd, person, guest, peer };

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	free(wire.word);
}

static void leave(int *fd)
{
	close(*fd);
	*fd = -1;
}

static void *run_lines(void *unused)
{
	end = relay_lines(&near, &far, -1);
	return unused;
}

static void *run_from_wire(void *unused)
{
	end = relay_from_wire(&near, &wire, -1);
	return unused;
}

/* The other end of the same: what a guest's host does. */
static void *run_to_wire(void *unused)
{
	struct wire theirs = { .fd = peer, .gives = MSG_INPUT, .takes = MSG_OUTPUT, .silence = 10 };

	theirs.word = calloc(1, sizeof(*theirs.word));
	CHECK_EQ(relay_to_wire(&theirs, &far, -1), RELAY_OVER);
	free(theirs.word);
	leave(&peer);
	return unused;
}

static pthread_t begin(void *(*run)(void *))
{
	pthread_t thread;

	CHECK(!pthread_create(&thread, NULL, run, NULL));
	return thread;
}

static uint8_t octet_of(size_t i)
{
	uint8_t octet = i * 2654435761u >> 16;

	return octet == ESCAPE ? 0 : octet;
}

static void *say_plenty(void *arg)
{
	uint8_t text[4096];
	size_t at = 0, i;

	while (at < PLENTY) {
		for (i = 0; i < sizeof(text); i++)
			text[i] = octet_of(at + i);
		CHECK_EQ(write(*(int *)arg, text, sizeof(text)), sizeof(text));
		at += sizeof(text);
	}
	leave(arg);
	return NULL;
}

/* Every one, once, in its order. */
static void hear_plenty(int fd)
{
	uint8_t text[1000];
	size_t at = 0, wrong = 0;
	ssize_t n, i;

	while (at < PLENTY && (n = read(fd, text, sizeof(text))) > 0)
		for (i = 0; i < n; i++)
			wrong += text[i] != octet_of(at++);
	CHECK_EQ(at, PLENTY);
	CHECK_EQ(wrong, 0);
}

static void a_guest_here(void)
{
	pthread_t relay, talk;

	meet();
	relay = begin(run_lines);
	CHECK(!pthread_create(&talk, NULL, say_plenty, &guest));
	hear_plenty(person);
	pthread_join(talk, NULL);
	pthread_join(relay, NULL);
	CHECK_EQ(end, RELAY_OVER);
	part();
}

static void a_guest_elsewhere(void)
{
	pthread_t relay, host, talk;

	meet();
	relay = begin(run_from_wire);
	host = begin(run_to_wire);
	CHECK(!pthread_create(&talk, NULL, say_plenty, &guest));
	hear_plenty(person);
	pthread_join(talk, NULL);
	pthread_join(host, NULL);
	pthread_join(relay, NULL);
	CHECK_EQ(end, RELAY_BROKEN);	/* its host said nothing more */
	part();
}

/* Where there is nothing more to be typed it goes on, until the guest has no more to say. */
static void what_is_typed(void)
{
	pthread_t relay, host;
	char text[8] = "";

	meet();
	relay = begin(run_from_wire);
	host = begin(run_to_wire);
	CHECK_EQ(write(person, "typed", 5), 5);
	shutdown(person, SHUT_WR);
	CHECK_EQ(read(guest, text, sizeof(text)), 5);
	CHECK_STR(text, "typed");
	CHECK_EQ(write(guest, "later", 5), 5);
	CHECK_EQ(read(person, text, sizeof(text)), 5);
	CHECK_STR(text, "later");
	leave(&guest);
	pthread_join(host, NULL);
	pthread_join(relay, NULL);
	part();
}

static void plenty_is_typed(void)
{
	pthread_t relay, host, talk;
	int typing;

	meet();
	typing = dup(person);
	relay = begin(run_from_wire);
	host = begin(run_to_wire);
	CHECK(!pthread_create(&talk, NULL, say_plenty, &typing));
	hear_plenty(guest);
	leave(&guest);
	pthread_join(talk, NULL);
	pthread_join(host, NULL);
	pthread_join(relay, NULL);
	part();
}

static void the_escape(void)
{
	char text[8] = "";

	meet();
	CHECK_EQ(write(person, "bye\x1dmore", 8), 8);
	end = relay_lines(&near, &far, -1);
	CHECK_EQ(end, RELAY_LEFT);
	CHECK_EQ(read(guest, text, sizeof(text)), 3);
	CHECK_STR(text, "bye");
	part();
}

static void a_signal(void)
{
	int fds[2];

	meet();
	CHECK(!pipe(fds));
	CHECK_EQ(write(fds[1], "", 1), 1);
	CHECK_EQ(relay_lines(&near, &far, fds[0]), RELAY_LEFT);
	CHECK_EQ(relay_from_wire(&near, &wire, fds[0]), RELAY_LEFT);
	close(fds[0]);
	close(fds[1]);
	part();
}

/* Nobody is there to look: the lock on the console must not stay. */
static void nobody_looks(void)
{
	meet();
	leave(&person);
	CHECK_EQ(relay_lines(&near, &far, -1), RELAY_LEFT);
	part();
	meet();
	wire.gives = MSG_INPUT;
	leave(&peer);
	CHECK_EQ(relay_to_wire(&wire, &far, -1), RELAY_LEFT);
	part();
}

/* The word comes after everything else. */
static void a_word(void)
{
	static struct octets octets = { .have = ~0ULL, .len = 5, .data = "hello" };
	struct elsewhere elsewhere = { .have = ~0ULL, .cause.have = ~0ULL, .host = "gamma" };
	char text[8] = "";

	meet();
	message_send(peer, MSG_OUTPUT, &octets);
	message_send(peer, MSG_KEEPALIVE, NULL);
	message_send(peer, MSG_ELSEWHERE, &elsewhere);
	CHECK_EQ(relay_from_wire(&near, &wire, -1), RELAY_WORD);
	CHECK_EQ(wire.word->type, MSG_ELSEWHERE);
	CHECK_STR(wire.word->elsewhere.host, "gamma");
	CHECK_EQ(read(person, text, sizeof(text)), 5);
	CHECK_STR(text, "hello");
	part();
}

static void no_message(void)
{
	meet();
	CHECK_EQ(write(peer, "\xff\xff\xff\xff\0\1\0\0", 8), 8);
	CHECK_EQ(relay_from_wire(&near, &wire, -1), RELAY_BROKEN);
	part();
}

static void a_silent_peer(void)
{
	uint64_t began = clock_ms();

	meet();
	wire.silence = 1;
	CHECK_EQ(relay_from_wire(&near, &wire, -1), RELAY_BROKEN);
	CHECK(clock_ms() - began >= 1000 && clock_ms() - began < 5000);
	part();
}

static void *keep_alive(void *unused)
{
	for (int i = 0; i < 8; i++) {
		usleep(200000);
		message_send(peer, MSG_KEEPALIVE, NULL);
	}
	leave(&peer);
	return unused;
}

static void a_quiet_peer(void)
{
	struct message *first = calloc(1, sizeof(*first));
	uint64_t began = clock_ms();
	pthread_t thread;
	int ears;

	meet();
	wire.silence = 1;
	ears = dup(peer);
	thread = begin(keep_alive);
	CHECK_EQ(relay_from_wire(&near, &wire, -1), RELAY_BROKEN);
	CHECK(clock_ms() - began >= 1500);
	pthread_join(thread, NULL);
	/* And it has let itself be heard. */
	CHECK(!message_receive(ears, first, 100));
	CHECK_EQ(first->type, MSG_KEEPALIVE);
	close(ears);
	free(first);
	part();
}

static void type_at_wire(size_t len)
{
	struct octets *octets = calloc(1, sizeof(*octets));

	octets->have = ~0ULL;
	octets->len = len;
	message_send(wire.fd, MSG_INPUT, octets);
	free(octets);
}

/* A guest that takes no input: what it says is heard all the same. */
static void a_guest_that_does_not_listen(void)
{
	static uint8_t much[OCTETS_MAX];
	struct message *heard = calloc(1, sizeof(*heard));
	pthread_t host;

	meet();
	while (send(far.in, much, sizeof(much), MSG_DONTWAIT) > 0)
		;
	type_at_wire(4);
	host = begin(run_to_wire);
	CHECK_EQ(write(guest, "well", 4), 4);
	CHECK(!message_receive(wire.fd, heard, 5000));
	CHECK_EQ(heard->type, MSG_OUTPUT);
	CHECK_EQ(heard->octets.len, 4);
	leave(&guest);
	pthread_join(host, NULL);
	free(heard);
	part();
}

/* Nor does it keep whoever has typed and left. */
static void who_has_typed_and_left(void)
{
	static uint8_t much[OCTETS_MAX];
	char text[8] = "";

	meet();
	wire.gives = MSG_INPUT;
	wire.takes = MSG_OUTPUT;
	while (send(far.in, much, sizeof(much), MSG_DONTWAIT) > 0)
		;
	CHECK(!message_send(peer, MSG_INPUT, &(struct octets){ .have = ~0ULL, .len = 3 }));
	leave(&peer);
	CHECK_EQ(relay_to_wire(&wire, &far, -1), RELAY_LEFT);
	part();
	/* One that listens is given it. */
	meet();
	wire.gives = MSG_INPUT;
	message_send(peer, MSG_INPUT, &(struct octets){ .have = ~0ULL, .len = 3, .data = "bye" });
	message_send(peer, MSG_INPUT, &(struct octets){ .have = ~0ULL, .len = 3, .data = "bye" });
	leave(&peer);
	CHECK_EQ(relay_to_wire(&wire, &far, -1), RELAY_LEFT);
	CHECK_EQ(read(guest, text, sizeof(text)), 6);
	CHECK_STR(text, "byebye");
	part();
}

static const struct test tests[] = {
	TEST(a_guest_here), TEST(a_guest_elsewhere), TEST(what_is_typed), TEST(plenty_is_typed),
	TEST(the_escape), TEST(a_signal), TEST(nobody_looks), TEST(a_word), TEST(no_message),
	TEST(a_silent_peer), TEST(a_quiet_peer), TEST(a_guest_that_does_not_listen), TEST(who_has_typed_and_left),
};

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	return harness_main(tests, sizeof(tests) / sizeof(tests[0]));
}
