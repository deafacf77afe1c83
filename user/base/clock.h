/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CLOCK_BOOTTIME, as the module reports it. */
#ifndef MIGCTL_CLOCK_H
#define MIGCTL_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + ts.tv_nsec;
}

static inline uint64_t clock_ms(void)
{
	return clock_ns() / 1000000u;
}

/* ms until a moment of clock_ms(), for poll(); 0 when it has passed. */
static inline int clock_left(uint64_t until)
{
	uint64_t now = clock_ms();

	return now >= until ? 0 : (int)(until - now);
}

#endif /* MIGCTL_CLOCK_H */
