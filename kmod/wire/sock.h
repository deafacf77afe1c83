/* SPDX-License-Identifier: GPL-2.0-only */
/* A connected TCP socket borrowed from the controller. */
#ifndef _XENMIG_SOCK_H
#define _XENMIG_SOCK_H

#include <linux/mutex.h>
#include <linux/types.h>

struct bio_vec;
struct msghdr;
struct socket;

/**
 * struct xenmig_sock - a borrowed socket
 * @lock: keeps a shutdown from another thread from the release of the socket
 * @socket: holds a reference on the file the controller passed; NULL before and after
 * @stop: set by xenmig_sock_shutdown() to end waits; never cleared
 * @bytes: sent or received so far; written by the thread that does so, read by anyone
 *
 * One thread, the session's, sends, receives, aborts and releases, and so reads
 * @socket without the lock. Any thread may shut it down.
 */
struct xenmig_sock {
	struct mutex lock;
	struct socket *socket;
	bool stop;
	u64 bytes;
};

unsigned int xenmig_sock_stall(void);
void xenmig_sock_init(struct xenmig_sock *s);
int xenmig_sock_adopt(struct xenmig_sock *s, int fd);
void xenmig_sock_release(struct xenmig_sock *s);
void xenmig_sock_shutdown(struct xenmig_sock *s);
void xenmig_sock_abort(struct xenmig_sock *s);
bool xenmig_sock_gathers(struct xenmig_sock *s);
int xenmig_sock_send_message(struct xenmig_sock *s, struct msghdr *msg);
int xenmig_sock_send(struct xenmig_sock *s, void *buf, size_t len, bool more);
int xenmig_sock_receive(struct xenmig_sock *s, void *buf, size_t len, unsigned int seconds);
int xenmig_sock_receive_pages(struct xenmig_sock *s, struct bio_vec *bv, u32 nr, size_t len,
			      unsigned int seconds);

#endif /* _XENMIG_SOCK_H */
