// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/files.h"
#include "base/uuid.h"
#include "guest/autostart.h"
#include "offer/offer.h"

/* ---- entries ---- */

/**
 * autostart_good_name() - is this a name that a peer may give to a file here?
 * @name: the name
 *
 * One component of a path without what a shell would make something of, not hidden.
 *
 * Return: whether.
 */
bool autostart_good_name(const char *name)
{
	const unsigned char *c = (const unsigned char *)name;

	if (!*name || *name == '.' || *name == '-' || strlen(name) >= NAME_LEN)
		return false;
	for (; *c; c++)
		if (*c > 0x7e || (!isalnum(*c) && !strchr("._+@:=,%-", *c)))
			return false;
	return true;
}

static void path_of(char *path, const char *name)
{
	snprintf(path, PATH_MAX, "%s/%s", autostart_dirs.entries, name);
}

/**
 * autostart_read() - read an entry
 * @name: of its file
 * @entry: filled in
 *
 * Return: 0; -ENOENT when there is none; -EINVAL or another negative errno when it is there and
 * starts nobody.
 */
int autostart_read(const char *name, struct autostart *entry)
{
	char path[PATH_MAX];
	ssize_t len;

	memset(entry, 0, sizeof(*entry));
	path_of(path, name);
	len = files_get(path, entry->text, sizeof(entry->text));
	if (len < 0)
		return len == -ENOENT && files_exists(path) ? -EINVAL : len;
	snprintf(entry->name, sizeof(entry->name), "%s", name);
	entry->len = len;
	return autostart_parse(entry->text, len, &entry->guest);
}

static int not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* As strcmp(), so that the order is that of xendomains whatever the language. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/**
 * autostart_each() - call a function for every entry, in the order in which they are started
 * @fn: the function; anything but 0 ends this
 * @arg: for @fn
 *
 * Files that start nobody are passed over.
 *
 * Return: what @fn returned last, or a negative errno when they cannot be listed.
 */
int autostart_each(int (*fn)(void *arg, const struct autostart *entry), void *arg)
{
	struct autostart *entry = malloc(sizeof(*entry));
	struct dirent **list = NULL;
	int count = entry ? scandir(autostart_dirs.entries, &list, not_hidden, by_name) : -1;
	int rc = 0, i;

	if (count < 0)
		rc = entry && errno == ENOENT ? 0 : entry ? -errno : -ENOMEM;
	for (i = 0; i < count; i++) {
		if (!rc && !autostart_read(list[i]->d_name, entry))
			rc = fn(arg, entry);
		free(list[i]);
	}
	free(list);
	free(entry);
	return rc;
}

struct search {
	const struct autostart_guest *guest;
	struct autostart *entry;
};

static int compare(void *arg, const struct autostart *entry)
{
	struct search *s = arg;

	if (!autostart_same(&entry->guest, s->guest))
		return 0;
	*s->entry = *entry;
	return 1;
}

/**
 * autostart_find() - the entry that starts a guest
 * @guest: the guest
 * @entry: filled in; of several the one that comes first
 *
 * Return: 0; -ENOENT when there is none; another negative errno when that cannot be known.
 */
int autostart_find(const struct autostart_guest *guest, struct autostart *entry)
{
	struct search s = { .guest = guest, .entry = entry };
	int rc = autostart_each(compare, &s);

	return rc == 1 ? 0 : rc ? rc : -ENOENT;
}

/* ---- at the source ---- */

static void offered(const struct offer *offer, struct autostart_guest *guest)
{
	autostart_guest(offer->domain.uuid, offer->name, guest);
}

static int put_into(struct offer *offer, const struct autostart *entry, struct error *err)
{
	if (!autostart_good_name(entry->name))
		return error_set(err, EXIT_REFUSED,
			"The guest's entry in %s has a name that cannot be moved along: rename it, to letters and digits for instance.",
			autostart_dirs.entries);
	strcpy(offer->autostart_name, entry->name);
	memcpy(offer->autostart, entry->text, entry->len);
	offer->autostart_len = entry->len;
	GIVE(offer, OFFER_AUTOSTART_NAME);
	GIVE(offer, OFFER_AUTOSTART);
	return 0;
}

/**
 * autostart_take() - look for the entry of a guest that is to move
 * @offer: the guest; with @along the entry is put into it
 * @along: it shall move with the guest
 * @path: set to where it is, "" when there is none
 * @size: of @path
 * @err: why it cannot move
 *
 * Return: 0 or -1.
 */
