// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "offer/findings.h"

/* Where the next one goes. A full list gives up its last one only for one that is against. */
static struct finding *room(struct findings *f, enum verdict verdict)
{
	f->have = ~0ULL;
	if (f->count == FINDINGS_MAX) {
		if (verdict != VERDICT_AGAINST)
			return NULL;
		f->count--;
	}
	return &f->list[f->count++];
}

/**
 * findings_add() - note what a check has found
 * @f: the list
 * @verdict: what it means for the move
 * @subject: what was looked at, a word or two
 * @fmt: a sentence; where it is against, with cause and cure
 */
void findings_add(struct findings *f, enum verdict verdict, const char *subject, const char *fmt,
		  ...)
{
	struct finding *one = room(f, verdict);
	va_list ap;

	if (!one)
		return;
	one->have = ~0ULL;
	one->verdict = verdict;
	snprintf(one->subject, sizeof(one->subject), "%s", subject);
	va_start(ap, fmt);
	vsnprintf(one->text, sizeof(one->text), fmt, ap);
	va_end(ap);
}

/**
 * findings_append() - take over what somebody else has found
 * @f: the list
 * @more: what is added to it
 */
void findings_append(struct findings *f, const struct findings *more)
{
	struct finding *one;
	uint32_t i;

	for (i = 0; i < more->count; i++) {
		one = room(f, more->list[i].verdict);
		if (one)
			*one = more->list[i];
	}
}

/**
 * findings_printable() - make texts that came from outside fit for a terminal
 * @f: the list
 */
void findings_printable(struct findings *f)
{
	uint32_t i;

	for (i = 0; i < f->count; i++) {
		error_printable(f->list[i].subject);
		error_printable(f->list[i].text);
	}
}

/**
 * findings_worst() - what they all come to
 * @f: the list
 *
 * Return: the worst verdict of any; VERDICT_FITS when there is none.
 */
enum verdict findings_worst(const struct findings *f)
{
	enum verdict worst = VERDICT_FITS;
	uint32_t i;

	for (i = 0; i < f->count; i++)
		if (f->list[i].verdict > worst)
			worst = f->list[i].verdict;
	return worst;
}

/**
 * findings_sentence() - all that share a verdict, one behind the other
 * @f: the list
 * @verdict: which
 * @text: filled in; cut where there is no more room
 * @size: of @text
 */
void findings_sentence(const struct findings *f, enum verdict verdict, char *text, size_t size)
{
	size_t len = 0;
	uint32_t i;

	text[0] = '\0';
	for (i = 0; i < f->count && len < size; i++)
		if (f->list[i].verdict == verdict)
			len += snprintf(text + len, size - len, "%s%s", len ? " " : "",
					f->list[i].text);
}

/**
 * name_of_verdict() - the name of a verdict
 * @verdict: which
 *
 * Return: a constant string.
 */
const char *name_of_verdict(enum verdict verdict)
{
	static const char *const words[] = {
		[VERDICT_FITS] = "fits", [VERDICT_WARNS] = "warns", [VERDICT_AGAINST] = "against",
	};

	return verdict < VERDICT_END ? words[verdict] : "unknown";
}
