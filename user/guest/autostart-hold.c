// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "base/uuid.h"
#include "guest/autostart-hold.h"
#include "guest/autostart.h"
#include "journal/journal.h"

#define NOTE		".record"
#define NOTE_SIZE	512

__attribute__((format(printf, 4, 5)))
static void tell(const struct context *context, enum level level, const char *name,
		 const char *fmt, ...)
{
	char shown[256], text[4 * PATH_MAX];
	va_list ap;

	snprintf(shown, sizeof(shown), "%s", name[0] ? name : "-");
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	context_tell(context, level, "%s: %s", error_printable(shown), text);
}

/* ---- what a record says ---- */

/* Is it certain that no copy ran at the destination, or will? COMMIT was not sent, or refused. */
static bool never_ran_there(const struct record *record)
{
	const char *outcome = record->data.outcome;

	return !outcome[0] || !strcmp(outcome, "refused") || !strcmp(outcome, "uncommitted");
}

static enum whereabouts judge_source(const struct record *record, const char *boot)
{
	switch (record->state) {
	case RECORD_BEGUN:	/* nothing was given away, and what is begun ends with its host */
	case RECORD_FAILED:
	case RECORD_RESUMED:
		return WHEREABOUTS_HERE;
	case RECORD_RESUMING:
		return record_same_boot(&record->data, boot) || never_ran_there(record) ?
			       WHEREABOUTS_HERE : WHEREABOUTS_ELSEWHERE;
	case RECORD_LOST:
		return never_ran_there(record) ? WHEREABOUTS_HERE : WHEREABOUTS_ELSEWHERE;
	default:	/* committing, destroying, moved, discarded, and what cannot be read */
		return WHEREABOUTS_ELSEWHERE;
	}
}

static enum whereabouts judge_destination(const struct record *record, const char *boot)
{
	switch (record->state) {
	case RECORD_BEGUN:
	case RECORD_READY:
	case RECORD_FAILED:
	case RECORD_REFUSED:	/* it has not come */
		return WHEREABOUTS_UNSAID;
	case RECORD_STARTING:
		return record_same_boot(&record->data, boot) ? WHEREABOUTS_CHANGING : WHEREABOUTS_ELSEWHERE;
	case RECORD_RUNNING:
		/*
		 * The source may not have heard of it, and a person there may have taken the
		 * guest back when this host went down. FORGET ends the doubt.
		 */
		return record_same_boot(&record->data, boot) ? WHEREABOUTS_HERE : WHEREABOUTS_ELSEWHERE;
	case RECORD_FORGOTTEN:
		return WHEREABOUTS_HERE;
	default:
		return WHEREABOUTS_ELSEWHERE;
	}
}

/**
 * autostart_hold_judge() - where is the guest of a record?
 * @record: the record
 * @boot: boot id of this host
 *
 * Return: what the record says of it; elsewhere when in doubt.
 */
enum whereabouts autostart_hold_judge(const struct record *record, const char *boot)
{
	return record->data.side == RECORD_SOURCE ? judge_source(record, boot) :
						    judge_destination(record, boot);
}

/**
 * struct search - the newest record that says where a guest is
 * @guest: the guest
 * @boot: boot id of this host
 * @where: what it says, UNSAID when there is none
 * @record: that record
 */
struct search {
	const struct autostart_guest *guest;
	const char *boot;
	enum whereabouts where;
	struct record record;
};

static int judge_one(void *arg, const struct record *record, bool held)
{
	struct search *s = arg;
	struct autostart_guest of;

	(void)held;
	autostart_guest(record->data.guest, record->data.name, &of);
	if (!autostart_same(s->guest, &of))
		return 0;
	s->where = autostart_hold_judge(record, s->boot);
	s->record = *record;
	return s->where != WHEREABOUTS_UNSAID;
}

static int locate(const struct journal *journal, const char *boot,
		  const struct autostart_guest *guest, struct search *s)
{
	int rc;

	memset(s, 0, sizeof(*s));
	s->guest = guest;
	s->boot = boot;
	rc = journal_read_each(journal, judge_one, s);
	return rc < 0 ? rc : 0;
}

