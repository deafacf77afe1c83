// SPDX-License-Identifier: GPL-2.0-or-later
/* A guest's console log: at its new host it goes on after what it was, and nothing stands there twice. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"

#include "guest/console-log.h"
#include "host/openfiles.h"

#define NAME	"web1"

static char dir[] = "/tmp/test-console-log.XXXXXX", path[64];
static int daemon_fd = -1;
static struct error err;

/* What a text has of another that stands before it. */
static size_t known(const char *have, const char *text)
{
	return console_log_known((const uint8_t *)have, strlen(have), (const uint8_t *)text,
				 strlen(text));
}

static void what_is_known(void)
{
	char much[600], more[1000];

	CHECK_EQ(known("", "one two"), 0);
	CHECK_EQ(known("one ", ""), 0);
	CHECK_EQ(known("one ", "one two"), 4);
	CHECK_EQ(known("one two", "one two"), 7);
	/* Another guest's, that ends by accident as this one's begins. */
	CHECK_EQ(known("another\n", "\none"), 0);
	/* Where it could be either, nothing is lost. */
	CHECK_EQ(known("login: ", "login: login: "), 7);
	/* Only the end of either was kept. */
	for (size_t i = 0; i < sizeof(much) - 1; i++)
		much[i] = 'a' + any_below(26);
	much[sizeof(much) - 1] = '\0';
	snprintf(more, sizeof(more), "%s and so on", much + 200);
	CHECK_EQ(known(much, more), 399);
	snprintf(more, sizeof(more), "before %s after", much);
	CHECK_EQ(known(much, more), 7 + 599);
	CHECK_EQ(known(much, much + 400), 0);
}

/* The same, found by trying. */
static size_t plainly(const uint8_t *have, size_t have_len, const uint8_t *text, size_t len)
{
	size_t most = 0, found = 0, q, k;

	for (q = len; q; q--) {
		for (k = 0; k < q && k < have_len && text[q - 1 - k] == have[have_len - 1 - k]; k++)
			;
		if (k && k >= most) {
			most = k;
			found = q;
		}
	}
	return most == have_len ? found : 0;
}

static void anything(void)
{
	uint8_t have[12], text[24];
	size_t have_len, len, i;

	for (int round = 0; round < 20000; round++) {
		have_len = any_below(sizeof(have));
		len = any_below(sizeof(text));
		for (i = 0; i < have_len; i++)
			have[i] = any_below(3);
		for (i = 0; i < len; i++)
			text[i] = any_below(3);
		CHECK_EQ(console_log_known(have, have_len, text, len),
			 plainly(have, have_len, text, len));
	}
}

/* A program of that name has a guest's log open: this one. */
static void begin_log(const char *text)
{
	daemon_fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	CHECK_EQ(write(daemon_fd, text, strlen(text)), strlen(text));
}

