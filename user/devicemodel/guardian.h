/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process that lets a device model go on when the one that stopped it is killed. */
#ifndef MIGCTL_GUARDIAN_H
#define MIGCTL_GUARDIAN_H

#include <stdbool.h>

#include "base/child.h"
#include "base/error.h"
#include "module/link.h"

/**
 * struct guardian - the process
 * @begun: there is one
 * @child: it
 * @word: what it hears of us by: nothing but our death, or that all is over
 */
struct guardian {
	bool begun;
	struct child child;
	int word;
};

int guardian_begin(struct guardian *g, struct link *link, uint32_t session, uint32_t domid,
		   struct error *err);
void guardian_end(struct guardian *g);

#endif /* MIGCTL_GUARDIAN_H */
