/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The head of a record as most tests want it, and two times. */
#ifndef RECORD_HEAD_H
#define RECORD_HEAD_H

#include "harness.h"

#include "journal/record.h"

#define NOW	"2026-11-22T10:11:12.123Z"
#define LATER	"2026-11-22T10:11:13.456Z"

static inline struct record_data a_head(unsigned int number, enum record_side side)
{
	struct record_data head = { .side = side, .domid = 7, .move = { number >> 8, number, 1 } };

	memset(head.guest, 0xab, sizeof(head.guest));
	strcpy(head.name, "web1");
	strcpy(head.peer, "beta");
	strcpy(head.address, "[fe80::1]:8002");
	strcpy(head.boot, "a961d722-d62c-4446-ad9d-6207a065ea1e");
	return head;
}

#endif /* RECORD_HEAD_H */
