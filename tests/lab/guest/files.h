/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files on a file system of the guest's disk, each written through to it before it counts. */
#ifndef LAB_FILES_H
#define LAB_FILES_H

#include <stdbool.h>
#include <stddef.h>

bool files_mount(void);
void files_answer(const char *arg, char *answer, size_t size);

#endif /* LAB_FILES_H */
