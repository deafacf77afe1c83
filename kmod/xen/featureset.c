// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPU features, of a guest and of the host, for checks before a move. The move
 * itself compares what Xen made of the guest's policy: destination.c.
 */
#include <linux/errno.h>
#include <linux/string.h>

#include "xen/featureset.h"
#include "xen/hypercall.h"

/* @dom is NULL for the host, whose policy @index is read. */
static int read_features(struct xenmig_dom *dom, u32 index, u32 *words)
{
	struct xenmig_cpu_policy policy;
	int err;

	err = dom ? xenmig_dom_read_policy(dom, &policy) :
		    xenmig_host_read_policy(index, &policy);
	if (!err)
		xenmig_cpu_features(&policy, words);
	xenmig_policy_free(&policy);
	return err;
}

/**
 * xenmig_features_of_domain - CPU features that a domain sees
 * @domid: which
 * @words: room for XENMIG_FEATURE_WORDS
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM, or what Xen says.
 */
int xenmig_features_of_domain(u16 domid, u32 *words)
{
	struct xenmig_dom dom = { .id = domid };

	return read_features(&dom, 0, words);
}

/**
 * xenmig_features_of_host - CPU features that a guest of this host can see at the most
 * @words: room for XENMIG_FEATURE_WORDS
 *
 * Of either kind, PV or HVM: a host may have one of them only.
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM, or what Xen says.
 */
int xenmig_features_of_host(u32 *words)
{
	u32 pv[XENMIG_FEATURE_WORDS] = {};
	u32 i;
	int err;

	err = read_features(NULL, XENMIG_CPU_POLICY_HVM_MAX, words);
	if (err == -ENOMEM)
		return err;
	if (err)
		memset(words, 0, sizeof(pv));
	if (read_features(NULL, XENMIG_CPU_POLICY_PV_MAX, pv))
		return err;
	for (i = 0; i < XENMIG_FEATURE_WORDS; i++)
		words[i] |= pv[i];
	return 0;
}
