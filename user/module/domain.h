/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The attributes of a domain: the same to the kernel and to the other controller. */
#ifndef MIGCTL_DOMAIN_H
#define MIGCTL_DOMAIN_H

#include <stddef.h>

#include "module/attrs.h"
#include "module/model.h"

/* XEN_DOMINF_* bits of dominf_flags (xen/include/public/domctl.h). */
#define DOMINF_DYING		(1u << 0)
#define DOMINF_HVM		(1u << 1)
#define DOMINF_SHUTDOWN		(1u << 2)
#define DOMINF_PAUSED		(1u << 3)
#define DOMINF_CODE(flags)	((flags) >> 16 & 0xff)

/* SHUTDOWN_* codes (xen/include/public/sched.h). */
enum shutdown_code { CODE_POWEROFF, CODE_REBOOT, CODE_SUSPEND, CODE_CRASH, CODE_WATCHDOG,
		     CODE_SOFT_RESET };

#define EMU_LAPIC_ONLY		1u	/* emulation_flags of a PVH guest */

extern const struct layout domain_layout;
extern const struct layout affinity_layout;

const char *domain_type(const struct domain *domain);

#endif /* MIGCTL_DOMAIN_H */
