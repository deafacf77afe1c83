/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes that do something for this one and may never end.
 *
 * Nothing else of what may be a library makes processes, and nothing of the caller's is changed for
 * them. He may ignore SIGCHLD, or reap whatever child of his ends: how one of these has ended is
 * told by its parent, a keeper, over a socket. None is left for anybody to wait for, not even one
 * that the kernel does not let go of when it is killed: the keeper ends, and then it is init's, or
 * the caller's where he wants to be the parent of orphans (PR_SET_CHILD_SUBREAPER).
 */
#ifndef MIGCTL_CHILD_H
#define MIGCTL_CHILD_H

#include <stdint.h>
#include <sys/types.h>

/**
 * struct child - a process that was started
 * @pid: of it
 * @keeper: of its parent
 * @word: socket to that
 */
struct child {
	pid_t pid;
	pid_t keeper;
	int word;
};

int child_start(struct child *c, const char *name, int (*work)(void *arg), void *arg);
int child_await(struct child *c, uint64_t until);
void child_leave(struct child *c);
int child_run(const char *name, int (*work)(void *arg), void *arg, uint64_t until);

/* In a child */
int child_close_but(int one, int other);
int child_become(char *const argv[], char *const envp[], int fds);

#endif /* MIGCTL_CHILD_H */
