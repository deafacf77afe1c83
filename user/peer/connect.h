/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names, addresses and connected sockets; encryption will come here. */
#ifndef MIGCTL_CONNECT_H
#define MIGCTL_CONNECT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define DEFAULT_PORT	"8002"

/**
 * struct place - where a peer listens
 * @host: name or address
 * @port: number
 */
struct place {
	char host[256];
	char port[8];
};

void place_format(const struct place *place, char *text, size_t size);
int place_parse(const char *text, const char *port, struct place *place);
int connect_to(const struct place *place, int timeout_ms, bool loopback_only, struct error *err);
int listen_on(const char *bind_to, const char *port, bool loopback_only, int *fds, int max,
	      struct error *err);
void connect_adopt(int fd, char *text, int size);

#endif /* MIGCTL_CONNECT_H */
