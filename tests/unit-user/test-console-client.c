// SPDX-License-Identifier: GPL-2.0-or-later
/* Somebody who looks at a guest's console: where they are taken when it goes, and what they are told. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"
#include "fake-console.h"

#include "cli/console-client.h"
#include "peer/config.h"
#include "guest/guest.h"
#include "host/host.h"
#include "move/move.h"
#include "peer/relay.h"

static const uint8_t first_move[16] = { 1 }, second_move[16] = { 2 };

static struct journal *journal;
static uint32_t here;		/* id of the guest's domain at this host, 0 for none */
static int screen[2], port, listener = -1;
static uint64_t slept_us;

/* What the guest does at this host: prints a text, then goes, by a move or for good. */
static struct stay {
	const char *says;
	const uint8_t *move;	/* NULL: it ends */
	bool stays;		/* its terminal closes, no more */
} stays[3];
static int stay;

/* ---- link.h, guest.h, host.h, move.h, config.h, console.h, and time ---- */

struct link *link_open(struct error *why)
{
	(void)why;
	return (struct link *)stays;
}

int link_find(struct link *link, uint32_t domid, const uint8_t *uuid, struct domain *d,
	      struct error *why)
{
	(void)link;
	(void)d;
	(void)why;
	return here && domid == here && !memcmp(uuid, the_guest, 16);
}

int link_find_uuid(struct link *link, const uint8_t *uuid, struct domain *d, struct error *why)
{
	(void)link;
	(void)why;
	d->domid = here;
	return here && !memcmp(uuid, the_guest, 16);
}

int guest_find(struct link *link, struct store *s, const char *text, struct domain *d,
	       struct error *why)
{
	(void)link;
	(void)s;
	if (!here || strcmp(text, "web1"))
		return error_set(why, EXIT_REFUSED, "There is no domain '%s'.", text);
	d->domid = here;
	memcpy(d->uuid, the_guest, 16);
	return 0;
}

int host_check(struct error *why)
{
	(void)why;
	return 0;
}

int config_read(struct config *config, struct error *why)
{
	(void)why;
	config->plain = true;
	config->silence_limit = 10;
	return 0;
}

int move_open(struct move *m, struct link *link, struct error *why)
{
	(void)why;
	m->link = link;
	m->journal = journal;
	m->host.have = ~0ULL;
	m->host.protocol = PROTO_VERSION;
	strcpy(m->host.boot_id, THIS_BOOT);
	return 0;
}

void move_close(struct move *m)
{
	m->journal = NULL;
}

static void record(const uint8_t *move, uint32_t domid)
{
	static const enum record_state way[] = { RECORD_COMMITTING, RECORD_DESTROYING, 0 };
	struct record_data head = {
		.side = RECORD_SOURCE, .domid = domid, .peer = "beta", .boot = THIS_BOOT,
	};

	snprintf(head.address, sizeof(head.address), "127.0.0.1:%d", port);
	put_record(journal, &head, move, way);
}

/* The guest has done all that it does here when it is attached to. */
int console_attach(struct store *s, uint32_t domid, struct console *console, struct error *why)
{
	struct stay *now = &stays[stay < 2 ? stay++ : 2];
	int guest;

	(void)s;
	(void)why;
	CHECK_EQ(domid, here);
	guest = open_console(console);
	if (now->says)
		CHECK_EQ(write(guest, now->says, strlen(now->says)), strlen(now->says));
	if (now->move)
		record(now->move, here);
	if (!now->stays)
		here = 0;
	close(guest);
	return 0;
}

int __wrap_usleep(useconds_t us);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ts);
int __real_clock_gettime(clockid_t clock, struct timespec *ts);

int __wrap_usleep(useconds_t us)
{
	slept_us += us;
	return 0;
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *ts)
{
	int rc = __real_clock_gettime(clock, ts);

	ts->tv_sec += slept_us / 1000000;
	return rc;
}

/* ---- the other host ---- */

/* What it does when it is asked; the last one says nothing and hangs up. */
static struct answer {
	uint16_t type;
	const char *text;
	const uint8_t *move;
	uint32_t comes_home;
} answers[4];
static uint8_t asked_for[4][16];
static int asked;

