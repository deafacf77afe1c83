// SPDX-License-Identifier: GPL-2.0-only
/* The host and the domains on it. Context and common errors: hypercall.c. */
#include "xen/hypercall.h"

/**
 * xenmig_host_info - memory and CPUs of the host
 * @info: filled on success
 *
 * Return: 0 or what Xen says.
 */
int xenmig_host_info(struct xenmig_sysctl_physinfo *info)
{
	struct xenmig_sysctl op = {};
	int err;

	err = xenmig_host_call(XENMIG_SYSCTL_physinfo, &op);
	if (!err)
		*info = op.u.physinfo;
	return err;
}

/**
 * xenmig_host_domains - the domains of the host, some at a time
 * @first: lowest domain id wanted
 * @list: filled, ascending
 * @max: room there
 *
 * Domain 0 is among them, dying ones are too.
 *
 * Return: how many, 0 when there are no more, or what Xen says.
 */
int xenmig_host_domains(u16 first, struct xenmig_domctl_getdomaininfo *list, u32 max)
{
	struct xenmig_sysctl op = {
		.u.getdomaininfolist = {
			.first_domain = first,
			.max_domains = max,
			.buffer = (unsigned long)list,
		},
	};
	int err;

	err = xenmig_host_call(XENMIG_SYSCTL_getdomaininfolist, &op);
	return err ?: (int)op.u.getdomaininfolist.num_domains;
}
