// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journal/record.h"
#include "module/domain.h"

#define TIME_LEN	(RECORD_TIME - 1)
#define CRC_LEN		9	/* a space and eight digits */
#define BOOT_MAX	40	/* octets of a boot id as it is written */
#define NAME_MAX_OCTETS	(4 * 255)
#define HEAD_MAX	2000	/* most octets of a first line with every field */
#define RESERVE		480	/* octets kept for each state that can still come */
#define STEPS_MAX	4

_Static_assert(HEAD_MAX + STEPS_MAX * RESERVE <= RECORD_SIZE, "a record has room for its states");

enum kind { KIND_UUID, KIND_NUMBER, KIND_SIDE, KIND_TEXT };
enum place { IN_HEAD, ANYWHERE, IN_COMMENT };	/* IN_HEAD: in the first line only */

/* @cap: most octets as written, without quotes. In the order of writing; the reason fills up. */
static const struct {
	const char *key;
	enum kind kind;
	size_t offset;
	size_t size;
	size_t cap;
	enum place place;
} fields[] = {
#define F(name, kind, cap, place) { #name, kind, offsetof(struct record_data, name), \
				    sizeof(((struct record_data *)0)->name), cap, place }
	F(move, KIND_UUID, 36, IN_HEAD), F(side, KIND_SIDE, 11, IN_HEAD),
	F(order, KIND_NUMBER, 10, IN_HEAD),
	F(name, KIND_TEXT, NAME_MAX_OCTETS, IN_HEAD), F(guest, KIND_UUID, 36, IN_HEAD),
	F(domid, KIND_NUMBER, 10, ANYWHERE), F(peer, KIND_TEXT, 255, IN_HEAD),
	F(address, KIND_TEXT, 271, IN_HEAD), F(boot, KIND_TEXT, BOOT_MAX, ANYWHERE),
	F(peer_domid, KIND_NUMBER, 10, ANYWHERE), F(peer_identity, KIND_UUID, 36, ANYWHERE),
	F(peer_boot, KIND_TEXT, BOOT_MAX, ANYWHERE), F(outcome, KIND_TEXT, BOOT_MAX, IN_COMMENT),
	F(reason, KIND_TEXT, RECORD_REASON - 1, IN_COMMENT),
#undef F
};

#define FIELDS (sizeof(fields) / sizeof(fields[0]))
#define REASON_FIELD (FIELDS - 1)

/**
 * record_same_boot() - was this host booted since a record's guest was here?
 * @data: what the record says
 * @boot: boot id of this host, "" when it is not known
 *
 * Return: true when it was not.
 */
bool record_same_boot(const struct record_data *data, const char *boot)
{
	return boot[0] && !strcmp(data->boot, boot);
}

/**
 * record_reason() - note a sentence of any length
 * @data: its reason is set
 * @sentence: cut to fit
 */
void record_reason(struct record_data *data, const char *sentence)
{
	size_t len = strnlen(sentence, sizeof(data->reason) - 1);

	memcpy(data->reason, sentence, len);
	data->reason[len] = '\0';
}

/**
 * record_crc() - the checksum of a line
 * @before: that of the line before, 0 for the first
 * @text: the line up to the space before its checksum
 * @len: octets of that
 *
 * Return: CRC-32C.
 */
uint32_t record_crc(uint32_t before, const char *text, size_t len)
{
	uint32_t crc = ~before;
	int bit;

	while (len--) {
		crc ^= (unsigned char)*text++;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
	}
	return ~crc;
}

/* ---- reading ---- */

/* How much of @text has the form of a time; octet by octet, since it may be anything. */
static size_t time_len(const char *text, size_t len)
{
	static const char form[] = "dddd-dd-ddTdd:dd:dd.dddZ";
	size_t i;

	for (i = 0; i < TIME_LEN && i < len; i++)
		if (form[i] == 'd' ? !isdigit((unsigned char)text[i]) : text[i] != form[i])
			break;
	return i;
}

static bool is_time(const char *text, size_t len)
{
	return time_len(text, len) == TIME_LEN;
}

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Takes one octet of a quoted text; -1 when it is none. */
static int unescape(const char **from)
{
	const char *c = *from;
	int octet;

	if (c[0] != '\\') {
		*from += 1;
		return (unsigned char)c[0];
	}
	if (c[1] == '\\' || c[1] == '"') {
		*from += 2;
		return c[1];
	}
	if (c[1] != 'x' || digit(c[2]) < 0 || digit(c[3]) < 0)
		return -1;
	*from += 4;
	octet = digit(c[2]) << 4 | digit(c[3]);
	return octet ? octet : -1;
}

