// SPDX-License-Identifier: GPL-2.0-or-later
/* The language of xl configurations, as far as it says which guest an entry is for. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "guest/autostart.h"
#include "module/domain.h"

struct scan {
	const char *at;
	const char *end;
};

static bool is_at(const struct scan *s, const char *any)
{
	return s->at < s->end && *s->at && strchr(any, *s->at);
}

/* Blanks and comments; the ends of lines too where a statement may not end. */
static void skip_blanks(struct scan *s, const char *blanks)
{
	while (s->at < s->end) {
		if (*s->at == '#')
			while (s->at < s->end && *s->at != '\n')
				s->at++;
		else if (is_at(s, blanks))
			s->at++;
		else
			return;
	}
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static size_t take_word(struct scan *s, const char **word)
{
	*word = s->at;
	while (s->at < s->end && is_word(*s->at))
		s->at++;
	return s->at - *word;
}

/* Past a string; what is in it, or a length that is no one's when it has escapes or no end. */
static size_t take_string(struct scan *s, const char **text)
{
	char quote = *s->at++;
	bool plain = true;
	size_t len;

	*text = s->at;
	while (s->at < s->end && *s->at != quote && *s->at != '\n') {
		if (*s->at == '\\' && s->at + 1 < s->end) {
			plain = false;
			s->at++;
		}
		s->at++;
	}
	len = s->at - *text;
	if (!is_at(s, "'\""))
		return SIZE_MAX;
	s->at++;
	return plain ? len : SIZE_MAX;
}

/* Past a list, whatever is in it, or to the end when it has none. */
static void skip_list(struct scan *s)
{
	unsigned int depth = 0;
	const char *ignored;

	while (s->at < s->end) {
		skip_blanks(s, " \t\r\n,");
		if (is_at(s, "'\"")) {
			take_string(s, &ignored);
			continue;
		}
		if (is_at(s, "["))
			depth++;
		if (is_at(s, "]") && !--depth)
			break;
		if (s->at < s->end)
			s->at++;
	}
	if (s->at < s->end)
		s->at++;
}

static void skip_statement(struct scan *s)
{
	const char *ignored;

	while (s->at < s->end && !is_at(s, "\n;#")) {
		if (is_at(s, "["))
			skip_list(s);
		else if (is_at(s, "'\""))
			take_string(s, &ignored);
		else
			s->at++;
	}
}

/* Gives one of the two its value; what is no plain string or number takes it away. */
static void note_value(struct autostart_guest *guest, bool is_uuid, const char *text, size_t len)
{
	char value[sizeof(guest->name)] = "";

	if (len < sizeof(value))
		memcpy(value, text, len);
	if (is_uuid)
		guest->has_uuid = !uuid_parse(value, guest->uuid);
	else
		strcpy(guest->name, value);
}

static void take_statement(struct scan *s, struct autostart_guest *guest, bool *broken)
{
	const char *word, *value = "";
	size_t word_len = take_word(s, &word), len = SIZE_MAX;
	bool is_name = word_len == 4 && !memcmp(word, "name", 4);
	bool is_uuid = word_len == 4 && !memcmp(word, "uuid", 4);

	skip_blanks(s, " \t\r");
	if (is_at(s, "=")) {
		s->at++;
		skip_blanks(s, " \t\r");
		if (is_at(s, "'\""))
			len = take_string(s, &value);
		else if (s->at < s->end && isdigit((unsigned char)*s->at))
			len = take_word(s, &value);
		skip_blanks(s, " \t\r");
		if (s->at < s->end && !is_at(s, "\n;"))
			len = SIZE_MAX;
	}
	if (is_name || is_uuid)
		note_value(guest, is_uuid, value, len);
	if (is_uuid)
		*broken = !guest->has_uuid;
	skip_statement(s);
}

/**
 * autostart_parse() - whom an xl configuration starts
 * @text: the configuration
 * @len: octets of it
 * @guest: filled in
 *
 * Of a setting that is given twice the last counts, as with xl. A file with a NUL, or with a uuid
 * that is none, is nobody's: xl does not start it either.
 *
 * Return: 0, or -EINVAL when it is no configuration of a guest.
 */
int autostart_parse(const char *text, size_t len, struct autostart_guest *guest)
{
	struct scan s = { .at = text, .end = text + len };
	bool broken = false;

	memset(guest, 0, sizeof(*guest));
	if (len > AUTOSTART_MAX || memchr(text, '\0', len))
		return -EINVAL;
	while (s.at < s.end) {
		skip_blanks(&s, " \t\r\n;");
		if (s.at < s.end && is_word(*s.at))
			take_statement(&s, guest, &broken);
		else
			skip_statement(&s);
	}
	return broken || (!guest->name[0] && !guest->has_uuid) ? -EINVAL : 0;
}

/**
 * autostart_guest() - name a guest that is known
 * @uuid: its UUID
 * @name: its name
 * @guest: filled in
 */
void autostart_guest(const uint8_t *uuid, const char *name, struct autostart_guest *guest)
{
	memset(guest, 0, sizeof(*guest));
	guest->has_uuid = true;
	memcpy(guest->uuid, uuid, sizeof(guest->uuid));
	snprintf(guest->name, sizeof(guest->name), "%s", name);
}

/**
 * autostart_same() - are they one guest?
 * @a: one
 * @b: the other
 *
 * Return: whether their UUIDs are the same or, where one has none, their names.
 */
bool autostart_same(const struct autostart_guest *a, const struct autostart_guest *b)
{
	if (a->has_uuid && b->has_uuid)
		return !memcmp(a->uuid, b->uuid, sizeof(a->uuid));
	return a->name[0] && !strcmp(a->name, b->name);
}
