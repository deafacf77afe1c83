/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A claim on a record of the journal: who has one looks after the move, and writes what becomes
 * of it.
 */
#ifndef MIGCTL_CLAIM_H
#define MIGCTL_CLAIM_H

#include "journal/journal.h"

struct claim;

int journal_begin(struct journal *journal, const struct record_data *head, struct claim **claim,
		  struct error *err);
int journal_claim(struct journal *journal, const uint8_t *move, enum record_side side,
		  struct claim **claim, struct error *err);
int claim_write(struct claim *claim, enum record_state state, const struct record_data *data,
		struct error *err);
int claim_pass(struct claim *claim, enum record_state state, struct error *err);
int claim_say(struct claim *claim, enum record_state state, const char *reason, struct error *err);
const struct record *claim_record(const struct claim *claim);
void claim_close(struct claim *claim);

#endif /* MIGCTL_CLAIM_H */
