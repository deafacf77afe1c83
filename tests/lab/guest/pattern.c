// SPDX-License-Identifier: GPL-2.0-or-later
/* A pattern in the guest's memory, rewritten all the time and verified page by page. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>

#include "guest.h"
#include "pattern.h"

#define VERIFY_CHUNK	256u

/*
 * Every page's content follows from the seed of this boot, its index and its
 * generation: a stale, lost, swapped, foreign or torn page all differ from
 * what they should be.  The generations stand in a table of their own; its sum
 * must equal @writes, so that a table page which went stale together with the
 * pages it describes is noticed as well.
 */
static struct {
	pthread_mutex_t lock;	/* protects everything below */
	uint64_t *words;
	uint32_t *generation;
	uint32_t pages;
	uint32_t next;
	uint32_t stride;
	uint64_t seed;
	uint64_t writes;
	double debt;		/* pages owed to the rate, a fraction of one */
	unsigned int rate_mib;
} pattern = { .lock = PTHREAD_MUTEX_INITIALIZER };

/**
 * page_base() - what the first word of a page or block is
 * @page: its number; no two kinds of pages share one
 * @generation: how often it has been written
 *
 * Return: the word, another one in every boot; the others follow from it.
 */
uint64_t page_base(uint32_t page, uint32_t generation)
{
	return mix(pattern.seed ^ mix((uint64_t)page << 32 | generation));
}

/**
 * words_write() - write a page
 * @word: PAGE_WORDS words
 * @base: of page_base()
 */
void words_write(uint64_t *word, uint64_t base)
{
	for (unsigned int i = 0; i < PAGE_WORDS; i++, base += WORD_STEP)
		word[i] = base;
}

/**
 * words_check() - look at a page
 * @word: PAGE_WORDS words
 * @base: of page_base()
 *
 * Return: the index of the first word that is wrong, or PAGE_WORDS.
 */
unsigned int words_check(const uint64_t *word, uint64_t base)
{
	unsigned int i;

	for (i = 0; i < PAGE_WORDS && word[i] == base; i++)
		base += WORD_STEP;
	return i;
}

static uint64_t *page_words(uint32_t page)
{
	return pattern.words + (size_t)page * PAGE_WORDS;
}

static void page_write(uint32_t page, uint32_t generation)
{
	words_write(page_words(page), page_base(page, generation));
}

static unsigned int page_check(uint32_t page, uint32_t generation)
{
	return words_check(page_words(page), page_base(page, generation));
}

static uint32_t gcd(uint32_t a, uint32_t b)
{
	return b ? gcd(b, a % b) : a;
}

/* A step that visits every page once a lap, far from its neighbours. */
static uint32_t coprime_stride(uint32_t pages)
{
	uint32_t stride = pages * 0.6180339887 + 1;

	while (gcd(stride, pages) != 1)
		stride++;
	return stride;
}

/**
 * pattern_fill() - make the pattern; once, before there are threads
 * @mib: its size
 *
 * Return: whether there was memory for it.
 */
bool pattern_fill(unsigned int mib)
{
	pattern.words = map_bytes((size_t)mib << 20);
	pattern.generation = map_bytes((size_t)mib * MIB_PAGES * sizeof(uint32_t) + PAGE_BYTES);
	if (!pattern.words || !pattern.generation)
		return false;
	for (uint32_t page = 0; page < mib * MIB_PAGES; page++) {
		pattern.generation[page] = 1;
		page_write(page, 1);
	}
	pattern.pages = mib * MIB_PAGES;
	pattern.writes = pattern.pages;
	pattern.stride = coprime_stride(pattern.pages);
	return true;
}

/* Pages that are written and given back: the kernel does not clear what it frees. */
#define STAIN_FIRST	0xe0000000u

static void stain_free(unsigned int mib)
{
	uint64_t *word = map_bytes((size_t)mib << 20);

	if (!word)
		return;
	for (uint32_t page = 0; page < mib * MIB_PAGES; page++)
		word[(size_t)page * PAGE_WORDS] = page_base(STAIN_FIRST + page, 1);
	munmap(word, (size_t)mib << 20);
}

#define RESERVE_KIB	4096

/*
 * From 512 MiB on, the kernel keeps dozens of MiB to itself for the sake of huge
 * pages (khugepaged), which are free and yet not to be had.
 */
static void lower_reserve(void)
{
	FILE *file = fopen("/proc/sys/vm/min_free_kbytes", "r+");
	unsigned int kib;

	if (!file)
		return;
	if (fscanf(file, "%u", &kib) == 1 && kib > RESERVE_KIB) {
		rewind(file);
		fprintf(file, "%u", RESERVE_KIB);
	}
	fclose(file);
}

/**
 * pattern_fill_but() - make the pattern of nearly all memory that is free
 * @spare: MiB that stay free
 *
 * Most of those are written to as well: a guest of which hardly a page is zero
 * or like another.
 *
 * Return: whether there was memory for it.
 */
