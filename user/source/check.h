/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a guest could be moved, asked at both ends, with nothing touched at either. */
#ifndef MIGCTL_CHECK_H
#define MIGCTL_CHECK_H

#include "base/context.h"
#include "base/error.h"
#include "offer/findings.h"
#include "offer/offer.h"
#include "peer/connect.h"

/**
 * struct checked - a guest and what is to be said of moving it
 * @domain: the guest
 * @offer: what its destination is told
 * @host: name of the destination, as it calls itself once it has answered
 * @findings: of both ends
 */
struct checked {
	struct domain domain;
	struct offer offer;
	char host[256];
	struct findings findings;
};

/**
 * struct question - what a person wants to know
 * @domain: name, id or UUID
 * @place: where to
 * @connect_timeout: in s
 * @unsafe_storage: a person says that the disks are the same at both hosts
 * @autostart: the autostart entry would move along
 */
struct question {
	const char *domain;
	struct place place;
	unsigned int connect_timeout;
	bool unsafe_storage;
	bool autostart;
};

int check_guest(const struct context *context, const struct question *question,
		struct checked *checked, struct error *err);

#endif /* MIGCTL_CHECK_H */
