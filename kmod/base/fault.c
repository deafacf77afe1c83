// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fault points: `echo NAME > /sys/module/xenmig/parameters/fault` arms one,
 * which then fires once. Documentation/testing.rst lists the names. Built with
 * FAULT_POINTS=1 only.
 */
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/string.h>

#include "base/fault.h"

static char fault[32];
module_param_string(fault, fault, sizeof(fault), 0600);
MODULE_PARM_DESC(fault, "Fault point to fire once, for tests (default: none)");

/**
 * xenmig_fault - is this fault point to fire?
 * @point: its name
 *
 * Context: may sleep; takes the lock of the module's parameters.
 * Return: true once for each time it was armed.
 */
bool xenmig_fault(const char *point)
{
	bool armed;

	kernel_param_lock(THIS_MODULE);
	armed = sysfs_streq(fault, point);
	if (armed)
		fault[0] = '\0';
	kernel_param_unlock(THIS_MODULE);
	if (armed)
		pr_notice("xenmig: fault point %s fires\n", point);
	return armed;
}
