// SPDX-License-Identifier: GPL-2.0-or-later
/* How long the guest's memory takes to answer. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "chase.h"
#include "guest.h"
#include "pattern.h"

/*
 * One pointer a page, each to a page anywhere: every step needs a translation
 * that is not at hand, so the time of a step tells how memory is mapped.  It is
 * mapped once and stays, so that the same memory is chased before and after a
 * move.
 */
#define CHASE_STEPS	(1u << 20)
#define CHASE_MIB	65536u
#define CACHE_LINE	64u

static struct {
	pthread_mutex_t lock;	/* protects everything below */
	char *memory;
	uint32_t pages;
} chase = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* Where page's pointer stands in it: not always in the same set of a cache. */
static void **chase_node(uint32_t page)
{
	return (void **)(chase.memory + (size_t)page * PAGE_BYTES +
			 mix(page) % (PAGE_BYTES / CACHE_LINE) * CACHE_LINE);
}

/* Sattolo's shuffle: what comes of it is a single ring. */
static void chase_link(uint32_t *next)
{
	uint64_t random = 1;

	for (uint32_t i = 0; i < chase.pages; i++)
		next[i] = i;
	for (uint32_t i = chase.pages - 1; i > 0; i--) {
		uint32_t other = (random = mix(random + WORD_STEP)) % i, kept = next[i];

		next[i] = next[other];
		next[other] = kept;
	}
	for (uint32_t i = 0; i < chase.pages; i++)
		*chase_node(i) = chase_node(next[i]);
}

static void chase_drop(void)
{
	if (chase.memory)
		munmap(chase.memory, (size_t)chase.pages * PAGE_BYTES);
	chase.memory = NULL;
	chase.pages = 0;
}

/* Memory for the ring; small pages, lest the kernel makes them large between two chases. */
static bool chase_prepare(unsigned int mib)
{
	uint32_t pages = mib * MIB_PAGES, *next;

	if (chase.pages == pages)
		return true;
	chase_drop();
	if (mib >= free_mib())
		return false;
	next = malloc(pages * sizeof(*next));
	chase.memory = map_bytes((size_t)pages * PAGE_BYTES);
	chase.pages = pages;
	if (next && chase.memory) {
		madvise(chase.memory, (size_t)pages * PAGE_BYTES, MADV_NOHUGEPAGE);
		chase_link(next);
	} else {
		chase_drop();
	}
	free(next);
	return chase.memory;
}

/* Whole laps, so that the walk must end where it began. */
static bool chase_walk(uint64_t *steps)
{
	void *begin = chase_node(0), *at = begin;

	*steps = (CHASE_STEPS + chase.pages - 1) / chase.pages * (uint64_t)chase.pages;
	for (uint64_t left = *steps; left; left--)
		at = *(void *volatile *)at;
	return at == begin;
}

/**
 * chase_answer() - walk through so many MiB, and say how long a step took
 * @arg: what was asked
 * @answer: filled in: ns of a step, and how many there were
 * @size: of @answer
 */
void chase_answer(const char *arg, char *answer, size_t size)
{
	unsigned int mib;
	uint64_t steps;
	long long began;
	bool whole;

	if (sscanf(arg, "%u", &mib) != 1 || !mib || mib > CHASE_MIB) {
		snprintf(answer, size, "error chase takes up to %u MiB", CHASE_MIB);
		return;
	}
	pthread_mutex_lock(&chase.lock);
	if (chase_prepare(mib)) {
		began = now_ns(CLOCK_MONOTONIC);
		whole = chase_walk(&steps);
		snprintf(answer, size, whole ? "chase %.2f %llu" : "bad: the ring is broken",
			 (double)(now_ns(CLOCK_MONOTONIC) - began) / steps, (unsigned long long)steps);
	} else {
		snprintf(answer, size, "error no memory for a chase over %u MiB", mib);
	}
	pthread_mutex_unlock(&chase.lock);
}
