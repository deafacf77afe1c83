/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Autostart entries and a journal of its own for each test. Included once. */
#ifndef OWN_AUTOSTART_H
#define OWN_AUTOSTART_H

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"

#include "base/uuid.h"
#include "guest/autostart.h"
#include "journal/writer.h"
#include "module/domain.h"
#include "base/files.h"
#include "guest/autostart-hold.h"

#define BOOT	"11111111-2222-3333-4444-555555555555"
#define REBOOT	"99999999-2222-3333-4444-555555555555"
#define WEB	"a961d722-d62c-4446-ad9d-6207a065ea1e"
#define DB	"b961d722-d62c-4446-ad9d-6207a065ea1e"
#define WEB_CFG	"name = \"web\"\nuuid = \"" WEB "\"\nmemory = 256\n"
#define DB_CFG	"name = 'db'\nuuid = '" DB "'\n"

static char root[64];
static char entries[96], arriving[96], held[96], configs[96], journal_dir[96];
const struct autostart_dirs autostart_dirs = {
	.entries = entries, .arriving = arriving, .held = held,
};
static struct journal *journal;
static struct error err;
static uint8_t moves;

static inline void new_host(void)
{
	strcpy(root, "/tmp/test-autostart.XXXXXX");
	CHECK(mkdtemp(root));
	snprintf(entries, sizeof(entries), "%s/auto", root);
	snprintf(configs, sizeof(configs), "%s/xen", root);
	snprintf(arriving, sizeof(arriving), "%s/lib/autostart", root);
	snprintf(held, sizeof(held), "%s/lib/held-back", root);
	snprintf(journal_dir, sizeof(journal_dir), "%s/lib/journal", root);
	mkdir(entries, 0755);
	mkdir(configs, 0755);
	error_clear(&err);
	journal = journal_open(journal_dir, &err);
	CHECK(journal);
}

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void end_host(void)
{
	journal_close(journal);
	nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* What a host says belongs to its log, and stderr to the harness. */
static int saved_stderr = -1;

static inline void quiet(void)
{
	fflush(stderr);
	saved_stderr = dup(2);
	CHECK(freopen("/dev/null", "w", stderr));
}

static inline void loud(void)
{
	fflush(stderr);
	dup2(saved_stderr, 2);
	close(saved_stderr);
}

static inline char *in(const char *dir, const char *name)
{
	static char paths[4][PATH_MAX];
	static unsigned int next;
	char *path = paths[next++ % 4];

	snprintf(path, PATH_MAX, "%s/%s", dir, name);
	return path;
}

static inline void put(const char *dir, const char *name, const char *text)
{
	CHECK(!files_put(dir, name, text, strlen(text), 0644));
}

static inline bool holds(const char *dir, const char *name, const char *want)
{
	static char text[AUTOSTART_MAX + 1];

	return files_get(in(dir, name), text, sizeof(text)) >= 0 && !strcmp(text, want);
}

static inline bool there(const char *dir, const char *name)
{
	return files_exists(in(dir, name));
}

static inline struct autostart_guest guest(const char *uuid, const char *name)
{
	struct autostart_guest g = { .has_uuid = uuid };

	if (uuid)
		CHECK(!uuid_parse(uuid, g.uuid));
	strcpy(g.name, name);
	return g;
}

/* A record of a move of web, in @state; returns its move, as its first octet. */
static inline uint8_t record(enum record_side side, const enum record_state *path, const char *outcome)
{
	struct record_data head = { .side = side, .domid = 7 }, data = { 0 };
	struct writer *writer = NULL;

	head.move[0] = ++moves;
	uuid_parse(WEB, head.guest);
	strcpy(head.name, "web");
	strcpy(head.peer, "beta");
	strcpy(head.boot, BOOT);
	CHECK(!writer_begin(journal, &head, &writer, &err));
	strcpy(data.outcome, outcome);
	for (; writer && *path; path++)
		CHECK(!writer_write(writer, *path, &data, &err));
	writer_close(writer);
	usleep(2000);	/* the next one is newer */
	return head.move[0];
}

#define RECORD(side, outcome, ...)	\
	record(side, (const enum record_state[]){ __VA_ARGS__ __VA_OPT__(,) 0 }, outcome)
#define AWAY()	RECORD(RECORD_SOURCE, "running", RECORD_COMMITTING, RECORD_DESTROYING, RECORD_MOVED)
#define BACK()	RECORD(RECORD_DESTINATION, "", RECORD_READY, RECORD_STARTING, RECORD_RUNNING, \
		       RECORD_FORGOTTEN)

static inline void boot_host(const char *boot)
{
	quiet();
	CHECK(!autostart_hold_settle(NULL, journal, boot, true));
	CHECK(!autostart_hold_back(NULL, journal, boot));
	loud();
}

static inline void settle(const char *boot)
{
	quiet();
	autostart_hold_settle(NULL, journal, boot, false);
	loud();
}

static inline const char *held_web(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), WEB "/%s", name);
	return path;
}

#endif /* OWN_AUTOSTART_H */
