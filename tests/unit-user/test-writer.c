// SPDX-License-Identifier: GPL-2.0-or-later
/* Who writes a record: one at a time, and what a full or failing disk makes of it. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

#include "own-journal.h"

/* ---- a disk that fails when it is told to: the linker puts these before the real ones ---- */

static long octets_left = -1;	/* of what can be written; -1 for all */
static int syncs_left = -1;	/* until they fail; -1 for never */
static int failing_syncs;	/* how many then do */

ssize_t __real_pwrite(int fd, const void *data, size_t len, off_t at);
ssize_t __wrap_pwrite(int fd, const void *data, size_t len, off_t at);
int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);

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

static const struct test tests[] = {
	TEST(test_begin_and_adopt),
	TEST(test_two_processes),
	TEST(test_no_room_to_begin),
	TEST(test_limit_of_the_kernel),
	TEST(test_failing_writes),
	TEST(test_write_after_doubt),
	TEST(test_adopt_syncs),
	TEST(test_passed_state),
	TEST(test_adopt_torn),
};

HARNESS_MAIN(tests)
