// SPDX-License-Identifier: GPL-2.0-or-later
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