int autostart_take(struct offer *offer, bool along, char *path, size_t size, struct error *err)
{
	struct autostart *entry = malloc(sizeof(*entry));
	struct autostart_guest guest;
	int rc = -ENOMEM;

	path[0] = '\0';
	offer->have &= ~(1ULL << OFFER_AUTOSTART_NAME | 1ULL << OFFER_AUTOSTART);
	offered(offer, &guest);
	if (entry)
		rc = autostart_find(&guest, entry);
	if (!rc) {
		snprintf(path, size, "%s/%s", autostart_dirs.entries, entry->name);
		rc = along ? put_into(offer, entry, err) : 0;
	} else if (rc == -ENOENT || !along) {
		rc = 0;
	} else {
		rc = error_set(err, EXIT_REFUSED, "%s cannot be read: %s.", autostart_dirs.entries,
			       strerror(-rc));
	}
	free(entry);
	return rc;
}

/**
 * autostart_remove() - remove the entry that moved along
 * @offer: the guest
 * @err: why not
 *
 * Only the file or link in the directory goes, never what a link leads to; and not if it has
 * become another guest's meanwhile.
 *
 * Return: 0 or -1.
 */
int autostart_remove(const struct offer *offer, struct error *err)
{
	struct autostart *entry = malloc(sizeof(*entry));
	struct autostart_guest guest;
	char path[PATH_MAX];
	int rc = entry ? autostart_read(offer->autostart_name, entry) : -ENOMEM;

	offered(offer, &guest);
	path_of(path, offer->autostart_name);
	if (!rc && !autostart_same(&entry->guest, &guest))
		rc = -EINVAL;
	if (!rc)
		rc = files_remove(path);
	free(entry);
	if (!rc || rc == -ENOENT)
		return 0;
	return error_set(err, EXIT_FAILED, "%s could not be removed: %s.", path,
			 rc == -EINVAL ? "it has been changed meanwhile" : strerror(-rc));
}

/* ---- at the destination ---- */

/* May an entry of that name be written for @guest? */
static int check_place(const char *name, const struct autostart_guest *guest, struct error *err)
{
	struct autostart *there = malloc(sizeof(*there));
	int rc = there ? autostart_read(name, there) : -ENOMEM;
	bool free_to_use = rc == -ENOENT || (!rc && autostart_same(&there->guest, guest));

	free(there);
	if (free_to_use)
		return 0;
	return error_set(err, EXIT_REFUSED,
		"%s/%s is there already and is not the guest's: rename one of the two, or move the guest without --autostart.",
		autostart_dirs.entries, name);
}

/**
 * autostart_admit() - may the entry that comes with a guest be written here?
 * @offer: the guest, of unknown origin
 * @err: why not
 *
 * Return: 0, also when none comes with it; or -1.
 */
int autostart_admit(const struct offer *offer, struct error *err)
{
	struct autostart_guest starts, guest;

	if (!offer->autostart_name[0])
		return 0;
	if (!autostart_good_name(offer->autostart_name))
		return error_set(err, EXIT_REFUSED,
			"The guest's autostart entry has a name that cannot be that of a file here.");
	offered(offer, &guest);
	if (autostart_parse(offer->autostart, offer->autostart_len, &starts) ||
	    !autostart_same(&starts, &guest))
		return error_set(err, EXIT_REFUSED,
			"The autostart entry that comes with the guest is no configuration of it.");
	return check_place(offer->autostart_name, &guest, err);
}

/* Of a move that is not over: its UUID, a dot and the name of the entry. */
static void arriving_name(char *file, const uint8_t *move, const char *name)
{
	uuid_format(move, file);
	strcat(file, ".");
	strcat(file, name);
}

/**
 * autostart_keep() - keep the entry that comes with a guest until the guest runs here
 * @offer: the guest, admitted
 * @err: why not
 *
 * Return: 0 when it is on the disk, or none comes; or -1.
 */
int autostart_keep(const struct offer *offer, struct error *err)
{
	char file[UUID_TEXT + NAME_LEN];
	int rc;

	if (!offer->autostart_name[0])
		return 0;
	arriving_name(file, offer->move, offer->autostart_name);
	rc = files_make_dir(autostart_dirs.arriving);
	if (!rc)
		rc = files_put(autostart_dirs.arriving, file, offer->autostart,
			       offer->autostart_len, 0600);
	return rc ? error_set(err, EXIT_REFUSED,
		"The guest's autostart entry cannot be kept in %s: %s; make room there, or move the guest without --autostart.",
		autostart_dirs.arriving, strerror(-rc)) : 0;
}

