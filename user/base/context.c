// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include "base/context.h"

#define SENTENCE_MAX	8192	/* what an error says may be in it */

/**
 * context_tell() - tell the caller what he may want to know
 * @c: the caller; NULL for one who does not
 * @level: how much it matters
 * @fmt: a sentence
 */
void context_tell(const struct context *c, enum level level, const char *fmt, ...)
{
	char sentence[SENTENCE_MAX];
	va_list ap;

	if (!c || !c->tell)
		return;
	va_start(ap, fmt);
	vsnprintf(sentence, sizeof(sentence), fmt, ap);
	va_end(ap);
	c->tell(c->arg, level, sentence);
}
