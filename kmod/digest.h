/* SPDX-License-Identifier: GPL-2.0-only */
/* Digest of a guest's memory, for --verify. */
#ifndef _XENMIG_DIGEST_H
#define _XENMIG_DIGEST_H

#include "dirty.h"
#include "domain.h"
#include "window.h"

int xenmig_digest(struct xenmig_window *w, struct xenmig_dom *dom, struct xenmig_dirty *placed,
		  const struct xenmig_host_frames *host, u64 *digest, u64 *frames);

#endif /* _XENMIG_DIGEST_H */
