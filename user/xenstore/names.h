/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of the module's enums, and a session as JSON. */
#ifndef MIGCTL_WORDS_H
#define MIGCTL_WORDS_H

#include "base/json.h"
#include "module/model.h"

const char *word_state(uint32_t state);
const char *word_reason(uint32_t reason);
const char *word_role(uint32_t role);
void words_session(yajl_gen g, const struct session *s);

#endif /* MIGCTL_WORDS_H */
