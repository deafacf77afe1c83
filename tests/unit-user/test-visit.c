// SPDX-License-Identifier: GPL-2.0-or-later
/* Who looks at the journal again and again reads no record twice that it is done with. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"

#include "journal/writer.h"
#include "journal/journal.h"
#include "journal/journaldir.h"

static char dir[] = "/tmp/test-visit.XXXXXX";
static struct journal *journal;
static struct journal_past past;
static struct error err;
static unsigned int opens;
static int entries_left = -1;	/* before the directory cannot be read on; -1: it can */

int __real_openat(int fd, const char *path, int flags, ...);
int __wrap_openat(int fd, const char *path, int flags, unsigned int mode);
struct dirent *__real_readdir(DIR *d);
struct dirent *__wrap_readdir(DIR *d);

int __wrap_openat(int fd, const char *path, int flags, unsigned int mode)
{
	opens++;
	return __real_openat(fd, path, flags, mode);
}

struct dirent *__wrap_readdir(DIR *d)
{
	if (!entries_left) {
		errno = EIO;
		return NULL;
	}
	entries_left -= entries_left > 0;
	return __real_readdir(d);
}

static struct writer *begun(unsigned int number)
{
	struct record_data head = { .side = RECORD_SOURCE, .domid = 7, .move = { number } };
	struct writer *writer = NULL;

	strcpy(head.name, "web1");
	strcpy(head.peer, "beta");
	CHECK(!writer_begin(journal, &head, &writer, &err));
	return writer;
}

static void settle(struct writer *writer)
{
	CHECK(!writer_write(writer, RECORD_FAILED, NULL, &err));
	writer_close(writer);
}

static const char *path_of(unsigned int number)
{
	static char path[128];
	uint8_t move[16] = { number };
	char name[FILE_NAME];

	journaldir_name(name, move, RECORD_SOURCE);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static bool see(void *arg, const struct record *record, bool held)
{
	unsigned int *seen = arg;

	seen[record->data.move[0]]++;
	return record_settled(record->state) && !held;
}

/* How many records were seen, and that so many files were opened beside the directory. */
static unsigned int visit(unsigned int *seen, unsigned int files)
{
	unsigned int i, sum = 0;

	memset(seen, 0, 16 * sizeof(*seen));
	opens = 0;
	CHECK(!journal_visit(journal, &past, see, seen));
	CHECK_EQ(opens, files + 1);
	for (i = 0; i < 16; i++)
		sum += seen[i];
	return sum;
}

static void begin(void)
{
	strcpy(strrchr(dir, '.'), ".XXXXXX");
	CHECK(mkdtemp(dir));
	journal = journal_open(dir, &err);
	CHECK(journal);
}

static void end(void)
{
	char line[128];

	journal_forget(&past);
	journal_close(journal);
	snprintf(line, sizeof(line), "rm -r %s", dir);
	CHECK(!system(line));
}

static void test_what_is_done_with_is_not_opened(void)
{
	struct writer *open_one, *held_one;
	unsigned int seen[16], i;

	begin();
	for (i = 1; i <= 8; i++)
		settle(begun(i));
	open_one = begun(9);
	CHECK_EQ(visit(seen, 9), 9);
	/* Only the one that is not settled. */
	CHECK_EQ(visit(seen, 1), 1);
	CHECK_EQ(seen[9], 1);
	/* One that comes is seen, in between the others. */
	held_one = begun(4 + 6);
	CHECK_EQ(visit(seen, 2), 2);
	/* Settled, but somebody is at it still: not done with. */
	CHECK(!writer_write(held_one, RECORD_FAILED, NULL, &err));
	settle(open_one);
	CHECK_EQ(visit(seen, 2), 2);
	CHECK_EQ(visit(seen, 1), 1);
	CHECK_EQ(seen[10], 1);
	writer_close(held_one);
	CHECK_EQ(visit(seen, 1), 1);
	CHECK_EQ(visit(seen, 0), 0);
	end();
}

static void test_what_is_gone_is_forgotten(void)
{
	unsigned int seen[16], i;

	begin();
	for (i = 1; i <= 5; i++)
		settle(begun(i));
	CHECK_EQ(visit(seen, 5), 5);
	CHECK_EQ(past.count, 5);
	CHECK(!unlink(path_of(3)));
	CHECK_EQ(visit(seen, 0), 0);
	CHECK_EQ(past.count, 4);
	/* Not that a move ever had the UUID of another. */
	settle(begun(3));
	CHECK_EQ(visit(seen, 1), 1);
	CHECK_EQ(seen[3], 1);
	end();
}

/* Then it is not known what is there: what was known before still is. */
static void test_directory_that_ends_early(void)
{
	unsigned int seen[16] = { 0 }, i;

	begin();
	for (i = 1; i <= 4; i++)
		settle(begun(i));
	CHECK_EQ(visit(seen, 4), 4);
	for (i = 0; i < 6; i++) {
		entries_left = i;
		CHECK_EQ(journal_visit(journal, &past, see, seen), -EIO);
		entries_left = -1;
		CHECK_EQ(past.count, 4);
	}
	CHECK_EQ(visit(seen, 0), 0);
	end();
}

static void test_unreadable_one_is_tried_again(void)
{
	unsigned int seen[16] = { 0 };

	begin();
	settle(begun(1));
	settle(begun(2));
	CHECK(!unlink(path_of(2)) && !mkdir(path_of(2), 0700));
	CHECK_EQ(journal_visit(journal, &past, see, seen), -EINVAL);
	CHECK_EQ(seen[1], 1);
	CHECK_EQ(journal_visit(journal, &past, see, seen), -EINVAL);
	CHECK_EQ(seen[1], 1);
	CHECK_EQ(past.count, 1);
	end();
}

static const struct test tests[] = {
	TEST(test_what_is_done_with_is_not_opened), TEST(test_what_is_gone_is_forgotten),
	TEST(test_directory_that_ends_early), TEST(test_unreadable_one_is_tried_again),
};

HARNESS_MAIN(tests)
