// SPDX-License-Identifier: GPL-2.0-or-later
/* Who is shown a guest's console that came to this host, what, and what is said to them when it leaves. */
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "fake-console.h"

#include "serve/console-server.h"
#include "peer/relay.h"
#include "recovery/trail.h"

#define LAST_BOOT	"99999999-2222-3333-4444-555555555555"
#define DOMID		7

static const uint8_t the_move[16] = { 1, 2, 3 }, next_move[16] = { 4 };
static const struct config config = { .silence_limit = 10 };

static struct move m;
static struct message *heard;
static bool here, busy, broken;
static int guest = -1, looker;

/* ---- link.h, console.h, and time ---- */

int link_find(struct link *link, uint32_t domid, const uint8_t *uuid, struct domain *domain,
	      struct error *why)
{
	(void)link;
	(void)domain;
	(void)why;
	return here && domid == DOMID && !memcmp(uuid, the_guest, 16);
}

int console_attach(struct store *s, uint32_t domid, struct console *console, struct error *why)
{
	(void)s;
	CHECK_EQ(domid, DOMID);
	if (busy)
		return error_set(why, EXIT_REFUSED, "Somebody is attached.");
	guest = open_console(console);
	if (broken)
		close(guest);
	return 0;
}

int __wrap_usleep(useconds_t us);

int __wrap_usleep(useconds_t us)
{
	(void)us;
	return 0;
}

/* ---- a host with a journal, and somebody who looks ---- */

static void begin(void)
{
	int fds[2] = { -1, -1 };

	memset(&m, 0, sizeof(m));
	m.peer.fd = -1;
	m.journal = journal_open(dir, &err);
	CHECK(m.journal);
	m.in = calloc(1, sizeof(*m.in));
	heard = calloc(1, sizeof(*heard));
	strcpy(m.host.boot_id, THIS_BOOT);
	strcpy(m.host.host, "here");
	strcpy(m.theirs.host, "there");
	CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
	m.session.id = fds[0];	/* only kept there */
	looker = fds[1];
	here = true;
	busy = broken = false;
	CHECK_STR(err.text, "");
}

static void end(void)
{
	CHECK_EQ(attached, 0);
	if (looker >= 0)
		close(looker);
	journal_close(m.journal);
	free(m.in);
	free(heard);
	remove_records();
	error_clear(&err);
}

static void record(enum record_side side, const uint8_t *move, const enum record_state *way,
		   const char *boot)
{
	struct record_data head = {
		.side = side, .domid = DOMID, .peer = "gamma", .address = "192.0.2.3:8002",
	};

	strcpy(head.boot, boot);
	put_record(m.journal, &head, move, way);
}

static const enum record_state to_ready[] = { RECORD_READY, 0 },
	to_refused[] = { RECORD_READY, RECORD_REFUSED, 0 },
	to_running[] = { RECORD_READY, RECORD_STARTING, RECORD_RUNNING, 0 },
	to_forgotten[] = { RECORD_READY, RECORD_STARTING, RECORD_RUNNING, RECORD_FORGOTTEN, 0 },
	to_moved[] = { RECORD_COMMITTING, RECORD_DESTROYING, RECORD_MOVED, 0 },
	to_resumed[] = { RECORD_COMMITTING, RECORD_RESUMING, RECORD_RESUMED, 0 };

static struct message *question(void)
{
	static struct message q;

	q.type = MSG_CONSOLE;
	q.cause.have = ~0ULL;
	memcpy(q.cause.move, the_move, 16);
	memcpy(q.cause.guest, the_guest, 16);
	memcpy(q.cause.journal, journal_identity(m.journal), 16);
	return &q;
}

static void *run(void *q)
{
	int saved = dup(2);
	long rc;

	if (!freopen("/dev/null", "w", stderr))
		abort();
	rc = console_server_run(&m, m.session.id, &config, q);
	fflush(stderr);
	dup2(saved, 2);
	close(saved);
	close(m.session.id);
	return (void *)rc;
}

static void hear(uint16_t type)
{
	do {
		CHECK(!message_receive(looker, heard, 5000));
	} while (heard->type == MSG_KEEPALIVE);
	CHECK_EQ(heard->type, type);
}

static void refused(const struct message *q, enum exit_code code)
{
	CHECK(run((void *)q));
	hear(MSG_ABORT);
	CHECK_EQ(heard->abort.code, code);
	CHECK(heard->abort.text[0]);
	CHECK(message_receive(looker, heard, 100));
}

/* ---- the tests ---- */

static void nobody_knows_the_move(void)
{
	begin();
	refused(question(), EXIT_REFUSED);
	end();
}

/* Each part of the question counts. */
static void who_knows_half(void)
{
	struct message *q;
	int part;

	for (part = 0; part < 4; part++) {
		begin();
		record(RECORD_DESTINATION, the_move, to_running, THIS_BOOT);
		/* Its own moves away are no title to it. */
		record(RECORD_SOURCE, next_move, to_resumed, THIS_BOOT);
		q = question();
		if (part == 0)
			q->cause.guest[0]++;
		else if (part == 1)
			q->cause.journal[0]++;
		else if (part == 2)
			memset(q->cause.move, 0, 16);
		else
			memcpy(q->cause.move, next_move, 16);
		refused(q, EXIT_REFUSED);
		end();
	}
}

