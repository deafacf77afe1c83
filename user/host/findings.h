/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was looked at before a move: what fits, what to know of, and what is against it. */
#ifndef MIGCTL_FINDINGS_H
#define MIGCTL_FINDINGS_H

#include <stddef.h>

#include "module/model.h"

void findings_add(struct findings *f, enum verdict verdict, const char *subject, const char *fmt,
		  ...) __attribute__((format(printf, 4, 5)));
void findings_append(struct findings *f, const struct findings *more);
void findings_printable(struct findings *f);
enum verdict findings_worst(const struct findings *f);
void findings_sentence(const struct findings *f, enum verdict verdict, char *text, size_t size);
const char *name_of_verdict(enum verdict verdict);

#endif /* MIGCTL_FINDINGS_H */
