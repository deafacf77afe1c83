/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Memory functions. */
#ifndef _SHIM_LINUX_STRING_H
#define _SHIM_LINUX_STRING_H

#include_next <linux/string.h>
#include <string.h>

#endif
