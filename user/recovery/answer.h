/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What became of a move: the destination's answer, from its journal and its hypervisor. */
#ifndef MIGCTL_ANSWER_H
#define MIGCTL_ANSWER_H

#include "journal/writer.h"
#include "move/move.h"

void answer_serve(struct move *m, int fd, const struct message *question);
int answer_started(struct move *m, const struct record_data *data, struct error *err);
void answer_sweep(struct move *m, struct journal_past *swept);
void answer_record(struct move *m, struct writer *writer, struct outcome *outcome);
void answer_outcome(struct outcome *outcome, enum outcome_kind kind, uint32_t domid,
		    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#endif /* MIGCTL_ANSWER_H */
