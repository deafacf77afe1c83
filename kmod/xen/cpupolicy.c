// SPDX-License-Identifier: GPL-2.0-only
/* CPU policies, of the host and of a domain. Context and common errors: hypercall.c. */
#include <linux/errno.h>
#include <linux/slab.h>

#include "xen/hypercall.h"

/* Xen, tools: xc_cpu_policy_get_size(). */
static int make_policy(struct xenmig_cpu_policy *policy)
{
	struct xenmig_sysctl op = {};
	int err;

	*policy = (struct xenmig_cpu_policy){};
	err = xenmig_host_call(XENMIG_SYSCTL_get_cpu_policy, &op);
	if (err)
		return err;
	policy->nr_leaves = op.u.cpu_policy.nr_leaves;
	policy->nr_msrs = op.u.cpu_policy.nr_msrs;
	policy->leaves = kvcalloc(policy->nr_leaves, sizeof(*policy->leaves), GFP_KERNEL);
	policy->msrs = kvcalloc(policy->nr_msrs, sizeof(*policy->msrs), GFP_KERNEL);
	return policy->leaves && policy->msrs ? 0 : -ENOMEM;
}

/**
 * xenmig_policy_free - give the arrays of a CPU policy back
 * @policy: filled by xenmig_host_read_policy() or xenmig_dom_read_policy(), which may have failed
 */
void xenmig_policy_free(struct xenmig_cpu_policy *policy)
{
	kvfree(policy->msrs);
	kvfree(policy->leaves);
	*policy = (struct xenmig_cpu_policy){};
}

/**
 * xenmig_host_read_policy - a CPU policy of the host
 * @index: XENMIG_CPU_POLICY_*
 * @policy: filled; to be given back by xenmig_policy_free() in any case
 *
 * Return: 0, -ENOMEM, or what Xen says.
 */
int xenmig_host_read_policy(u32 index, struct xenmig_cpu_policy *policy)
{
	struct xenmig_sysctl op = {};
	int err;

	err = make_policy(policy);
	if (err)
		return err;
	op.u.cpu_policy = (struct xenmig_sysctl_cpu_policy){
		.index = index,
		.nr_leaves = policy->nr_leaves,
		.nr_msrs = policy->nr_msrs,
		.leaves = (unsigned long)policy->leaves,
		.msrs = (unsigned long)policy->msrs,
	};
	err = xenmig_host_call(XENMIG_SYSCTL_get_cpu_policy, &op);
	policy->nr_leaves = op.u.cpu_policy.nr_leaves;
	policy->nr_msrs = op.u.cpu_policy.nr_msrs;
	return err;
}

static struct xenmig_domctl_cpu_policy policy_arg(const struct xenmig_cpu_policy *policy)
{
	return (struct xenmig_domctl_cpu_policy){
		.nr_leaves = policy->nr_leaves,
		.nr_msrs = policy->nr_msrs,
		.leaves = (unsigned long)policy->leaves,
		.msrs = (unsigned long)policy->msrs,
	};
}

/**
 * xenmig_dom_read_policy - CPU policy of a domain
 * @dom: the domain; it may run
 * @policy: filled; to be given back by xenmig_policy_free() in any case
 *
 * Return: 0, -ENOMEM, or what Xen says.
 */
int xenmig_dom_read_policy(struct xenmig_dom *dom, struct xenmig_cpu_policy *policy)
{
	struct xenmig_domctl op = {};
	int err;

	err = make_policy(policy);
	if (err)
		return err;
	op.u.cpu_policy = policy_arg(policy);
	err = xenmig_dom_call(dom, XENMIG_DOMCTL_get_cpu_policy, &op);
	policy->nr_leaves = op.u.cpu_policy.nr_leaves;
	policy->nr_msrs = op.u.cpu_policy.nr_msrs;
	return err;
}

/**
 * xenmig_dom_set_policy - set the CPU policy of a new domain
 * @dom: the domain; it has its vCPUs and was never unpaused
 * @policy: what to set
 * @err_leaf: on failure, CPUID leaf that was refused, all ones or 0 for none
 * @err_subleaf: its subleaf
 * @err_msr: MSR that was refused, likewise
 *
 * Success does not mean that the guest gets all of it: cpu.c.
 *
 * Return: 0, -EEXIST after the first unpause, -EINVAL and others that Xen's
 * update_domain_cpu_policy() says.
 */
int xenmig_dom_set_policy(struct xenmig_dom *dom, const struct xenmig_cpu_policy *policy,
			  u32 *err_leaf, u32 *err_subleaf, u32 *err_msr)
{
	struct xenmig_domctl op = { .u.cpu_policy = policy_arg(policy) };
	int err;

	err = xenmig_dom_call(dom, XENMIG_DOMCTL_set_cpu_policy, &op);
	*err_leaf = op.u.cpu_policy.err_leaf;
	*err_subleaf = op.u.cpu_policy.err_subleaf;
	*err_msr = op.u.cpu_policy.err_msr;
	return err;
}
