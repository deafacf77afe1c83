/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal of a host: what it has promised about moves, kept over a crash and a reboot.
 *
 * One file per move and side, and a file with the journal's identity. A record has one
 * writer at most, which ends with its process, so that exactly one looks after a move. Only what a
 * writer says is known to be on the disk: whoever answers a peer must have one.
 */
#ifndef MIGCTL_JOURNAL_H
#define MIGCTL_JOURNAL_H

#include "base/error.h"
#include "journal/record.h"

#define JOURNAL_DIR		"/var/lib/migctl/journal"
#define JOURNAL_MAX_SETTLED	1000
#define JOURNAL_MAX_UNSETTLED	256
#define JOURNAL_BOOT_ID		37	/* room for a boot id and its NUL */

struct journal;

/**
 * struct journal_past - records that somebody is done with, and need not read again
 * @keys: of their moves and sides, in order
 * @count: of @keys
 *
 * All zero to begin with. A journal holds a thousand records, and nearly all are of the past.
 */
struct journal_past {
	struct journal_key {
		uint8_t move[16];
		uint8_t side;
	} *keys;
	size_t count;
};

struct journal *journal_open(const char *dir, struct error *err);
struct journal *journal_look(const char *dir, struct error *err);
void journal_close(struct journal *journal);
const uint8_t *journal_identity(const struct journal *journal);
void journal_limits(struct journal *journal, unsigned int settled, unsigned int unsettled);
int journal_boot_id(char *boot);

int journal_read_each(const struct journal *journal,
		      int (*fn)(void *arg, const struct record *record, bool held), void *arg);
int journal_visit(const struct journal *journal, struct journal_past *past,
		  bool (*fn)(void *arg, const struct record *record, bool held), void *arg);
void journal_forget(struct journal_past *past);
int journal_find(const struct journal *journal, const uint8_t *move, enum record_side side,
		 struct record *record, bool *held);
int journal_find_guest(const struct journal *journal, const char *guest, struct record *record,
		       bool *held);

#endif /* MIGCTL_JOURNAL_H */
