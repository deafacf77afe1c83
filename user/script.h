/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running a program of this host, bounded in time and without a shell. */
#ifndef MIGCTL_SCRIPT_H
#define MIGCTL_SCRIPT_H

int script_run(char *const argv[], char *const envp[], int timeout_ms);

#endif /* MIGCTL_SCRIPT_H */
