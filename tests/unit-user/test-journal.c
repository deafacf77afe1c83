// SPDX-License-Identifier: GPL-2.0-or-later
/* The journal: what may follow what, and what a crash, a full disk or a stranger leaves of it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

#include "base/uuid.h"
#include "journal/writer.h"
#include "module/domain.h"

#define NOW	"2026-11-22T10:11:12.123Z"
#define LATER	"2026-11-22T10:11:13.456Z"

/* ---- a disk that fails when it is told to: the linker puts these before the real ones ---- */

static long octets_left = -1;	/* of what can be written; -1 for all */
static int syncs_left = -1;	/* until they fail; -1 for never */
static int failing_syncs;	/* how many then do */
static int entries_left = -1;	/* of a directory until it cannot be read; -1 for never */

ssize_t __real_pwrite(int fd, const void *data, size_t len, off_t at);
ssize_t __wrap_pwrite(int fd, const void *data, size_t len, off_t at);
int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);
struct dirent *__real_readdir(DIR *d);
struct dirent *__wrap_readdir(DIR *d);

ssize_t __wrap_pwrite(int fd, const void *data, size_t len, off_t at)
{
	ssize_t done;

	if (octets_left < 0)
		return __real_pwrite(fd, data, len, at);
	if (!octets_left) {
		octets_left = -1;	/* the withdrawal gets through */
		errno = ENOSPC;
		return -1;
	}
	done = __real_pwrite(fd, data, len < (size_t)octets_left ? len : (size_t)octets_left, at);
	octets_left -= done;
	return done;
}

static int sync_fails(void)
{
	if (syncs_left < 0)
		return 0;
	if (syncs_left--)
		return 0;
	syncs_left = --failing_syncs > 0 ? 0 : -1;
	errno = EIO;
	return 1;
}

int __wrap_fsync(int fd)
{
	return sync_fails() ? -1 : __real_fsync(fd);
}

int __wrap_fdatasync(int fd)
{
	return sync_fails() ? -1 : __real_fdatasync(fd);
}

struct dirent *__wrap_readdir(DIR *d)
{
	if (entries_left < 0)
		return __real_readdir(d);
	if (entries_left--)
		return __real_readdir(d);
	errno = EIO;
	return NULL;
}

/* ---- a directory of its own for each test ---- */

static char dir[64];
static struct error err;

static void new_dir(void)
{
	strcpy(dir, "/tmp/test-journal.XXXXXX");
	CHECK(mkdtemp(dir));
	error_clear(&err);
}

