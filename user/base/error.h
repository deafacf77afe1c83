/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MIGCTL_ERROR_H
#define MIGCTL_ERROR_H

#include <stddef.h>

/* Exit codes of migctl; migctl(8) lists them. */
enum exit_code {
	EXIT_MOVED = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_UNKNOWN = 3,
	EXIT_CANCELLED = 4,
	EXIT_ENDED = 5,
	EXIT_REFUSED = 6,
};

/**
 * struct error - what went wrong, in one sentence with cause and cure
 * @code: exit code that goes with it
 * @reason: enum xenmig_reason, for the peer
 * @from_peer: the sentence came from the other controller
 * @text: the sentence; empty while nothing went wrong
 */
struct error {
	enum exit_code code;
	unsigned int reason;
	int from_peer;
	char text[4096];
};

int error_set(struct error *err, enum exit_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void error_clear(struct error *err);
const char *error_printable(char *text);
const char *error_sentence(char *text, size_t size);

#endif /* MIGCTL_ERROR_H */
