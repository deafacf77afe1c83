/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All guests of a host moved away, some at a time. */
#ifndef MIGCTL_EVACUATION_H
#define MIGCTL_EVACUATION_H

#include "base/error.h"
#include "move/report.h"

struct order;

#define EVACUEES_AT_ONCE	16

enum evacuee_state {
	EVACUEE_WAITS,
	EVACUEE_MOVES,
	EVACUEE_MOVED,
	EVACUEE_STAYS,		/* @err says why: it was not tried, or its move came to nothing */
	EVACUEE_UNKNOWN,	/* its move ended without a known outcome */
};

/**
 * struct evacuee - a guest of the host that is left
 * @state: what becomes of it
 * @uuid: of the guest, in text
 * @name: of the guest
 * @pages: of its memory
 * @regular: it cannot run while it moves: it is suspended first
 * @pid: of the process that moves it
 * @fd: what that process says
 * @report: of its move, or of nothing but its name
 * @err: why it is not moved; no text while that is not so
 */
struct evacuee {
	enum evacuee_state state;
	char uuid[37];
	char name[NAME_LEN];
	uint64_t pages;
	bool regular;
	int pid;
	int fd;
	struct report report;
	struct error err;
};

/**
 * struct evacuation - all of them
 * @order: how each is moved; the bandwidth is that of all together
 * @parallel: how many at once, EVACUEES_AT_ONCE at most
 * @changed: told of every change of one; @over: it is the last of that one
 * @arg: for @changed
 * @list: of the guests, largest first
 * @count: of them
 * @cancelled: no more is begun
 */
struct evacuation {
	const struct order *order;
	unsigned int parallel;
	void (*changed)(void *arg, const struct evacuee *one, bool over);
	void *arg;
	struct evacuee *list;
	unsigned int count;
	bool cancelled;
};

int evacuation_begin(struct evacuation *e, struct error *err);
int evacuation_run(struct evacuation *e, struct error *err);
unsigned int evacuation_number(const struct evacuation *e, enum evacuee_state state);
void evacuation_end(struct evacuation *e);

#endif /* MIGCTL_EVACUATION_H */