/* Takes the value at *from and moves behind it; it is never longer than what it is made of. */
static int take_value(const char **from, char *value)
{
	int octet;

	if (**from != '"') {
		while (**from && **from != ' ')
			*value++ = *(*from)++;
		*value = '\0';
		return 0;
	}
	for (++*from; **from != '"'; *value++ = octet) {
		if (!**from)
			return -1;
		octet = unescape(from);
		if (octet < 0)
			return -1;
	}
	++*from;
	*value = '\0';
	return 0;
}

static int set_number(uint32_t *to, const char *value)
{
	unsigned long long number;
	char *end;

	if (!isdigit((unsigned char)value[0]))
		return -1;
	number = strtoull(value, &end, 10);
	if (*end || number > UINT32_MAX)
		return -1;
	*to = number;
	return 0;
}

static int set_field(struct record_data *data, size_t i, const char *value)
{
	void *to = (char *)data + fields[i].offset;

	switch (fields[i].kind) {
	case KIND_UUID:
		return uuid_parse(value, to);
	case KIND_NUMBER:
		return set_number(to, value);
	case KIND_SIDE:
		data->side = !strcmp(value, "source") ? RECORD_SOURCE :
			     !strcmp(value, "destination") ? RECORD_DESTINATION : 0;
		return data->side ? 0 : -1;
	case KIND_TEXT:
		if (strlen(value) >= fields[i].size)
			return -1;
		strcpy(to, value);
		return 0;
	}
	return -1;
}

/* Keys that a later version may write are passed over. */
static int set_key(struct record *r, const char *key, size_t len, const char *value)
{
	size_t i;

	for (i = 0; i < FIELDS; i++) {
		if (strlen(fields[i].key) != len || memcmp(fields[i].key, key, len))
			continue;
		r->comment &= fields[i].place == IN_COMMENT;
		return set_field(&r->data, i, value);
	}
	r->comment = false;
	return 0;
}

static int parse_fields(struct record *r, const char *text)
{
	char value[RECORD_SIZE];
	const char *key;
	size_t len;

	while (*text == ' ') {
		key = text + 1;
		len = strcspn(key, "= \"");
		if (key[len] != '=')
			return -1;
		text = key + len + 1;
		if (take_value(&text, value) || set_key(r, key, len, value))
			return -1;
	}
	return *text ? -1 : 0;
}

/* The line is good, so what cannot be understood in it was written by a later version. */
static void parse_line(struct record *r, const char *text)
{
	const char *word = text + RECORD_TIME;
	size_t len = strcspn(word, " ");
	char before[RECORD_WORD];
	int rc = 0;

	strcpy(before, r->word);
	snprintf(r->word, sizeof(r->word), "%.*s", (int)len, word);
	r->comment = !strcmp(before, r->word);
	if (!r->comment)
		r->data.reason[0] = '\0';
	rc = parse_fields(r, word + len);
	r->state = rc ? RECORD_UNKNOWN : record_state_of(r->data.side, r->word);
	memcpy(r->lines[r->count].time, text, TIME_LEN);
	strcpy(r->lines[r->count].word, r->word);
	r->count++;
}

/* The octets of a good line that begins at @text, with its newline; 0 when none does. */
static size_t good_line(const struct record *r, const char *text, size_t size, uint32_t *crc)
{
	const char *end = memchr(text, '\n', size);
	size_t len = end ? end - text : 0;
	char digits[CRC_LEN];

	if (len < RECORD_TIME + 1 + CRC_LEN || !is_time(text, len) || text[TIME_LEN] != ' ' ||
	    memchr(text, '\0', len))
		return 0;
	*crc = record_crc(r->crc, text, len - CRC_LEN);
	snprintf(digits, sizeof(digits), "%08" PRIx32, *crc);
	if (text[len - CRC_LEN] != ' ' || memcmp(end - CRC_LEN + 1, digits, CRC_LEN - 1))
		return 0;
	return len + 1;
}

/*
 * Only one line is ever on its way to the disk. So when behind a bad line another one begins,
 * this is not the tail of a line that was cut short: a line that was good has become bad.
 */
static bool more_follows(const char *text, size_t size)
{
	const char *end = memchr(text, '\n', size);

	return end && is_time(end + 1, text + size - end - 1);
}

/* Is this a first line that was cut short, with zeros in the place of the rest? */
static bool cut_short(const char *text, size_t size)
{
	size_t len = strnlen(text, size), i;
	const char *end = memchr(text, '\n', len);

	for (i = end ? (size_t)(end + 1 - text) : len; i < size; i++)
		if (text[i])
			return false;
	return time_len(text, len) == (len < TIME_LEN ? len : TIME_LEN);
}

