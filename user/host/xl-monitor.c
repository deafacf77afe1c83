// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "host/xl-monitor.h"

#define LOG_DIR "/var/log/xen/"

static bool is_xl(const char *pid)
{
	char path[300], name[32];

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	return files_line(path, name, sizeof(name)) && !strcmp(name, "xl");
}

/* What `xl create` leaves behind writes to the log of its guest, which may have been rotated. */
static bool writes_to(const char *pid, const char *log)
{
	char path[300], target[512];
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/%s/fd/1", pid);
	len = readlink(path, target, sizeof(target) - 1);
	if (len <= 0)
		return false;
	target[len] = '\0';
	return !strncmp(target, log, strlen(log)) &&
	       (!target[strlen(log)] || strchr(". ", target[strlen(log)]));
}

/**
 * xl_monitor_watches() - does the monitor that `xl create` left behind still watch a guest?
 * @s: the store
 * @domid: the guest
 *
 * Return: true if a process of xl writes to the guest's log. A guest that was
 * renamed, or that another toolstack made, has none.
 */
bool xl_monitor_watches(struct store *s, uint32_t domid)
{
	char name[256] = "", log[300];
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	bool found = false;

	store_get_text(s, name, sizeof(name), "/local/domain/%u/name", domid);
	snprintf(log, sizeof(log), LOG_DIR "xl-%s.log", name);
	while (dir && !found && (entry = readdir(dir)))
		found = isdigit((unsigned char)entry->d_name[0]) && is_xl(entry->d_name) &&
			writes_to(entry->d_name, log);
	if (dir)
		closedir(dir);
	return found;
}
