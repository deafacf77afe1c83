// SPDX-License-Identifier: GPL-2.0-only
/* xenmig: live migration of Xen domains by a dom0 kernel module. */
#include <linux/module.h>
#include <xen/xen.h>

#include "hypercall.h"
#include "netlink.h"
#include "session.h"

static int __init xenmig_init(void)
{
	int err;

	if (!xen_domain()) {
		pr_err("xenmig: this machine does not run on Xen\n");
		return -ENODEV;
	}
	if (!xen_initial_domain()) {
		pr_err("xenmig: only the initial domain (dom0) can move guests\n");
		return -EPERM;
	}
	if (!xen_pv_domain()) {
		pr_err("xenmig: only a PV dom0 is supported\n");
		return -EOPNOTSUPP;
	}
	err = xenmig_hypercall_init();
	if (err) {
		pr_err("xenmig: this hypervisor's tool interface is not one of Xen 4.17 to 4.22 (error %d)\n",
		       -err);
		return err;
	}
	err = xenmig_session_init(xenmig_netlink_changed);
	if (err)
		return err;
	err = xenmig_netlink_init();
	if (err)
		goto err_session;
	return 0;

err_session:
	xenmig_session_exit();
	return err;
}

static void __exit xenmig_exit(void)
{
	xenmig_netlink_exit();
	xenmig_session_exit();
}

module_init(xenmig_init);
module_exit(xenmig_exit);
MODULE_DESCRIPTION("Live migration of Xen domains");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1");
