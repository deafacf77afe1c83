// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/uuid.h"
#include "journal/journaldir.h"

/* ---- files ---- */

/**
 * journaldir_name() - the name of a record's file
 * @name: receives FILE_NAME characters
 * @move: which move
 * @side: at which side
 */
void journaldir_name(char *name, const uint8_t *move, enum record_side side)
{
	char uuid[UUID_TEXT];

	uuid_format(move, uuid);
	snprintf(name, FILE_NAME, "%s-%s", uuid, record_side_word(side));
}

/**
 * journaldir_is_name() - is this the name of a record's file, letter by letter?
 * @name: the name
 * @move: receives which move, 16 octets
 * @side: receives at which side
 */
bool journaldir_is_name(const char *name, uint8_t *move, enum record_side *side)
{
	char uuid[UUID_TEXT] = "", again[FILE_NAME];

	strncpy(uuid, name, UUID_TEXT - 1);
	if (uuid_parse(uuid, move))
		return false;
	*side = name[UUID_TEXT - 1] && name[UUID_TEXT] == 's' ? RECORD_SOURCE : RECORD_DESTINATION;
	journaldir_name(again, move, *side);
	return !strcmp(again, name);
}

/**
 * journaldir_read() - read a whole record, with zeros behind what is there
 * @fd: its file
 * @text: receives RECORD_SIZE octets
 *
 * Return: 0 or a negative errno.
 */
int journaldir_read(int fd, char *text)
{
	size_t at = 0;
	ssize_t done = 1;

	memset(text, 0, RECORD_SIZE);
	while (done && at < RECORD_SIZE) {
		done = pread(fd, text + at, RECORD_SIZE - at, at);
		if (done < 0 && errno != EINTR)
			return -errno;
		if (done > 0)
			at += done;
	}
	return 0;
}

/**
 * journaldir_open() - open a file in the journal
 * @j: the journal
 * @name: of the file
 * @flags: of openat()
 *
 * Only a plain one: nothing that was put there can make us wait.
 *
 * Return: a descriptor or a negative errno.
 */