/* Is this a file of ours? Its move, and the name of the entry. */
static const char *arriving_of(const char *file, uint8_t *move)
{
	char uuid[UUID_TEXT] = "";

	strncpy(uuid, file, UUID_TEXT - 1);
	if (uuid_parse(uuid, move) || file[UUID_TEXT - 1] != '.' ||
	    !autostart_good_name(file + UUID_TEXT))
		return NULL;
	return file + UUID_TEXT;
}

/* The name of a move's entry; -ENOENT when none waits. */
static int find_arriving(const uint8_t *move, char *name)
{
	DIR *dir = opendir(autostart_dirs.arriving);
	struct dirent *entry;
	const char *found;
	uint8_t whose[16];
	int rc = -ENOENT;

	while (dir && rc && (entry = readdir(dir))) {
		found = arriving_of(entry->d_name, whose);
		if (!found || memcmp(whose, move, sizeof(whose)))
			continue;
		strcpy(name, found);
		rc = 0;
	}
	if (dir)
		closedir(dir);
	return rc;
}

static void arriving_path(char *path, const uint8_t *move, const char *name)
{
	char file[UUID_TEXT + NAME_LEN];

	arriving_name(file, move, name);
	snprintf(path, PATH_MAX, "%s/%s", autostart_dirs.arriving, file);
}

static int write_entry(const char *path, const char *name, struct autostart *entry,
		       struct error *err)
{
	ssize_t len = files_get(path, entry->text, sizeof(entry->text));
	int rc;

	if (len < 0 || autostart_parse(entry->text, len, &entry->guest))
		return error_set(err, EXIT_FAILED, "%s cannot be read.", path);
	if (check_place(name, &entry->guest, err))
		return -1;
	rc = files_make_dir(autostart_dirs.entries);
	if (!rc)
		rc = files_put(autostart_dirs.entries, name, entry->text, len, 0600);
	return rc ? error_set(err, EXIT_FAILED, "%s/%s cannot be written: %s.",
			      autostart_dirs.entries, name, strerror(-rc)) : 0;
}

/**
 * autostart_install() - the guest runs here: its entry takes effect
 * @context: told of it
 * @move: the move it came with
 *
 * Where that fails it stays kept, and may be tried again.
 *
 * Return: 1 when there is an entry now, 0 when none waited, -1 when it could not be written.
 */
int autostart_install(const struct context *context, const uint8_t *move)
{
	struct autostart *entry;
	char name[NAME_LEN], path[PATH_MAX];
	struct error err = { 0 };
	int rc;

	if (find_arriving(move, name))
		return 0;
	entry = malloc(sizeof(*entry));
	arriving_path(path, move, name);
	rc = entry ? write_entry(path, name, entry, &err) :
		     error_set(&err, EXIT_FAILED, "Out of memory.");
	if (rc) {
		context_tell(context, LEVEL_ERROR, "the autostart entry that came with a guest waits in %s: %s",
			     path, err.text);
	} else {
		files_remove(path);
		context_tell(context, LEVEL_NOTE, "%s/%s came with its guest",
			     autostart_dirs.entries, name);
	}
	free(entry);
	return rc ? -1 : 1;
}

/**
 * autostart_drop() - the guest does not come: nor does its entry
 * @move: the move it would have come with
 */
void autostart_drop(const uint8_t *move)
{
	char name[NAME_LEN], path[PATH_MAX];

	if (find_arriving(move, name))
		return;
	arriving_path(path, move, name);
	files_remove(path);
}

/**
 * autostart_arriving() - call a function for every entry that waits for its guest
 * @fn: the function; may install or drop it
 * @arg: for @fn
 *
 * Return: 0, or a negative errno when they cannot be listed.
 */
int autostart_arriving(int (*fn)(void *arg, const uint8_t *move), void *arg)
{
	struct dirent **list;
	int count = scandir(autostart_dirs.arriving, &list, not_hidden, by_name), i;
	uint8_t move[16];

	if (count < 0)
		return errno == ENOENT ? 0 : -errno;
	for (i = 0; i < count; i++) {
		if (arriving_of(list[i]->d_name, move))
			fn(arg, move);
		free(list[i]);
	}
	free(list);
	return 0;
}
