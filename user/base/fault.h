/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Places in the switch-over where a test can stop a controller; see testing.rst. Only
 * migctl built with FAULT_POINTS=1 has them.
 */
#ifndef MIGCTL_FAULT_H
#define MIGCTL_FAULT_H

#ifdef XENMIG_FAULT_POINTS
void fault_point(const char *name);
#else
static inline void fault_point(const char *name)
{
	(void)name;
}
#endif

#endif /* MIGCTL_FAULT_H */