static char *in_dir(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static unsigned int entries(void)
{
	struct dirent *entry;
	unsigned int n = 0;
	DIR *d = opendir(dir);

	while (d && (entry = readdir(d)))
		n += entry->d_name[0] != '.';
	if (d)
		closedir(d);
	return n;
}

static void remove_dir(void)
{
	struct dirent *entry;
	DIR *d = opendir(dir);

	while (d && (entry = readdir(d))) {
		unlink(in_dir(entry->d_name));
		rmdir(in_dir(entry->d_name));
	}
	if (d)
		closedir(d);
	rmdir(dir);
}

static void put_file(const char *name, const char *text, size_t len)
{
	int fd = open(in_dir(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK(fd >= 0);
	CHECK_EQ(write(fd, text, len), len);
	close(fd);
}

static size_t get_file(const char *name, char *text, size_t size)
{
	int fd = open(in_dir(name), O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, text, size);

	if (fd >= 0)
		close(fd);
	return got < 0 ? 0 : got;
}

static struct journal *opened(void)
{
	struct journal *j;

	error_clear(&err);
	j = journal_open(dir, &err);
	CHECK(j);
	CHECK_STR(err.text, "");
	return j;
}

static struct record_data a_head(unsigned int number, enum record_side side)
{
	struct record_data head = { .side = side, .domid = 7, .move = { number >> 8, number, 1 } };

	memset(head.guest, 0xab, sizeof(head.guest));
	strcpy(head.name, "web1");
	strcpy(head.peer, "beta");
	strcpy(head.address, "[fe80::1]:8002");
	strcpy(head.boot, "a961d722-d62c-4446-ad9d-6207a065ea1e");
	return head;
}

static const char *name_of(const struct record_data *head)
{
	static char name[64];
	char uuid[UUID_TEXT];

	uuid_format(head->move, uuid);
	snprintf(name, sizeof(name), "%s-%s", uuid, record_side_word(head->side));
	return name;
}

static struct writer *begun(struct journal *j, unsigned int number, enum record_side side)
{
	struct record_data head = a_head(number, side);
	struct writer *w = NULL;

	error_clear(&err);
	CHECK(!writer_begin(j, &head, &w, &err));
	CHECK_STR(err.text, "");
	return w;
}

static enum record_state state_there(struct journal *j, unsigned int number, enum record_side side)
{
	struct record_data head = a_head(number, side);
	struct record r;
	bool held;

	return journal_find(j, head.move, side, &r, &held) ? RECORD_STATES : r.state;
}

/* ---- states ---- */

static void test_every_pair(void)
{
	static const struct { enum record_side side; const char *from, *to; } may[] = {
		{ RECORD_SOURCE, "begun", "committing" }, { RECORD_SOURCE, "begun", "failed" },
		{ RECORD_SOURCE, "begun", "lost" }, { RECORD_SOURCE, "begun", "resuming" },
		{ RECORD_SOURCE, "committing", "destroying" },
		{ RECORD_SOURCE, "committing", "resuming" }, { RECORD_SOURCE, "committing", "lost" },
		{ RECORD_SOURCE, "committing", "discarded" },
		{ RECORD_SOURCE, "destroying", "moved" },
		{ RECORD_SOURCE, "destroying", "discarded" },
		{ RECORD_SOURCE, "resuming", "resumed" }, { RECORD_SOURCE, "resuming", "lost" },
		{ RECORD_SOURCE, "resuming", "discarded" },
		{ RECORD_DESTINATION, "begun", "ready" }, { RECORD_DESTINATION, "begun", "failed" },
		{ RECORD_DESTINATION, "begun", "refused" },
		{ RECORD_DESTINATION, "ready", "starting" },
		{ RECORD_DESTINATION, "ready", "refused" },
		{ RECORD_DESTINATION, "starting", "running" },
		{ RECORD_DESTINATION, "running", "forgotten" },
		{ RECORD_DESTINATION, "starting", "discarded" },
		{ RECORD_DESTINATION, "running", "discarded" },
	};
	int side, from, to;
	size_t i;

	for (side = 0; side <= RECORD_DESTINATION + 1; side++)
		for (from = 0; from <= RECORD_STATES; from++)
			for (to = 0; to <= RECORD_STATES; to++) {
				bool want = false;

				for (i = 0; i < sizeof(may) / sizeof(may[0]); i++)
					want |= may[i].side == (enum record_side)side &&
						from < RECORD_STATES && to < RECORD_STATES &&
						!strcmp(may[i].from, record_word(from)) &&
						!strcmp(may[i].to, record_word(to));
				CHECK_EQ(record_may(side, from, to), want);
			}
}

static void test_settled(void)
{
	static const char *const ends[] = { "failed", "moved", "resumed", "lost", "discarded",
					    "refused", "forgotten" };
	int state;
	size_t i;

	for (state = 0; state <= RECORD_STATES; state++) {
		bool want = false;

		for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
			want |= state < RECORD_STATES && !strcmp(ends[i], record_word(state));
		CHECK_EQ(record_settled(state), want);
	}
}

/* Every way through the table can be written, and nothing beside it. */
static void walk(const char *text, enum record_side side, enum record_state from,
		 const struct record_data *data)
{
	char next[RECORD_SIZE];
	struct record r;
	int to;

	for (to = 0; to < RECORD_STATES; to++) {
		bool may = record_may(side, from, to);
		bool note = (int)from == to && !record_settled(from);

		CHECK_EQ(record_append(text, to, data, LATER, next), may || note ? 0 : -EINVAL);
		if (!may)
			continue;
		CHECK(!record_parse(next, RECORD_SIZE, &r));
		CHECK_EQ(r.state, to);
		CHECK_EQ(r.damaged, false);
		walk(next, side, to, data);
	}
}

static void worst(char *text, size_t size)
{
	memset(text, '\1', size - 1);
	text[size - 1] = '\0';
}

static struct record_data worst_head(enum record_side side)
{
	struct record_data head = a_head(1, side);

	worst(head.name, sizeof(head.name));
	worst(head.peer, sizeof(head.peer));
	memset(head.address, '1', sizeof(head.address) - 1);
	worst(head.reason, sizeof(head.reason));
	worst(head.outcome, sizeof(head.outcome));
	worst(head.peer_boot, sizeof(head.peer_boot));
	head.domid = head.peer_domid = UINT32_MAX;
	memset(head.peer_identity, 1, sizeof(head.peer_identity));
	return head;
}

static struct record_data worst_data(void)
{
	struct record_data data = { .domid = UINT32_MAX - 1, .peer_domid = UINT32_MAX - 1 };

	memset(data.peer_identity, 2, sizeof(data.peer_identity));
	memset(data.boot, 'b', sizeof(data.boot) - 1);
	memset(data.peer_boot, 'b', sizeof(data.peer_boot) - 1);
	memset(data.outcome, 'o', sizeof(data.outcome) - 1);
	worst(data.reason, sizeof(data.reason));
	return data;
}

static void test_every_way(void)
{
	struct record_data nothing = { 0 };
	char text[RECORD_SIZE];
	int side;

	for (side = RECORD_SOURCE; side <= RECORD_DESTINATION; side++) {
		struct record_data head = a_head(1, side);

		CHECK(!record_begin(&head, NOW, text));
		walk(text, side, RECORD_BEGUN, &nothing);
	}
}

/* With the longest head, and notes until none fits, each state still has room for its facts. */
static void fill_and_walk(const char *text, enum record_side side, enum record_state from)
{
	struct record_data data = worst_data();
	char now[RECORD_SIZE], next[RECORD_SIZE];
	struct record r;
	int to, i;

	memcpy(now, text, RECORD_SIZE);
	for (i = 0; i < 200 && !record_settled(from); i++) {
		struct record_data note = { .peer_domid = 100 + i };

		if (i % 2)
			worst(note.reason, sizeof(note.reason) - i);
		if (record_append(now, from, &note, LATER, next))
			break;
		memcpy(now, next, RECORD_SIZE);
	}
	for (to = 0; to < RECORD_STATES; to++) {
		if (!record_may(side, from, to))
			continue;
		CHECK(!record_append(now, to, &data, LATER, next));
		CHECK(!record_parse(next, RECORD_SIZE, &r));
		CHECK_EQ(r.state, to);
		CHECK_EQ(r.data.peer_domid, data.peer_domid);
		CHECK_STR(r.data.peer_boot, data.peer_boot);
		CHECK_STR(r.data.outcome, data.outcome);
		CHECK(strlen(r.data.reason) >= 40);
		fill_and_walk(next, side, to);
	}
}

static void test_room_for_states(void)
{
	char text[RECORD_SIZE], next[RECORD_SIZE];
	struct record_data note = { .peer_domid = 5 };
	int side;

	for (side = RECORD_SOURCE; side <= RECORD_DESTINATION; side++) {
		struct record_data head = worst_head(side);

		CHECK(!record_begin(&head, NOW, text));
		memset(note.peer_identity, 3, sizeof(note.peer_identity));
		strcpy(note.peer_boot, "a961d722-d62c-4446-ad9d-6207a065ea1e");
		CHECK(!record_append(text, RECORD_BEGUN, &note, LATER, next));
		fill_and_walk(text, side, RECORD_BEGUN);
	}
}

static unsigned int differs(const char *a, const char *b)
{
	return !!memcmp(a, b, RECORD_SIZE);
}

static void test_notes(void)
{
	struct record_data head = a_head(1, RECORD_SOURCE), note = { 0 };
	char text[RECORD_SIZE], next[RECORD_SIZE];
	struct record r;
	int i;

	CHECK(!record_begin(&head, NOW, text));
	note.peer_domid = 9;
	CHECK(!record_append(text, RECORD_COMMITTING, &note, LATER, next));
	memcpy(text, next, RECORD_SIZE);
	note.peer_domid = 0;
	strcpy(note.outcome, "may-have-run");
	CHECK(!record_append(text, RECORD_COMMITTING, &note, LATER, next));
	memcpy(text, next, RECORD_SIZE);
	note.outcome[0] = '\0';
	for (i = 0; i < 1000; i++) {
		snprintf(note.reason, sizeof(note.reason), "beta cannot be reached, time %d.", i);
		CHECK(!record_append(text, RECORD_COMMITTING, &note, LATER, next));
		memcpy(text, next, RECORD_SIZE);
	}
	CHECK(!record_append(text, RECORD_COMMITTING, &note, NOW, next));
	CHECK_EQ(differs(text, next), 0);
	CHECK(!record_parse(text, RECORD_SIZE, &r));
	CHECK_EQ(r.count, 3);
	CHECK_STR(r.data.reason, "beta cannot be reached, time 999.");
	CHECK_STR(r.data.outcome, "may-have-run");
	CHECK_EQ(r.data.peer_domid, 9);
	note.reason[0] = '\0';
	CHECK(!record_append(text, RECORD_DESTROYING, &note, LATER, next));
	CHECK(!record_parse(next, RECORD_SIZE, &r));
	CHECK_STR(r.data.reason, "");
	CHECK_STR(r.data.outcome, "may-have-run");
}

static void test_what_belongs_to_the_head(void)
{
	struct record_data head = a_head(1, RECORD_SOURCE), late = { 0 };
	char text[RECORD_SIZE], next[RECORD_SIZE];

	CHECK(!record_begin(&head, NOW, text));
	strcpy(late.name, "other");
	CHECK_EQ(record_append(text, RECORD_COMMITTING, &late, LATER, next), -EINVAL);
	CHECK_EQ(differs(text, next), 0);
	memset(head.address, '"', sizeof(head.address) - 1);
	CHECK_EQ(record_begin(&head, NOW, text), -EINVAL);
	head = a_head(1, 0);
	CHECK_EQ(record_begin(&head, NOW, text), -EINVAL);
	head = a_head(1, RECORD_SOURCE);
	CHECK_EQ(record_begin(&head, "now", text), -EINVAL);
	memset(head.move, 0, sizeof(head.move));
	CHECK_EQ(record_begin(&head, NOW, text), -EINVAL);
}

/* ---- text ---- */

static void test_hostile_texts(void)
{
	static const char *const hostile[] = {
		"a\nb", "\" state=x \"", "\\", "\\\\\"", "\\x00", "2026-11-22T10:11:12.123Z moved",
		"\n2026-11-22T10:11:12.123Z moved 00000000\n", "\x1b[2J", "g\xc3\xbc\xff", " ", "=",
		"reason=\"x\"", "\x7f\x01",
	};
	char text[RECORD_SIZE], next[RECORD_SIZE];
	struct record r;
	size_t i, n;

	for (i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		struct record_data head = a_head(1, RECORD_SOURCE), data = { 0 };

		strcpy(head.name, hostile[i]);
		strcpy(head.address, hostile[i]);
		strcpy(data.reason, hostile[i]);
		strcpy(data.peer_boot, hostile[i][0] == '\n' ? "" : hostile[i]);
		CHECK(!record_begin(&head, NOW, text));
		CHECK(!record_append(text, RECORD_COMMITTING, &data, LATER, next));
		CHECK(!record_parse(next, RECORD_SIZE, &r));
		CHECK_EQ(r.count, 2);
		CHECK_STR(r.data.name, hostile[i]);
		CHECK_STR(r.data.address, hostile[i]);
		CHECK_STR(r.data.reason, hostile[i]);
		CHECK_STR(r.data.peer_boot, data.peer_boot);
		for (n = 0; n < r.end; n++)
			CHECK(next[n] == '\n' || (next[n] >= 0x20 && next[n] < 0x7f));
	}
}

static void test_every_octet_in_a_name(void)
{
	struct record_data head = a_head(1, RECORD_DESTINATION);
	char text[RECORD_SIZE];
	struct record r;
	int i;

	for (i = 0; i < 255; i++)
		head.name[i] = i + 1;
	CHECK(!record_begin(&head, NOW, text));
	CHECK(!record_parse(text, RECORD_SIZE, &r));
	CHECK_STR(r.data.name, head.name);
}

/* A line as another version might write it. */
static size_t add_line(char *text, const char *body)
{
	struct record r;
	uint32_t crc;

	record_parse(text, RECORD_SIZE, &r);
	crc = record_crc(r.crc, body, strlen(body));
	return sprintf(text + r.end, "%s %08x\n", body, crc);
}

static void test_later_version(void)
{
	struct record_data head = a_head(1, RECORD_SOURCE);
	char text[RECORD_SIZE], next[RECORD_SIZE];
	struct record r;

	CHECK(!record_begin(&head, NOW, text));
	add_line(text, LATER " committing colour=red smell=\"none \\\"\" peer_domid=5");
	CHECK(!record_parse(text, RECORD_SIZE, &r));
	CHECK_EQ(r.state, RECORD_COMMITTING);
	CHECK_EQ(r.data.peer_domid, 5);
	add_line(text, LATER " teleporting");
	CHECK(!record_parse(text, RECORD_SIZE, &r));
	CHECK_EQ(r.state, RECORD_UNKNOWN);
	CHECK_STR(r.word, "teleporting");
	CHECK(!record_settled(r.state));
	CHECK_EQ(record_append(text, RECORD_MOVED, &(struct record_data){ 0 }, LATER, next), -EINVAL);
	CHECK_EQ(record_append(text, RECORD_UNKNOWN, &(struct record_data){ 0 }, LATER, next), -EINVAL);

	/* what this version cannot read is not guessed at */
	CHECK(!record_begin(&head, NOW, text));
	add_line(text, LATER " committing peer_domid=x");
	CHECK(!record_parse(text, RECORD_SIZE, &r));
	CHECK_EQ(r.state, RECORD_UNKNOWN);
	/* the other side's word */
	CHECK(!record_begin(&head, NOW, text));
	add_line(text, LATER " running");
	CHECK(!record_parse(text, RECORD_SIZE, &r));
	CHECK_EQ(r.state, RECORD_UNKNOWN);
}

/* ---- crashes ---- */

/* Of an append, the first @cut octets got to the disk; behind them is what was, or rubbish. */
static void check_torn(const char *before, const char *after, enum record_state from,
		       enum record_state to)
{
	char torn[RECORD_SIZE], next[RECORD_SIZE];
	struct record_data data = { 0 };
	struct record r, good;
	size_t cut, i, end;
	int rubbish;
	bool whole;

	CHECK(!record_parse(before, RECORD_SIZE, &good));
	CHECK(!record_parse(after, RECORD_SIZE, &r));
	end = r.end;
	strcpy(data.reason, "After the crash.");
	for (cut = good.end; cut <= end + 2; cut++) {
		for (rubbish = 0; rubbish < 5; rubbish++) {
			memcpy(torn, before, RECORD_SIZE);
			memcpy(torn + good.end, after + good.end, cut - good.end);
			for (i = cut; i < RECORD_SIZE && rubbish; i++)
				torn[i] = rubbish == 1 ? '\n' : rubbish == 2 ? 'x' :
					  rubbish == 3 ? (char)0xff : (char)any();
			CHECK(!record_parse(torn, RECORD_SIZE, &r));
			whole = !memcmp(torn, after, end);	/* rubbish may be just right */
			CHECK(whole || cut < end);
			CHECK_EQ(r.state, whole ? to : from);
			CHECK_EQ(r.count, good.count + whole);
			CHECK(!record_append(torn, r.state, &data, LATER, next));
			CHECK(!record_parse(next, RECORD_SIZE, &r));
			CHECK_EQ(r.state, whole ? to : from);
			CHECK_STR(r.data.reason, data.reason);
			for (i = r.end; i < RECORD_SIZE; i++)
				if (next[i])
					break;
			CHECK_EQ(i, RECORD_SIZE);
		}
		/* the file ends there */
		record_parse(torn, cut, &r);
		CHECK_EQ(r.state, cut >= end ? to : from);
	}
}

static void test_torn_appends(void)
{
	struct record_data head = a_head(1, RECORD_SOURCE), data = { .peer_domid = 3 };
	char a[RECORD_SIZE], b[RECORD_SIZE];

	strcpy(data.reason, "A sentence, \"quoted\".");
	CHECK(!record_begin(&head, NOW, a));
	CHECK(!record_append(a, RECORD_COMMITTING, &data, LATER, b));
	check_torn(a, b, RECORD_BEGUN, RECORD_COMMITTING);
	CHECK(!record_append(b, RECORD_RESUMING, &data, LATER, a));
	check_torn(b, a, RECORD_COMMITTING, RECORD_RESUMING);
}

/* The same on what an earlier line left there that was withdrawn but had reached the disk. */
static void test_torn_over_old(void)
{
	struct record_data head = a_head(1, RECORD_SOURCE), data = { 0 };
	char before[RECORD_SIZE], old[RECORD_SIZE], after[RECORD_SIZE], torn[RECORD_SIZE];
	struct record r;
	size_t cut, end;

	CHECK(!record_begin(&head, NOW, before));
	strcpy(data.reason, "A long sentence that was withdrawn, longer than the one after it.");
	CHECK(!record_append(before, RECORD_COMMITTING, &data, LATER, old));
	strcpy(data.reason, "No.");
	CHECK(!record_append(before, RECORD_FAILED, &data, LATER, after));
	CHECK(!record_parse(after, RECORD_SIZE, &r));
	end = r.end;
	CHECK(!record_parse(before, RECORD_SIZE, &r));
	for (cut = r.end + 1; cut <= end; cut++) {
		memcpy(torn, old, RECORD_SIZE);
		memcpy(torn, after, cut);
		CHECK(!record_parse(torn, RECORD_SIZE, &r));
		if (cut >= end)
			CHECK_EQ(r.state, RECORD_FAILED);
		else
			CHECK(r.state == RECORD_BEGUN || r.state == RECORD_COMMITTING);
	}
}

/* A comment that replaces another may be lost, its state may not. */
static void test_torn_replacement(void)
{
	struct record_data head = a_head(1, RECORD_SOURCE), data = { 0 };
	char a[RECORD_SIZE], b[RECORD_SIZE], torn[RECORD_SIZE];
	struct record r;
	size_t cut;

	CHECK(!record_begin(&head, NOW, a));
	CHECK(!record_append(a, RECORD_COMMITTING, &data, LATER, b));
	strcpy(data.reason, "One.");
	CHECK(!record_append(b, RECORD_COMMITTING, &data, LATER, a));
	strcpy(data.reason, "Two, which is longer.");
	CHECK(!record_append(a, RECORD_COMMITTING, &data, LATER, b));
	for (cut = 0; cut <= RECORD_SIZE; cut++) {
		memcpy(torn, a, RECORD_SIZE);
		memcpy(torn, b, cut);
		CHECK(!record_parse(torn, RECORD_SIZE, &r));
		CHECK_EQ(r.state, RECORD_COMMITTING);
	}
}

static void test_torn_first_line(void)
{
	struct record_data head = a_head(1, RECORD_SOURCE);
	char text[RECORD_SIZE], torn[RECORD_SIZE];
	struct record r;
	size_t cut, end;

	CHECK(!record_begin(&head, NOW, text));
	CHECK(!record_parse(text, RECORD_SIZE, &r));
	end = r.end;
	for (cut = 0; cut < end; cut++) {
		memset(torn, 0, sizeof(torn));
		memcpy(torn, text, cut);
		CHECK_EQ(record_parse(torn, RECORD_SIZE, &r), -ENODATA);
		CHECK_EQ(record_parse(torn, cut, &r), -ENODATA);
	}
}

/* A line that was good and is bad now is no tail: nobody may act on the one before it. */
static void test_damage(void)
{
	struct record_data head = a_head(1, RECORD_SOURCE), data = { 0 };
	char a[RECORD_SIZE], b[RECORD_SIZE], next[RECORD_SIZE];
	struct record r;
	size_t i, last;

	CHECK(!record_begin(&head, NOW, a));
	CHECK(!record_append(a, RECORD_COMMITTING, &data, LATER, b));
	CHECK(!record_append(b, RECORD_DESTROYING, &data, LATER, a));
	CHECK(!record_parse(a, RECORD_SIZE, &r));
	last = r.last;
	for (i = 0; i < last - 1; i++) {
		memcpy(b, a, RECORD_SIZE);
		b[i] ^= 0x01;
		if (b[i] == '\n')
			continue;
		CHECK_EQ(record_parse(b, RECORD_SIZE, &r), -EBADMSG);
		CHECK_EQ(r.state, RECORD_UNKNOWN);
		CHECK_EQ(record_append(b, RECORD_MOVED, &data, LATER, next), -EINVAL);
	}
	memcpy(b, a, RECORD_SIZE);
	memset(b, 0, 300);
	CHECK_EQ(record_parse(b, RECORD_SIZE, &r), -EBADMSG);
}

/* ---- files ---- */

static void test_begin_and_adopt(void)
{
	struct record_data head = a_head(1, RECORD_SOURCE), data = { .peer_domid = 4 };
	struct journal *j;
	struct writer *w, *other;
	struct record r;
	struct stat st;
	bool held;

	new_dir();
	j = opened();
	w = begun(j, 1, RECORD_SOURCE);
	CHECK(!stat(in_dir(name_of(&head)), &st));
	CHECK_EQ(st.st_size, RECORD_SIZE);
	CHECK_EQ(st.st_mode & 0777, 0600);
	CHECK_EQ(writer_begin(j, &head, &other, &err), -EEXIST);
	error_clear(&err);
	CHECK(!writer_write(w, RECORD_COMMITTING, &data, &err));
	CHECK_EQ(writer_write(w, RECORD_FAILED, NULL, &err), -EINVAL);
	CHECK(err.text[0]);
	error_clear(&err);
	CHECK_EQ(writer_record(w)->state, RECORD_COMMITTING);
	CHECK_EQ(writer_adopt(j, head.move, head.side, &other, &err), -EBUSY);
	error_clear(&err);
	CHECK(!journal_find(j, head.move, head.side, &r, &held));
	CHECK(held);
	writer_close(w);
	CHECK(!journal_find(j, head.move, head.side, &r, &held));
	CHECK(!held);
	CHECK_EQ(r.data.peer_domid, 4);
	CHECK_STR(r.data.address, "[fe80::1]:8002");
	CHECK(!writer_adopt(j, head.move, head.side, &w, &err));
	CHECK_EQ(writer_record(w)->state, RECORD_COMMITTING);
	CHECK(!writer_say(w, RECORD_RESUMING, "It was refused.", &err));
	writer_close(w);
	CHECK_EQ(writer_adopt(j, head.move, RECORD_DESTINATION, &w, &err), -ENOENT);
	CHECK_STR(err.text, "");
	journal_close(j);
	remove_dir();
}

static void test_two_processes(void)
{
	struct record_data head = a_head(1, RECORD_DESTINATION);
	int up[2], down[2], status = -1;
	struct journal *j;
	struct writer *w;
	struct record r;
	bool held;
	pid_t child;
	char octet;

	new_dir();
	CHECK(!pipe(up) && !pipe(down));
	child = fork();
	if (!child) {
		close(down[1]);
		j = journal_open(dir, &err);
		if (!j || writer_begin(j, &head, &w, &err) ||
		    writer_write(w, RECORD_READY, NULL, &err))
			_exit(1);
		if (write(up[1], "", 1) != 1 || read(down[0], &octet, 1) < 0)
			_exit(2);
		_exit(0);	/* as if killed: nothing is closed */
	}
	close(up[1]);
	CHECK_EQ(read(up[0], &octet, 1), 1);
	j = opened();
	CHECK_EQ(writer_adopt(j, head.move, head.side, &w, &err), -EBUSY);
	error_clear(&err);
	CHECK(!journal_find(j, head.move, head.side, &r, &held));
	CHECK(held);
	close(down[1]);
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK_EQ(status, 0);
	CHECK(!writer_adopt(j, head.move, head.side, &w, &err));
	CHECK_EQ(writer_record(w)->state, RECORD_READY);
	writer_close(w);
	close(up[0]);
	close(down[0]);
	journal_close(j);
	remove_dir();
}

static void test_identity(void)
{
	char text[64] = "", again[64] = "";
	struct journal *j;

	new_dir();
	rmdir(dir);	/* the whole way is made */
	j = opened();
	CHECK_EQ(get_file("identity", text, sizeof(text)), UUID_TEXT);
	uuid_format(journal_identity(j), again);
	CHECK(!memcmp(text, again, UUID_TEXT - 1));
	journal_close(j);
	j = opened();
	get_file("identity", again, sizeof(again));
	CHECK(!memcmp(text, again, UUID_TEXT));
	journal_close(j);
	remove_dir();
}

static void refused(void)
{
	error_clear(&err);
	CHECK(!journal_open(dir, &err));
	CHECK(strstr(err.text, dir));
	error_clear(&err);
}

static void test_damaged_identity(void)
{
	static const char *const bad[] = {
		"", "\n", "a961d722-d62c-4446-ad9d-6207a065ea1e", "a961d722-d62c-4446-ad9d-6207a065ea1\n",
		"a961d722-d62c-4446-ad9d-6207a065ea1e\n\n", "a961d722-d62c-4446-ad9d-6207a065ea1g\n",
	};
	struct journal *j;
	size_t i;

	new_dir();
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		put_file("identity", bad[i], strlen(bad[i]));
		refused();
	}
	unlink(in_dir("identity"));
	CHECK(!mkdir(in_dir("identity"), 0700));
	refused();
	rmdir(in_dir("identity"));
	put_file("identity.new", "a961", 4);	/* its maker died */
	j = opened();
	writer_close(begun(j, 1, RECORD_SOURCE));
	journal_close(j);
	CHECK_EQ(entries(), 2);
	unlink(in_dir("identity"));
	refused();
	CHECK_EQ(entries(), 1);
	remove_dir();
}

static void test_no_directory(void)
{
	struct journal *j;
	int fd;

	new_dir();
	rmdir(dir);
	CHECK(!journal_look(dir, &err));
	CHECK_STR(err.text, "");
	fd = open(dir, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);	/* a file in its place */
	close(fd);
	CHECK(!journal_look(dir, &err));
	CHECK(err.text[0]);
	refused();
	unlink(dir);
	j = opened();
	journal_close(j);
	j = journal_look(dir, &err);
	CHECK(j);
	journal_close(j);
	remove_dir();
}

/* Without the rights of root, in a directory that is not its own. */
static void test_no_permission(void)
{
	struct record_data head = a_head(2, RECORD_SOURCE);
	int status = -1;
	struct journal *j;
	struct writer *w;
	pid_t child;

	new_dir();
	j = opened();
	writer_close(begun(j, 1, RECORD_SOURCE));
	chmod(dir, 0500);
	child = fork();
	if (!child) {
		if (!geteuid()) {	/* root may do everything; so it is as nobody that it fails */
			if (chmod(dir, 0555) || setuid(65534))
				_exit(1);
		}
		if (!writer_begin(j, &head, &w, &err) || !strstr(err.text, dir))
			_exit(2);
		error_clear(&err);
		if (chmod(dir, 0) && errno != EPERM)
			_exit(3);
		_exit(0);
	}
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK_EQ(status, 0);
	chmod(dir, 0700);
	journal_close(j);
	CHECK_EQ(entries(), 2);
	remove_dir();
}

/* ---- a full disk ---- */

static void test_no_room_to_begin(void)
{
	struct record_data head = a_head(1, RECORD_SOURCE);
	struct journal *j;
	struct writer *w;
	long room;
	int i;

	new_dir();
	j = opened();
	for (room = 0; room < RECORD_SIZE; room += room < 600 ? 1 : 512) {
		octets_left = room;
		CHECK_EQ(writer_begin(j, &head, &w, &err), -ENOSPC);
		octets_left = -1;
		CHECK(!w && strstr(err.text, dir));
		error_clear(&err);
		CHECK_EQ(entries(), 1);
	}
	for (i = 0; i < 2; i++) {	/* the file, the directory */
		syncs_left = i;
		failing_syncs = 1;
		CHECK_EQ(writer_begin(j, &head, &w, &err), -EIO);
		CHECK_EQ(syncs_left, -1);
		error_clear(&err);
		CHECK_EQ(entries(), 1);
	}
	writer_close(begun(j, 1, RECORD_SOURCE));
	journal_close(j);
	remove_dir();
}

/* The same with a limit that the kernel enforces. */
static void test_limit_of_the_kernel(void)
{
	struct record_data head = a_head(1, RECORD_SOURCE);
	struct rlimit before, limit;
	struct journal *j;
	struct writer *w;

	new_dir();
	j = opened();
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	limit = before;
	limit.rlim_cur = 2048;
	CHECK(!setrlimit(RLIMIT_FSIZE, &limit));
	CHECK_EQ(writer_begin(j, &head, &w, &err), -EFBIG);
	CHECK(!setrlimit(RLIMIT_FSIZE, &before));
	CHECK_EQ(entries(), 1);
	journal_close(j);
	remove_dir();
}

static void check_previous(struct journal *j, struct writer *w, const char *text)
{
	struct record_data head = a_head(1, RECORD_SOURCE);
	char there[RECORD_SIZE];

	CHECK(err.text[0]);
	error_clear(&err);
	CHECK_EQ(writer_record(w)->state, RECORD_BEGUN);
	CHECK_EQ(state_there(j, 1, RECORD_SOURCE), RECORD_BEGUN);
	CHECK_EQ(get_file(name_of(&head), there, sizeof(there)), RECORD_SIZE);
	CHECK(!memcmp(there, text, RECORD_SIZE));
}

static void test_failing_writes(void)
{
	struct record_data head = a_head(1, RECORD_SOURCE);
	char text[RECORD_SIZE];
	struct journal *j;
	struct writer *w;
	long room;

	new_dir();
	j = opened();
	w = begun(j, 1, RECORD_SOURCE);
	CHECK_EQ(get_file(name_of(&head), text, sizeof(text)), RECORD_SIZE);
	for (room = 0; room < 100; room++) {
		octets_left = room;
		CHECK_EQ(writer_say(w, RECORD_COMMITTING, "Why.", &err), -ENOSPC);
		octets_left = -1;
		check_previous(j, w, text);
	}
	syncs_left = 0;
	failing_syncs = 1;
	CHECK_EQ(writer_say(w, RECORD_COMMITTING, "Why.", &err), -EIO);
	check_previous(j, w, text);
	syncs_left = 0;
	failing_syncs = 2;
	CHECK_EQ(writer_say(w, RECORD_COMMITTING, "Why.", &err), -ENOTRECOVERABLE);
	CHECK_EQ(syncs_left, -1);
	check_previous(j, w, text);
	CHECK(!writer_say(w, RECORD_FAILED, "The journal failed.", &err));
	CHECK_EQ(state_there(j, 1, RECORD_SOURCE), RECORD_FAILED);
	writer_close(w);
	journal_close(j);
	remove_dir();
}

/* After a write that may or may not be on the disk, the next one begins where that one did. */
static void test_write_after_doubt(void)
{
	struct record_data head = a_head(1, RECORD_SOURCE);
	char text[RECORD_SIZE], rubbish[8];
	struct journal *j;
	struct writer *w;
	size_t last;
	int fd;

	memset(rubbish, 'x', sizeof(rubbish));
	new_dir();
	j = opened();
	w = begun(j, 1, RECORD_SOURCE);
	CHECK(!writer_say(w, RECORD_BEGUN, "One.", &err));
	last = writer_record(w)->last;
	syncs_left = 0;
	failing_syncs = 2;
	CHECK_EQ(writer_say(w, RECORD_BEGUN, "Two.", &err), -ENOTRECOVERABLE);
	error_clear(&err);
	/* what the disk may have instead of what memory had, from the first octet that differed */
	fd = open(in_dir(name_of(&head)), O_WRONLY | O_CLOEXEC);
	CHECK_EQ(__real_pwrite(fd, rubbish, 8, last + 39), 8);
	close(fd);
	CHECK(!writer_say(w, RECORD_COMMITTING, "Three.", &err));
	CHECK_EQ(state_there(j, 1, RECORD_SOURCE), RECORD_COMMITTING);
	CHECK_EQ(get_file(name_of(&head), text, sizeof(text)), RECORD_SIZE);
	CHECK(!memcmp(text + last + 25, "begun reason=\"One.\"", 19));
	writer_close(w);
	journal_close(j);
	remove_dir();
}

/* What was read from memory is only believed once it is on the disk. */
static void test_adopt_syncs(void)
{
	struct record_data head = a_head(1, RECORD_SOURCE);
	struct journal *j;
	struct writer *w;

	new_dir();
	j = opened();
	writer_close(begun(j, 1, RECORD_SOURCE));
	syncs_left = 0;
	failing_syncs = 1;
	CHECK_EQ(writer_adopt(j, head.move, head.side, &w, &err), -EIO);
	CHECK_EQ(syncs_left, -1);
	CHECK(!w && err.text[0]);
	error_clear(&err);
	journal_close(j);
	remove_dir();
}

/* A crash at any octet of an append, through the files: adopted again, and written on. */
/* No sync is waited for; and the next write does not count on what nobody saw reach the disk. */
static void test_passed_state(void)
{
	struct record_data head = a_head(1, RECORD_DESTINATION);
	char before[RECORD_SIZE];
	struct journal *j;
	struct writer *w;
	struct record r;
	bool held;

	new_dir();
	j = opened();
	w = begun(j, 1, RECORD_DESTINATION);
	get_file(name_of(&head), before, sizeof(before));
	syncs_left = 0;
	failing_syncs = 1;
	CHECK(!writer_pass(w, RECORD_READY, &err));
	CHECK_EQ(syncs_left, 0);
	syncs_left = -1;
	CHECK_EQ(writer_record(w)->state, RECORD_READY);
	CHECK(!journal_find(j, head.move, head.side, &r, &held));
	CHECK_EQ(r.state, RECORD_READY);
	CHECK_EQ(writer_pass(w, RECORD_RUNNING, &err), -EINVAL);
	error_clear(&err);

	put_file(name_of(&head), before, sizeof(before));
	CHECK(!writer_write(w, RECORD_STARTING, NULL, &err));
	CHECK(!journal_find(j, head.move, head.side, &r, &held));
	CHECK_EQ(r.state, RECORD_STARTING);
	writer_close(w);
	journal_close(j);
	remove_dir();
}

static void test_adopt_torn(void)
{
	struct record_data head = a_head(1, RECORD_SOURCE);
	char before[RECORD_SIZE], after[RECORD_SIZE], torn[RECORD_SIZE];
	struct journal *j;
	struct writer *w;
	struct record r;
	size_t from, cut;

	new_dir();
	j = opened();
	w = begun(j, 1, RECORD_SOURCE);
	from = writer_record(w)->end;
	get_file(name_of(&head), before, sizeof(before));
	CHECK(!writer_say(w, RECORD_COMMITTING, "Why.", &err));
	get_file(name_of(&head), after, sizeof(after));
	writer_close(w);
	CHECK(!record_parse(after, RECORD_SIZE, &r));
	for (cut = from; cut <= r.end; cut++) {
		enum record_state want = cut == r.end ? RECORD_COMMITTING : RECORD_BEGUN;

		memcpy(torn, before, RECORD_SIZE);
		memcpy(torn, after, cut);
		put_file(name_of(&head), torn, cut % 2 ? RECORD_SIZE : cut);
		CHECK(!writer_adopt(j, head.move, head.side, &w, &err));
		CHECK_EQ(writer_record(w)->state, want);
		want = want == RECORD_BEGUN ? RECORD_FAILED : RECORD_LOST;
		CHECK(!writer_say(w, want, "After the crash.", &err));
		writer_close(w);
		CHECK_EQ(state_there(j, 1, RECORD_SOURCE), want);
	}
	journal_close(j);
	remove_dir();
}

/* ---- bounds ---- */

static void settle(struct journal *j, unsigned int number)
{
	struct writer *w = begun(j, number, RECORD_SOURCE);

	CHECK(!writer_say(w, RECORD_FAILED, "No.", &err));
	writer_close(w);
	usleep(1100);	/* so that each has a time of its own */
}

static void test_eviction(void)
{
	struct journal *j;
	struct writer *held;
	unsigned int i;

	new_dir();
	j = opened();
	journal_limits(j, 5, 3);
	writer_close(begun(j, 100, RECORD_SOURCE));	/* never evicted: not settled */
	held = begun(j, 101, RECORD_SOURCE);		/* nor this: held */
	CHECK(!writer_say(held, RECORD_FAILED, "No.", &err));
	for (i = 0; i < 10; i++)
		settle(j, i);
	CHECK_EQ(entries(), 1 + 1 + 5);
	CHECK_EQ(state_there(j, 100, RECORD_SOURCE), RECORD_BEGUN);
	CHECK_EQ(state_there(j, 101, RECORD_SOURCE), RECORD_FAILED);
	for (i = 0; i < 10; i++)
		CHECK_EQ(state_there(j, i, RECORD_SOURCE), i < 6 ? RECORD_STATES : RECORD_FAILED);
	writer_close(held);
	settle(j, 10);
	CHECK_EQ(state_there(j, 101, RECORD_SOURCE), RECORD_STATES);
	journal_close(j);
	remove_dir();
}

/* What ran here, and of which a person says that the source will not ask: it might. */
static void test_discarded_arrival_stays(void)
{
	struct journal *j;
	struct writer *w;
	unsigned int i;

	new_dir();
	j = opened();
	journal_limits(j, 3, 3);
	w = begun(j, 100, RECORD_DESTINATION);
	CHECK(!writer_say(w, RECORD_READY, NULL, &err));
	CHECK(!writer_say(w, RECORD_STARTING, NULL, &err));
	CHECK(!writer_say(w, RECORD_DISCARDED, "Settled by hand.", &err));
	writer_close(w);
	for (i = 0; i < 10; i++)
		settle(j, i);
	CHECK_EQ(state_there(j, 100, RECORD_DESTINATION), RECORD_DISCARDED);
	CHECK_EQ(state_there(j, 0, RECORD_SOURCE), RECORD_STATES);
	journal_close(j);
	remove_dir();
}

static void test_too_many_unsettled(void)
{
	struct record_data head = a_head(3, RECORD_SOURCE);
	struct journal *j;
	struct writer *w;

	new_dir();
	j = opened();
	journal_limits(j, 5, 2);
	writer_close(begun(j, 1, RECORD_SOURCE));
	w = begun(j, 2, RECORD_SOURCE);
	writer_close(w);
	CHECK_EQ(writer_begin(j, &head, &w, &err), -EDQUOT);
	CHECK(strstr(err.text, "not settled"));
	CHECK_EQ(entries(), 3);
	error_clear(&err);
	head = a_head(2, RECORD_SOURCE);
	CHECK(!writer_adopt(j, head.move, head.side, &w, &err));
	CHECK(!writer_write(w, RECORD_LOST, NULL, &err));
	writer_close(w);
	writer_close(begun(j, 3, RECORD_SOURCE));
	journal_close(j);
	remove_dir();
}

/* ---- what is not ours, or no more ---- */

static int count_one(void *arg, const struct record *record, bool held)
{
	(void)held;
	CHECK(record->data.side == RECORD_SOURCE || record->data.side == RECORD_DESTINATION);
	++*(unsigned int *)arg;
	return 0;
}

static unsigned int count(struct journal *j)
{
	unsigned int n = 0;

	CHECK(!journal_read_each(j, count_one, &n));
	return n;
}

static void test_strangers(void)
{
	static const char *const names[] = {
		"README", "a961d722-d62c-4446-ad9d-6207a065ea1e",
		"a961d722-d62c-4446-ad9d-6207a065ea1e-", "a961d722-d62c-4446-ad9d-6207a065ea1e-sourc",
		"A961D722-d62c-4446-ad9d-6207a065ea1e-source",
		"a961d722-d62c-4446-ad9d-6207a065ea1e-source~",
	};
	struct journal *j;
	size_t i, n = sizeof(names) / sizeof(names[0]);

	new_dir();
	for (i = 0; i < n; i++)
		put_file(names[i], "", 0);
	CHECK(!mkdir(in_dir("sub"), 0700));
	j = opened();
	writer_close(begun(j, 1, RECORD_SOURCE));
	CHECK_EQ(count(j), 1);
	CHECK_EQ(entries(), n + 1 + 2);
	journal_close(j);
	remove_dir();
}

/* What is in the place of a record cannot be read: nobody may take it for nothing. */
static void check_unreadable(struct journal *j, const struct record_data *head, int why)
{
	unsigned int n = 0;
	struct writer *w;
	struct record r;
	bool held;

	CHECK_EQ(journal_read_each(j, count_one, &n), why);
	CHECK_EQ(n, 2);
	CHECK_EQ(journal_find(j, head->move, head->side, &r, &held), why);
	CHECK_EQ(journal_find_guest(j, "db1", &r, &held), why);
	CHECK(writer_adopt(j, head->move, head->side, &w, &err) < 0 && err.text[0]);
	error_clear(&err);
	writer_close(begun(j, 4, RECORD_SOURCE));	/* another move does not suffer */
	unlink(in_dir(name_of(&(struct record_data){ .move = { 0, 4, 1 }, .side = RECORD_SOURCE })));
}

static void test_unreadable_record_is_not_passed_over_in_silence(void)
{
	struct record_data head = a_head(2, RECORD_SOURCE);
	struct journal *j;
	unsigned int i;

	new_dir();
	j = opened();
	for (i = 1; i <= 3; i++)
		writer_close(begun(j, i, RECORD_SOURCE));
	CHECK_EQ(count(j), 3);
	unlink(in_dir(name_of(&head)));
	CHECK_EQ(count(j), 2);
	CHECK(!mkdir(in_dir(name_of(&head)), 0700));
	check_unreadable(j, &head, -EINVAL);
	journal_close(j);
	j = opened();
	rmdir(in_dir(name_of(&head)));
	CHECK(!mkfifo(in_dir(name_of(&head)), 0600));	/* nobody waits for its other end */
	check_unreadable(j, &head, -EINVAL);
	unlink(in_dir(name_of(&head)));
	CHECK(!symlink("/etc/passwd", in_dir(name_of(&head))));
	check_unreadable(j, &head, -ELOOP);
	journal_close(j);
	remove_dir();
}

/* Nor may a directory that cannot be read to its end be taken for one with fewer records. */
static void test_directory_that_ends_early(void)
{
	struct record_data head = a_head(4, RECORD_SOURCE);
	unsigned int i, n = 0;
	struct journal *j;
	struct writer *w;

	new_dir();
	j = opened();
	for (i = 1; i <= 3; i++)
		writer_close(begun(j, i, RECORD_SOURCE));
	for (i = 0; i < 6; i++) {
		entries_left = i;
		CHECK_EQ(journal_read_each(j, count_one, &n), -EIO);
		entries_left = i;
		CHECK_EQ(writer_begin(j, &head, &w, &err), -EIO);
		error_clear(&err);
	}
	entries_left = -1;
	CHECK_EQ(n, 0);
	journal_close(j);
	unlink(in_dir("identity"));
	entries_left = 0;
	CHECK(!journal_open(dir, &err) && strstr(err.text, "no file 'identity'"));
	entries_left = -1;
	error_clear(&err);
	remove_dir();
}

/* Left by a crash while it was made: removed, but not while its maker lives. */
static void test_garbage(void)
{
	struct record_data head = a_head(1, RECORD_SOURCE);
	struct journal *j;
	char text[RECORD_SIZE] = "";
	struct writer *w;
	size_t lens[] = { 0, 1, 30, 200, RECORD_SIZE }, i;

	new_dir();
	j = opened();
	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		CHECK(!record_begin(&head, NOW, text));
		if (lens[i] == RECORD_SIZE)
			memset(text, 0, sizeof(text));
		put_file(name_of(&head), text, lens[i]);
		CHECK_EQ(count(j), 0);
		CHECK_EQ(writer_adopt(j, head.move, head.side, &w, &err), -ENOENT);
		writer_close(begun(j, 1, RECORD_SOURCE));
		CHECK_EQ(count(j), 1);
		put_file(name_of(&head), text, lens[i]);
		journal_close(j);
		j = opened();
		CHECK_EQ(entries(), 1);
	}
	w = begun(j, 1, RECORD_SOURCE);
	memset(text, 0, sizeof(text));
	put_file(name_of(&head), text, RECORD_SIZE);	/* the same file, so locked still */
	journal_close(j);
	j = opened();
	CHECK_EQ(entries(), 2);
	writer_close(w);
	journal_close(j);
	j = opened();
	CHECK_EQ(entries(), 1);
	journal_close(j);
	remove_dir();
}

/* A record that cannot be trusted is shown and kept, and nothing can be written to it. */
static void test_damaged_record(void)
{
	struct record_data head = a_head(1, RECORD_SOURCE), other = a_head(2, RECORD_SOURCE);
	char text[RECORD_SIZE];
	struct journal *j;
	struct writer *w;
	struct record r;
	bool held;

	new_dir();
	j = opened();
	journal_limits(j, 0, 100);
	w = begun(j, 1, RECORD_SOURCE);
	CHECK(!writer_write(w, RECORD_COMMITTING, NULL, &err));
	CHECK(!writer_write(w, RECORD_LOST, NULL, &err));
	writer_close(w);
	get_file(name_of(&head), text, sizeof(text));
	put_file(name_of(&other), text, sizeof(text));	/* under a name that is not its own */
	text[40] ^= 1;
	put_file(name_of(&head), text, sizeof(text));
	writer_close(begun(j, 3, RECORD_SOURCE));
	CHECK_EQ(count(j), 3);
	CHECK(!journal_find(j, head.move, head.side, &r, &held));
	CHECK(r.damaged && r.state == RECORD_UNKNOWN);
	CHECK(!memcmp(r.data.move, head.move, sizeof(head.move)));
	CHECK(!journal_find(j, other.move, other.side, &r, &held));
	CHECK(r.damaged && r.state == RECORD_UNKNOWN);
	CHECK(!writer_adopt(j, other.move, other.side, &w, &err));
	CHECK_EQ(writer_record(w)->state, RECORD_UNKNOWN);
	CHECK_EQ(writer_write(w, RECORD_DISCARDED, NULL, &err), -EINVAL);
	CHECK_EQ(writer_record(w)->state, RECORD_UNKNOWN);
	error_clear(&err);
	writer_close(w);
	journal_close(j);
	remove_dir();
}

static int in_order(void *arg, const struct record *record, bool held)
{
	char *last = arg;

	(void)held;
	CHECK(strcmp(record->lines[0].time, last) < 0);
	strcpy(last, record->lines[0].time);
	return 0;
}

/* A clock that was set back does not make an old record the newest one. */
static void test_order_is_not_the_clock(void)
{
	struct record_data head = a_head(0, RECORD_SOURCE);
	char text[RECORD_SIZE];
	struct journal *j;
	struct record r;
	bool held;

	new_dir();
	j = opened();
	settle(j, 0);
	settle(j, 1);
	CHECK_EQ(get_file(name_of(&head), text, sizeof(text)), RECORD_SIZE);
	CHECK(!record_parse(text, sizeof(text), &r));
	CHECK_EQ(r.data.order, 1);
	CHECK(!record_begin(&r.data, "2999-01-01T00:00:00.000Z", text));
	put_file(name_of(&head), text, sizeof(text));
	CHECK(!journal_find_guest(j, "web1", &r, &held));
	CHECK_EQ(r.data.order, 2);
	CHECK_EQ(r.data.move[1], 1);
	journal_close(j);
	remove_dir();
}

static void test_newest_first(void)
{
	char last[RECORD_TIME] = "9999", boot[JOURNAL_BOOT_ID];
	struct journal *j;
	struct record r;
	unsigned int i;
	bool held;

	new_dir();
	j = opened();
	for (i = 0; i < 5; i++)
		settle(j, (i * 3) % 5);
	CHECK(!journal_read_each(j, in_order, last));
	CHECK(!journal_find_guest(j, "web1", &r, &held));
	CHECK_EQ(r.data.move[1], 2);
	CHECK(!journal_find_guest(j, "abababab-abab-abab-abab-abababababab", &r, &held));
	CHECK_EQ(r.data.move[1], 2);
	CHECK_EQ(journal_find_guest(j, "web2", &r, &held), -ENOENT);
	CHECK(!journal_boot_id(boot));
	CHECK_EQ(strlen(boot), JOURNAL_BOOT_ID - 1);
	journal_close(j);
	remove_dir();
}

static const struct test tests[] = {
	TEST(test_every_pair), TEST(test_settled), TEST(test_every_way),
	TEST(test_room_for_states), TEST(test_notes), TEST(test_what_belongs_to_the_head),
	TEST(test_hostile_texts), TEST(test_every_octet_in_a_name), TEST(test_later_version),
	TEST(test_torn_appends), TEST(test_torn_over_old), TEST(test_torn_replacement),
	TEST(test_torn_first_line), TEST(test_damage), TEST(test_begin_and_adopt),
	TEST(test_two_processes), TEST(test_identity), TEST(test_damaged_identity),
	TEST(test_no_directory), TEST(test_no_permission), TEST(test_no_room_to_begin),
	TEST(test_limit_of_the_kernel), TEST(test_failing_writes), TEST(test_write_after_doubt),
	TEST(test_adopt_syncs), TEST(test_passed_state),
	TEST(test_adopt_torn), TEST(test_eviction),
	TEST(test_discarded_arrival_stays), TEST(test_too_many_unsettled),
	TEST(test_strangers), TEST(test_unreadable_record_is_not_passed_over_in_silence),
	TEST(test_directory_that_ends_early), TEST(test_garbage), TEST(test_damaged_record),
	TEST(test_newest_first),
	TEST(test_order_is_not_the_clock),
};

HARNESS_MAIN(tests)
