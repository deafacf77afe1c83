// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One file after the other is written anew on the ext4 of xvda, and its number
 * to the end of a log; both are synchronised before they count.  What counts
 * must be there whenever it is looked at, past the guest's own cache, in this
 * order and with these contents, wherever the domain runs now.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "guest.h"
#include "pattern.h"

#define ROOT		"/files"
#define LOG		ROOT "/log"
#define FILES		64u
#define FILE_WORDS	2048u
#define RATE_MAX	100u

static struct {
	pthread_mutex_t lock;		/* protects everything below */
	bool mounted;
	bool begun;
	uint64_t written;		/* files that count, since the beginning */
	char trouble[128];		/* the first thing that failed */
	uint64_t words[FILE_WORDS];
	uint64_t found[FILE_WORDS];
	volatile unsigned int rate;	/* files a second */
} files = { .lock = PTHREAD_MUTEX_INITIALIZER };

static bool trouble(const char *what)
{
	if (!files.trouble[0])
		snprintf(files.trouble, sizeof(files.trouble), "%s: %s", what, strerror(errno));
	return false;
}

/* The contents of the file with that number; no two have a word in common. */
static void fill(uint64_t number)
{
	unsigned int i;

	for (i = 0; i < FILE_WORDS; i++)
		files.words[i] = (number * FILE_WORDS + i + 1) * WORD_STEP;
}

static void name_of(uint64_t number, char *path, size_t size)
{
	snprintf(path, size, ROOT "/%02u", (unsigned int)(number % FILES));
}

static bool write_through(const char *path, int flags, const void *octets, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644);
	bool good = fd >= 0 && write(fd, octets, len) == (ssize_t)len && !fsync(fd);

	if (!good)
		trouble(path);
	if (fd >= 0)
		close(fd);
	return good;
}

static void write_next(void)
{
	uint64_t number = files.written + 1;
	char path[32];

	name_of(number, path, sizeof(path));
	fill(number);
	if (write_through(path, O_TRUNC, files.words, sizeof(files.words)) &&
	    write_through(LOG, O_APPEND, &number, sizeof(number)))
		files.written = number;
}

static void *write_forever(void *unused)
{
	(void)unused;
	for (;;) {
		await_turn(&files.rate);
		pthread_mutex_lock(&files.lock);
		if (!files.trouble[0])
			write_next();
		pthread_mutex_unlock(&files.lock);
	}
	return NULL;
}

/* So that what is read comes from the disk. */
static void drop_caches(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "3", 1) != 1)
		trouble("drop_caches");
	if (fd >= 0)
		close(fd);
}

static bool file_holds(uint64_t number)
{
	char path[32];
	bool same;
	int fd;

	name_of(number, path, sizeof(path));
	fill(number);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	same = fd >= 0 && read(fd, files.found, sizeof(files.found)) == sizeof(files.found) &&
	       !memcmp(files.found, files.words, sizeof(files.words));
	if (fd >= 0)
		close(fd);
	return same;
}

/* The number that stands in the log where another should, 0 when each is in its place. */
static uint64_t log_misplaced(void)
{
	FILE *log = fopen(LOG, "re");
	uint64_t number, due = 0;

	if (!log)
		return files.written ? 1 : 0;
	while (fread(&number, sizeof(number), 1, log) == 1 && number == due + 1)
		due++;
	fclose(log);
	return due >= files.written ? 0 : due + 1;
}

static void verify(char *answer, size_t size)
{
	uint64_t first = files.written > FILES ? files.written - FILES + 1 : 1, number, bad;

	drop_caches();
	for (number = first; number <= files.written; number++)
		if (!file_holds(number))
			break;
	bad = log_misplaced();
	if (files.trouble[0])
		snprintf(answer, size, "bad %s", files.trouble);
	else if (number <= files.written)
		snprintf(answer, size, "bad file %llu is not what was written", (unsigned long long)number);
	else if (bad)
		snprintf(answer, size, "bad the log lacks %llu", (unsigned long long)bad);
	else
		snprintf(answer, size, "ok %llu", (unsigned long long)files.written);
}

/**
 * files_mount() - mount the file system of the disk, once; ext4 must be loaded
 *
 * Return: whether it is there; errno says why not.
 */
bool files_mount(void)
{
	int rc = 0;

	pthread_mutex_lock(&files.lock);
	if (!files.mounted) {
		mkdir(ROOT, 0755);
		rc = mount("/dev/xvda", ROOT, "ext4", 0, "errors=remount-ro");
		files.mounted = !rc;
	}
	if (files.mounted && !files.begun)
		files.begun = thread_start(write_forever, NULL);
	pthread_mutex_unlock(&files.lock);
	return files.begun;
}

/**
 * files_answer() - "verify", or how many files a second are to be written
 * @arg: what was asked
 * @answer: filled in
 * @size: of @answer
 */
void files_answer(const char *arg, char *answer, size_t size)
{
	unsigned int rate;

	pthread_mutex_lock(&files.lock);
	if (!strcmp(arg, "verify"))
		verify(answer, size);
	else if (sscanf(arg, "%u", &rate) != 1 || rate > RATE_MAX)
		snprintf(answer, size, "error files takes `verify` or up to %u files per second", RATE_MAX);
	else {
		files.rate = rate;
		snprintf(answer, size, "files %u", rate);
	}
	pthread_mutex_unlock(&files.lock);
}
