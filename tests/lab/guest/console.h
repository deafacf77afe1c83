/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the guest says on its console. */
#ifndef LAB_CONSOLE_H
#define LAB_CONSOLE_H

#include <stddef.h>

void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void *console_thread(void *unused);
void lines_answer(const char *arg, char *answer, size_t size);

#endif /* LAB_CONSOLE_H */
