// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hypercalls on when and where the vCPUs of a domain run. hypercall.c says what all
 * hypercalls have in common.
 */
#include <linux/errno.h>

#include "hypercall.h"

static int share_op(struct xenmig_dom *dom, u32 cmd, u32 scheduler, struct xenmig_share *share)
{
	struct xenmig_domctl op = {
		.u.scheduler_op = {
			.sched_id = scheduler, .cmd = cmd,
			.weight = share->weight, .cap = share->cap,
		},
	};
	int err;

	err = xenmig_dom_call(dom, XENMIG_DOMCTL_scheduler_op, &op);
	if (!err)
		*share = (struct xenmig_share){
			.scheduler = scheduler,
			.weight = op.u.scheduler_op.weight,
			.cap = op.u.scheduler_op.cap,
		};
	return err;
}

/**
 * xenmig_dom_get_share - what the scheduler gives a domain
 * @dom: the domain
 * @share: filled; zeroed where the domain's scheduler is none that we know
 *
 * Xen answers for the scheduler of the domain's CPU pool alone, so those with a
 * cap are asked for in turn (sched_adjust()).
 *
 * Return: 0, -ESRCH, or what Xen says.
 */
int xenmig_dom_get_share(struct xenmig_dom *dom, struct xenmig_share *share)
{
	int err;

	*share = (struct xenmig_share){};
	err = share_op(dom, XENMIG_SCHEDOP_getinfo, XENMIG_SCHEDULER_CREDIT2, share);
	if (err == -EINVAL)
		err = share_op(dom, XENMIG_SCHEDOP_getinfo, XENMIG_SCHEDULER_CREDIT, share);
	return err == -EINVAL ? 0 : err;
}

/**
 * xenmig_dom_set_share - what the scheduler is to give a domain
 * @dom: the domain
 * @share: weight and cap, for that very scheduler
 *
 * Return: 0, -ESRCH, -EINVAL when the domain has another scheduler or a number is none.
 */
int xenmig_dom_set_share(struct xenmig_dom *dom, const struct xenmig_share *share)
{
	struct xenmig_share copy = *share;

	return share_op(dom, XENMIG_SCHEDOP_putinfo, share->scheduler, &copy);
}