static const char *log_text(void)
{
	static char text[256];
	ssize_t n = pread(daemon_fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void end_log(void)
{
	close(daemon_fd);
	unlink(path);
	error_clear(&err);
}

static int take(struct logpiece *piece, const char *text, bool more)
{
	struct octets *octets = calloc(1, sizeof(*octets));
	int rc;

	octets->len = strlen(text);
	octets->more = more;
	memcpy(octets->data, text, octets->len);
	rc = console_log_take(piece, NAME, octets, &err);
	free(octets);
	return rc;
}

static void goes_on(void)
{
	struct logpiece piece = { 0 };

	begin_log("");
	CHECK(!take(&piece, "one ", true));
	CHECK(!take(&piece, "two ", false));
	CHECK(!take(&piece, "three ", false));
	CHECK_STR(log_text(), "one two three ");
	console_log_end(&piece);
	/* Once more from the same place: it failed the first time, or comes back. */
	memset(&piece, 0, sizeof(piece));
	CHECK(!take(&piece, "one two ", true));
	CHECK(!take(&piece, "three ", true));
	CHECK(!take(&piece, "four ", false));
	CHECK(!take(&piece, "four ", false));
	CHECK_STR(log_text(), "one two three four four ");
	console_log_end(&piece);
	CHECK_STR(err.text, "");
	end_log();
}

/* Nothing is logged here, whatever lies about; and it is no reason to end a move. */
static void no_log(void)
{
	struct logpiece piece = { 0 };
	struct stat st;

	unlink(path);
	CHECK(!take(&piece, "one", true));
	CHECK(!take(&piece, "two", false));
	CHECK(stat(path, &st));
	CHECK_STR(err.text, "");
	console_log_end(&piece);
}

static void more_than_agreed(void)
{
	static struct octets octets = { .have = ~0ULL, .len = OCTETS_MAX, .more = true };
	struct logpiece piece = { 0 };
	size_t taken = 0;

	begin_log("");
	while (!console_log_take(&piece, NAME, &octets, &err))
		taken += octets.len;
	CHECK_EQ(taken, CONSOLE_LOG_FIRST);
	console_log_end(&piece);
	memset(&piece, 0, sizeof(piece));
	octets.more = false;
	for (taken = 0; !console_log_take(&piece, NAME, &octets, &err); )
		taken += octets.len;
	CHECK_EQ(taken, CONSOLE_LOG_FIRST + 2 * CONSOLE_LOG_LATER);
	console_log_end(&piece);
	end_log();
}

/* ---- the source's ---- */

static size_t heard(int fd, char *last)
{
	struct message *m = calloc(1, sizeof(*m));
	size_t total = 0;

	do {
		CHECK(!message_receive(fd, m, 2000));
		total += m->octets.len;
	} while (m->type == MSG_KEEPALIVE || (m->type == MSG_LOG && m->octets.more));
	*last = m->octets.data[m->octets.len - 1];
	free(m);
	return total;
}

static void what_is_sent(void)
{
	static char much[CONSOLE_LOG_LATER + 1000];
	struct console_log log = { 0 };
	struct peer peer = { .fd = -1 };
	int fds[2], size = 1 << 20;
	char last = 0;

	CHECK(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
	setsockopt(fds[0], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	CHECK(!peer_start(&peer, fds[0], 10));
	begin_log("one two");
	console_log_open(&log, "another");
	CHECK(!console_log_send(&log, &peer, 100, &err));
	console_log_open(&log, NAME);
	CHECK(!console_log_send(&log, &peer, 3, &err));
	CHECK_EQ(heard(fds[1], &last), 3);
	CHECK_EQ(last, 'o');
	/* Nothing was added, then too much. */
	CHECK(!console_log_send(&log, &peer, 100, &err));
	memset(much, 'x', sizeof(much) - 1);
	much[sizeof(much) - 1] = 'z';
	CHECK_EQ(write(daemon_fd, much, sizeof(much)), sizeof(much));
	CHECK(!console_log_send(&log, &peer, 100000, &err));
	CHECK_EQ(heard(fds[1], &last), 100000);
	CHECK_EQ(last, 'z');
	console_log_close(&log);
	peer_stop(&peer);
	close(fds[1]);
	end_log();
}

/* ---- both ---- */

static struct peer away;
static int home = -1;

/* What has come by now goes where it belongs. */
static void arrive(struct logpiece *piece)
{
	struct message *m = calloc(1, sizeof(*m));

	while (!message_receive(home, m, 50))
		if (m->type == MSG_LOG)
			CHECK(!console_log_take(piece, NAME, &m->octets, &err));
	free(m);
}

/* From the log of one host to that of the next, with what is added at each of the three times. */
static void travel(const char *from, const char *last[2])
{
	struct console_log log = { .fd = open(from, O_RDONLY | O_CLOEXEC) };
	int fd = open(from, O_WRONLY | O_APPEND | O_CLOEXEC), i;
	struct logpiece piece = { 0 };

	CHECK(!console_log_send(&log, &away, CONSOLE_LOG_FIRST, &err));
	arrive(&piece);
	for (i = 0; i < 2; i++) {
		CHECK_EQ(write(fd, last[i], strlen(last[i])), strlen(last[i]));
		CHECK(!console_log_send(&log, &away, CONSOLE_LOG_LATER, &err));
		arrive(&piece);
	}
	console_log_end(&piece);
	console_log_close(&log);
	close(fd);
}

/* The log of a host that is not where xenconsoled writes just now. */
static const char *kept(const char *name)
{
	static char at[2][80];
	char *to = at[*name == 'a'];

	snprintf(to, sizeof(at[0]), "%s/%s", dir, name);
	return to;
}

static void there_and_back(void)
{
	int fds[2];

	CHECK(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
	memset(&away, 0, sizeof(away));
	CHECK(!peer_start(&away, fds[0], 10));
	home = fds[1];
	/* Whoever logs has the file of the host at which the guest arrives. */
	begin_log("");
	close(open(kept("alpha"), O_WRONLY | O_CREAT | O_TRUNC, 0600));
	travel(kept("alpha"), (const char *[]){ "1 2 3 ", "4 " });
	CHECK_STR(log_text(), "1 2 3 4 ");
	CHECK_EQ(write(daemon_fd, "5 6 ", 4), 4);
	/* Back: alpha has what it logged, and beta brings that along. */
	CHECK(!rename(path, kept("beta")));
	close(daemon_fd);
	begin_log("1 2 3 4 ");
	travel(kept("beta"), (const char *[]){ "7 ", "" });
	CHECK_STR(log_text(), "1 2 3 4 5 6 7 ");
	/* And there once more. */
	CHECK_EQ(write(daemon_fd, "8 ", 2), 2);
	CHECK(!rename(path, kept("alpha")));
	close(daemon_fd);
	begin_log("1 2 3 4 5 6 7 ");
	travel(kept("alpha"), (const char *[]){ "", "9 " });
	CHECK_STR(log_text(), "1 2 3 4 5 6 7 8 9 ");
	CHECK_STR(err.text, "");
	unlink(kept("alpha"));
	unlink(kept("beta"));
	peer_stop(&away);
	close(home);
	end_log();
}

static void who_has_it_open(void)
{
	char found[256];

	begin_log("");
	CHECK(openfiles_find("xenconsoled", "guest-" NAME ".log", found, sizeof(found)));
	CHECK_STR(found, path);
	CHECK(!openfiles_find("xenconsoled", "guest-" NAME ".log", found, 8));
	CHECK(!openfiles_find("another", "guest-" NAME ".log", found, sizeof(found)));
	CHECK(!openfiles_find("xenconsoled", NAME ".log", found, sizeof(found)));
	CHECK(!openfiles_shared(path, "xenconsoled"));
	CHECK(openfiles_shared(path, "another"));
	CHECK(openfiles_has("xenconsoled", path));
	CHECK(!openfiles_has("another", path));
	end_log();
	CHECK(!openfiles_shared(path, "another"));
}

static const struct test tests[] = {
	TEST(what_is_known), TEST(anything), TEST(goes_on), TEST(no_log), TEST(more_than_agreed),
	TEST(what_is_sent), TEST(there_and_back), TEST(who_has_it_open),
};

int main(void)
{
	int rc, alone;

	if (!mkdtemp(dir))
		return 1;
	snprintf(path, sizeof(path), "%s/guest-" NAME ".log", dir);
	/* Another run of this test on the machine would be taken for the daemon as well. */
	alone = open("/tmp/test-console-log.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (alone < 0 || flock(alone, LOCK_EX))
		return 1;
	prctl(PR_SET_NAME, "xenconsoled");
	rc = harness_main(tests, sizeof(tests) / sizeof(tests[0]));
	rmdir(dir);
	return rc;
}
