/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbered blocks on the guest's disk. */
#ifndef LAB_DISK_H
#define LAB_DISK_H

#include <stddef.h>

void disk_answer(const char *arg, char *answer, size_t size);

#endif /* LAB_DISK_H */
