// SPDX-License-Identifier: GPL-2.0-only
/* xenmig: live migration of Xen domains by a dom0 kernel module. */
#include <linux/module.h>

#include "frames/flight.h"
#include "netlink/netlink.h"
#include "pv/pv.h"
#include "session/session.h"
#include "translated/translated.h"
#include "xen/hypercall.h"

static int __init xenmig_init(void)
{
	int err;

	err = xenmig_hypercall_init();
	if (err) {
		pr_err("xenmig: %s (error %d)\n", xenmig_hypercall_refusal(), -err);
		return err;
	}
	if (xenmig_hypercall_refusal())
		pr_notice("xenmig: %s; all that works is what xenmig-bench measures without a domain\n",
			  xenmig_hypercall_refusal());
	xenmig_session_init(xenmig_netlink_changed, &xenmig_translated_guest, &xenmig_pv_guest);
	return xenmig_netlink_init();
}

static void __exit xenmig_exit(void)
{
	xenmig_netlink_exit();
	xenmig_quarantine_exit();
}

module_init(xenmig_init);
module_exit(xenmig_exit);
MODULE_DESCRIPTION("Live migration of Xen domains");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1");
