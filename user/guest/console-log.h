/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What xenconsoled logs of a guest's console, which goes on at its new host. */
#ifndef MIGCTL_CONSOLE_LOG_H
#define MIGCTL_CONSOLE_LOG_H

#include <limits.h>

#include "base/error.h"
#include "peer/peer.h"

#define CONSOLE_LOG_FIRST	(1u << 20)	/* the most of it that moves along */
#define CONSOLE_LOG_LATER	(256u << 10)	/* the most of what was added meanwhile */

/**
 * struct console_log - a log that is read at the source
 * @fd: the file; 0 or less when there is none
 * @at: how far it was read
 */
struct console_log {
	int fd;
	off_t at;
};

/**
 * struct logpiece - a log that goes on at the destination
 * @path: of the file; "" when there is none
 * @looked: for it
 * @octets: of the first piece, as long as there is more to come
 * @len: of @octets
 * @total: octets received
 * @begun: the first piece is complete
 */
struct logpiece {
	char path[PATH_MAX];
	bool looked;
	uint8_t *octets;
	size_t len;
	size_t total;
	bool begun;
};

void console_log_open(struct console_log *log, const char *name);
int console_log_send(struct console_log *log, struct peer *peer, size_t most, struct error *err);
void console_log_close(struct console_log *log);

int console_log_take(struct logpiece *piece, const char *name, const struct octets *octets,
		     struct error *err);
void console_log_end(struct logpiece *piece);

size_t console_log_known(const uint8_t *have, size_t have_len, const uint8_t *octets, size_t len);

#endif /* MIGCTL_CONSOLE_LOG_H */
