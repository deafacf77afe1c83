/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A test is a function; CHECK() notes a failure and lets the test go on. The
 * program is quiet but for failures, then says "<passed> <failed>".
 */
#ifndef _HARNESS_H
#define _HARNESS_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <linux/types.h>

static unsigned int harness_failures;	/* of the test that runs */
bool shim_alloc_fails;
unsigned long shim_warnings;

#define CHECK(condition) do {							\
	if (!(condition)) {							\
		harness_failures++;						\
		fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);	\
	}									\
} while (0)

#define CHECK_EQ(got, want) do {						\
	long long got_ = (long long)(got), want_ = (long long)(want);		\
										\
	if (got_ != want_) {							\
		harness_failures++;						\
		fprintf(stderr, "%s:%d: %s is %lld, not %lld\n",		\
			__FILE__, __LINE__, #got, got_, want_);			\
	}									\
} while (0)

#define CHECK_STR(got, want) do {						\
	const char *s_ = (got);							\
										\
	if (!s_ || strcmp(s_, want)) {						\
		harness_failures++;						\
		fprintf(stderr, "%s:%d: %s is \"%s\", not \"%s\"\n",		\
			__FILE__, __LINE__, #got, s_ ? s_ : "(null)", want);	\
	}									\
} while (0)

/* xorshift64*, so that every run and every machine sees the same numbers. */
static u64 harness_seed = 0x9e3779b97f4a7c15ULL;

static inline u64 any(void)
{
	harness_seed ^= harness_seed >> 12;
	harness_seed ^= harness_seed << 25;
	harness_seed ^= harness_seed >> 27;
	return harness_seed * 0x2545f4914f6cdd1dULL;
}

static inline u64 any_below(u64 n)
{
	return any() % n;
}

struct test {
	const char *name;
	void (*run)(void);
};

#define TEST(function)	{ #function, function }

static inline int harness_main(const struct test *tests, size_t n)
{
	unsigned int passed = 0, failed = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		harness_failures = 0;
		shim_alloc_fails = false;
		tests[i].run();
		if (!harness_failures) {
			passed++;
			continue;
		}
		failed++;
		fprintf(stderr, "%s: failed\n", tests[i].name);
	}
	printf("%u %u\n", passed, failed);
	return failed != 0;
}

#define HARNESS_MAIN(tests)						\
int main(void)								\
{									\
	return harness_main(tests, sizeof(tests) / sizeof((tests)[0]));	\
}

#endif
