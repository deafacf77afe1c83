/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of the module's enums, and a session as JSON. */
#ifndef MIGCTL_NAMES_H
#define MIGCTL_NAMES_H

#include "cli/events.h"
#include "module/model.h"

const char *name_of_state(uint32_t state);
const char *name_of_reason(uint32_t reason);
const char *name_of_role(uint32_t role);
void names_session(yajl_gen g, const struct session *s);

#endif /* MIGCTL_NAMES_H */
