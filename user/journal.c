// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "domain.h"
#include "files.h"
#include "journal.h"

#define FILE_NAME	64	/* room for the name of a record's file */
#define IDENTITY	"identity"
#define IDENTITY_NEW	"identity.new"

struct journal {
	char dir[PATH_MAX];
	int fd;
	uint8_t identity[16];
	unsigned int max_settled;
	unsigned int max_unsettled;
};

/**
 * struct claim - a record that this process looks after
 * @fd: its file, locked
 * @text: what is in the file
 * @sure: how much of that is on the disk for certain; less than all after a write that failed
 * @record: what that says
 */
struct claim {
	char path[PATH_MAX + FILE_NAME];
	int fd;
	char text[RECORD_SIZE];
	size_t sure;
	struct record record;
};

/* ---- files ---- */

static void name_of(char *name, const uint8_t *move, enum record_side side)
{
	char uuid[UUID_TEXT];

	uuid_format(move, uuid);
	snprintf(name, FILE_NAME, "%s-%s", uuid, record_side_word(side));
}

/* Is this the name of a record, letter by letter? */
static bool is_name(const char *name, uint8_t *move, enum record_side *side)
{
	char uuid[UUID_TEXT] = "", again[FILE_NAME];

	strncpy(uuid, name, UUID_TEXT - 1);
	if (uuid_parse(uuid, move))
		return false;
	*side = name[UUID_TEXT - 1] && name[UUID_TEXT] == 's' ? RECORD_SOURCE : RECORD_DESTINATION;
	name_of(again, move, *side);
	return !strcmp(again, name);
}

/* Reads a whole record, with zeros behind what is there. */
static int read_all(int fd, char *text)
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

/* A file in the journal, if it is a plain one: nothing that was put there can make us wait. */
static int open_file(const struct journal *j, const char *name, int flags)
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

/*
 * Keeps apart those who look after a move. Of an open file description, so that it can be asked
 * for without being taken: whoever only looks must not make a claim fail.
 */
static int lock_file(int fd)
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

/*
 * Keeps apart those who make, claim and remove records and the identity, so that nobody claims
 * what another one removes, or removes what is just being made.
 */
static int lock_dir(const struct journal *j)
{
	while (flock(j->fd, LOCK_EX))
		if (errno != EINTR)
			return -errno;
	return 0;
}

static void unlock_dir(const struct journal *j)
{
	flock(j->fd, LOCK_UN);
}

/* Now, in the form of a line; a clock beyond the year 9999 is no reason not to write. */
static void stamp(char *time)
{
	struct timespec ts;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &ts);
	if (!gmtime_r(&ts.tv_sec, &tm) || tm.tm_year < -1900 || tm.tm_year > 8099)
		memset(&tm, 0, sizeof(tm));
	snprintf(time, RECORD_TIME, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ",
		 (tm.tm_year + 1900) % 10000u, (tm.tm_mon + 1) % 100u, tm.tm_mday % 100u,
		 tm.tm_hour % 100u, tm.tm_min % 100u, tm.tm_sec % 100u,
		 (unsigned int)(ts.tv_nsec / 1000000) % 1000u);
}

/* ---- what is there ---- */

/* A record in short, to sort and count. */
struct slot {
	char name[FILE_NAME];
	char began[RECORD_TIME];
	char ended[RECORD_TIME];
	bool settled;
	bool kept;
	bool held;
};

/**
 * struct survey - all records
 * @slots: those that could be read
 * @count: of @slots
 * @unsettled: how many of them are not settled
 * @unread: why another one could not be read, 0 when there is none
 */
struct survey {
	struct slot *slots;
	size_t count;
	size_t unsettled;
	int unread;
};

/*
 * Returns 0, -EBADMSG with @record filled in, -ENOENT (also for what is not named like a record),
 * -ENODATA or why it cannot be read.
 */
