// SPDX-License-Identifier: GPL-2.0-or-later
/* What a source hears on its offer, from a destination that says what it should and from others. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"
#include "nothing-there.h"

#include "offer/findings.h"
#include "source/acceptance.h"

#define WAIT_MS		60000	/* how long a destination is waited for */
#define STEP_MS		20	/* that pass each time somebody looks at the clock */
#define SILENCE_S	1000	/* nobody here is taken for dead */

static struct move m;
static struct probe probe;
static int theirs, probed;
static atomic_uint looks;	/* at the clock */

/* ---- time, probe.h ---- */

int __wrap_clock_gettime(clockid_t clock, struct timespec *ts);

int __wrap_clock_gettime(clockid_t clock, struct timespec *ts)
{
	uint64_t ms = 1000000 + atomic_fetch_add(&looks, 1) * (uint64_t)STEP_MS;

	(void)clock;
	ts->tv_sec = ms / 1000;
	ts->tv_nsec = ms % 1000 * 1000000;
	return 0;
}

static uint64_t now_ms(void)
{
	return 1000000 + atomic_load(&looks) * (uint64_t)STEP_MS;
}

void probe_result(struct probe *p, int timeout_ms, struct findings *findings)
{
	(void)p;
	(void)timeout_ms;
	(void)findings;
	probed++;
}

void probe_close(struct probe *p)
{
	(void)p;
}

/* ---- a destination ---- */

static void begin(void)
{
	int fds[2] = { -1, -1 };

	memset(&m, 0, sizeof(m));
	m.in = calloc(1, sizeof(*m.in));
	strcpy(m.theirs.host, "beta");
	CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
	theirs = fds[1];
	CHECK(!peer_start(&m.peer, fds[0], SILENCE_S));
	probed = 0;
}

static void end(void)
{
	if (m.peer.fd >= 0)
		peer_stop(&m.peer);
	close(theirs);
	free(m.in);
}

static void say_findings(enum verdict verdict, const char *text)
{
	static struct findings f;

	memset(&f, 0, sizeof(f));
	findings_add(&f, verdict, "memory", "%s", text);
	CHECK(!message_send(theirs, MSG_FINDINGS, &f));
}

static void say_accept(void)
{
	struct ticket ticket = { .have = ~0ULL, .token = { 9 } };

	CHECK(!message_send(theirs, MSG_ACCEPT, &ticket));
}

/* One that says a thing, and again, until nobody listens. */
struct talker {
	pthread_t thread;
	uint16_t type;
	unsigned long said;
};

static void *talk(void *arg)
{
	struct talker *talker = arg;
	struct findings *f = calloc(1, sizeof(*f));

	findings_add(f, VERDICT_FITS, "memory", "There is enough.");
	while (!message_send(theirs, talker->type, talker->type == MSG_FINDINGS ? f : NULL))
		talker->said++;
	free(f);
	return NULL;
}

static void begin_talk(struct talker *talker, uint16_t type)
{
	begin();
	*talker = (struct talker){ .type = type };
	CHECK(!pthread_create(&talker->thread, NULL, talk, talker));
}

static void end_talk(struct talker *talker)
{
	peer_stop(&m.peer);
	pthread_join(talker->thread, NULL);
	end();
}

/* Waits in vain, for as long as it should and not much longer. */
static void gives_up(void)
{
	uint64_t began = now_ms(), took;

	CHECK(acceptance_await(&m, &probe));
	took = now_ms() - began;
	CHECK(took >= WAIT_MS && took < WAIT_MS + 10000);
	CHECK_EQ(m.err.code, EXIT_FAILED);
	CHECK_STR(m.err.text, "beta did not accept the guest within 60 s.");
}

/* ---- the tests ---- */

static void it_accepts(void)
{
	begin();
	say_findings(VERDICT_FITS, "There is enough.");
	say_accept();
	CHECK(!acceptance_await(&m, &probe));
	CHECK_EQ(m.in->type, MSG_ACCEPT);
	CHECK_EQ(m.in->ticket.token[0], 9);
	CHECK_EQ(probed, 1);
	end();
}

static void it_refuses(void)
{
	begin();
	say_findings(VERDICT_AGAINST, "There is not enough.");
	CHECK(acceptance_await(&m, &probe));
	CHECK_EQ(m.err.code, EXIT_REFUSED);
	CHECK_STR(m.err.text, "beta refuses: There is not enough.");
	CHECK_EQ(probed, 0);
	end();
}

/* What it could not know at first. */
static void it_refuses_later(void)
{
	begin();
	say_findings(VERDICT_FITS, "There is enough.");
	say_findings(VERDICT_AGAINST, "There is not enough after all.");
	CHECK(acceptance_await(&m, &probe));
	CHECK_STR(m.err.text, "beta refuses: There is not enough after all.");
	end();
}

static void it_says_something_else(void)
{
	begin();
	CHECK(!message_send(theirs, MSG_PREPARED, NULL));
	CHECK(acceptance_await(&m, &probe));
	CHECK(strstr(m.err.text, "sent PREPARED where ACCEPT was due"));
	end();
}

static void it_hangs_up(void)
{
	begin();
	say_findings(VERDICT_FITS, "There is enough.");
	shutdown(theirs, SHUT_RDWR);
	CHECK(acceptance_await(&m, &probe));
	CHECK(strstr(m.err.text, "was lost"));
	end();
}

static void it_finds_without_end(void)
{
	struct talker talker;

	begin_talk(&talker, MSG_FINDINGS);
	gives_up();
	end_talk(&talker);
	CHECK(talker.said > 100);
	CHECK(probed > 100);
}

/* It is there, and does not come to a finding. */
static void it_finds_nothing(void)
{
	struct talker talker;

	begin_talk(&talker, MSG_KEEPALIVE);
	gives_up();
	end_talk(&talker);
	CHECK(talker.said > 100);
	CHECK_EQ(probed, 0);
}

static const struct test tests[] = {
	TEST(it_accepts), TEST(it_refuses), TEST(it_refuses_later), TEST(it_says_something_else),
	TEST(it_hangs_up), TEST(it_finds_without_end), TEST(it_finds_nothing),
};

HARNESS_MAIN(tests)
