/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the bridges of two hosts are on one network: a frame that one sends is seen at the other. */
#ifndef MIGCTL_PROBE_H
#define MIGCTL_PROBE_H

#include <stdint.h>

#include "offer/findings.h"
#include "offer/offer.h"

#define PROBE_TOKEN	16

/**
 * struct probe - listens for the frames of one destination
 * @token: they have it in them
 * @count: of @on
 * @on: a bridge of this host: @fd hears what comes in there, -1 where that cannot be had
 */
struct probe {
	uint8_t token[PROBE_TOKEN];
	unsigned int count;
	struct {
		char bridge[16];
		int fd;
	} on[VIFS_MAX];
};

void probe_open(struct probe *p, const uint8_t *token, const struct vif *vifs, unsigned int count);
void probe_result(struct probe *p, int timeout_ms, struct findings *findings);
void probe_close(struct probe *p);
void probe_send(const uint8_t *token, const struct vif *vifs, unsigned int count);

#endif /* MIGCTL_PROBE_H */