static void it_does_not_run(void)
{
	begin();
	record(RECORD_DESTINATION, the_move, to_ready, THIS_BOOT);
	refused(question(), EXIT_ENDED);
	end();
	begin();
	record(RECORD_DESTINATION, the_move, to_refused, THIS_BOOT);
	refused(question(), EXIT_ENDED);
	end();
	begin();
	record(RECORD_DESTINATION, the_move, to_forgotten, LAST_BOOT);
	refused(question(), EXIT_ENDED);
	end();
	begin();
	here = false;
	record(RECORD_DESTINATION, the_move, to_forgotten, THIS_BOOT);
	refused(question(), EXIT_ENDED);
	end();
}

static void somebody_else_looks(void)
{
	begin();
	busy = true;
	record(RECORD_DESTINATION, the_move, to_running, THIS_BOOT);
	refused(question(), EXIT_REFUSED);
	end();
}

static void *look(const enum record_state *way)
{
	pthread_t *thread = malloc(sizeof(*thread));

	record(RECORD_DESTINATION, the_move, way, THIS_BOOT);
	CHECK(!pthread_create(thread, NULL, run, question()));
	hear(MSG_ATTACHED);
	return thread;
}

static void over(void *thread, long want)
{
	void *rc = NULL;

	pthread_join(*(pthread_t *)thread, &rc);
	CHECK_EQ((long)rc, want);
	free(thread);
}

static void it_says(const char *text)
{
	CHECK_EQ(write(guest, text, strlen(text)), strlen(text));
	hear(MSG_OUTPUT);
	CHECK_EQ(heard->octets.len, strlen(text));
	CHECK(!memcmp(heard->octets.data, text, strlen(text)));
}

static void it_is_shown(void)
{
	static struct octets typed = { .have = ~0ULL, .len = 4, .data = "ls\r\n" };
	char text[8] = "";
	void *thread;

	begin();
	thread = look(to_forgotten);
	it_says("login: ");
	message_send(looker, MSG_INPUT, &typed);
	CHECK_EQ(read(guest, text, sizeof(text)), 4);
	CHECK_STR(text, "ls\r\n");
	close(looker);
	looker = -1;
	over(thread, 0);
	close(guest);
	end();
}

static void it_moves_on(void)
{
	void *thread;

	begin();
	thread = look(to_running);
	it_says("before");
	record(RECORD_SOURCE, next_move, to_moved, THIS_BOOT);
	here = false;
	CHECK_EQ(write(guest, "last", 4), 4);
	close(guest);
	hear(MSG_OUTPUT);
	CHECK_EQ(heard->octets.len, 4);
	hear(MSG_ELSEWHERE);
	CHECK_STR(heard->elsewhere.host, "gamma");
	CHECK_STR(heard->elsewhere.address, "192.0.2.3:8002");
	CHECK(!memcmp(heard->elsewhere.cause.move, next_move, 16));
	CHECK(!memcmp(heard->elsewhere.cause.guest, the_guest, 16));
	CHECK(!memcmp(heard->elsewhere.cause.journal, their_journal, 16));
	over(thread, 0);
	end();
}

/* It had moved on before anybody asked. */
static void it_has_moved_on(void)
{
	begin();
	here = false;
	record(RECORD_DESTINATION, the_move, to_forgotten, THIS_BOOT);
	record(RECORD_SOURCE, next_move, to_moved, THIS_BOOT);
	CHECK(!run(question()));
	hear(MSG_ELSEWHERE);
	end();
}

static void it_ends(void)
{
	void *thread;

	begin();
	thread = look(to_running);
	here = false;
	close(guest);
	hear(MSG_ABORT);
	CHECK_EQ(heard->abort.code, EXIT_ENDED);
	over(thread, -1);
	end();
}

/* Its terminal is closed for another reason: it is opened again, but not without end. */
static void it_closes_again_and_again(void)
{
	void *thread;

	begin();
	thread = look(to_running);
	broken = true;
	close(guest);
	hear(MSG_ABORT);
	CHECK_EQ(heard->abort.code, EXIT_FAILED);
	over(thread, -1);
	end();
}

static void what_is_no_question(void)
{
	void *thread;

	begin();
	thread = look(to_running);
	CHECK_EQ(write(looker, "\0\0\0\4\0\1\0\0....", 12), 12);
	over(thread, 0);
	close(guest);
	end();
}

/* By its name it is found where it went last. */
static void its_trail(void)
{
	struct elsewhere elsewhere;

	begin();
	CHECK(!trail_of_name(&m, "web1", &elsewhere));
	record(RECORD_DESTINATION, the_move, to_forgotten, THIS_BOOT);
	CHECK(!trail_of_name(&m, "web1", &elsewhere));
	record(RECORD_SOURCE, next_move, to_moved, LAST_BOOT);
	CHECK(trail_of_name(&m, "web1", &elsewhere));
	CHECK(trail_of_name(&m, "ab000000-0000-0000-0000-000000000000", &elsewhere));
	CHECK(!memcmp(elsewhere.cause.move, next_move, 16));
	CHECK(!trail_of_name(&m, "web2", &elsewhere));
	/* A domain of another boot is another one. */
	here = false;
	CHECK_EQ(trail_of(&m, DOMID, the_guest, &elsewhere), TRAIL_ENDED);
	here = true;
	CHECK_EQ(trail_of(&m, DOMID, the_guest, &elsewhere), TRAIL_HERE);
	end();
}

static const struct test tests[] = {
	TEST(nobody_knows_the_move), TEST(who_knows_half), TEST(it_does_not_run),
	TEST(somebody_else_looks), TEST(it_is_shown), TEST(it_moves_on), TEST(it_has_moved_on),
	TEST(it_ends), TEST(it_closes_again_and_again), TEST(what_is_no_question), TEST(its_trail),
};

int main(void)
{
	return console_main(tests, sizeof(tests) / sizeof(tests[0]));
}
