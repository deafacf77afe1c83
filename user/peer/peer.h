/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages to and from the other controller over a connected socket. */
#ifndef MIGCTL_PEER_H
#define MIGCTL_PEER_H

#include <pthread.h>
#include <stdbool.h>

#include "peer/proto.h"

#define PEER_BEATS	5	/* keepalives in the time after which silence is an end */

/**
 * struct intake - a message that is arriving; never reads past its end
 * @have: octets read so far, header included
 * @len: of the payload, known once the header is complete
 */
struct intake {
	uint8_t header[PROTO_HEADER];
	uint16_t type;
	uint32_t have;
	uint32_t len;
	uint8_t *payload;
};

/**
 * struct outlet - a message that is leaving, by and by
 * @octets: header and payload; NULL when nothing is on its way
 * @len: of @octets
 * @at: how many of them have left
 */
struct outlet {
	uint8_t *octets;
	size_t len;
	size_t at;
};

/**
 * struct peer - the control connection
 * @fd: its socket
 * @silence_ms: how long the peer may be silent
 * @heard: clock_ms() of the last octets from the peer
 * @silent: it has been silent for longer
 * @intake: used by the receiving side only
 * @send_lock: keeps the beat thread and everyone else apart
 * @beat: sends KEEPALIVE until @stop_fd is written
 */
struct peer {
	int fd;
	int silence_ms;
	uint64_t heard;
	bool silent;
	struct intake intake;
	pthread_mutex_t send_lock;
	pthread_t beat;
	int stop_fd;
};

int intake_read(struct intake *in, int fd, struct message *out);
void intake_reset(struct intake *in);
int outlet_put(struct outlet *out, uint16_t type, const void *obj);
int outlet_flush(struct outlet *out, int fd);
void outlet_reset(struct outlet *out);
int message_send(int fd, uint16_t type, const void *obj);
int message_receive(int fd, struct message *out, int timeout_ms);

int peer_start(struct peer *peer, int fd, unsigned int silence);
void peer_stop(struct peer *peer);
int peer_send(struct peer *peer, uint16_t type, const void *obj);
int peer_receive(struct peer *peer, struct message *out);

#endif /* MIGCTL_PEER_H */
