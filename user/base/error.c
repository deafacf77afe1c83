// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

/**
 * error_set() - note what went wrong, unless something did before
 * @err: where to note it
 * @code: exit code
 * @fmt: the sentence
 *
 * The first error is kept: what follows it is mostly its echo.
 *
 * Return: always -1, for `return error_set(...)`.
 */
int error_set(struct error *err, enum exit_code code, const char *fmt, ...)
{
	va_list ap;

	if (err->text[0])
		return -1;
	err->code = code;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	return -1;
}

/**
 * error_clear() - forget an error, to begin again
 * @err: the error
 */
void error_clear(struct error *err)
{
	memset(err, 0, sizeof(*err));
}

/**
 * error_printable() - make a string of unknown origin fit for a terminal
 * @text: the string, changed in place
 *
 * Return: @text, with every control character replaced.
 */
const char *error_printable(char *text)
{
	unsigned char *c;

	for (c = (unsigned char *)text; *c; c++)
		if (*c < 0x20 || *c == 0x7f)
			*c = isspace(*c) ? ' ' : '?';
	return text;
}

/**
 * error_sentence() - make a sentence of words that the kernel gave
 * @text: the words, changed in place
 * @size: room in @text
 *
 * Return: @text, printable, with a capital and a full stop.
 */
const char *error_sentence(char *text, size_t size)
{
	size_t len = strlen(error_printable(text));

	text[0] = toupper((unsigned char)text[0]);
	if (len && len + 1 < size && text[len - 1] != '.')
		strcpy(text + len, ".");
	return text;
}
