// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/files.h"
#include "base/uuid.h"
#include "journal/journaldir.h"

#define IDENTITY	"identity"
#define IDENTITY_NEW	"identity.new"

/* ---- the journal ---- */

static int identity_lost(const struct journal *j, struct error *err)
{
	return error_set(err, EXIT_REFUSED,
		"The journal in %s has records but no file '" IDENTITY "': put that file back from a backup, or, when no guest is being moved, move the directory away.",
		j->dir);
}

/* Written aside and renamed, so that it is there whole or not at all. */
static int write_identity(struct journal *j)
{
	char text[UUID_TEXT + 1];
	int fd, rc;

	if (getrandom(j->identity, sizeof(j->identity), 0) != sizeof(j->identity))
		return -EIO;
	j->identity[6] = (j->identity[6] & 0x0f) | 0x40;
	j->identity[8] = (j->identity[8] & 0x3f) | 0x80;
	uuid_format(j->identity, text);
	strcat(text, "\n");
	fd = journaldir_open(j, IDENTITY_NEW, O_WRONLY | O_CREAT | O_TRUNC);
	if (fd < 0)
		return fd;
	rc = files_write(fd, text, UUID_TEXT, 0);
	if (!rc && fsync(fd))
		rc = -errno;
	close(fd);
	if (!rc && renameat(j->fd, IDENTITY_NEW, j->fd, IDENTITY))
		rc = -errno;
	if (!rc && fsync(j->fd))
		rc = -errno;
	if (rc)
		unlinkat(j->fd, IDENTITY_NEW, 0);
	return rc;
}

static int make_identity(struct journal *j, struct error *err)
{
	int rc;

	if (journaldir_any_record(j))
		return identity_lost(j, err);
	rc = write_identity(j);
	return rc ? error_set(err, EXIT_REFUSED,
		"The journal cannot be made in %s: %s; it needs a file system that root can write to.",
		j->dir, strerror(-rc)) : 0;
}

static int read_identity(struct journal *j, struct error *err)
{
	char text[RECORD_SIZE];
	int fd = journaldir_open(j, IDENTITY, O_RDONLY), rc;

	if (fd == -ENOENT)
		return make_identity(j, err);
	rc = fd < 0 ? fd : journaldir_read(fd, text);
	if (fd >= 0)
		close(fd);
	if (rc)
		return error_set(err, EXIT_REFUSED,
			"The identity of the journal, %s/" IDENTITY ", cannot be read: %s.",
			j->dir, strerror(-rc));
	if (strlen(text) == UUID_TEXT && text[UUID_TEXT - 1] == '\n') {
		text[UUID_TEXT - 1] = '\0';
		if (!uuid_parse(text, j->identity))
			return 0;
	}
	return error_set(err, EXIT_REFUSED,
		"The identity of the journal, %s/" IDENTITY ", is damaged: put it back from a backup, or, when no guest is being moved, move the directory away.",
		j->dir);
}

static struct journal *open_dir(const char *dir)
{
	struct journal *j = calloc(1, sizeof(*j));

	if (!j)
		return NULL;
	snprintf(j->dir, sizeof(j->dir), "%s", dir);
	j->max_settled = JOURNAL_MAX_SETTLED;
	j->max_unsettled = JOURNAL_MAX_UNSETTLED;
	j->fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (j->fd >= 0)
		return j;
	free(j);
	return NULL;
}

static int prepare(struct journal *j, struct error *err)
{
	struct survey s;
	int rc = journaldir_lock(j);

	if (rc)
		return error_set(err, EXIT_REFUSED, "The journal in %s cannot be locked: %s.",
				 j->dir, strerror(-rc));
	rc = read_identity(j, err);
	if (!rc) {
		journaldir_survey(j, true, &s);
		free(s.slots);
	}
	journaldir_unlock(j);
	return rc;
}

/**
 * journal_open() - open the journal, to write
 * @dir: its directory, JOURNAL_DIR; made when it is not there
 * @err: why not
 *
 * A journal that is there without its identity is refused: with another one, this host would give
 * wrong answers about the moves that the old one knows.
 *
 * Return: the journal for journal_close(), or NULL.
 */
