/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Warnings are counted, so that a test can expect them. */
#ifndef _SHIM_LINUX_BUG_H
#define _SHIM_LINUX_BUG_H

extern unsigned long shim_warnings;

#define WARN_ON_ONCE(condition) \
	__extension__({ int warn_ = !!(condition); shim_warnings += warn_; warn_; })

#endif
