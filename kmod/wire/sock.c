// SPDX-License-Identifier: GPL-2.0-only
/*
 * A connected TCP socket that user space named, connected and handed over.
 * All waits are slices of a second between which @stop is looked at, so that
 * a cancel ends them, and each has a limit of its own. A signal ends them as well:
 * none comes to a session's thread, but one may to a process that measures.
 */
#include <linux/bvec.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/moduleparam.h>
#include <linux/net.h>
#include <linux/netdevice.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/tcp.h>
#include <linux/uio.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "base/trace.h"
#include "compat/compat.h"
#include "wire/sock.h"

#define SLICE			HZ
#define SEND_BUFFER		(8 << 20)

static unsigned int stall_seconds = 10;
module_param(stall_seconds, uint, 0644);
MODULE_PARM_DESC(stall_seconds, "A connection without progress for so long is given up (default: 10)");

/**
 * xenmig_sock_stall - how long a connection may be without progress
 *
 * Context: any.
 * Return: seconds, at least one.
 */
unsigned int xenmig_sock_stall(void)
{
	return clamp(READ_ONCE(stall_seconds), 1U, 3600U);
}

static int check(struct socket *socket)
{
	struct sock *sk = socket->sk;

	if (sk->sk_family != AF_INET && sk->sk_family != AF_INET6)
		return -EAFNOSUPPORT;
	if (sk->sk_type != SOCK_STREAM || sk->sk_protocol != IPPROTO_TCP)
		return -EPROTOTYPE;
	if (!net_eq(sock_net(sk), &init_net))
		return -EXDEV;
	return sk->sk_state == TCP_ESTABLISHED ? 0 : -ENOTCONN;
}

/**
 * xenmig_sock_init - make a struct without a socket
 * @s: to be filled
 */
void xenmig_sock_init(struct xenmig_sock *s)
{
	memset(s, 0, sizeof(*s));
	mutex_init(&s->lock);
}

static void tune(struct sock *sk)
{
	lock_sock(sk);
	sk->sk_sndtimeo = SLICE;
	sk->sk_rcvtimeo = SLICE;
	sk->sk_sndbuf = max(sk->sk_sndbuf, SEND_BUFFER);
	sk->sk_userlocks |= SOCK_SNDBUF_LOCK;
	release_sock(sk);
	tcp_sock_set_nodelay(sk);
}

/**
 * xenmig_sock_adopt - take a socket over from the calling process
 * @s: one that has no socket yet
 * @fd: file descriptor of the caller, who may close it afterwards
 *
 * The reference on its file is @s's until xenmig_sock_release(). The socket gets
 * no delay, a large send buffer, and timeouts of a second.
 *
 * Context: the controller's command; takes @s->lock, may sleep.
 * Return: 0; -EALREADY after an earlier one or a shutdown; -EBADF, -ENOTSOCK;
 * -EAFNOSUPPORT, -EPROTOTYPE for anything but TCP; -EXDEV outside the initial
 * network namespace; -ENOTCONN.
 */
int xenmig_sock_adopt(struct xenmig_sock *s, int fd)
{
	struct socket *socket;
	int err;

	socket = sockfd_lookup(fd, &err);
	if (!socket)
		return err;
	err = check(socket);
	mutex_lock(&s->lock);
	if (!err && (s->socket || s->stop))
		err = -EALREADY;
	if (!err) {
		tune(socket->sk);
		s->socket = socket;
	}
	mutex_unlock(&s->lock);
	if (err)
		sockfd_put(socket);
	return err;
}

/**
 * xenmig_sock_release - shut the connection down and drop the socket
 * @s: with a socket or without
 *
 * What is queued still goes out, if the socket was not aborted.
 *
 * Context: the session's thread when it ends; takes @s->lock, may sleep.
 */
void xenmig_sock_release(struct xenmig_sock *s)
{
	mutex_lock(&s->lock);
	if (s->socket) {
		kernel_sock_shutdown(s->socket, SHUT_RDWR);
		sockfd_put(s->socket);
		s->socket = NULL;
	}
	mutex_unlock(&s->lock);
}

/**
 * xenmig_sock_shutdown - end the waits of the thread that sends or receives
 * @s: with a socket or without; none is adopted afterwards
 *
 * Context: any thread that may sleep; takes @s->lock.
 */
void xenmig_sock_shutdown(struct xenmig_sock *s)
{
	WRITE_ONCE(s->stop, true);
	mutex_lock(&s->lock);
	if (s->socket)
		kernel_sock_shutdown(s->socket, SHUT_RDWR);
	mutex_unlock(&s->lock);
}

/**
 * xenmig_sock_abort - throw away what is queued
 * @s: with a socket or without
 *
 * So the network lets go of our pages at once, but for what a device has.
 *
 * Context: the session's thread, which alone releases the socket, so without
 * @s->lock; may sleep.
 */
void xenmig_sock_abort(struct xenmig_sock *s)
{
	struct sock *sk;

	if (!s->socket)
		return;
	sk = s->socket->sk;
	lock_sock(sk);
	tcp_disconnect(sk, O_NONBLOCK);
	release_sock(sk);
}

/*
 * A bridge claims scatter-gather when any of its ports has it, and the port
 * that has not copies. A guest's vif is not where a migration goes out.
 */
