// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hypercalls on when and where the vCPUs of a domain run. hypercall.c says what all
 * hypercalls have in common.
 */
#include <linux/bitmap.h>
#include <linux/errno.h>
#include <linux/minmax.h>

#include "xen/hypercall.h"

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

/* Xen's bitmaps are of octets, ours of words: the same on x86. */
static struct xenmig_bitmap bitmap_of(const unsigned long *bits)
{
	return (struct xenmig_bitmap){
		.bitmap = (unsigned long)bits, .nr_bits = XENMIG_CPUS_MAX,
	};
}

/**
 * xenmig_dom_get_affinity - which CPUs a vCPU is bound to
 * @dom: the domain
 * @vcpu: which
 * @affinity: filled; a bitmap that all CPUs of the host are in is not known
 *
 * Of CPUs the first XENMIG_CPUS_MAX are seen. A new vCPU has all CPUs that Xen was built
 * for in both bitmaps (sched_init_vcpu()).
 *
 * Return: 0, -EINVAL or -ESRCH when there is no such vCPU, or what Xen says.
 */
int xenmig_dom_get_affinity(struct xenmig_dom *dom, u32 vcpu, struct xenmig_affinity *affinity)
{
	struct xenmig_domctl op = {
		.u.affinity = {
			.vcpu = vcpu,
			.flags = XENMIG_AFFINITY_HARD | XENMIG_AFFINITY_SOFT,
			.hard = bitmap_of(affinity->hard),
			.soft = bitmap_of(affinity->soft),
		},
	};
	struct xenmig_sysctl_physinfo host;
	u32 cpus;
	int err;

	*affinity = (struct xenmig_affinity){};
	err = xenmig_host_info(&host);
	if (!err)
		err = xenmig_dom_call(dom, XENMIG_DOMCTL_getvcpuaffinity, &op);
	if (err)
		return err;
	cpus = min(host.max_cpu_id, XENMIG_CPUS_MAX - 1U) + 1;
	if (!bitmap_full(affinity->hard, cpus))
		affinity->flags |= XENMIG_AFFINITY_HARD;
	if (!bitmap_full(affinity->soft, cpus))
		affinity->flags |= XENMIG_AFFINITY_SOFT;
	return 0;
}

/**
 * xenmig_dom_set_affinity - bind a vCPU to CPUs
 * @dom: the domain; it may run
 * @vcpu: which
 * @affinity: what to set; what is not known of it stays as it is
 *
 * Return: 0, -EINVAL when there is no such vCPU or its CPU pool has none of the CPUs that
 * it may run on, -EBUSY while Xen itself has bound it, -ESRCH, -ENOMEM.
 */
int xenmig_dom_set_affinity(struct xenmig_dom *dom, u32 vcpu,
			    const struct xenmig_affinity *affinity)
{
	/* Xen writes into them what comes of it. */
	struct xenmig_affinity copy = *affinity;
	struct xenmig_domctl op = {
		.u.affinity = {
			.vcpu = vcpu,
			.flags = copy.flags,
			.hard = bitmap_of(copy.hard),
			.soft = bitmap_of(copy.soft),
		},
	};

	return copy.flags ? xenmig_dom_call(dom, XENMIG_DOMCTL_setvcpuaffinity, &op) : 0;
}

/**
 * xenmig_host_cpus - the CPUs that a domain from elsewhere can run on
 * @cpus: filled: XENMIG_CPUS_MAX bits
 *
 * Those of the first CPU pool, which always is there (Xen: cpupool0) and in which such a
 * domain is created.
 *
 * Return: 0 or what Xen says.
 */
int xenmig_host_cpus(unsigned long *cpus)
{
	struct xenmig_sysctl op = {
		.u.cpupool_op = { .op = XENMIG_CPUPOOL_OP_INFO, .cpumap = bitmap_of(cpus) },
	};

	return xenmig_host_call(XENMIG_SYSCTL_cpupool_op, &op);
}