/**
 * record_parse() - read a record
 * @text: contents of the file
 * @size: octets of it; what is beyond RECORD_SIZE is not looked at
 * @record: filled in
 *
 * A tail that is not a line is passed over. The move and the side are taken from the first line;
 * the caller compares them with the name of the file.
 *
 * Return: 0; -ENODATA when nothing was ever said there: the first line was begun at most; -EBADMSG
 * when it is damaged.
 */
int record_parse(const char *text, size_t size, struct record *record)
{
	char line[RECORD_SIZE];
	uint32_t crc;
	size_t len;

	memset(record, 0, sizeof(*record));
	if (size > RECORD_SIZE)
		size = RECORD_SIZE;
	while (record->count < RECORD_LINES &&
	       (len = good_line(record, text + record->end, size - record->end, &crc))) {
		memcpy(line, text + record->end, len - 1 - CRC_LEN);
		line[len - 1 - CRC_LEN] = '\0';
		parse_line(record, line);
		record->last = record->end;
		record->end += len;
		record->crc = crc;
	}
	record->damaged = more_follows(text + record->end, size - record->end) ||
			  (record->count ? !record->data.side : !cut_short(text, size));
	if (record->damaged) {
		record->state = RECORD_UNKNOWN;
		strcpy(record->word, "damaged");
		return -EBADMSG;
	}
	return record->count ? 0 : -ENODATA;
}

/* ---- writing ---- */

/* A line that is being made; full once something did not fit. */
struct line {
	char *text;
	size_t len;
	size_t room;
	bool full;
};

static void put(struct line *l, const char *text, size_t len)
{
	if (l->full || len > l->room - l->len) {
		l->full = true;
		return;
	}
	memcpy(l->text + l->len, text, len);
	l->len += len;
}

static void put_text(struct line *l, const char *text)
{
	put(l, text, strlen(text));
}

/* An octet as it is written: no control character, quote or octet of another alphabet is left. */
static size_t escape(unsigned char c, char *to)
{
	if (c == '"' || c == '\\')
		return sprintf(to, "\\%c", c);
	return sprintf(to, c < 0x20 || c > 0x7e ? "\\x%02x" : "%c", c);
}

static size_t escaped_len(const char *text)
{
	size_t len = 0;
	char octet[8];

	while (*text)
		len += escape(*text++, octet);
	return len;
}

/* At most @cap octets between the quotes. */
static void put_quoted(struct line *l, const char *text, size_t cap)
{
	char octet[8];
	size_t len;

	put_text(l, "\"");
	for (; *text && (len = escape(*text, octet)) <= cap; cap -= len, text++)
		put(l, octet, len);
	put_text(l, "\"");
}

static bool given(const struct record_data *data, size_t i)
{
	static const uint8_t zeros[16];
	const char *member = (const char *)data + fields[i].offset;

	if (fields[i].kind == KIND_TEXT)
		return member[0];
	return memcmp(member, zeros, fields[i].size);
}

static void put_field(struct line *l, const struct record_data *data, size_t i, size_t cap)
{
	const void *member = (const char *)data + fields[i].offset;
	char text[UUID_TEXT];

	if (!given(data, i))
		return;
	put_text(l, " ");
	put_text(l, fields[i].key);
	put_text(l, "=");
	switch (fields[i].kind) {
	case KIND_UUID:
		uuid_format(member, text);
		put_text(l, text);
		break;
	case KIND_NUMBER:
		snprintf(text, sizeof(text), "%" PRIu32, *(const uint32_t *)member);
		put_text(l, text);
		break;
	case KIND_SIDE:
		put_text(l, record_side_word(data->side));
		break;
	case KIND_TEXT:
		put_quoted(l, member, cap);
		break;
	}
}

/* The reason comes last and has the room that is left. */
static void put_reason(struct line *l, const struct record_data *data)
{
	size_t taken = l->len + strlen(" reason=\"\"") + CRC_LEN + 1, cap;

	if (l->full || taken >= l->room)
		return;
	cap = l->room - taken;
	if (cap > fields[REASON_FIELD].cap)
		cap = fields[REASON_FIELD].cap;
	put_field(l, data, REASON_FIELD, cap);
}

/* Puts a line at @text; returns its octets, 0 when there is no room. */
static size_t make_line(char *text, size_t room, uint32_t before, const char *time,
			enum record_state state, const struct record_data *data)
{
	struct line l = { .text = text, .room = room };
	char crc[16];
	size_t i;

	put_text(&l, time);
	put_text(&l, " ");
	put_text(&l, record_word(state));
	for (i = 0; i < REASON_FIELD; i++)
		put_field(&l, data, i, fields[i].cap);
	put_reason(&l, data);
	snprintf(crc, sizeof(crc), " %08" PRIx32 "\n", record_crc(before, text, l.len));
	put_text(&l, crc);
	return l.full ? 0 : l.len;
}

