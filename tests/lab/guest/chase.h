/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long the guest's memory takes to answer. */
#ifndef LAB_CHASE_H
#define LAB_CHASE_H

#include <stddef.h>

void chase_answer(const char *arg, char *answer, size_t size);

#endif /* LAB_CHASE_H */
