// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "xenstore/userdata.h"

#define LIB_DIR		"/var/lib/xen"
#define RUN_DIR		"/var/run/xen"

static void path_of(char *path, size_t size, char kind, uint32_t domid, const char *uuid)
{
	snprintf(path, size, LIB_DIR "/userdata-%c.%" PRIu32 ".%s.libxl-json", kind, domid, uuid);
}

/**
 * userdata_read() - the libxl-json of a domain
 * @domid: its id
 * @uuid: its UUID in text
 * @text: receives it, terminated
 * @size: of @text
 * @len: set to its length without the NUL
 *
 * Return: 0; -ENOENT when there is none (no xl ever knew the domain); another
 * negative errno.
 */
int userdata_read(uint32_t domid, const char *uuid, char *text, size_t size, uint32_t *len)
{
	char path[256];
	ssize_t n;
	int fd;

	path_of(path, sizeof(path), 'd', domid, uuid);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	n = read(fd, text, size);
	close(fd);
	if (n < 0)
		return -errno;
	if ((size_t)n >= size)
		return -EFBIG;
	text[n] = '\0';
	*len = strlen(text);
	return 0;
}

static int write_file(const char *path, const char *text, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = write(fd, text, len);
	if (close(fd) || n != (ssize_t)len)
		return -EIO;
	return 0;
}

/**
 * userdata_write() - give a domain its libxl-json
 * @domid: its id
 * @uuid: its UUID in text
 * @text: the document; text[len] is NUL and is stored as well, as libxl does
 * @len: its length
 * @err: why not
 *
 * Return: 0 or -1.
 */
int userdata_write(uint32_t domid, const char *uuid, const char *text, size_t len,
		   struct error *err)
{
	char fresh[256], path[256];
	int rc;

	path_of(fresh, sizeof(fresh), 'n', domid, uuid);
	path_of(path, sizeof(path), 'd', domid, uuid);
	rc = write_file(fresh, text, len + 1);
	if (!rc && rename(fresh, path))
		rc = -errno;
	if (!rc)
		return 0;
	unlink(fresh);
	return error_set(err, EXIT_FAILED,
			 "The domain's configuration could not be stored in " LIB_DIR ": %s.",
			 strerror(-rc));
}

/* The caller frees what was found, unless it was nothing. */
static bool find_all(uint32_t domid, const char *uuid, glob_t *found)
{
	char pattern[256];

	snprintf(pattern, sizeof(pattern), LIB_DIR "/userdata-?.%" PRIu32 ".%s.*", domid, uuid);
	return !glob(pattern, GLOB_NOSORT, NULL, found);
}

/**
 * userdata_exists() - whether there is anything that libxl noted about a domain
 * @domid: its id
 * @uuid: its UUID in text
 *
 * Return: whether there is.
 */
bool userdata_exists(uint32_t domid, const char *uuid)
{
	glob_t found;
	bool any = find_all(domid, uuid, &found);

	if (any)
		globfree(&found);
	return any;
}

/**
 * userdata_remove() - remove all that libxl noted about a domain
 * @domid: its id
 * @uuid: its UUID in text
 */
void userdata_remove(uint32_t domid, const char *uuid)
{
	glob_t found;
	size_t i;

	if (!find_all(domid, uuid, &found))
		return;
	for (i = 0; i < found.gl_pathc; i++)
		unlink(found.gl_pathv[i]);
	globfree(&found);
}

/**
 * userdata_mark_recent() - keep stock tools from using a domain id again at once
 * @domid: of a domain that was just destroyed
 * @context: told when that fails
 */
void userdata_mark_recent(uint32_t domid, const struct context *context)
{
	struct timespec now;
	char line[64];
	int fd, len;

	fd = open(RUN_DIR "/domid-history", O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	len = snprintf(line, sizeof(line), "%lu %" PRIu32 "\n", (unsigned long)now.tv_sec, domid);
	if (write(fd, line, len) != len)
		context_tell(context, LEVEL_WARNING, "domid-history could not be extended.");
	close(fd);
}
