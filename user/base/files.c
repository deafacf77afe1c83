// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"

/* What was done in the directory of @path is on the disk. */
static int sync_above(const char *path)
{
	char above[PATH_MAX];
	int fd, rc = 0;

	snprintf(above, sizeof(above), "%s", path);
	fd = open(dirname(above), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd))
		rc = -errno;
	if (fd >= 0)
		close(fd);
	return rc;
}

/**
 * files_make_dir() - make a directory, and those on the way to it, for root only
 * @path: the directory
 *
 * Return: 0, also when it is there; or a negative errno.
 */
int files_make_dir(const char *path)
{
	char part[PATH_MAX], *slash;

	snprintf(part, sizeof(part), "%s", path);
	for (slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(part, 0700);
		*slash = '/';
	}
	if (mkdir(part, 0700))
		return errno == EEXIST ? 0 : -errno;
	return sync_above(part);
}

/**
 * files_write() - write all of something
 * @fd: where to
 * @text: what
 * @len: octets of it
 * @at: from which octet of the file on
 *
 * Return: 0 or a negative errno.
 */
int files_write(int fd, const char *text, size_t len, size_t at)
{
	ssize_t done;

	while (len) {
		done = pwrite(fd, text, len, at);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done ? -errno : -EIO;
		text += done;
		len -= done;
		at += done;
	}
	return 0;
}

/* A name that begins with a dot: xendomains does not look at such files. */
static int write_aside(const char *path, const char *text, size_t len, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600), rc;

	if (fd < 0)
		return -errno;
	rc = files_write(fd, text, len, 0);
	if (!rc && (fchmod(fd, mode) || fsync(fd)))
		rc = -errno;
	if (close(fd) && !rc)
		rc = -errno;
	return rc;
}

/**
 * files_put() - write a file, over one that is there
 * @dir: its directory
 * @name: its name there
 * @text: what it is to hold
 * @len: octets of that
 * @mode: its permissions
 *
 * Return: 0 when it is on the disk; or a negative errno, and what was there is there.
 */
int files_put(const char *dir, const char *name, const char *text, size_t len, mode_t mode)
{
	char aside[PATH_MAX], path[PATH_MAX];
	int rc;

	snprintf(aside, sizeof(aside), "%s/.%s.migctl", dir, name);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	rc = write_aside(aside, text, len, mode);
	if (!rc && rename(aside, path))
		rc = -errno;
	if (rc) {
		unlink(aside);
		return rc;
	}
	return sync_above(path);
}

static ssize_t read_all(int fd, char *text, size_t size)
{
	size_t len = 0;
	ssize_t done = 1;

	while (done && len < size) {
		done = read(fd, text + len, size - len);
		if (done < 0 && errno != EINTR)
			return -errno;
		if (done > 0)
			len += done;
	}
	return len < size ? (ssize_t)len : -EFBIG;
}

/**
 * files_get() - read a file, if it is a plain one after links are followed
 * @path: the file
 * @text: receives it, terminated
 * @size: of @text
 *
 * Return: its length; -EFBIG when it does not fit with its NUL, -EINVAL when it is something else,
 * or another negative errno.
 */
ssize_t files_get(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	ssize_t len;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st))
		len = -errno;
	else
		len = S_ISREG(st.st_mode) ? read_all(fd, text, size) : -EINVAL;
	close(fd);
	if (len >= 0)
		text[len] = '\0';
	return len;
}

/**
 * files_line() - read the first line of a file, such as the kernel gives words in
 * @path: the file
 * @text: receives it without its end, terminated and cut to fit; "" when there is none
 * @size: of @text
 *
 * Return: whether there is such a file.
 */
bool files_line(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "re");

	text[0] = '\0';
	if (!file)
		return false;
	if (fgets(text, size, file))
		text[strcspn(text, "\n")] = '\0';
	fclose(file);
	return true;
}

static int copy_link(const char *from, const char *to)
{
	char target[PATH_MAX];
	ssize_t len = readlink(from, target, sizeof(target) - 1);

	if (len < 0)
		return -errno;
	target[len] = '\0';
	unlink(to);
	return symlink(target, to) ? -errno : sync_above(to);
}

static int copy_file(const char *from, const char *to, mode_t mode)
{
	size_t size = 1 << 20;
	char *text = malloc(size), dir[PATH_MAX];
	const char *name = strrchr(to, '/') + 1;
	ssize_t len = text ? files_get(from, text, size) : -ENOMEM;

	snprintf(dir, sizeof(dir), "%.*s", (int)(name - 1 - to), to);
	if (len >= 0)
		len = files_put(dir, name, text, len, mode & 07777);
	free(text);
	return len;
}

/* To another file system. */
static int copy(const char *from, const char *to)
{
	struct stat st;

	if (lstat(from, &st))
		return -errno;
	if (S_ISLNK(st.st_mode))
		return copy_link(from, to);
	return S_ISREG(st.st_mode) ? copy_file(from, to, st.st_mode) : -EINVAL;
}

/**
 * files_move() - move a file, or a link itself, to another place
 * @from: where it is
 * @to: where it shall be, with a directory; what is there is replaced
 *
 * At no time is it at neither place.
 *
 * Return: 0 or a negative errno.
 */
int files_move(const char *from, const char *to)
{
	int rc;

	if (!rename(from, to)) {
		rc = sync_above(to);
		return rc ? rc : sync_above(from);
	}
	if (errno != EXDEV)
		return -errno;
	rc = copy(from, to);
	return rc ? rc : files_remove(from);
}

/**
 * files_remove() - remove a file, or a link and not what it leads to
 * @path: the file
 *
 * Return: 0, also when it was not there; or a negative errno.
 */
int files_remove(const char *path)
{
	if (unlink(path))
		return errno == ENOENT ? 0 : -errno;
	return sync_above(path);
}

/**
 * files_exists() - is anything there, be it a link that leads nowhere?
 * @path: where
 *
 * Return: whether; true when that cannot be known.
 */
bool files_exists(const char *path)
{
	struct stat st;

	return !lstat(path, &st) || (errno != ENOENT && errno != ENOTDIR);
}