struct journal *journal_open(const char *dir, struct error *err)
{
	int rc = files_make_dir(dir);
	struct journal *j = rc ? NULL : open_dir(dir);

	if (!j) {
		error_set(err, EXIT_REFUSED,
			  "The journal %s cannot be opened: %s; migctl notes there what became of each move, so it must be a directory that root can write to.",
			  dir, strerror(rc ? -rc : errno));
		return NULL;
	}
	if (!prepare(j, err))
		return j;
	journal_close(j);
	return NULL;
}

/**
 * journal_look() - open the journal only to read it
 * @dir: its directory
 * @err: why not
 *
 * Nothing is made or changed and no lock is taken; it has no identity and cannot be written.
 *
 * Return: the journal for journal_close(); NULL when it cannot be read or, without an error, when
 * there is none.
 */
struct journal *journal_look(const char *dir, struct error *err)
{
	struct journal *j = open_dir(dir);

	if (!j && errno != ENOENT)
		error_set(err, EXIT_REFUSED, "The journal %s cannot be read: %s%s.", dir,
			  strerror(errno), errno == EACCES ? "; only root can" : "");
	return j;
}

/**
 * journal_close() - close the journal
 * @journal: may be NULL; writers of its records stay
 */
void journal_close(struct journal *journal)
{
	if (!journal)
		return;
	close(journal->fd);
	free(journal);
}

/**
 * journal_identity() - what tells this journal from every other
 * @journal: from journal_open()
 *
 * Return: 16 octets that stay the journal's.
 */
const uint8_t *journal_identity(const struct journal *journal)
{
	return journal->identity;
}

/**
 * journal_limits() - how many records there may be, for tests
 * @journal: the journal
 * @settled: most that are settled, of which the oldest go
 * @unsettled: most that are not, after which no move begins
 */
void journal_limits(struct journal *journal, unsigned int settled, unsigned int unsettled)
{
	journal->max_settled = settled;
	journal->max_unsettled = unsettled;
}

/**
 * journal_boot_id() - which boot of this host this is
 * @boot: receives JOURNAL_BOOT_ID characters
 *
 * Return: 0, or a negative errno and "".
 */
int journal_boot_id(char *boot)
{
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
	int rc = file ? 0 : -errno;

	boot[0] = '\0';
	if (file && !fgets(boot, JOURNAL_BOOT_ID, file))
		rc = -EIO;
	if (file)
		fclose(file);
	boot[strcspn(boot, "\n")] = '\0';
	return rc;
}

/* ---- reading ---- */

/**
 * journal_read_each() - call a function for every record, the newest first
 * @journal: the journal
 * @fn: the function; @held when a living process looks after the move; anything but 0 ends this
 * @arg: for @fn
 *
 * Takes no lock: what is shown of a move that is under way may be gone after a loss of power.
 *
 * A record that cannot be read is passed over, but not in silence.
 *
 * Return: what @fn returned last; after 0 for all of them a negative errno when the journal or a
 * record of it could not be read.
 */
int journal_read_each(const struct journal *journal,
		      int (*fn)(void *arg, const struct record *record, bool held), void *arg)
{
	struct record record;
	struct survey s;
	bool held;
	size_t i;
	int rc = journaldir_survey(journal, false, &s), got, unread = s.unread;

	for (i = 0; !rc && i < s.count; i++) {
		got = journaldir_read_record(journal, s.slots[i].name, &record, &held);
		if (!got || got == -EBADMSG)
			rc = fn(arg, &record, held);
		/* It was evicted, or is being begun. */
		else if (got != -ENOENT && got != -ENODATA)
			unread = got;
	}
	free(s.slots);
	return rc ? rc : unread;
}

struct visit {
	const struct journal *journal;
	const struct journal_past *past;
	struct journal_past next;
	bool (*fn)(void *arg, const struct record *record, bool held);
	void *arg;
	int unread;
};

static int by_key(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct journal_key));
}

static bool is_past(const struct journal_past *past, const struct journal_key *key)
{
	return past->count && bsearch(key, past->keys, past->count, sizeof(*key), by_key);
}

