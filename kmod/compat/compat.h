/* SPDX-License-Identifier: GPL-2.0-only */
/* What differs between the kernels we build for: 6.1 to 6.12. Nowhere else. */
#ifndef _XENMIG_COMPAT_H
#define _XENMIG_COMPAT_H

#include <linux/skbuff.h>
#include <linux/uio.h>
#include <linux/version.h>
#include <net/sock.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "xenmig needs Linux 6.1 or later"
#endif

/* 6.1 has READ/WRITE where 6.2 named the directions of an iterator. */
#ifndef ITER_SOURCE
#define ITER_SOURCE	1
#define ITER_DEST	0
#endif

/* Of what xenmig-bench.ko uses; 6.13 wants it as a string. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#define XENMIG_NAMESPACE	XENMIG
#else
#define XENMIG_NAMESPACE	"XENMIG"
#endif

/* 6.2 split the operations of a netlink family. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define XENMIG_GENL_OPS		struct genl_ops
#else
#define XENMIG_GENL_OPS		struct genl_split_ops
#endif

/* 6.10 moved the completion of a zero-copy send into an ops table. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
#define XENMIG_UBUF_OPS(name)
#define XENMIG_UBUF_SET(ubuf, name)	((ubuf)->callback = (name))
#else
#define XENMIG_UBUF_OPS(name) \
	static const struct ubuf_info_ops name##_ops = { .complete = name };
#define XENMIG_UBUF_SET(ubuf, name)	((ubuf)->ops = &name##_ops)
#endif

/*
 * Puts pieces of an iterator into a buffer by @fill(skb, from, length). 6.11 charges
 * the socket for them itself.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
#define XENMIG_SG_FROM_ITER(name, fill)						\
	static int name(struct sock *sk, struct sk_buff *skb, struct iov_iter *from,	\
			size_t length)						\
	{									\
		unsigned int before = skb->truesize;				\
		int err = fill(skb, from, length);				\
										\
		sk_wmem_queued_add(sk, skb->truesize - before);			\
		if (!skb_zcopy_pure(skb))					\
			sk_mem_charge(sk, skb->truesize - before);		\
		return err;							\
	}
#else
#define XENMIG_SG_FROM_ITER(name, fill)						\
	static int name(struct sk_buff *skb, struct iov_iter *from, size_t length)	\
	{									\
		return fill(skb, from, length);					\
	}
#endif

#endif /* _XENMIG_COMPAT_H */
