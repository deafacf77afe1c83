// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "host/host.h"

/**
 * host_check() - whether a domain can be moved from or to this machine at all
 * @err: why not
 *
 * Return: 0 or -1.
 */
int host_check(struct error *err)
{
	char text[128];

	if (!files_line("/sys/hypervisor/type", text, sizeof(text)) || strcmp(text, "xen"))
		return error_set(err, EXIT_REFUSED,
			"This machine does not run on Xen: boot it under the Xen hypervisor and run migctl in its dom0.");
	if (files_line("/proc/xen/capabilities", text, sizeof(text)) && !strstr(text, "control_d"))
		return error_set(err, EXIT_REFUSED,
			"This is a guest and not dom0: run migctl in the control domain of the host.");
	if (geteuid())
		return error_set(err, EXIT_REFUSED,
			"migctl has not the rights to move domains: run it as root.");
	return 0;
}
