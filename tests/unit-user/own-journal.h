/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A journal in a directory of its own for each test. Included once. */
#ifndef OWN_JOURNAL_H
#define OWN_JOURNAL_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"

#include "base/uuid.h"
#include "journal/writer.h"
#include "module/domain.h"

#include "record-head.h"

static char dir[64];
static struct error err;

static inline void new_dir(void)
{
	strcpy(dir, "/tmp/test-journal.XXXXXX");
	CHECK(mkdtemp(dir));
	error_clear(&err);
}

static inline char *in_dir(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static inline unsigned int entries(void)
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

static inline void remove_dir(void)
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

static inline void put_file(const char *name, const char *text, size_t len)
{
	int fd = open(in_dir(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK(fd >= 0);
	CHECK_EQ(write(fd, text, len), len);
	close(fd);
}

static inline size_t get_file(const char *name, char *text, size_t size)
{
	int fd = open(in_dir(name), O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, text, size);

	if (fd >= 0)
		close(fd);
	return got < 0 ? 0 : got;
}

static inline struct journal *opened(void)
{
	struct journal *j;

	error_clear(&err);
	j = journal_open(dir, &err);
	CHECK(j);
	CHECK_STR(err.text, "");
	return j;
}

static inline const char *name_of(const struct record_data *head)
{
	static char name[64];
	char uuid[UUID_TEXT];

	uuid_format(head->move, uuid);
	snprintf(name, sizeof(name), "%s-%s", uuid, record_side_word(head->side));
	return name;
}

static inline struct writer *begun(struct journal *j, unsigned int number, enum record_side side)
{
	struct record_data head = a_head(number, side);
	struct writer *w = NULL;

	error_clear(&err);
	CHECK(!writer_begin(j, &head, &w, &err));
	CHECK_STR(err.text, "");
	return w;
}

static inline enum record_state state_there(struct journal *j, unsigned int number, enum record_side side)
{
	struct record_data head = a_head(number, side);
	struct record r;
	bool held;

	return journal_find(j, head.move, side, &r, &held) ? RECORD_STATES : r.state;
}

static inline void settle(struct journal *j, unsigned int number)
{
	struct writer *w = begun(j, number, RECORD_SOURCE);

	CHECK(!writer_say(w, RECORD_FAILED, "No.", &err));
	writer_close(w);
	usleep(1100);	/* so that each has a time of its own */
}

#endif /* OWN_JOURNAL_H */
