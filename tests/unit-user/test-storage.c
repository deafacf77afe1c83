// SPDX-License-Identifier: GPL-2.0-or-later
/* Paths that a peer names, and storage that does not answer. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

#include "base/child.h"
#include "base/clock.h"
#include "device/flush.h"
#include "device/storage.h"

#define SHORT_MS	200
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
	static char paths[4][PATH_MAX];
	static unsigned int next;
	char *path = paths[next++ % 4];

	snprintf(path, PATH_MAX, "%s/%s", root, name);
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
static const char *sentence_for_none;

static int look(void *path)
{
	struct storage storage;

	if (!storage_describe(path, &storage, &err))
		return 0;
	return strstr(err.text, sentence_for_none) ? 1 : 2;
}

static int is_no_disk(const char *path, const char *sentence)
{
	sentence_for_none = sentence;
	return child_run("look", look, (void *)path, clock_ms() + LONG_MS);
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

/* ---- flushing ---- */

#define WELL	0
#define HANGS	-1

/* What the disk answers to being flushed: one of these, or an errno. */
static int answer;

int __real_fsync(int fd);
int __wrap_fsync(int fd);

int __wrap_fsync(int fd)
{
	if (answer == WELL)
		return __real_fsync(fd);
	while (answer == HANGS)
		pause();
	errno = answer;
	return -1;
}

/* Flushes, in so long at most, and says what came of it. */
static const char *flush(const char *path, unsigned int limit_ms)
{
	uint64_t before = clock_ms();
	int rc;

	error_clear(&err);
	rc = flush_disk(path, clock_ms() + limit_ms, &err);
	CHECK(clock_ms() - before < LONG_MS);
	CHECK_EQ(rc, err.text[0] ? -1 : 0);
	CHECK_EQ(err.code, rc ? EXIT_FAILED : EXIT_MOVED);
	/* Whatever it was, it is over. */
	CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
	return err.text;
}

static const char *failed(const char *path, const char *cause)
{
	static char text[PATH_MAX];

	snprintf(text, sizeof(text), "What was written to the disk %s cannot be flushed: %s.", path,
		 cause);
	return text;
}

static const char *late(const char *path)
{
	static char text[PATH_MAX];

	snprintf(text, sizeof(text),
		 "The disk %s was not flushed in time: look for a fault of the storage, or give it longer with --drain-timeout.",
		 path);
	return text;
}

static void test_flush(void)
{
	const char *path;

	begin();
	path = put_file("disk", DISK_SIZE);
	CHECK_STR(flush(path, LONG_MS), "");
	path = in("nothing");
	CHECK_STR(flush(path, LONG_MS), failed(path, "No such file or directory"));
	CHECK_STR(flush("/dev/null", LONG_MS), failed("/dev/null", "Invalid argument"));
	end();
}

/* What the disk says is what a person is told; no errno, however odd, is taken for success. */
static void test_flush_fails(void)
{
	const char *path;

	begin();
	path = put_file("disk", DISK_SIZE);
	answer = EIO;
	CHECK_STR(flush(path, LONG_MS), failed(path, "Input/output error"));
	answer = ETIMEDOUT;
	CHECK_STR(flush(path, LONG_MS), failed(path, "Connection timed out"));
	answer = 512;
	CHECK_STR(flush(path, LONG_MS), failed(path, "Input/output error"));
	answer = WELL;
	end();
}

static void test_flush_hangs(void)
{
	const char *path;

	begin();
	path = put_file("disk", DISK_SIZE);
	answer = HANGS;
	CHECK_STR(flush(path, SHORT_MS), late(path));
	/* The one before it has used up the time of all. */
	CHECK_STR(flush(path, 0), late(path));
	answer = WELL;
	path = in("fifo");
	CHECK(!mkfifo(path, 0600));
	CHECK_STR(flush(path, SHORT_MS), late(path));
	end();
}

/* Beside the test; why it failed is in err. */
static void *flush_beside(void *path)
{
	flush_disk(path, clock_ms() + LONG_MS, &err);
	return NULL;
}

/* What is given up while a disk hangs is free: a record, a connection, a pipe. */
static void test_hanging_holds_nothing(void)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct pollfd pfd = { .events = POLLIN };
	int ends[2], record, other, writer;
	char fifo[96];
	pthread_t thread;

	begin();
	snprintf(fifo, sizeof(fifo), "%s/fifo", root);
	CHECK(!mkfifo(fifo, 0600));
	put_file("record", 0);
	record = open(in("record"), O_RDWR | O_CLOEXEC);
	CHECK(!fcntl(record, F_OFD_SETLK, &lock));
	CHECK(!pipe(ends));
	CHECK(!pthread_create(&thread, NULL, flush_beside, fifo));
	usleep(SHORT_MS * 1000);
	close(record);
	close(ends[1]);
	pfd.fd = ends[0];
	CHECK_EQ(poll(&pfd, 1, LONG_MS / 4), 1);
	other = open(in("record"), O_RDWR | O_CLOEXEC);
	CHECK(!fcntl(other, F_OFD_SETLK, &lock));
	/* It hung all the time, and goes on now. */
	writer = open(fifo, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	CHECK(writer >= 0);
	CHECK(!pthread_join(thread, NULL));
	CHECK_STR(err.text, failed(fifo, "Invalid argument"));
	close(writer);
	close(other);
	close(ends[0]);
	end();
}

static const struct test tests[] = {
	TEST(test_no_disks), TEST(test_terminal), TEST(test_files), TEST(test_flush),
	TEST(test_flush_fails), TEST(test_flush_hangs), TEST(test_hanging_holds_nothing),
};

HARNESS_MAIN(tests)
