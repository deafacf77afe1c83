/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What xenconsoled logs of a guest's console, which goes on at its new host. */
#ifndef MIGCTL_CONSOLELOG_H
#define MIGCTL_CONSOLELOG_H

#include <limits.h>

#include "base/error.h"
#include "peer/peer.h"

#define CONSOLELOG_FIRST	(1u << 20)	/* the most of it that moves along */
#define CONSOLELOG_LATER	(256u << 10)	/* the most of what was added meanwhile, each time */

/**
 * struct consolelog - a log that is read at the source
 * @fd: the file; 0 or less when there is none
 * @at: how far it was read
 */
struct consolelog {
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

void consolelog_open(struct consolelog *log, const char *name);
int consolelog_send(struct consolelog *log, struct peer *peer, size_t most, struct error *err);
void consolelog_close(struct consolelog *log);

int consolelog_take(struct logpiece *piece, const char *name, const struct octets *octets,
		    struct error *err);
void consolelog_end(struct logpiece *piece);

size_t consolelog_known(const uint8_t *have, size_t have_len, const uint8_t *octets, size_t len);

#endif /* MIGCTL_CONSOLELOG_H */