static int lower_gathers(struct net_device *dev, struct netdev_nested_priv *priv)
{
	struct device *parent = dev->dev.parent;

	if (parent && parent->bus && !strcmp(parent->bus->name, "xen-backend"))
		return 0;
	if (!(dev->features & NETIF_F_SG))
		*(bool *)priv->data = false;
	return 0;
}

/**
 * xenmig_sock_gathers - does the device gather pages, or does the kernel copy them?
 * @s: with a socket
 *
 * Of the devices the socket's route goes through (NETIF_F_SG), those of guests
 * left out. For the statistics: nothing else depends on it.
 *
 * Context: the session's thread.
 * Return: true if they all gather.
 */
bool xenmig_sock_gathers(struct xenmig_sock *s)
{
	struct netdev_nested_priv priv;
	struct dst_entry *dst;
	bool gathers;

	gathers = READ_ONCE(s->socket->sk->sk_route_caps) & NETIF_F_SG;
	priv.data = &gathers;
	dst = sk_dst_get(s->socket->sk);
	if (dst) {
		rcu_read_lock();
		lower_gathers(dst->dev, &priv);
		netdev_walk_all_lower_dev_rcu(dst->dev, lower_gathers, &priv);
		rcu_read_unlock();
		dst_release(dst);
	}
	return gathers;
}

/**
 * xenmig_sock_send_message - send all that a message holds
 * @s: socket
 * @msg: what, and by which way: a copy, or by reference where it has a handle for that
 *
 * Context: the session's thread; sleeps, xenmig_sock_stall() seconds at most without progress.
 * Return: 0, -ETIMEDOUT, -ECANCELED after a shutdown, -EPIPE or what TCP says.
 */
int xenmig_sock_send_message(struct xenmig_sock *s, struct msghdr *msg)
{
	unsigned long limit = jiffies + xenmig_sock_stall() * HZ;
	int ret;

	while (msg_data_left(msg)) {
		if (READ_ONCE(s->stop) || signal_pending(current))
			return -ECANCELED;
		ret = sock_sendmsg(s->socket, msg);
		if (ret > 0) {
			s->bytes += ret;
			limit = jiffies + xenmig_sock_stall() * HZ;
			continue;
		}
		if (ret != -EAGAIN && ret != -EINTR)
			return ret ?: -EPIPE;
		if (time_after(jiffies, limit))
			return -ETIMEDOUT;
	}
	return 0;
}

/**
 * xenmig_sock_send - send a copy of a buffer
 * @s: socket
 * @buf: the caller's again at once
 * @len: octets
 * @more: more follows soon: TCP may wait for it
 *
 * Context and return: as xenmig_sock_send_message().
 */
int xenmig_sock_send(struct xenmig_sock *s, void *buf, size_t len, bool more)
{
	struct msghdr msg = { .msg_flags = MSG_NOSIGNAL | (more ? MSG_MORE : 0) };
	struct kvec vec = { .iov_base = buf, .iov_len = len };

	iov_iter_kvec(&msg.msg_iter, ITER_SOURCE, &vec, 1, len);
	return xenmig_sock_send_message(s, &msg);
}

static int receive_all(struct xenmig_sock *s, struct msghdr *msg, unsigned int seconds)
{
	unsigned long limit = jiffies + seconds * HZ;
	int ret;

	while (msg_data_left(msg)) {
		if (READ_ONCE(s->stop) || signal_pending(current))
			return -ECANCELED;
		ret = sock_recvmsg(s->socket, msg, MSG_WAITALL);
		if (ret > 0) {
			s->bytes += ret;
			limit = jiffies + seconds * HZ;
			continue;
		}
		if (!ret)
			return -ECONNRESET;
		if (ret != -EAGAIN && ret != -EINTR)
			return ret;
		if (time_after(jiffies, limit))
			return -ETIMEDOUT;
	}
	return 0;
}

/**
 * xenmig_sock_receive - receive exactly so many octets
 * @s: socket
 * @buf: where to
 * @len: how many
 * @seconds: longest time without an octet
 *
 * Context: the session's thread; sleeps.
 * Return: 0, -ECONNRESET when the peer closed, -ETIMEDOUT, -ECANCELED after
 * shutdown, or what TCP says.
 */
int xenmig_sock_receive(struct xenmig_sock *s, void *buf, size_t len, unsigned int seconds)
{
	struct msghdr msg = {};
	struct kvec vec = { .iov_base = buf, .iov_len = len };

	iov_iter_kvec(&msg.msg_iter, ITER_DEST, &vec, 1, len);
	return receive_all(s, &msg, seconds);
}

/**
 * xenmig_sock_receive_pages - receive straight into pages
 * @s: socket
 * @bv: where to
 * @nr: how many pieces
 * @len: octets in them
 * @seconds: longest time without an octet
 *
 * The one copy of a received frame.
 *
 * Context and return: as xenmig_sock_receive().
 */
int xenmig_sock_receive_pages(struct xenmig_sock *s, struct bio_vec *bv, u32 nr, size_t len,
			      unsigned int seconds)
{
	u64 began = ktime_get_ns();
	struct msghdr msg = {};
	int err;

	iov_iter_bvec(&msg.msg_iter, ITER_DEST, bv, nr, len);
	err = receive_all(s, &msg, seconds);
	trace_xenmig_receive(len >> PAGE_SHIFT, ktime_get_ns() - began);
	return err;
}
