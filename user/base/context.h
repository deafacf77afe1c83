/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who calls, and what he lays down for all that is done for him. What of it is left zero is not
 * there: nobody is told, nothing is written, nothing is cancelled.
 *
 * Functions say what became of what they were asked for by what they return and by an error; they
 * print nothing. What people should know besides is told here, by the thread that has called.
 */
#ifndef MIGCTL_CONTEXT_H
#define MIGCTL_CONTEXT_H

/* How much it matters. */
enum level {
	LEVEL_NOTE,	/* things go their way */
	LEVEL_WARNING,	/* something is not as it should be, and nothing that was asked for fails */
	LEVEL_ERROR,	/* somebody has to do something */
};

/**
 * struct context - the caller
 * @tell: told a sentence, without a newline, that is good only during the call
 * @arg: for @tell
 * @output: descriptor that scripts write to
 * @cancel: descriptor that can be read from, or is at its end, when he wants no more of what is
 *	under way: a signalfd, an eventfd, a pipe; what is read from it is lost
 * @script_limit: s that a hotplug script may take; 0 for what is usual
 */
struct context {
	void (*tell)(void *arg, enum level level, const char *sentence);
	void *arg;
	int output;
	int cancel;
	unsigned int script_limit;
};

void context_tell(const struct context *c, enum level level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif /* MIGCTL_CONTEXT_H */
