// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/events.h"

static void key(yajl_gen g, const char *name)
{
	if (name)
		yajl_gen_string(g, (const unsigned char *)name, strlen(name));
}

/**
 * event_begin() - begin a line of output
 * @event: what it tells of, NULL for none
 *
 * Return: a generator for event_*() and event_end().
 */
yajl_gen event_begin(const char *event)
{
	yajl_gen g = yajl_gen_alloc(NULL);

	yajl_gen_config(g, yajl_gen_validate_utf8, 0);
	yajl_gen_map_open(g);
	if (event)
		event_string(g, "event", event);
	return g;
}

/**
 * event_string() - a member that is a string
 * @g: from event_begin()
 * @name: its key
 * @value: its value; bytes that are not UTF-8 become '?'
 */
void event_string(yajl_gen g, const char *name, const char *value)
{
	char copy[1024];
	char *c;

	snprintf(copy, sizeof(copy), "%s", value);
	for (c = copy; *c; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	key(g, name);
	yajl_gen_string(g, (const unsigned char *)copy, strlen(copy));
}

/**
 * event_integer() - a member that is a whole number
 * @g: from event_begin()
 * @name: its key
 * @value: its value
 */
void event_integer(yajl_gen g, const char *name, uint64_t value)
{
	key(g, name);
	yajl_gen_integer(g, (long long)value);
}

/**
 * event_double() - a member with three decimals
 * @g: from event_begin()
 * @name: its key
 * @value: its value
 */
void event_double(yajl_gen g, const char *name, double value)
{
	char text[64];

	snprintf(text, sizeof(text), "%.3f", isfinite(value) ? value : 0.0);
	key(g, name);
	yajl_gen_number(g, text, strlen(text));
}

/**
 * event_open() - a member that is an object
 * @g: from event_begin()
 * @name: its key
 */
void event_open(yajl_gen g, const char *name)
{
	key(g, name);
	yajl_gen_map_open(g);
}

/**
 * event_close() - the end of that object
 * @g: from event_begin()
 */
void event_close(yajl_gen g)
{
	yajl_gen_map_close(g);
}

/**
 * event_open_list() - a member that is a list, of event_open() with no name
 * @g: from event_begin()
 * @name: its key
 */
void event_open_list(yajl_gen g, const char *name)
{
	key(g, name);
	yajl_gen_array_open(g);
}

/**
 * event_close_list() - the end of that list
 * @g: from event_begin()
 */
void event_close_list(yajl_gen g)
{
	yajl_gen_array_close(g);
}

/**
 * event_end() - write the line
 * @g: from event_begin(); freed
 * @to: where to
 */
void event_end(yajl_gen g, FILE *to)
{
	const unsigned char *text;
	size_t len;

	yajl_gen_map_close(g);
	if (yajl_gen_get_buf(g, &text, &len) == yajl_gen_status_ok)
		fprintf(to, "%.*s\n", (int)len, text);
	fflush(to);
	yajl_gen_free(g);
}
