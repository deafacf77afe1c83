// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "host/openfiles.h"

/**
 * struct search - one look at all processes
 * @program: only those of it, or but those of it
 * @but: which of the two
 * @matches: whether a path is the one
 * @arg: for @matches
 * @path: the first one
 * @size: of @path
 */
struct search {
	const char *program;
	bool but;
	bool (*matches)(const char *path, const char *arg);
	const char *arg;
	char *path;
	size_t size;
};

/* Anybody may call a process so: it is one of that program only if it is ours. */
static bool is_of(const char *pid, const char *program)
{
	char path[64], name[32];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%.20s", pid);
	if (stat(path, &st) || st.st_uid != geteuid())
		return false;
	snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
	return files_line(path, name, sizeof(name)) && !strcmp(name, program);
}

static bool look_at(struct search *s, const char *dir, const char *fd)
{
	char link[PATH_MAX], path[PATH_MAX];
	ssize_t len;

	snprintf(link, sizeof(link), "%s/%.20s", dir, fd);
	len = readlink(link, path, sizeof(path) - 1);
	if (len < 0)
		return false;
	path[len] = '\0';
	if (!s->matches(path, s->arg) || (size_t)len >= s->size)
		return false;
	strcpy(s->path, path);
	return true;
}

/* A process that ends meanwhile has none open. */
static bool search_process(struct search *s, const char *pid)
{
	struct dirent *entry;
	bool found = false;
	char path[64];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%.20s/fd", pid);
	dir = opendir(path);
	while (dir && !found && (entry = readdir(dir)))
		found = isdigit((unsigned char)entry->d_name[0]) && look_at(s, path, entry->d_name);
	if (dir)
		closedir(dir);
	return found;
}

static bool search(struct search *s)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	bool found = false;

	while (dir && !found && (entry = readdir(dir)))
		found = isdigit((unsigned char)entry->d_name[0]) &&
			is_of(entry->d_name, s->program) != s->but &&
			search_process(s, entry->d_name);
	if (dir)
		closedir(dir);
	return found;
}

static bool is_named(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');

	return path[0] == '/' && !strcmp(slash + 1, name);
}

/**
 * openfiles_find() - the file of a name that a program has open
 * @program: its name, as in /proc/PID/comm
 * @name: the file's, without directories
 * @path: set to where it is
 * @size: of @path
 *
 * Return: whether there is one.
 */
bool openfiles_find(const char *program, const char *name, char *path, size_t size)
{
	struct search s = { .program = program, .matches = is_named, .arg = name,
			    .path = path, .size = size };

	return search(&s);
}

static bool is_same(const char *path, const char *other)
{
	return !strcmp(path, other);
}

/**
 * openfiles_has() - whether a program has a file open
 * @program: its name
 * @path: the file
 *
 * Return: whether it has.
 */
bool openfiles_has(const char *program, const char *path)
{
	char found[PATH_MAX];
	struct search s = { .program = program, .matches = is_same, .arg = path,
			    .path = found, .size = sizeof(found) };

	return search(&s);
}

/**
 * openfiles_shared() - whether anybody has a file open but a program
 * @path: the file
 * @program: the name of that program
 *
 * Return: whether somebody has.
 */
bool openfiles_shared(const char *path, const char *program)
{
	char found[PATH_MAX];
	struct search s = { .program = program, .but = true, .matches = is_same, .arg = path,
			    .path = found, .size = sizeof(found) };

	return search(&s);
}