/* ---- the directory of a guest ---- */

/**
 * struct note - why entries of a guest are held back
 * @done: they are; else it was just being done
 * @move: the record that says that the guest is elsewhere
 * @name: of the guest, when its entries have no uuid; else ""
 */
struct note {
	bool done;
	uint8_t move[16];
	char name[256];
};

static void dir_of(char *dir, const uint8_t *guest)
{
	char uuid[UUID_TEXT];

	uuid_format(guest, uuid);
	snprintf(dir, PATH_MAX, "%s/%s", autostart_dirs.held, uuid);
}

static int read_note(const char *dir, struct note *note)
{
	char path[PATH_MAX + sizeof(NOTE)], text[NOTE_SIZE], uuid[UUID_TEXT], word[8];
	int used = 0;

	memset(note, 0, sizeof(*note));
	snprintf(path, sizeof(path), "%s/" NOTE, dir);
	if (files_get(path, text, sizeof(text)) < 0)
		return -1;
	text[strcspn(text, "\n")] = '\0';
	if (sscanf(text, "%7s %36s %n", word, uuid, &used) != 2 || !used ||
	    uuid_parse(uuid, note->move))
		return -1;
	note->done = !strcmp(word, "held");
	snprintf(note->name, sizeof(note->name), "%s", text + used);
	return 0;
}

static int write_note(const char *dir, const struct note *note)
{
	char text[NOTE_SIZE], uuid[UUID_TEXT];
	int len;

	uuid_format(note->move, uuid);
	len = snprintf(text, sizeof(text), "%s %s %s\n", note->done ? "held" : "holding", uuid,
		       note->name);
	return files_put(dir, NOTE, text, len, 0600);
}

static int not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* The entries that are held back there; returns how many. */
static int list(const char *dir, struct dirent ***entries)
{
	int count = scandir(dir, entries, not_hidden, alphasort);

	if (count < 0)
		*entries = NULL;
	return count < 0 ? 0 : count;
}

static void free_list(struct dirent **entries, int count)
{
	while (count)
		free(entries[--count]);
	free(entries);
}

static int count_held(const char *dir)
{
	struct dirent **entries;
	int count = list(dir, &entries);

	free_list(entries, count);
	return count;
}

/* ---- hold back ---- */

static int move_away(const struct autostart *entry, const char *dir, struct note *note)
{
	char from[PATH_MAX], to[PATH_MAX + NAME_MAX + 1];
	int rc = files_make_dir(dir);

	snprintf(from, sizeof(from), "%s/%s", autostart_dirs.entries, entry->name);
	snprintf(to, sizeof(to), "%s/%s", dir, entry->name);
	/* Only what is noted as done can have been taken back by a person. */
	if (!rc)
		rc = write_note(dir, note);
	if (!rc)
		rc = files_move(from, to);
	note->done = true;
	if (!rc)
		rc = write_note(dir, note);
	return rc;
}

static void tell_held(const struct context *context, const struct autostart *entry,
		      const struct record *record, const char *dir)
{
	char peer[256];

	snprintf(peer, sizeof(peer), "%s", record->data.peer[0] ? record->data.peer : "-");
	tell(context, LEVEL_NOTE, record->data.name, "%s/%s is held back in %s, because the guest runs elsewhere or may (%s, %s %s); 'migctl history' tells of it",
	    autostart_dirs.entries, entry->name, dir, record->word,
	    record->data.side == RECORD_SOURCE ? "to" : "from", error_printable(peer));
}

struct hold {
	const struct context *context;
	const struct journal *journal;
	const char *boot;
	int rc;
};

/* A person who has put an entry back after it was held back means it. */
static bool taken_back(const char *dir, const struct record *record)
{
	struct note note;

	return !read_note(dir, &note) && note.done && !count_held(dir) &&
	       !memcmp(note.move, record->data.move, sizeof(note.move));
}

