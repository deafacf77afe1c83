/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The source's half of a move. */
#ifndef MIGCTL_SOURCE_H
#define MIGCTL_SOURCE_H

#include "base/context.h"
#include "base/error.h"
#include "module/model.h"
#include "move/report.h"
#include "peer/connect.h"

/**
 * struct order - what a person asked for
 * @domain: name, id or UUID
 * @place: where to
 * @limits: for session-start
 * @connect_timeout: in s
 * @suspend_timeout: in s
 * @drain_timeout: in s: how long the disks may take to have all that the guest has written
 * @unsafe_storage: a person says that the disks are the same at both hosts
 * @outcome_timeout: in s: how long to ask after a commit without an answer
 * @autostart: the autostart entry moves along
 */
struct order {
	const char *domain;
	struct place place;
	struct limits limits;
	unsigned int connect_timeout;
	unsigned int suspend_timeout;
	unsigned int outcome_timeout;
	unsigned int drain_timeout;
	bool unsafe_storage;
	bool autostart;
};

int source_move(const struct context *context, const struct order *order, struct report *report,
		progress_fn progress, void *arg, struct error *err);

#endif /* MIGCTL_SOURCE_H */