static void say(int fd, const struct answer *a)
{
	static struct octets octets = { .have = ~0ULL };
	static struct elsewhere elsewhere;
	struct abort_msg abort = { .have = ~(1ULL << ABORT_CAUSE), .code = EXIT_ENDED };

	if (a->type == MSG_OUTPUT) {
		octets.len = strlen(a->text);
		memcpy(octets.data, a->text, octets.len);
		message_send(fd, MSG_OUTPUT, &octets);
	} else if (a->type == MSG_ELSEWHERE) {
		memset(&elsewhere, 0, sizeof(elsewhere));
		elsewhere.have = elsewhere.cause.have = ~0ULL;
		memcpy(elsewhere.cause.move, a->move, 16);
		memcpy(elsewhere.cause.guest, the_guest, 16);
		strcpy(elsewhere.host, "gamma");
		snprintf(elsewhere.address, sizeof(elsewhere.address), "127.0.0.1:%d", port);
		here = a->comes_home;
		message_send(fd, MSG_ELSEWHERE, &elsewhere);
	} else if (a->type == MSG_ABORT) {
		snprintf(abort.text, sizeof(abort.text), "%s", a->text);
		message_send(fd, MSG_ABORT, &abort);
	} else {
		message_send(fd, a->type, NULL);
	}
}

static bool meet(int fd, struct message *m)
{
	static struct hello hello = { .have = ~0ULL, .protocol = PROTO_VERSION, .host = "beta" };

	return !message_receive(fd, m, 5000) && m->type == MSG_HELLO &&
	       !message_send(fd, MSG_HELLO, &hello) && !message_receive(fd, m, 5000);
}

static void *serve(void *unused)
{
	struct message *m = calloc(1, sizeof(*m));
	const struct answer *a = answers;
	int fd;

	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		if (meet(fd, m)) {
			CHECK_EQ(m->type, MSG_CONSOLE);
			CHECK(!memcmp(m->cause.guest, the_guest, 16));
			memcpy(asked_for[asked++], m->cause.move, 16);
		}
		/* A connection ends with a word, or when there is none left. */
		for (; a->type; a++) {
			say(fd, a);
			if (a->type == MSG_ABORT || a->type == MSG_ELSEWHERE)
				break;
		}
		a += a->type != 0;
		close(fd);
	}
	free(m);
	return unused;
}

static pthread_t begin_host(void)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sa);
	pthread_t thread;

	listener = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(!bind(listener, (void *)&sa, sizeof(sa)) && !listen(listener, 4));
	CHECK(!getsockname(listener, (void *)&sa, &len));
	port = ntohs(sa.sin_port);
	CHECK(!pthread_create(&thread, NULL, serve, NULL));
	return thread;
}

/* ---- a person at a screen ---- */

static void begin(void)
{
	memset(stays, 0, sizeof(stays));
	memset(answers, 0, sizeof(answers));
	memset(asked_for, 0, sizeof(asked_for));
	stay = asked = 0;
	here = 5;
	slept_us = 0;
	error_clear(&err);
	journal = journal_open(dir, &err);
	CHECK(journal);
	CHECK(!pipe(screen));
}

static void end(void)
{
	CHECK_EQ(attached, 0);
	journal_close(journal);
	remove_records();
	close(screen[0]);
}

