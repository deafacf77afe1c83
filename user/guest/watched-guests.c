// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/uuid.h"
#include "guest/watched-guests.h"

static void path_of(char *path, size_t size, const char *uuid)
{
	snprintf(path, size, WATCHED_GUESTS_DIR "/%s", uuid);
}

/**
 * watched_guests_note() - look after a guest from now on
 * @domid: its id
 * @uuid: its UUID in text
 *
 * The note lasts as long as the host is up, so that another `migctl serve` goes on with it.
 *
 * Return: 0 or a negative errno.
 */
int watched_guests_note(uint32_t domid, const char *uuid)
{
	char path[320];
	FILE *file;

	mkdir("/run/migctl", 0700);
	mkdir(WATCHED_GUESTS_DIR, 0700);
	path_of(path, sizeof(path), uuid);
	file = fopen(path, "we");
	if (!file)
		return -errno;
	fprintf(file, "%" PRIu32 "\n", domid);
	return fclose(file) ? -errno : 0;
}

/**
 * watched_guests_forget() - look after a guest no more
 * @uuid: its UUID in text
 */
void watched_guests_forget(const char *uuid)
{
	char path[320];

	path_of(path, sizeof(path), uuid);
	unlink(path);
}

static int read_note(const char *uuid, uint32_t *domid)
{
	char path[320];
	FILE *file;
	int got;

	path_of(path, sizeof(path), uuid);
	file = fopen(path, "re");
	if (!file)
		return -1;
	got = fscanf(file, "%" SCNu32, domid);
	fclose(file);
	return got == 1 ? 0 : -1;
}

/**
 * watched_guests_each() - call a function for every guest that arrived
 * @fn: the function; anything but 0 ends this
 * @arg: for @fn
 *
 * Return: what @fn returned last.
 */
int watched_guests_each(int (*fn)(void *arg, uint32_t domid, const char *uuid), void *arg)
{
	DIR *dir = opendir(WATCHED_GUESTS_DIR);
	struct dirent *entry;
	uint8_t octets[16];
	uint32_t domid;
	int rc = 0;

	while (dir && !rc && (entry = readdir(dir)))
		if (!uuid_parse(entry->d_name, octets) && !read_note(entry->d_name, &domid))
			rc = fn(arg, domid, entry->d_name);
	if (dir)
		closedir(dir);
	return rc;
}
