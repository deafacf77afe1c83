/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The directory of a journal, for journal.c and writer.c: its files, their locks, what is there. */
#ifndef MIGCTL_JOURNALDIR_H
#define MIGCTL_JOURNALDIR_H

#include <limits.h>

#include "journal/journal.h"

#define FILE_NAME	64	/* room for the name of a record's file */

struct journal {
	char dir[PATH_MAX];
	int fd;
	uint8_t identity[16];
	unsigned int max_settled;
	unsigned int max_unsettled;
};

/* A record in short, to sort and count. */
struct slot {
	char name[FILE_NAME];
	uint32_t order;
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

void journaldir_name(char *name, const uint8_t *move, enum record_side side);
bool journaldir_is_name(const char *name, uint8_t *move, enum record_side *side);
int journaldir_open(const struct journal *j, const char *name, int flags);
int journaldir_read(int fd, char *text);
int journaldir_lock_file(int fd);
int journaldir_lock(const struct journal *j);
void journaldir_unlock(const struct journal *j);
int journaldir_read_record(const struct journal *j, const char *name, struct record *record,
			   bool *held);
int journaldir_list(const struct journal *j, int (*fn)(void *arg, const char *name), void *arg);
int journaldir_survey(const struct journal *j, bool tidy, struct survey *s);
bool journaldir_any_record(const struct journal *j);

#endif /* MIGCTL_JOURNALDIR_H */
