// SPDX-License-Identifier: GPL-2.0-or-later
/* The other end of a measurement, and what is said of several. */
#include "harness.h"

#include <endian.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/bench-peer.h"
#include "cli/quantiles.h"

#define OCTETS	(5 * 1000 * 1000 + 7)

struct served {
	int fd;
	int rc;
	pthread_t thread;
};

static void *serve(void *arg)
{
	struct served *s = arg;

	s->rc = bench_peer_run(s->fd);
	close(s->fd);
	return NULL;
}

/* Our end of a connection to a counterpart. */
static int begin(struct served *s)
{
	int fd[2];

	CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, fd));
	s->fd = fd[1];
	CHECK(!pthread_create(&s->thread, NULL, serve, s));
	return fd[0];
}

static int end(struct served *s, int fd)
{
	close(fd);
	pthread_join(s->thread, NULL);
	return s->rc;
}

static void test_reads(void)
{
	char *buf = calloc(1, OCTETS);
	struct served s;
	int fd = begin(&s);
	size_t at = 0;
	ssize_t n;

	CHECK(!bench_peer_order(fd, ERRAND_READ, OCTETS));
	while (at < OCTETS - 1 && (n = write(fd, buf, OCTETS - 1 - at)) > 0)
		at += n;
	/* One is missing: there is no answer yet. */
	CHECK(recv(fd, buf, 1, MSG_DONTWAIT) == -1);
	CHECK(write(fd, buf, 1) == 1);
	CHECK(read(fd, buf, 2) == 1);
	CHECK(!end(&s, fd));
	free(buf);
}

static void test_writes(void)
{
	char buf[4096];
	struct served s;
	int fd = begin(&s);
	size_t got = 0;
	ssize_t n;

	CHECK(!bench_peer_order(fd, ERRAND_WRITE, OCTETS));
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		got += n;
	CHECK(got == OCTETS);
	CHECK(!end(&s, fd));
}

static void test_refuses(void)
{
	static const struct {
		const char *what;
		uint64_t octets;
	} bad[] = {
		{ "GET / HT", 100 }, { "xmbenchX", 100 }, { "xmbenchR", 0 },
		{ "xmbenchW", (8ULL << 30) + 1 }, { "xmbenchR", ~0ULL },
	};
	struct served s;
	uint64_t octets;
	size_t i;
	int fd;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		fd = begin(&s);
		octets = htobe64(bad[i].octets);
		CHECK(write(fd, bad[i].what, 8) == 8 && write(fd, &octets, 8) == 8);
		CHECK(end(&s, fd) == -1);
	}
	fd = begin(&s);
	CHECK(write(fd, "xmbenchR", 8) == 8);
	CHECK(end(&s, fd) == -1);
	/* It breaks off before it has sent what it said. */
	fd = begin(&s);
	CHECK(!bench_peer_order(fd, ERRAND_READ, 100));
	CHECK(end(&s, fd) == -1);
}

static void test_loopback(void)
{
	struct error err = { 0 };
	char octet;
	struct child peer;
	int fd = bench_peer_fork(&peer, &err);

	CHECK(fd >= 0);
	CHECK(!bench_peer_order(fd, ERRAND_READ, 3));
	CHECK(write(fd, "abc", 3) == 3);
	CHECK(read(fd, &octet, 1) == 1);
	close(fd);
	CHECK_EQ(child_await(&peer, clock_ms() + 10000), 0);
}

static void test_quantiles(void)
{
	double odd[] = { 5, 1, 3 }, even[] = { 4, 1, 2, 9 }, one[] = { 7 };
	struct quantiles s = quantiles_of(odd, 3);

	CHECK(s.median == 3 && s.least == 1 && s.most == 5);
	s = quantiles_of(even, 4);
	CHECK(s.median == 3 && s.least == 1 && s.most == 9);
	s = quantiles_of(one, 1);
	CHECK(s.median == 7 && s.least == 7 && s.most == 7);
}

static const struct test tests[] = {
	TEST(test_reads), TEST(test_writes), TEST(test_refuses), TEST(test_loopback),
	TEST(test_quantiles),
};

HARNESS_MAIN(tests)
