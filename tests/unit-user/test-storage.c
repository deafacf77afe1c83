// SPDX-License-Identifier: GPL-2.0-or-later
/* Paths that a peer names, and storage that does not answer. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

#include "child.h"
#include "clock.h"
#include "storage.h"

#define LONG_MS		5000
#define DISK_SIZE	(1 << 20)

static char root[64];
static struct error err;

/* A wait that is not bounded ends this program instead, which counts as a failure. */
static void begin(void)
{
	alarm(60);
	error_clear(&err);
	strcpy(root, "/tmp/test-storage.XXXXXX");
	CHECK(mkdtemp(root));
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void end(void)
{
	nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static const char *in(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	return path;
}

/* A file of so many octets, of which no block is like another. */
static const char *put_file(const char *name, size_t size)
{
	const char *path = in(name);
	FILE *file = fopen(path, "we");
	size_t i;
	u64 word;

	CHECK(file);
	for (i = 0; file && i < size; i += sizeof(word)) {
		word = any();
		CHECK_EQ(fwrite(&word, sizeof(word), 1, file), 1);
	}
	if (file)
		CHECK(!fclose(file));
	return path;
}

/* ---- what is at a path ---- */

/* In a process of its own: 0 when it is a disk, 1 when not, -ETIMEDOUT when that takes too long. */
static int is_no_disk(const char *path, const char *sentence)
{
	struct storage storage;
	pid_t pid = child_fork();

	if (!pid) {
		if (!storage_describe(path, &storage, &err))
			_exit(0);
		_exit(strstr(err.text, sentence) ? 1 : 2);
	}
	return child_await(pid, clock_ms() + LONG_MS);
}

static void test_no_disks(void)
{
	begin();
	CHECK(!mkfifo(in("fifo"), 0600));
	CHECK_EQ(is_no_disk(in("fifo"), "neither a block device nor a file."), 1);
	CHECK_EQ(is_no_disk(root, "neither a block device nor a file."), 1);
	CHECK_EQ(is_no_disk("/dev/null", "neither a block device nor a file."), 1);
	CHECK_EQ(is_no_disk(in("nothing"), "cannot be opened: No such file or directory."), 1);
	CHECK(!symlink("fifo", in("link")));
	CHECK_EQ(is_no_disk(in("link"), "neither a block device nor a file."), 1);
	end();
}

/* A process that has no terminal is given the first that it opens. */
static void test_terminal(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), status = -1;
	struct storage storage;
	pid_t pid;

	begin();
	CHECK(master >= 0 && !grantpt(master) && !unlockpt(master));
	pid = fork();
	if (!pid) {
		alarm(30);
		if (setsid() < 0 || !storage_describe(ptsname(master), &storage, &err))
			_exit(1);
		_exit(open("/dev/tty", O_RDWR) < 0 ? 0 : 2);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	close(master);
	end();
}

static void check_file(const char *path, unsigned int telling)
{
	unsigned int i, found = 0;
	struct storage storage;

	CHECK(!storage_describe(path, &storage, &err));
	CHECK_STR(err.text, "");
	CHECK(!storage.block);
	CHECK_EQ(storage.size, DISK_SIZE);
	CHECK_STR(storage.serial, "");
	CHECK_EQ(storage.sample_count, SAMPLES);
	for (i = 0; i < storage.sample_count; i++)
		found += !!storage.samples[i];
	CHECK_EQ(found, telling);
}

static void test_files(void)
{
	struct storage storage;

	begin();
	check_file(put_file("disk", DISK_SIZE), SAMPLES);
	CHECK(!symlink("disk", in("link")));
	check_file(in("link"), SAMPLES);
	put_file("empty", 0);
	CHECK(!truncate(in("empty"), DISK_SIZE));
	check_file(in("empty"), 0);
	CHECK(!storage_describe(put_file("small", 8), &storage, &err));
	CHECK_EQ(storage.size, 8);
	CHECK_EQ(storage.sample_count, 0);
	end();
}

static const struct test tests[] = {
	TEST(test_no_disks), TEST(test_terminal), TEST(test_files),
};

HARNESS_MAIN(tests)
