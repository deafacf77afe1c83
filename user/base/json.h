/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading what libxl and QEMU write as JSON. */
#ifndef MIGCTL_JSON_H
#define MIGCTL_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include <yajl/yajl_tree.h>

yajl_val json_parse(const char *text);
yajl_val json_at(yajl_val tree, const char *path);
const char *json_text(yajl_val tree, const char *path);
bool json_number(yajl_val tree, const char *path, uint64_t *value);
int json_defbool(yajl_val tree, const char *path);

#endif /* MIGCTL_JSON_H */
