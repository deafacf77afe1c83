/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was looked at before a move: what fits, what to know of, and what is against it. */
#ifndef MIGCTL_FINDINGS_H
#define MIGCTL_FINDINGS_H

#include <stddef.h>

#include "module/model.h"

#define FINDINGS_MAX	128	/* more than all checks of the largest guest find */

enum verdict {
	VERDICT_FITS,
	VERDICT_WARNS,		/* the move can be made; somebody should know of this */
	VERDICT_AGAINST,	/* the move is refused */
	VERDICT_END,
};

/* What checks have found before anything is touched. */
struct findings {
	uint64_t have;
	uint32_t count;
	struct finding {
		uint64_t have;
		uint32_t verdict;
		char subject[40];
		char text[SENTENCE_LEN];
	} list[FINDINGS_MAX];
};

void findings_add(struct findings *f, enum verdict verdict, const char *subject, const char *fmt,
		  ...) __attribute__((format(printf, 4, 5)));
void findings_append(struct findings *f, const struct findings *more);
void findings_printable(struct findings *f);
enum verdict findings_worst(const struct findings *f);
void findings_sentence(const struct findings *f, enum verdict verdict, char *text, size_t size);
const char *name_of_verdict(enum verdict verdict);

#endif /* MIGCTL_FINDINGS_H */