/* Without memory it is read once more the next time. */
static void add_past(struct journal_past *past, const struct journal_key *key)
{
	struct journal_key *more = reallocarray(past->keys, past->count + 1, sizeof(*more));

	if (!more)
		return;
	past->keys = more;
	more[past->count++] = *key;
}

static int visit_one(void *arg, const char *name)
{
	struct visit *v = arg;
	struct journal_key key;
	enum record_side side;
	struct record record;
	bool held;
	int rc;

	if (!journaldir_is_name(name, key.move, &side))
		return 0;
	key.side = side;
	if (is_past(v->past, &key)) {
		add_past(&v->next, &key);
		return 0;
	}
	rc = journaldir_read_record(v->journal, name, &record, &held);
	if (!rc || rc == -EBADMSG) {
		if (v->fn(v->arg, &record, held))
			add_past(&v->next, &key);
	} else if (rc != -ENOENT && rc != -ENODATA) {
		v->unread = rc;
	}
	return 0;
}

/**
 * journal_visit() - call a function for every record that it is not done with, in any order
 * @journal: the journal
 * @past: those that it is done with; updated
 * @fn: the function; @held as with journal_read_each(); returns whether it is done with a record
 * @arg: for @fn
 *
 * For who looks again and again: of a record of the past only the name is seen. Takes no lock.
 *
 * Return: 0, or a negative errno when the journal or a record of it could not be read.
 */
int journal_visit(const struct journal *journal, struct journal_past *past,
		  bool (*fn)(void *arg, const struct record *record, bool held), void *arg)
{
	struct visit v = { .journal = journal, .past = past, .fn = fn, .arg = arg };
	int rc = journaldir_list(journal, visit_one, &v);

	/* A list that broke off knows less than the one before. */
	if (rc) {
		journal_forget(&v.next);
		return rc;
	}
	journal_forget(past);
	*past = v.next;
	if (past->count)
		qsort(past->keys, past->count, sizeof(*past->keys), by_key);
	return v.unread;
}

/**
 * journal_forget() - free what journal_visit() keeps
 * @past: all zero afterwards
 */
void journal_forget(struct journal_past *past)
{
	free(past->keys);
	memset(past, 0, sizeof(*past));
}

/**
 * journal_find() - the record of a move
 * @journal: the journal
 * @move: which one
 * @side: at which side
 * @record: filled in; as journal_read_each() shows it
 * @held: set, whether a living process looks after it
 *
 * Return: 0; -ENOENT when there is none; another negative errno when it cannot be read. A damaged
 * one is there, in the state RECORD_UNKNOWN.
 */
int journal_find(const struct journal *journal, const uint8_t *move, enum record_side side,
		 struct record *record, bool *held)
{
	char name[FILE_NAME];
	int rc;

	journaldir_name(name, move, side);
	rc = journaldir_read_record(journal, name, record, held);
	return rc == -EBADMSG ? 0 : rc == -ENODATA ? -ENOENT : rc;
}

struct search {
	const char *guest;
	uint8_t uuid[16];
	bool is_uuid;
	struct record *record;
	bool *held;
};

static int compare(void *arg, const struct record *record, bool held)
{
	struct search *s = arg;

	if (strcmp(record->data.name, s->guest) &&
	    !(s->is_uuid && !memcmp(record->data.guest, s->uuid, sizeof(s->uuid))))
		return 0;
	*s->record = *record;
	*s->held = held;
	return 1;
}

/**
 * journal_find_guest() - the newest record of a guest
 * @journal: the journal
 * @guest: its name or its UUID in text
 * @record: filled in; as journal_read_each() shows it
 * @held: set, whether a living process looks after it
 *
 * Return: 0; -ENOENT when there is none; another negative errno when the journal cannot be read.
 */
int journal_find_guest(const struct journal *journal, const char *guest, struct record *record,
		       bool *held)
{
	struct search s = { .guest = guest, .record = record, .held = held };
	int rc;

	s.is_uuid = !uuid_parse(guest, s.uuid);
	rc = journal_read_each(journal, compare, &s);
	return rc == 1 ? 0 : rc ? rc : -ENOENT;
}