bool pattern_fill_but(unsigned int spare)
{
	unsigned int left = free_mib(), fill = left > spare ? left - spare : 0;
	/* Short of memory, the kernel would kill us; what it calls short grows with what there is. */
	unsigned int floor = spare / 4 + left / 256;
	bool good;

	lower_reserve();
	/* Page tables and generations take three octets in a thousand more. */
	good = !fill || pattern_fill(fill - fill / 256);
	left = free_mib();
	if (left > floor)
		stain_free(left - floor);
	return good;
}

/**
 * pattern_seed() - choose what page_base() stands on; before all else here
 *
 * No two boots share a pattern, so memory of another domain or time is never right.
 */
void pattern_seed(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	pattern.seed = mix(now.tv_sec * 1000000000ull + now.tv_nsec);
}

/**
 * pattern_dirty() - rewrite the pages that the rate asks for
 * @seconds: since the last call; more than a few ticks are not caught up on
 */
void pattern_dirty(double seconds)
{
	uint32_t count;

	if (seconds > 4.0 / TICKS_PER_S)
		seconds = 4.0 / TICKS_PER_S;
	pthread_mutex_lock(&pattern.lock);
	if (!pattern.pages || !pattern.rate_mib)
		goto out;
	pattern.debt += seconds * pattern.rate_mib * MIB_PAGES;
	count = pattern.debt;
	pattern.debt -= count;
	while (count--) {
		page_write(pattern.next, ++pattern.generation[pattern.next]);
		pattern.writes++;
		pattern.next = (pattern.next + pattern.stride) % pattern.pages;
	}
out:
	pthread_mutex_unlock(&pattern.lock);
}

/* Say what a wrong page holds, as far as that can be told. */
static void page_explain(char *why, size_t size, uint32_t page, unsigned int word)
{
	const uint64_t *got = page_words(page);
	uint32_t generation = pattern.generation[page];

	for (uint32_t back = 1; back <= 1000 && back < generation; back++)
		if (got[word] == page_base(page, generation - back) + word * WORD_STEP) {
			snprintf(why, size, "%s: %u generations old from word %u",
				 word ? "torn" : "stale", back, word);
			return;
		}
	for (uint32_t other = 0; other < pattern.pages; other++)
		if (got[word] == page_base(other, pattern.generation[other]) + word * WORD_STEP) {
			snprintf(why, size, "holds page %u from word %u", other, word);
			return;
		}
	snprintf(why, size, "generation %u, word %u is %016llx%s", generation, word,
		 (unsigned long long)got[word], got[word] ? "" : " (zero)");
}

/* Pages from @first on, one chunk under the lock; false with @answer set when one is wrong. */
static bool verify_chunk(uint32_t first, char *answer, size_t size)
{
	char why[160];

	for (uint32_t page = first; page < first + VERIFY_CHUNK && page < pattern.pages; page++) {
		unsigned int word = page_check(page, pattern.generation[page]);

		if (word == PAGE_WORDS)
			continue;
		page_explain(why, sizeof(why), page, word);
		snprintf(answer, size, "bad %u %s", page, why);
		return false;
	}
	return true;
}

/**
 * pattern_verify() - look at every page, while it is written to
 * @answer: filled in: "ok" and how many there are, or "bad", the page and why
 * @size: of @answer
 */
void pattern_verify(char *answer, size_t size)
{
	uint64_t sum = 0;
	bool good = true;

	/* In chunks, so that the writer is never held up for long. */
	for (uint32_t first = 0; good && first < pattern.pages; first += VERIFY_CHUNK) {
		pthread_mutex_lock(&pattern.lock);
		good = verify_chunk(first, answer, size);
		pthread_mutex_unlock(&pattern.lock);
	}
	if (!good)
		return;

	pthread_mutex_lock(&pattern.lock);
	for (uint32_t page = 0; page < pattern.pages; page++)
		sum += pattern.generation[page];
	if (sum == pattern.writes)
		snprintf(answer, size, "ok %u", pattern.pages);
	else
		snprintf(answer, size, "bad 0 table: %llu writes recorded, %llu made",
			 (unsigned long long)sum, (unsigned long long)pattern.writes);
	pthread_mutex_unlock(&pattern.lock);
}

/**
 * pattern_set_rate() - how much of the pattern is rewritten
 * @mib: in a second
 */
void pattern_set_rate(unsigned int mib)
{
	pthread_mutex_lock(&pattern.lock);
	pattern.rate_mib = mib;
	pthread_mutex_unlock(&pattern.lock);
}

/**
 * pattern_info() - describe the pattern
 * @text: filled in, as the protocol's `info` has it
 * @size: of @text
 */
void pattern_info(char *text, size_t size)
{
	pthread_mutex_lock(&pattern.lock);
	snprintf(text, size, "pages=%u writes=%llu dirty=%u", pattern.pages,
		 (unsigned long long)pattern.writes, pattern.rate_mib);
	pthread_mutex_unlock(&pattern.lock);
}
