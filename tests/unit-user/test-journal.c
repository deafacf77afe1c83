// SPDX-License-Identifier: GPL-2.0-or-later
/* The journal: its directory, how much is kept in it, and what a stranger or a crash leaves there. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

#include "own-journal.h"
#include "base/uuid.h"

/* ---- a directory that cannot be read when it is told so: the linker puts this before the real one ---- */

static int entries_left = -1;	/* of a directory until it cannot be read; -1 for never */

struct dirent *__real_readdir(DIR *d);
struct dirent *__wrap_readdir(DIR *d);

struct dirent *__wrap_readdir(DIR *d)
{
	if (entries_left < 0)
		return __real_readdir(d);
	if (entries_left--)
		return __real_readdir(d);
	errno = EIO;
	return NULL;
}

/* ---- the directory ---- */

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

/* ---- bounds ---- */

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
	TEST(test_identity),
	TEST(test_damaged_identity),
	TEST(test_no_directory),
	TEST(test_no_permission),
	TEST(test_eviction),
	TEST(test_discarded_arrival_stays),
	TEST(test_too_many_unsettled),
	TEST(test_strangers),
	TEST(test_unreadable_record_is_not_passed_over_in_silence),
	TEST(test_directory_that_ends_early),
	TEST(test_garbage),
	TEST(test_damaged_record),
	TEST(test_newest_first),
	TEST(test_order_is_not_the_clock),
};

HARNESS_MAIN(tests)
