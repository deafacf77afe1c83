// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/files.h"
#include "journal/journaldir.h"
#include "journal/writer.h"

/**
 * struct writer - a record that this process looks after
 * @path: of its file
 * @fd: that, locked
 * @text: what is in the file
 * @sure: how much of that is on the disk for certain; less than all after a write that failed
 * @record: what that says
 */
struct writer {
	char path[PATH_MAX + FILE_NAME];
	int fd;
	char text[RECORD_SIZE];
	size_t sure;
	struct record record;
};

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

/* @order: set to that of the next record */
static int make_room(struct journal *j, uint32_t *order, struct error *err)
{
	struct survey s;
	int rc = journaldir_survey(j, true, &s);

	*order = (s.count ? s.slots[0].order : 0) + 1;
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

static struct writer *writer_alloc(const struct journal *j, const char *name)
{
	struct writer *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	snprintf(w->path, sizeof(w->path), "%s/%s", j->dir, name);
	w->fd = -1;
	w->sure = RECORD_SIZE;
	return w;
}

/* All octets are written at once, so that there is room for what comes later. */
static int fill(struct journal *j, struct writer *w, const char *name)
{
	int rc;

	w->fd = journaldir_open(j, name, O_RDWR | O_CREAT | O_EXCL);
	if (w->fd < 0)
		return w->fd;
	rc = journaldir_lock_file(w->fd);
	if (!rc)
		rc = files_write(w->fd, w->text, RECORD_SIZE, 0);
	if (!rc && fsync(w->fd))
		rc = -errno;
	if (!rc && fsync(j->fd))
		rc = -errno;
	if (rc) {
		unlinkat(j->fd, name, 0);
		fsync(j->fd);
	}
	return rc;
}

static int begin(struct journal *j, struct writer *w, const char *name,
		 const struct record_data *head, struct error *err)
{
	struct record_data ordered = *head;
	char time[RECORD_TIME];
	int rc = make_room(j, &ordered.order, err);

	if (rc)
		return rc;
	stamp(time);
	rc = record_begin(&ordered, time, w->text);
	if (rc) {
		error_set(err, EXIT_REFUSED, "The move cannot be noted in the journal %s: its address is too long.",
			  j->dir);
		return rc;
	}
	rc = fill(j, w, name);
	if (rc == -EEXIST)
		error_set(err, EXIT_REFUSED,
			  "There is a record of this move already, %s; 'migctl history' tells of it.",
			  w->path);
	else if (rc)
		error_set(err, EXIT_REFUSED,
			  "The move cannot be noted in the journal %s: %s; nothing was begun. Make room there, or make it writable, and try again.",
			  j->dir, strerror(-rc));
	return rc;
}

/**
 * writer_begin() - begin a record, in the state begun
 * @journal: the journal
 * @head: what it begins with; the move and the side at least
 * @writer: set to its writer, for writer_close()
 * @err: why not
 *
 * On return it is on the disk, with room for all that a move needs to write later. (A file system
 * that writes every change to a new place can still run full; then writer_write() fails.) Makes
 * room for it by the removal of the oldest settled records.
 *
 * Return: 0; -EEXIST when there is one; -EDQUOT when too many are not settled; -EINVAL when @head
 * has no move or side, or an address that is too long; another negative errno when it cannot be
 * written. Then nothing is left of it.
 */
int writer_begin(struct journal *journal, const struct record_data *head, struct writer **writer,
		 struct error *err)
{
	char name[FILE_NAME];
	struct writer *w;
	int rc;

	*writer = NULL;
	journaldir_name(name, head->move, head->side);
	w = writer_alloc(journal, name);
	if (!w)
		return -ENOMEM;
	rc = journaldir_lock(journal);
	if (!rc) {
		rc = begin(journal, w, name, head, err);
		journaldir_unlock(journal);
	}
	if (rc) {
		error_set(err, EXIT_REFUSED, "The journal %s cannot be locked: %s.", journal->dir,
			  strerror(-rc));
		writer_close(w);
		return rc;
	}
	record_parse(w->text, RECORD_SIZE, &w->record);
	*writer = w;
	return 0;
}

/*
 * What the last owner wrote may be in memory only, and after an fsync that failed the kernel
 * takes it for written. Nothing may be concluded from it before it is on the disk, so it is
 * written again; since the octets are the same, a crash does no harm.
 */
static int take(struct journal *j, struct writer *w, const char *name)
{
	int rc;

	w->fd = journaldir_open(j, name, O_RDWR);
	if (w->fd < 0)
		return w->fd;
	rc = journaldir_lock_file(w->fd);
	if (!rc)
		rc = journaldir_read(w->fd, w->text);
	if (!rc)
		rc = files_write(w->fd, w->text, RECORD_SIZE, 0);
	if (!rc && (fsync(w->fd) || fsync(j->fd)))
		rc = -errno;
	return rc;
}

/* The damage is left as it is: such a record can be adopted, and nothing can be written to it. */
static int understand(struct writer *w, const uint8_t *move, enum record_side side)
{
	int rc = record_parse(w->text, RECORD_SIZE, &w->record);

	if (rc == -ENODATA)
		return -ENOENT;
	if (!rc && (w->record.data.side != side ||
		    memcmp(w->record.data.move, move, sizeof(w->record.data.move)))) {
		w->record.damaged = true;
		w->record.state = RECORD_UNKNOWN;
		strcpy(w->record.word, "damaged");
	}
	return 0;
}

/**
 * writer_adopt() - look after a record that is there
 * @journal: the journal
 * @move: which one
 * @side: at which side
 * @writer: set to its writer, for writer_close()
 * @err: why not; not set for -ENOENT
 *
 * What the writer says is on the disk. Its state may be RECORD_UNKNOWN.
 *
 * Return: 0; -ENOENT when there is none; -EBUSY when a living process looks after it; another
 * negative errno when it cannot be read.
 */
int writer_adopt(struct journal *journal, const uint8_t *move, enum record_side side,
		 struct writer **writer, struct error *err)
{
	char name[FILE_NAME];
	struct writer *w;
	int rc;

	*writer = NULL;
	journaldir_name(name, move, side);
	w = writer_alloc(journal, name);
	if (!w)
		return -ENOMEM;
	rc = journaldir_lock(journal);
	if (!rc) {
		rc = take(journal, w, name);
		journaldir_unlock(journal);
	}
	if (!rc)
		rc = understand(w, move, side);
	if (!rc) {
		*writer = w;
		return 0;
	}
	if (rc == -EBUSY)
		error_set(err, EXIT_REFUSED, "Another migctl looks after this move; its record is %s.",
			  w->path);
	else if (rc != -ENOENT)
		error_set(err, EXIT_FAILED, "The record %s cannot be opened: %s.", w->path,
			  strerror(-rc));
	writer_close(w);
	return rc;
}

/*
 * Puts back what was there. When not even that is certain, what the disk holds is not known, and
 * only the next good write ends that.
 */
static int withdraw(struct writer *w, size_t at)
{
	bool doubt = files_write(w->fd, w->text + at, RECORD_SIZE - at, at);

	if (doubt)
		doubt = ftruncate(w->fd, w->record.end);
	if (!doubt && !fdatasync(w->fd))
		return 0;
	w->sure = at;
	return -ENOTRECOVERABLE;
}

/*
 * Writes from the first octet that differs, or is not known to be on the disk, to the end, over
 * whatever was left there. Where it is not to be on the disk @now, it is written once more with
 * what comes next: a failure of the disk that nobody waits for is told only once.
 */
static int write_text(struct writer *w, const char *text, bool now)
{
	size_t at = 0;
	int rc, back;

	while (at < w->sure && text[at] == w->text[at])
		at++;
	if (at == RECORD_SIZE)
		return 0;
	rc = files_write(w->fd, text + at, RECORD_SIZE - at, at);
	if (!rc && now && fdatasync(w->fd))
		rc = -errno;
	if (!rc) {
		memcpy(w->text, text, RECORD_SIZE);
		w->sure = now ? RECORD_SIZE : at;
		return 0;
	}
	back = withdraw(w, at);
	return back ? back : rc;
}

static int write_state(struct writer *writer, enum record_state state,
		       const struct record_data *data, bool now, struct error *err)
{
	static const struct record_data nothing;
	char text[RECORD_SIZE], time[RECORD_TIME];
	int rc;

	stamp(time);
	rc = record_append(writer->text, state, data ? data : &nothing, time, text);
	if (!rc)
		rc = write_text(writer, text, now);
	if (!rc) {
		record_parse(writer->text, RECORD_SIZE, &writer->record);
		return 0;
	}
	if (rc == -EINVAL)
		error_set(err, EXIT_FAILED, "The record %s cannot go from '%s' to '%s'.",
			  writer->path, writer->record.word, record_word(state));
	else
		error_set(err, EXIT_FAILED, "'%s' cannot be noted in %s: %s; see to that file system.",
			  record_word(state), writer->path, strerror(-rc));
	return rc;
}

/**
 * writer_write() - write the next state, or a note in the present one
 * @writer: from writer_begin() or writer_adopt()
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
int writer_write(struct writer *writer, enum record_state state, const struct record_data *data,
		 struct error *err)
{
	return write_state(writer, state, data, true, err);
}

/**
 * writer_pass() - write a state of which a loss of power may leave no trace
 * @writer: as for writer_write()
 * @state: as there
 * @err: as there
 *
 * Any process that reads the record sees it. It gets on the disk with the next writer_write(), or
 * earlier: for a state that may be taken for the one before.
 *
 * Return: as writer_write().
 */
int writer_pass(struct writer *writer, enum record_state state, struct error *err)
{
	return write_state(writer, state, NULL, false, err);
}

/**
 * writer_say() - writer_write() with a sentence and nothing else
 * @writer: as there
 * @state: as there
 * @reason: a sentence of any length, NULL for none
 * @err: as there
 *
 * Return: as there.
 */
int writer_say(struct writer *writer, enum record_state state, const char *reason,
	       struct error *err)
{
	struct record_data data = { 0 };

	record_reason(&data, reason ? reason : "");
	return writer_write(writer, state, &data, err);
}

/**
 * writer_record() - what the record says
 * @writer: the writer
 *
 * Return: the record, which changes with writer_write() and goes with writer_close().
 */
const struct record *writer_record(const struct writer *writer)
{
	return &writer->record;
}

/**
 * writer_close() - look after a record no more
 * @writer: may be NULL; where a child process still has it, the lock ends with that one
 */
void writer_close(struct writer *writer)
{
	if (!writer)
		return;
	if (writer->fd >= 0)
		close(writer->fd);
	free(writer);
}
