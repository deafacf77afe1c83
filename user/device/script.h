/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running a program of this host, bounded in time and without a shell. */
#ifndef MIGCTL_SCRIPT_H
#define MIGCTL_SCRIPT_H

/* Does anybody wait for a script while the guest is paused? */
enum haste { HASTE_NONE, HASTE_FULL };

int script_run(char *const argv[], char *const envp[], int timeout_ms, enum haste haste,
	       int output);

#endif /* MIGCTL_SCRIPT_H */
