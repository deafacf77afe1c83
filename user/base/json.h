/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading libxl-json, and writing events one object a line. */
#ifndef MIGCTL_JSON_H
#define MIGCTL_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <yajl/yajl_gen.h>
#include <yajl/yajl_tree.h>

yajl_val json_parse(const char *text);
yajl_val json_at(yajl_val tree, const char *path);
const char *json_text(yajl_val tree, const char *path);
bool json_number(yajl_val tree, const char *path, uint64_t *value);
int json_defbool(yajl_val tree, const char *path);

yajl_gen json_begin(const char *event);
void json_string(yajl_gen g, const char *key, const char *value);
void json_integer(yajl_gen g, const char *key, uint64_t value);
void json_double(yajl_gen g, const char *key, double value);
void json_open(yajl_gen g, const char *key);
void json_close(yajl_gen g);
void json_open_list(yajl_gen g, const char *key);
void json_close_list(yajl_gen g);
void json_end(yajl_gen g, FILE *to);

#endif /* MIGCTL_JSON_H */