/* Looks until that ends; what was on the screen then. */
static const char *look(const char *guest, bool alone)
{
	static char text[256];
	int in = dup(0), out = dup(1), error = dup(2), null = open("/dev/null", O_RDWR);
	pthread_t host = 0;
	ssize_t n;

	if (!alone)
		host = begin_host();
	fflush(stdout);
	dup2(null, 0);
	dup2(null, 2);
	dup2(screen[1], 1);
	close(screen[1]);
	console_client_run(guest, &err);
	dup2(in, 0);
	dup2(out, 1);
	dup2(error, 2);
	close(in);
	close(out);
	close(error);
	close(null);
	if (!alone) {
		shutdown(listener, SHUT_RDWR);
		pthread_join(host, NULL);
		close(listener);
	}
	n = read(screen[0], text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void it_ends_here(void)
{
	begin();
	stays[0].says = "bye";
	CHECK_STR(look("web1", true), "bye");
	CHECK_EQ(err.code, EXIT_ENDED);
	end();
}

static void nobody_is_called_so(void)
{
	begin();
	CHECK_STR(look("web2", true), "");
	CHECK_EQ(err.code, EXIT_REFUSED);
	CHECK_STR(err.text, "There is no domain 'web2'.");
	end();
}

/* Away, on to a third host, and back to where it began. */
static void it_travels(void)
{
	begin();
	stays[0] = (struct stay){ .says = "one ", .move = first_move };
	answers[0].type = MSG_ATTACHED;
	answers[1] = (struct answer){ .type = MSG_OUTPUT, .text = "two " };
	answers[2] = (struct answer){ .type = MSG_ELSEWHERE, .move = second_move };
	answers[3] = (struct answer){ .type = MSG_ELSEWHERE, .move = first_move, .comes_home = 9 };
	stays[1].says = "three";
	CHECK_STR(look("web1", false), "one two three");
	CHECK_EQ(err.code, EXIT_ENDED);
	CHECK_EQ(asked, 2);
	CHECK(!memcmp(asked_for[0], first_move, 16) && !memcmp(asked_for[1], second_move, 16));
	end();
}

/* It had gone before, and its trail is found. */
static void it_has_gone(void)
{
	pthread_t host;

	begin();
	host = begin_host();
	record(first_move, 5);
	here = 0;
	answers[0].type = MSG_ATTACHED;
	answers[1] = (struct answer){ .type = MSG_OUTPUT, .text = "there" };
	answers[2] = (struct answer){ .type = MSG_ABORT, .text = "It has\nended." };
	CHECK_STR(look("web1", true), "there");
	shutdown(listener, SHUT_RDWR);
	pthread_join(host, NULL);
	close(listener);
	CHECK_EQ(err.code, EXIT_ENDED);
	CHECK_STR(err.text, "It has ended.");
	end();
}

/* The terminal closes and is there again: xenconsoled was started anew. */
static void it_is_opened_again(void)
{
	begin();
	stays[0] = (struct stay){ .says = "one ", .stays = true };
	stays[1].says = "two";
	CHECK_STR(look("web1", true), "one two");
	CHECK_EQ(err.code, EXIT_ENDED);
	end();
	begin();
	stays[0].stays = stays[1].stays = stays[2].stays = true;
	CHECK_STR(look("web1", true), "");
	CHECK_EQ(err.code, EXIT_FAILED);
	end();
}

static void its_host_hangs_up(void)
{
	begin();
	stays[0] = (struct stay){ .says = "one ", .move = first_move };
	answers[0].type = MSG_ATTACHED;
	answers[1] = (struct answer){ .type = MSG_OUTPUT, .text = "two" };
	CHECK_STR(look("web1", false), "one two");
	CHECK_EQ(err.code, EXIT_FAILED);
	CHECK(strstr(err.text, "The connection to beta was lost"));
	end();
}

static void its_host_is_confused(void)
{
	begin();
	stays[0].move = first_move;
	answers[0].type = MSG_PREPARED;
	CHECK_STR(look("web1", false), "");
	CHECK_EQ(err.code, EXIT_FAILED);
	CHECK(strstr(err.text, "sent PREPARED"));
	end();
}

static void its_host_is_silent(void)
{
	begin();
	port = 1;
	stays[0] = (struct stay){ .says = "one", .move = first_move };
	CHECK_STR(look("web1", true), "one");
	CHECK_EQ(err.code, EXIT_REFUSED);
	CHECK(strstr(err.text, "The guest runs at beta, but its console cannot be shown from here: Nothing listens"));
	CHECK(slept_us >= 8000000);
	end();
}

static const struct test tests[] = {
	TEST(it_ends_here), TEST(nobody_is_called_so), TEST(it_travels), TEST(it_has_gone),
	TEST(it_is_opened_again), TEST(its_host_hangs_up), TEST(its_host_is_confused),
	TEST(its_host_is_silent),
};

int main(void)
{
	return console_main(tests, sizeof(tests) / sizeof(tests[0]));
}