int journaldir_open(const struct journal *j, const char *name, int flags)
{
	int fd = openat(j->fd, name, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return -EINVAL;
}

/**
 * journaldir_lock_file() - keep apart those who look after a move
 * @fd: file of its record
 *
 * The lock is of an open file description, so that it can be asked for without being taken:
 * whoever only looks must not make an adoption fail.
 *
 * Return: 0; -EBUSY when another one has it; or another negative errno.
 */
int journaldir_lock_file(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (!fcntl(fd, F_OFD_SETLK, &lock))
		return 0;
	return errno == EAGAIN || errno == EACCES ? -EBUSY : -errno;
}

static bool is_locked(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return !fcntl(fd, F_OFD_GETLK, &lock) && lock.l_type != F_UNLCK;
}

/**
 * journaldir_lock() - keep apart those who make, adopt and remove records and the identity
 * @j: the journal
 *
 * So that nobody adopts what another one removes, or removes what is just being made.
 *
 * Return: 0 or a negative errno.
 */
int journaldir_lock(const struct journal *j)
{
	while (flock(j->fd, LOCK_EX))
		if (errno != EINTR)
			return -errno;
	return 0;
}

/**
 * journaldir_unlock() - undo journaldir_lock()
 * @j: the journal
 */
void journaldir_unlock(const struct journal *j)
{
	flock(j->fd, LOCK_UN);
}

/* ---- what is there ---- */

/**
 * journaldir_read_record() - what a record says
 * @j: the journal
 * @name: of its file
 * @record: filled in
 * @held: set, whether a living process looks after it
 *
 * Return: 0, -EBADMSG with @record filled in, -ENOENT (also for what is not named like a record),
 * -ENODATA or why it cannot be read.
 */
int journaldir_read_record(const struct journal *j, const char *name, struct record *record,
			   bool *held)
{
	char text[RECORD_SIZE];
	enum record_side side;
	uint8_t move[16];
	int fd, rc;

	if (!journaldir_is_name(name, move, &side))
		return -ENOENT;
	fd = journaldir_open(j, name, O_RDONLY);
	if (fd < 0)
		return fd;
	*held = is_locked(fd);
	rc = journaldir_read(fd, text);
	close(fd);
	if (rc)
		return rc;
	rc = record_parse(text, sizeof(text), record);
	if (!rc && (record->data.side != side || memcmp(record->data.move, move, sizeof(move)))) {
		memset(record, 0, sizeof(*record));
		strcpy(record->word, "damaged");
		record->damaged = true;
		rc = -EBADMSG;
	}
	memcpy(record->data.move, move, sizeof(move));
	record->data.side = side;
	return rc;
}

static int newest_first(const void *a, const void *b)
{
	const struct slot *x = a, *y = b;
	int order = strcmp(y->began, x->began);

	/* The clock may have been set back; it orders only what earlier versions wrote. */
	if (x->order != y->order)
		return x->order < y->order ? 1 : -1;
	return order ? order : strcmp(x->name, y->name);
}

static int add_slot(struct survey *s, const char *name, const struct record *record, bool held)
{
	struct slot *more = reallocarray(s->slots, s->count + 1, sizeof(*more)), *slot;

	if (!more)
		return -ENOMEM;
	s->slots = more;
	slot = &more[s->count++];
	memset(slot, 0, sizeof(*slot));
	memcpy(slot->name, name, strnlen(name, sizeof(slot->name) - 1));
	slot->order = record->data.order;
	if (record->count) {
		strcpy(slot->began, record->lines[0].time);
		strcpy(slot->ended, record->lines[record->count - 1].time);
	}
	slot->settled = record_settled(record->state);
	/* The source may still ask: without this record the answer would be that it never ran. */
	slot->kept = record->state == RECORD_DISCARDED &&
		     record->data.side == RECORD_DESTINATION;
	slot->held = held;
	s->unsettled += !slot->settled;
	return 0;
}

/* The next entry of a directory; NULL at its end, or with @rc set when it cannot be read. */
static struct dirent *next_entry(DIR *dir, int *rc)
{
	struct dirent *entry;

	errno = 0;
	entry = readdir(dir);
	if (!entry)
		*rc = -errno;
	return entry;
}

/**
 * journaldir_list() - call a function for the name of every file
 * @j: the journal
 * @fn: the function; anything but 0 ends this
 * @arg: for @fn
 *
 * Return: what @fn returned last, or a negative errno.
 */
int journaldir_list(const struct journal *j, int (*fn)(void *arg, const char *name), void *arg)
{
	int fd = openat(j->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir) {
		rc = -errno;
		if (fd >= 0)
			close(fd);
		return rc;
	}
	while (!rc && (entry = next_entry(dir, &rc)))
		rc = fn(arg, entry->d_name);
	closedir(dir);
	return rc;
}

struct surveyor {
	const struct journal *j;
	struct survey *s;
	bool tidy;
};

static int survey_one(void *arg, const char *name)
{
	struct surveyor *surveyor = arg;
	struct record record;
	bool held;
	int rc = journaldir_read_record(surveyor->j, name, &record, &held);

	if (!rc || rc == -EBADMSG)
		return add_slot(surveyor->s, name, &record, held);
	if (rc == -ENODATA && surveyor->tidy && !held)
		unlinkat(surveyor->j->fd, name, 0);
	else if (rc != -ENODATA && rc != -ENOENT)
		surveyor->s->unread = rc;
	return 0;
}

/**
 * journaldir_survey() - look at every record
 * @j: the journal
 * @tidy: what was left when its maker died before it said anything is removed; this needs the
 * lock of the directory
 * @s: filled in; the caller frees its slots, also when this fails
 *
 * Return: 0 or a negative errno.
 */
int journaldir_survey(const struct journal *j, bool tidy, struct survey *s)
{
	struct surveyor surveyor = { .j = j, .s = s, .tidy = tidy };
	int rc;

	memset(s, 0, sizeof(*s));
	rc = journaldir_list(j, survey_one, &surveyor);
	if (s->count)
		qsort(s->slots, s->count, sizeof(*s->slots), newest_first);
	return rc;
}

static int is_record(void *arg, const char *name)
{
	enum record_side side;
	uint8_t move[16];

	(void)arg;
	return journaldir_is_name(name, move, &side);
}

/**
 * journaldir_any_record() - are there files that only a journal with an identity can have had?
 * @j: the journal
 *
 * Return: true if so, or if that cannot be told.
 */
bool journaldir_any_record(const struct journal *j)
{
	return journaldir_list(j, is_record, NULL) != 0;
}
