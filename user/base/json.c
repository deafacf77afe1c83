// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"

#define DEPTH_MAX	8

/**
 * json_parse() - read a document
 * @text: the document
 *
 * Return: its tree, freed with yajl_tree_free(); NULL when it is none.
 */
yajl_val json_parse(const char *text)
{
	char problem[128];

	return yajl_tree_parse(text, problem, sizeof(problem));
}

/**
 * json_at() - a value in a tree
 * @tree: the tree, may be NULL
 * @path: keys separated by '/', since libxl's keys contain dots
 *
 * Return: the value or NULL.
 */
yajl_val json_at(yajl_val tree, const char *path)
{
	const char *keys[DEPTH_MAX + 1] = { NULL };
	char copy[256], *rest = copy;
	int depth = 0;

	if (!tree || strlen(path) >= sizeof(copy))
		return NULL;
	strcpy(copy, path);
	while (rest && depth < DEPTH_MAX)
		keys[depth++] = strsep(&rest, "/");
	return yajl_tree_get(tree, keys, yajl_t_any);
}

/**
 * json_text() - a string in a tree
 * @tree: the tree, may be NULL
 * @path: as json_at()
 *
 * Return: the string, or NULL.
 */
const char *json_text(yajl_val tree, const char *path)
{
	return YAJL_GET_STRING(json_at(tree, path));
}

/**
 * json_number() - a number in a tree
 * @tree: the tree, may be NULL
 * @path: as json_at()
 * @value: set when there is a number that is not negative
 *
 * Return: whether it was set.
 */
bool json_number(yajl_val tree, const char *path, uint64_t *value)
{
	yajl_val v = json_at(tree, path);

	if (!YAJL_IS_INTEGER(v) || YAJL_GET_INTEGER(v) < 0)
		return false;
	*value = YAJL_GET_INTEGER(v);
	return true;
}

/**
 * json_defbool() - a libxl boolean with a default
 * @tree: the tree, may be NULL
 * @path: as json_at()
 *
 * Return: 1 true, 0 false, -1 not said.
 */
int json_defbool(yajl_val tree, const char *path)
{
	yajl_val v = json_at(tree, path);
	const char *text = YAJL_GET_STRING(v);

	if (YAJL_IS_TRUE(v) || (text && !strcmp(text, "True")))
		return 1;
	if (YAJL_IS_FALSE(v) || (text && !strcmp(text, "False")))
		return 0;
	return -1;
}

static void key(yajl_gen g, const char *name)
{
	if (name)
		yajl_gen_string(g, (const unsigned char *)name, strlen(name));
}

/**
 * json_begin() - begin a line of output
 * @event: what it tells of, NULL for none
 *
 * Return: a generator for json_*() and json_end().
 */
yajl_gen json_begin(const char *event)
{
	yajl_gen g = yajl_gen_alloc(NULL);

	yajl_gen_config(g, yajl_gen_validate_utf8, 0);
	yajl_gen_map_open(g);
	if (event)
		json_string(g, "event", event);
	return g;
}

/**
 * json_string() - a member that is a string
 * @g: from json_begin()
 * @name: its key
 * @value: its value; bytes that are not UTF-8 become '?'
 */
void json_string(yajl_gen g, const char *name, const char *value)
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
 * json_integer() - a member that is a whole number
 * @g: from json_begin()
 * @name: its key
 * @value: its value
 */
void json_integer(yajl_gen g, const char *name, uint64_t value)
{
	key(g, name);
	yajl_gen_integer(g, (long long)value);
}

/**
 * json_double() - a member with three decimals
 * @g: from json_begin()
 * @name: its key
 * @value: its value
 */
void json_double(yajl_gen g, const char *name, double value)
{
	char text[64];

	snprintf(text, sizeof(text), "%.3f", isfinite(value) ? value : 0.0);
	key(g, name);
	yajl_gen_number(g, text, strlen(text));
}

/**
 * json_open() - a member that is an object
 * @g: from json_begin()
 * @name: its key
 */
void json_open(yajl_gen g, const char *name)
{
	key(g, name);
	yajl_gen_map_open(g);
}

/**
 * json_close() - the end of that object
 * @g: from json_begin()
 */
void json_close(yajl_gen g)
{
	yajl_gen_map_close(g);
}

/**
 * json_open_list() - a member that is a list, of json_open() with no name
 * @g: from json_begin()
 * @name: its key
 */
void json_open_list(yajl_gen g, const char *name)
{
	key(g, name);
	yajl_gen_array_open(g);
}

/**
 * json_close_list() - the end of that list
 * @g: from json_begin()
 */
void json_close_list(yajl_gen g)
{
	yajl_gen_array_close(g);
}

/**
 * json_end() - write the line
 * @g: from json_begin(); freed
 * @to: where to
 */
void json_end(yajl_gen g, FILE *to)
{
	const unsigned char *text;
	size_t len;

	yajl_gen_map_close(g);
	if (yajl_gen_get_buf(g, &text, &len) == yajl_gen_status_ok)
		fprintf(to, "%.*s\n", (int)len, text);
	fflush(to);
	yajl_gen_free(g);
}