static int read_record(const struct journal *j, const char *name, struct record *record, bool *held)
{
	char text[RECORD_SIZE];
	enum record_side side;
	uint8_t move[16];
	int fd, rc;

	if (!is_name(name, move, &side))
		return -ENOENT;
	fd = open_file(j, name, O_RDONLY);
	if (fd < 0)
		return fd;
	*held = is_locked(fd);
	rc = read_all(fd, text);
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

/*
 * Looks at every record. With @tidy, which needs the lock of the directory, what was left when
 * its maker died before it said anything is removed.
 */
static int survey(const struct journal *j, bool tidy, struct survey *s)
{
	int fd = openat(j->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0, got;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	struct record record;
	bool held;

	memset(s, 0, sizeof(*s));
	if (!dir) {
		rc = -errno;
		if (fd >= 0)
			close(fd);
		return rc;
	}
	while (!rc && (entry = next_entry(dir, &rc))) {
		got = read_record(j, entry->d_name, &record, &held);
		if (!got || got == -EBADMSG)
			rc = add_slot(s, entry->d_name, &record, held);
		else if (got == -ENODATA && tidy && !held)
			unlinkat(j->fd, entry->d_name, 0);
		else if (got != -ENODATA && got != -ENOENT)
			s->unread = got;
	}
	closedir(dir);
	if (s->count)
		qsort(s->slots, s->count, sizeof(*s->slots), newest_first);
	return rc;
}

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
	fd = open_file(j, IDENTITY_NEW, O_WRONLY | O_CREAT | O_TRUNC);
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

/* Are there files that only a journal with an identity can have had? */
static bool any_record(const struct journal *j)
{
	int fd = openat(j->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	enum record_side side;
	uint8_t move[16];
	bool any = !dir;
	int rc = 0;

	while (dir && !any && (entry = next_entry(dir, &rc)))
		any = is_name(entry->d_name, move, &side);
	any |= rc != 0;
	if (dir)
		closedir(dir);
	else if (fd >= 0)
		close(fd);
	return any;
}

static int make_identity(struct journal *j, struct error *err)
{
	int rc;

	if (any_record(j))
		return identity_lost(j, err);
	rc = write_identity(j);
	return rc ? error_set(err, EXIT_REFUSED,
		"The journal cannot be made in %s: %s; it needs a file system that root can write to.",
		j->dir, strerror(-rc)) : 0;
}

static int read_identity(struct journal *j, struct error *err)
{
	char text[RECORD_SIZE];
	int fd = open_file(j, IDENTITY, O_RDONLY), rc;

	if (fd == -ENOENT)
		return make_identity(j, err);
	rc = fd < 0 ? fd : read_all(fd, text);
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
	int rc = lock_dir(j);

	if (rc)
		return error_set(err, EXIT_REFUSED, "The journal in %s cannot be locked: %s.",
				 j->dir, strerror(-rc));
	rc = read_identity(j, err);
	if (!rc) {
		survey(j, true, &s);
		free(s.slots);
	}
	unlock_dir(j);
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
 * @journal: may be NULL; claims on its records stay
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

/* ---- records ---- */

static int oldest_first(const void *a, const void *b)
{
	const struct slot *x = a, *y = b;
	int order = strcmp(x->ended, y->ended);

	return order ? order : strcmp(x->name, y->name);
}

/* Removes the settled records that ended first, until one more may settle. */
static void evict(const struct journal *j, struct survey *s)
{
	size_t kept = s->count - s->unsettled, i;

	if (s->count)
		qsort(s->slots, s->count, sizeof(*s->slots), oldest_first);
	for (i = 0; i < s->count && kept && kept >= j->max_settled; i++)
		if (s->slots[i].settled && !s->slots[i].kept && !s->slots[i].held &&
		    !unlinkat(j->fd, s->slots[i].name, 0))
			kept--;
}

static int make_room(struct journal *j, struct error *err)
{
	struct survey s;
	int rc = survey(j, true, &s);

	if (rc) {
		error_set(err, EXIT_REFUSED, "The journal %s cannot be read: %s.", j->dir,
			  strerror(-rc));
	} else if (s.unsettled >= j->max_unsettled) {
		rc = -EDQUOT;
		error_set(err, EXIT_REFUSED,
			  "The journal %s has %zu moves that are not settled, and no more are begun: see 'migctl history' and settle them first.",
			  j->dir, s.unsettled);
	} else {
		evict(j, &s);
	}
	free(s.slots);
	return rc;
}

static struct claim *claim_alloc(const struct journal *j, const char *name)
{
	struct claim *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	snprintf(c->path, sizeof(c->path), "%s/%s", j->dir, name);
	c->fd = -1;
	c->sure = RECORD_SIZE;
	return c;
}

/* All octets are written at once, so that there is room for what comes later. */
static int fill(struct journal *j, struct claim *c, const char *name)
{
	int rc;

	c->fd = open_file(j, name, O_RDWR | O_CREAT | O_EXCL);
	if (c->fd < 0)
		return c->fd;
	rc = lock_file(c->fd);
	if (!rc)
		rc = files_write(c->fd, c->text, RECORD_SIZE, 0);
	if (!rc && fsync(c->fd))
		rc = -errno;
	if (!rc && fsync(j->fd))
		rc = -errno;
	if (rc) {
		unlinkat(j->fd, name, 0);
		fsync(j->fd);
	}
	return rc;
}

static int begin(struct journal *j, struct claim *c, const char *name, struct error *err)
{
	int rc = make_room(j, err);

	if (rc)
		return rc;
	rc = fill(j, c, name);
	if (rc == -EEXIST)
		error_set(err, EXIT_REFUSED,
			  "There is a record of this move already, %s; 'migctl history' tells of it.",
			  c->path);
	else if (rc)
		error_set(err, EXIT_REFUSED,
			  "The move cannot be noted in the journal %s: %s; nothing was begun. Make room there, or make it writable, and try again.",
			  j->dir, strerror(-rc));
	return rc;
}

/**
 * journal_begin() - begin a record, in the state begun
 * @journal: the journal
 * @head: what it begins with; the move and the side at least
 * @claim: set to a claim on it, for claim_close()
 * @err: why not
 *
 * On return it is on the disk, with room for all that a move needs to write later. (A file system
 * that writes every change to a new place can still run full; then claim_write() fails.) Makes
 * room for it by the removal of the oldest settled records.
 *
 * Return: 0; -EEXIST when there is one; -EDQUOT when too many are not settled; -EINVAL when @head
 * has no move or side, or an address that is too long; another negative errno when it cannot be
 * written. Then nothing is left of it.
 */
int journal_begin(struct journal *journal, const struct record_data *head, struct claim **claim,
		  struct error *err)
{
	char name[FILE_NAME], time[RECORD_TIME];
	struct claim *c;
	int rc;

	*claim = NULL;
	name_of(name, head->move, head->side);
	c = claim_alloc(journal, name);
	if (!c)
		return -ENOMEM;
	stamp(time);
	rc = record_begin(head, time, c->text);
	if (rc)
		error_set(err, EXIT_REFUSED, "The move cannot be noted in the journal %s: its address is too long.",
			  journal->dir);
	if (!rc)
		rc = lock_dir(journal);
	if (!rc) {
		rc = begin(journal, c, name, err);
		unlock_dir(journal);
	}
	if (rc) {
		error_set(err, EXIT_REFUSED, "The journal %s cannot be locked: %s.", journal->dir,
			  strerror(-rc));
		claim_close(c);
		return rc;
	}
	record_parse(c->text, RECORD_SIZE, &c->record);
	*claim = c;
	return 0;
}

/*
 * What the last owner wrote may be in memory only, and after an fsync that failed the kernel
 * takes it for written. Nothing may be concluded from it before it is on the disk, so it is
 * written again; since the octets are the same, a crash does no harm.
 */
static int take(struct journal *j, struct claim *c, const char *name)
{
	int rc;

	c->fd = open_file(j, name, O_RDWR);
	if (c->fd < 0)
		return c->fd;
	rc = lock_file(c->fd);
	if (!rc)
		rc = read_all(c->fd, c->text);
	if (!rc)
		rc = files_write(c->fd, c->text, RECORD_SIZE, 0);
	if (!rc && (fsync(c->fd) || fsync(j->fd)))
		rc = -errno;
	return rc;
}

/* The damage is left as it is: such a record can be claimed, and nothing can be written to it. */
static int understand(struct claim *c, const uint8_t *move, enum record_side side)
{
	int rc = record_parse(c->text, RECORD_SIZE, &c->record);

	if (rc == -ENODATA)
		return -ENOENT;
	if (!rc && (c->record.data.side != side ||
		    memcmp(c->record.data.move, move, sizeof(c->record.data.move)))) {
		c->record.damaged = true;
		c->record.state = RECORD_UNKNOWN;
		strcpy(c->record.word, "damaged");
	}
	return 0;
}

/**
 * journal_claim() - look after a record that is there
 * @journal: the journal
 * @move: which one
 * @side: at which side
 * @claim: set to a claim on it, for claim_close()
 * @err: why not; not set for -ENOENT
 *
 * What the claim says is on the disk. Its state may be RECORD_UNKNOWN.
 *
 * Return: 0; -ENOENT when there is none; -EBUSY when a living process looks after it; another
 * negative errno when it cannot be read.
 */
int journal_claim(struct journal *journal, const uint8_t *move, enum record_side side,
		  struct claim **claim, struct error *err)
{
	char name[FILE_NAME];
	struct claim *c;
	int rc;

	*claim = NULL;
	name_of(name, move, side);
	c = claim_alloc(journal, name);
	if (!c)
		return -ENOMEM;
	rc = lock_dir(journal);
	if (!rc) {
		rc = take(journal, c, name);
		unlock_dir(journal);
	}
	if (!rc)
		rc = understand(c, move, side);
	if (!rc) {
		*claim = c;
		return 0;
	}
	if (rc == -EBUSY)
		error_set(err, EXIT_REFUSED, "Another migctl looks after this move; its record is %s.",
			  c->path);
	else if (rc != -ENOENT)
		error_set(err, EXIT_FAILED, "The record %s cannot be opened: %s.", c->path,
			  strerror(-rc));
	claim_close(c);
	return rc;
}

/*
 * Puts back what was there. When not even that is certain, what the disk holds is not known, and
 * only the next good write ends that.
 */
static int withdraw(struct claim *c, size_t at)
{
	bool doubt = files_write(c->fd, c->text + at, RECORD_SIZE - at, at);

	if (doubt)
		doubt = ftruncate(c->fd, c->record.end);
	if (!doubt && !fdatasync(c->fd))
		return 0;
	c->sure = at;
	return -ENOTRECOVERABLE;
}

/*
 * Writes from the first octet that differs, or is not known to be on the disk, to the end, over
 * whatever was left there. Where it is not to be on the disk @now, it is written once more with
 * what comes next: a failure of the disk that nobody waits for is told only once.
 */
static int write_text(struct claim *c, const char *text, bool now)
{
	size_t at = 0;
	int rc, back;

	while (at < c->sure && text[at] == c->text[at])
		at++;
	if (at == RECORD_SIZE)
		return 0;
	rc = files_write(c->fd, text + at, RECORD_SIZE - at, at);
	if (!rc && now && fdatasync(c->fd))
		rc = -errno;
	if (!rc) {
		memcpy(c->text, text, RECORD_SIZE);
		c->sure = now ? RECORD_SIZE : at;
		return 0;
	}
	back = withdraw(c, at);
	return back ? back : rc;
}

static int write_state(struct claim *claim, enum record_state state,
		       const struct record_data *data, bool now, struct error *err)
{
	static const struct record_data nothing;
	char text[RECORD_SIZE], time[RECORD_TIME];
	int rc;

	stamp(time);
	rc = record_append(claim->text, state, data ? data : &nothing, time, text);
	if (!rc)
		rc = write_text(claim, text, now);
	if (!rc) {
		record_parse(claim->text, RECORD_SIZE, &claim->record);
		return 0;
	}
	if (rc == -EINVAL)
		error_set(err, EXIT_FAILED, "The record %s cannot go from '%s' to '%s'.",
			  claim->path, claim->record.word, record_word(state));
	else
		error_set(err, EXIT_FAILED, "'%s' cannot be noted in %s: %s; see to that file system.",
			  record_word(state), claim->path, strerror(-rc));
	return rc;
}

/**
 * claim_write() - write the next state, or a note in the present one
 * @claim: from journal_begin() or journal_claim()
 * @state: the next state; the present one for a note
 * @data: what is noted with it, NULL for nothing; see record_append()
 * @err: why not
 *
 * On return 0 it is on the disk; but a comment may be dropped.
 *
 * Return: 0; -EINVAL when @state may not follow; -ENOSPC when a note has no room; another
 * negative errno when it was not written and the record is what it was before; -ENOTRECOVERABLE
 * when it reads like before, but after a loss of power may read like @state.
 */
int claim_write(struct claim *claim, enum record_state state, const struct record_data *data,
		struct error *err)
{
	return write_state(claim, state, data, true, err);
}

/**
 * claim_pass() - write a state of which a loss of power may leave no trace
 * @claim: as for claim_write()
 * @state: as there
 * @err: as there
 *
 * Any process that reads the record sees it. It gets on the disk with the next claim_write(), or
 * earlier: for a state that may be taken for the one before.
 *
 * Return: as claim_write().
 */
int claim_pass(struct claim *claim, enum record_state state, struct error *err)
{
	return write_state(claim, state, NULL, false, err);
}

/**
 * claim_say() - claim_write() with a sentence and nothing else
 * @claim: as there
 * @state: as there
 * @reason: a sentence of any length, NULL for none
 * @err: as there
 *
 * Return: as there.
 */
int claim_say(struct claim *claim, enum record_state state, const char *reason, struct error *err)
{
	struct record_data data = { 0 };

	record_reason(&data, reason ? reason : "");
	return claim_write(claim, state, &data, err);
}

/**
 * claim_record() - what the record says
 * @claim: the claim
 *
 * Return: the record, which changes with claim_write() and goes with claim_close().
 */
const struct record *claim_record(const struct claim *claim)
{
	return &claim->record;
}

/**
 * claim_close() - look after a record no more
 * @claim: may be NULL; where a child process still has it, the lock ends with that one
 */
void claim_close(struct claim *claim)
{
	if (!claim)
		return;
	if (claim->fd >= 0)
		close(claim->fd);
	free(claim);
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
	int rc = survey(journal, false, &s), got, unread = s.unread;

	for (i = 0; !rc && i < s.count; i++) {
		got = read_record(journal, s.slots[i].name, &record, &held);
		if (!got || got == -EBADMSG)
			rc = fn(arg, &record, held);
		/* It was evicted, or is being begun. */
		else if (got != -ENOENT && got != -ENODATA)
			unread = got;
	}
	free(s.slots);
	return rc ? rc : unread;
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

	name_of(name, move, side);
	rc = read_record(journal, name, record, held);
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