static int hold_one(void *arg, const struct autostart *entry)
{
	struct hold *h = arg;
	struct search s;
	struct note note = { 0 };
	char dir[PATH_MAX];
	int rc = locate(h->journal, h->boot, &entry->guest, &s);

	if (!rc && s.where != WHEREABOUTS_ELSEWHERE)
		return 0;
	dir_of(dir, s.record.data.guest);
	if (!rc && taken_back(dir, &s.record)) {
		tell(h->context, LEVEL_NOTE, entry->guest.name, "%s/%s was put back by hand and is left alone, although the journal says '%s'",
		    autostart_dirs.entries, entry->name, s.record.word);
		return 0;
	}
	memcpy(note.move, s.record.data.move, sizeof(note.move));
	if (!entry->guest.has_uuid)
		snprintf(note.name, sizeof(note.name), "%s", entry->guest.name);
	if (!rc)
		rc = move_away(entry, dir, &note);
	if (rc) {
		tell(h->context, LEVEL_ERROR, entry->guest.name, "%s/%s cannot be held back: %s; a second copy of the guest may be started from it",
		    autostart_dirs.entries, entry->name, strerror(-rc));
		h->rc = rc;
	} else {
		tell_held(h->context, entry, &s.record, dir);
	}
	return 0;
}

/**
 * autostart_hold_back() - keep the entries of guests that are elsewhere from being started here
 * @context: told of each
 * @journal: of this host
 * @boot: boot id of this host
 *
 * Return: 0, or a negative errno when one that should be held back is not.
 */
int autostart_hold_back(const struct context *context, const struct journal *journal,
			const char *boot)
{
	struct hold h = { .context = context, .journal = journal, .boot = boot };
	int rc = autostart_each(hold_one, &h);

	return rc ? rc : h.rc;
}

/* ---- put back ---- */

struct settle {
	const struct context *context;
	const struct journal *journal;
	const char *boot;
	bool tell;
	int rc;
};

/* The guest has an entry again: this one is kept for people only. */
static void supersede(const char *dir, const char *name)
{
	char from[PATH_MAX + NAME_MAX + 1], to[PATH_MAX + NAME_MAX + 16];

	snprintf(from, sizeof(from), "%s/%s", dir, name);
	snprintf(to, sizeof(to), "%s/.%s.superseded", dir, name);
	files_move(from, to);
}

static bool is_guests(const char *name, const struct record_data *data)
{
	struct autostart *there = malloc(sizeof(*there));
	struct autostart_guest guest;
	bool is;

	autostart_guest(data->guest, data->name, &guest);
	is = there && !autostart_read(name, there) && autostart_same(&there->guest, &guest);
	free(there);
	return is;
}

static void put_back(struct settle *s, const char *dir, const char *name,
		     const struct search *found)
{
	char from[PATH_MAX + NAME_MAX + 1], to[PATH_MAX];
	const char *guest = found->record.data.name;
	int rc;

	snprintf(from, sizeof(from), "%s/%s", dir, name);
	snprintf(to, sizeof(to), "%s/%s", autostart_dirs.entries, name);
	if (files_exists(to) && is_guests(name, &found->record.data)) {
		supersede(dir, name);
		tell(s->context, LEVEL_NOTE, guest,
		     "%s is held back no more, and not put back because there is a newer one", to);
		return;
	}
	rc = files_exists(to) ? -EEXIST : files_move(from, to);
	if (!rc) {
		tell(s->context, LEVEL_NOTE, guest, "%s is put back: the guest is this host's again",
		     to);
		return;
	}
	s->rc = rc;
	if (s->tell)
		tell(s->context, LEVEL_ERROR, guest, "%s cannot be put back from %s: %s", to, from,
		     strerror(-rc));
}

/* Nothing is held back any more, and nothing need be known of it. */
static void clear(const char *dir)
{
	char path[PATH_MAX + sizeof(NOTE)];

	if (count_held(dir))
		return;
	snprintf(path, sizeof(path), "%s/" NOTE, dir);
	files_remove(path);
	rmdir(dir);
}

static void settle_guest(struct settle *s, const char *dir, const struct autostart_guest *guest)
{
	struct dirent **entries;
	struct search found;
	int count, i;

	if (locate(s->journal, s->boot, guest, &found) || found.where != WHEREABOUTS_HERE)
		return;
	count = list(dir, &entries);
	for (i = 0; i < count; i++)
		put_back(s, dir, entries[i]->d_name, &found);
	free_list(entries, count);
	clear(dir);
}

