/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What programs are told: an object a line. */
#ifndef MIGCTL_EVENTS_H
#define MIGCTL_EVENTS_H

#include <stdint.h>
#include <stdio.h>

#include <yajl/yajl_gen.h>

yajl_gen event_begin(const char *event);
void event_string(yajl_gen g, const char *key, const char *value);
void event_integer(yajl_gen g, const char *key, uint64_t value);
void event_double(yajl_gen g, const char *key, double value);
void event_open(yajl_gen g, const char *key);
void event_close(yajl_gen g);
void event_open_list(yajl_gen g, const char *key);
void event_close_list(yajl_gen g);
void event_end(yajl_gen g, FILE *to);

#endif /* MIGCTL_EVENTS_H */
