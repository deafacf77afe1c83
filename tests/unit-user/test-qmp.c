// SPDX-License-Identifier: GPL-2.0-or-later
/* Talking to a device model that says what a test has it say, and nothing that is asked for. */
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"

#include "base/clock.h"
#include "devicemodel/qmp.h"

#define SOON_MS		100
#define LATE_MS		20000
#define ROWS(table)	(sizeof(table) / sizeof((table)[0]))

static struct qmp q;
static struct error err;
static int theirs = -1;

static void begin(void)
{
	int ends[2];

	alarm(60);
	CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	q = (struct qmp){ .fd = ends[0], .line = malloc(QMP_LINE_MAX) };
	theirs = ends[1];
	error_clear(&err);
}

static void end(void)
{
	qmp_close(&q);
	if (theirs >= 0)
		close(theirs);
	theirs = -1;
}

/* It has said so before it is asked: the answers have their numbers all the same. */
static void says(const char *text)
{
	CHECK_EQ(write(theirs, text, strlen(text)), strlen(text));
}

static const char *heard(void)
{
	static char text[1024];
	ssize_t n = recv(theirs, text, sizeof(text) - 1, MSG_DONTWAIT);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static int run(const char *arguments, unsigned int ms, yajl_val *answer)
{
	return qmp_run(&q, "test", arguments, -1, clock_ms() + ms, answer, &err);
}

static void test_answer(void)
{
	yajl_val answer;

	begin();
	says("{\"return\": {\"status\": \"paused\"}, \"id\": 1}\r\n");
	CHECK(!run("{\"a\":1}", LATE_MS, &answer));
	CHECK_STR(json_text(answer, "return/status"), "paused");
	yajl_tree_free(answer);
	CHECK_STR(heard(), "{\"execute\":\"test\",\"id\":1,\"arguments\":{\"a\":1}}\n");
	says("{\"return\": {}, \"id\": 2}\n");
	CHECK(!run(NULL, LATE_MS, NULL));
	CHECK_STR(heard(), "{\"execute\":\"test\",\"id\":2}\n");
	end();
}

/* What happens meanwhile, and what was asked before, is no answer. */
static void test_events_are_passed_over(void)
{
	begin();
	says("{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": \"STOP\"}\r\n"
	     "{\"return\": {}, \"id\": 0}\r\n{\"return\": {}, \"id\": \"1\"}\r\n"
	     "{\"event\": \"RESUME\"}\r\n{\"return\": {}, \"id\": 1}\r\n");
	CHECK(!run(NULL, LATE_MS, NULL));
	end();
}

static void test_refusal_is_told(void)
{
	begin();
	says("{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\\tsuch file\"}, \"id\": 1}\r\n");
	CHECK(run(NULL, LATE_MS, NULL));
	CHECK_STR(err.text, "The guest's device model refused test: No such file.");
	CHECK_EQ(err.code, EXIT_FAILED);
	end();
}

/* In pieces of any length. */
static void test_pieces(void)
{
	static const char text[] = "{\"event\": \"STOP\"}\r\n{\"return\": {\"x\": \"{[\\\"\"}, \"id\": 1}\r\n";
	size_t i;
	pid_t pid;

	begin();
	pid = fork();
	if (!pid) {
		for (i = 0; i < strlen(text); i++) {
			if (write(theirs, text + i, 1) != 1)
				_exit(1);
			usleep(500);
		}
		_exit(0);
	}
	CHECK(!run(NULL, LATE_MS, NULL));
	end();
}

static void test_silence_ends(void)
{
	uint64_t began = clock_ms();

	begin();
	says("{\"return\": {}");
	CHECK(run(NULL, SOON_MS, NULL));
	CHECK(strstr(err.text, "did not answer in time"));
	CHECK(clock_ms() - began >= SOON_MS && clock_ms() - began < LATE_MS);
	end();
}

/* Events without end are no answer either. */
static void test_chatter_ends(void)
{
	char text[16384] = "";

	begin();
	while (strlen(text) < sizeof(text) - 64)
		strcat(text, "{\"event\": \"RTC_CHANGE\"}\r\n");
	says(text);
	CHECK(run(NULL, SOON_MS, NULL));
	CHECK(strstr(err.text, "did not answer in time"));
	end();
}

static void test_death_is_told(void)
{
	begin();
	says("{\"return\": {}, \"id\"");
	shutdown(theirs, SHUT_WR);
	CHECK(run(NULL, LATE_MS, NULL));
	CHECK(strstr(err.text, "has ended"));
	end();
	begin();
	close(theirs);
	theirs = -1;
	CHECK(run(NULL, LATE_MS, NULL));
	CHECK(strstr(err.text, "has ended"));
	end();
}

static void test_nonsense(void)
{
	static const char *const bad[] = {
		"nonsense\n", "\n", "{\"return\": {}, \"id\": 1\n", "{\"id\": 1}\n", "[]]\n",
		"{\"return\": {}, \"id\": 1}}\n",
	};
	char deep[4096];
	size_t i;

	for (i = 0; i < ROWS(bad); i++) {
		begin();
		says(bad[i]);
		CHECK(run(NULL, SOON_MS, NULL));
		CHECK(err.text[0]);
		end();
	}
	/* Nothing that we ask for is so deep. */
	memset(deep, '[', sizeof(deep) - 2);
	strcpy(deep + sizeof(deep) - 2, "\n");
	begin();
	says(deep);
	CHECK(run(NULL, LATE_MS, NULL));
	CHECK(strstr(err.text, "no JSON"));
	end();
	/* A NUL would end what is read before the line does. */
	begin();
	CHECK_EQ(write(theirs, "{\"return\": {}, \"id\": 1}\0x\n", 26), 26);
	CHECK(run(NULL, LATE_MS, NULL));
	end();
}

/* A line that does not end. */
static void test_too_long(void)
{
	static char block[4096];
	pid_t pid;

	memset(block, 'x', sizeof(block));
	begin();
	pid = fork();
	if (!pid) {
		close(q.fd);
		while (send(theirs, block, sizeof(block), MSG_NOSIGNAL) > 0)
			continue;
		_exit(0);
	}
	CHECK(run(NULL, LATE_MS, NULL));
	CHECK(strstr(err.text, "more than can be an answer"));
	end();
}

static void test_descriptor(void)
{
	char room[CMSG_SPACE(sizeof(int))], text[256];
	struct iovec iov = { text, sizeof(text) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = room,
			      .msg_controllen = sizeof(room) };
	int ends[2], got = -1;
	char octet = 0;

	begin();
	CHECK(!pipe(ends));
	says("{\"return\": {\"fdset-id\": 5}, \"id\": 1}\n");
	CHECK(!qmp_run(&q, "add-fd", NULL, ends[1], clock_ms() + LATE_MS, NULL, &err));
	CHECK(recvmsg(theirs, &msg, 0) > 0);
	CHECK(CMSG_FIRSTHDR(&msg) && CMSG_FIRSTHDR(&msg)->cmsg_type == SCM_RIGHTS);
	if (CMSG_FIRSTHDR(&msg))
		memcpy(&got, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(got));
	CHECK_EQ(write(got, "x", 1), 1);
	CHECK_EQ(read(ends[0], &octet, 1), 1);
	CHECK_EQ(octet, 'x');
	close(got);
	close(ends[0]);
	close(ends[1]);
	end();
}

static const struct test tests[] = {
	TEST(test_answer), TEST(test_events_are_passed_over), TEST(test_refusal_is_told),
	TEST(test_pieces), TEST(test_silence_ends), TEST(test_chatter_ends), TEST(test_death_is_told),
	TEST(test_nonsense), TEST(test_too_long), TEST(test_descriptor),
};

HARNESS_MAIN(tests)