static void settle_held(struct settle *s)
{
	struct dirent **guests;
	int count = list(autostart_dirs.held, &guests), i;
	struct autostart_guest guest;
	struct note note;
	uint8_t uuid[16];
	char dir[PATH_MAX];

	for (i = 0; i < count; i++) {
		/* A directory of another name is none of ours. */
		if (uuid_parse(guests[i]->d_name, uuid))
			continue;
		dir_of(dir, uuid);
		read_note(dir, &note);
		autostart_guest(uuid, note.name, &guest);
		/* Entries without a uuid are of whoever bears the name. */
		guest.has_uuid = !note.name[0];
		settle_guest(s, dir, &guest);
	}
	free_list(guests, count);
}

static int settle_arriving(void *arg, const uint8_t *move)
{
	struct settle *s = arg;
	struct record record;
	bool held;

	if (journal_find(s->journal, move, RECORD_DESTINATION, &record, &held))
		return 0;
	if (record.state == RECORD_FAILED || record.state == RECORD_REFUSED)
		autostart_drop(move);
	else if (!held && autostart_hold_judge(&record, s->boot) == WHEREABOUTS_HERE &&
		 autostart_install(s->context, move) < 0)
		s->rc = -EIO;
	return 0;
}

/**
 * autostart_hold_settle() - give the entries of guests that are here their effect
 * @context: told of each
 * @journal: of this host
 * @boot: boot id of this host
 * @tell: also of what cannot be done, which is tried again
 *
 * Puts back what was held back for guests that have come back or were resumed, and writes what
 * came with guests whose start was finished by another process.
 *
 * Return: 0, or a negative errno when something could not be put back.
 */
int autostart_hold_settle(const struct context *context, const struct journal *journal,
			  const char *boot, bool tell)
{
	struct settle s = { .context = context, .journal = journal, .boot = boot, .tell = tell };
	int rc = autostart_arriving(settle_arriving, &s);

	settle_held(&s);
	return rc ? rc : s.rc;
}

/**
 * autostart_hold_begin() - at the start of a host: hold back and put back
 * @context: told of each entry
 * @journal_dir: JOURNAL_DIR
 * @err: what could not be done
 *
 * Needs neither Xen nor the module.
 *
 * Return: 0 or -1.
 */
int autostart_hold_begin(const struct context *context, const char *journal_dir,
			 struct error *err)
{
	struct journal *journal = journal_look(journal_dir, err);
	char boot[JOURNAL_BOOT_ID];
	int rc, again;

	if (!journal)
		return err->text[0] ? -1 : 0;
	/* Without a boot id every boot is another. */
	journal_boot_id(boot);
	rc = autostart_hold_settle(context, journal, boot, true);
	again = autostart_hold_back(context, journal, boot);
	journal_close(journal);
	if (again)
		return error_set(err, EXIT_FAILED,
			"Not every autostart entry of a guest that may run elsewhere could be held back: %s; see what was said above, and %s before guests are started.",
			strerror(-again), autostart_dirs.entries);
	return rc ? error_set(err, EXIT_FAILED,
		"Not every autostart entry could be put back in %s: %s; see what was said above.",
		autostart_dirs.entries, strerror(-rc)) : 0;
}

/**
 * autostart_hold_find() - is an entry held back because of a record?
 * @data: what the record says
 * @path: set to where the entry is
 * @size: of @path
 *
 * Return: whether.
 */
bool autostart_hold_find(const struct record_data *data, char *path, size_t size)
{
	struct dirent **entries;
	struct note note;
	char dir[PATH_MAX];
	int count;

	dir_of(dir, data->guest);
	if (read_note(dir, &note) || memcmp(note.move, data->move, sizeof(note.move)))
		return false;
	count = list(dir, &entries);
	if (count)
		snprintf(path, size, "%s/%s", dir, entries[0]->d_name);
	free_list(entries, count);
	return count;
}