/**
 * record_begin() - make the first contents of a record
 * @head: what it begins with; the move and the side at least
 * @time: now, in the form of a line
 * @text: receives RECORD_SIZE octets
 *
 * Return: 0, or -EINVAL when @head has no side or no move, or an address that cannot be noted.
 */
int record_begin(const struct record_data *head, const char *time, char *text)
{
	memset(text, 0, RECORD_SIZE);
	if (!given(head, 0) || (head->side != RECORD_SOURCE && head->side != RECORD_DESTINATION))
		return -EINVAL;
	if (escaped_len(head->address) >= sizeof(head->address))
		return -EINVAL;
	if (!is_time(time, strlen(time)) || time[TIME_LEN])
		return -EINVAL;
	return make_line(text, HEAD_MAX, 0, time, RECORD_BEGUN, head) ? 0 : -EINVAL;
}

/* Is a field given that may be given so late? What it says already is taken away. */
static bool something_new(const struct record_data *now, struct record_data *data, enum place place)
{
	bool new = false;
	size_t i;

	for (i = 0; i < FIELDS; i++) {
		char *to = (char *)data + fields[i].offset;
		const char *from = (const char *)now + fields[i].offset;

		if (fields[i].place != place || !given(data, i))
			continue;
		if (fields[i].kind == KIND_TEXT ? strcmp(from, to) : memcmp(from, to, fields[i].size))
			new = true;
		else if (place == ANYWHERE)
			memset(to, 0, fields[i].size);
	}
	return new;
}

static bool for_head_only(const struct record_data *data)
{
	size_t i;

	for (i = 0; i < FIELDS; i++)
		if (fields[i].place == IN_HEAD && given(data, i))
			return true;
	return false;
}

/* Puts a line behind the good ones of @text, if that leaves room for the states to come. */
static bool append(char *text, const struct record *now, enum record_state state,
		   const struct record_data *data, const char *time)
{
	size_t used = now->end + RESERVE * record_steps_after(now->data.side, state);
	size_t room = used < RECORD_SIZE ? RECORD_SIZE - used : 0;

	memset(text + now->end, 0, RECORD_SIZE - now->end);
	return make_line(text + now->end, room, now->crc, time, state, data);
}

/* The same where the last line, a comment, stood; the outcome that it told is told again. */
static bool replace(char *text, const struct record *now, enum record_state state,
		    const struct record_data *data, const char *time)
{
	struct record_data both = *data;
	struct record before;

	if (!both.outcome[0])
		strcpy(both.outcome, now->data.outcome);
	record_parse(text, now->last, &before);
	return append(text, &before, state, &both, time);
}

static bool may_write(const struct record *now, enum record_state state,
		      const struct record_data *data)
{
	if (now->damaged || !now->count || for_head_only(data))
		return false;
	if (state == now->state)
		return state != RECORD_UNKNOWN && !record_settled(state);
	return record_may(now->data.side, now->state, state);
}

/* As record_append() for a note. */
static int append_note(char *text, const struct record *now, const struct record_data *data,
		       const char *time)
{
	struct record_data rest = *data;
	bool fact = something_new(&now->data, &rest, ANYWHERE);

	if (!fact && !something_new(&now->data, &rest, IN_COMMENT))
		return 0;
	if ((fact || !now->comment) && append(text, now, now->state, &rest, time))
		return 0;
	if (now->comment && replace(text, now, now->state, &rest, time))
		return 0;
	return fact ? -ENOSPC : 1;
}

/**
 * record_append() - make the contents of a record after its next line
 * @text: its contents now, RECORD_SIZE octets
 * @state: the next state, or the present one for a note
 * @data: what is noted with it, nothing that belongs to the first line; a reason is cut to fit
 * @time: now, in the form of a line
 * @result: receives RECORD_SIZE octets that begin like @text; other memory than @text
 *
 * A comment replaces the comment before it, and one for which there is no room is dropped, as is
 * a note that says nothing new: @result is then @text. The lines of the states always find room.
 *
 * Return: 0; -EINVAL when @state may not follow, the record is damaged or @data cannot be noted
 * here; -ENOSPC when there is no room for a note that is no comment.
 */
int record_append(const char *text, enum record_state state, const struct record_data *data,
		  const char *time, char *result)
{
	struct record now;
	int rc;

	memcpy(result, text, RECORD_SIZE);
	record_parse(text, RECORD_SIZE, &now);
	if (!may_write(&now, state, data) || !is_time(time, strlen(time)) || time[TIME_LEN])
		return -EINVAL;
	if (state == now.state)
		rc = append_note(result, &now, data, time);
	else
		rc = append(result, &now, state, data, time) ? 0 : -ENOSPC;
	if (rc)
		memcpy(result, text, RECORD_SIZE);
	return rc < 0 ? rc : 0;
}
