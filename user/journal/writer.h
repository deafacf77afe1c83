/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The writer of a record of the journal: who has it looks after the move, and writes what becomes
 * of it. One that is there already is adopted.
 */
#ifndef MIGCTL_WRITER_H
#define MIGCTL_WRITER_H

#include "journal/journal.h"

struct writer;

int writer_begin(struct journal *journal, const struct record_data *head, struct writer **writer,
		 struct error *err);
int writer_adopt(struct journal *journal, const uint8_t *move, enum record_side side,
		 struct writer **writer, struct error *err);
int writer_write(struct writer *writer, enum record_state state, const struct record_data *data,
		 struct error *err);
int writer_pass(struct writer *writer, enum record_state state, struct error *err);
int writer_say(struct writer *writer, enum record_state state, const char *reason,
	       struct error *err);
const struct record *writer_record(const struct writer *writer);
void writer_close(struct writer *writer);

#endif /* MIGCTL_WRITER_H */
