// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The lab's test guest: the only process of a tiny Linux domain.
 *
 * It keeps a pattern in its memory that it can verify page by page, rewrites
 * some of it all the time, says a counter on its console once a second and
 * answers a line protocol on TCP port 7000.  Everything it does hangs on one
 * 20 Hz tick, so that an emulated host is left nearly idle.
 *
 * Built static and used as /init; called as poweroff or reboot (the kernel's
 * helpers for `xl shutdown` and `xl reboot`) it only does that.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "files.h"

#define PORT		7000
#define PAGE_BYTES	4096u
#define PAGE_WORDS	(PAGE_BYTES / sizeof(uint64_t))
#define MIB_PAGES	(1048576u / PAGE_BYTES)
#define TICK_NS		50000000ll
#define TICKS_PER_S	20
#define VERIFY_CHUNK	256u
#define MAX_NICS	4

/* ---- what the lab asked for, from the kernel command line ---- */

static struct {
	char name[64];
	char ip[32];
	unsigned int nics;
	unsigned int fill_mib;
	unsigned int spare_mib;
	unsigned int dirty_mib;
	unsigned int emulated;	/* drivers of emulated devices, and not of PV ones */
} config = { .name = "guest", .nics = 1 };

static void config_word(const char *word)
{
	sscanf(word, "lab.name=%63s", config.name);
	sscanf(word, "lab.ip=%31s", config.ip);
	sscanf(word, "lab.nics=%u", &config.nics);
	sscanf(word, "lab.fill=%u", &config.fill_mib);
	sscanf(word, "lab.spare=%u", &config.spare_mib);
	sscanf(word, "lab.dirty=%u", &config.dirty_mib);
	sscanf(word, "lab.emulated=%u", &config.emulated);
}

static void config_read(void)
{
	char line[4096] = "", *word, *rest;
	int fd = open("/proc/cmdline", O_RDONLY);

	if (fd < 0 || read(fd, line, sizeof(line) - 1) < 0)
		return;
	close(fd);
	for (word = strtok_r(line, " \n", &rest); word;
	     word = strtok_r(NULL, " \n", &rest))
		config_word(word);
	if (config.nics > MAX_NICS)
		config.nics = MAX_NICS;
}

/* ---- threads ---- */

static bool thread_start(void *(*run)(void *), void *arg)
{
	pthread_attr_t attr;
	pthread_t thread;
	bool started;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 65536);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	started = !pthread_create(&thread, &attr, run, arg);
	pthread_attr_destroy(&attr);
	return started;
}

/* ---- the pattern ---- */

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

static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

static uint64_t page_base(uint32_t page, uint32_t generation)
{
	return mix(pattern.seed ^ mix((uint64_t)page << 32 | generation));
}

/* Consecutive words differ by an odd constant, so no page is ever all zero. */
#define WORD_STEP	0x9e3779b97f4a7c15ull

static void page_write(uint32_t page, uint32_t generation)
{
	uint64_t *word = pattern.words + (size_t)page * PAGE_WORDS;
	uint64_t value = page_base(page, generation);

	for (unsigned int i = 0; i < PAGE_WORDS; i++, value += WORD_STEP)
		word[i] = value;
}

/* The first word that is wrong, or PAGE_WORDS. */
static unsigned int page_check(uint32_t page, uint32_t generation)
{
	const uint64_t *word = pattern.words + (size_t)page * PAGE_WORDS;
	uint64_t value = page_base(page, generation);
	unsigned int i;

	for (i = 0; i < PAGE_WORDS && word[i] == value; i++)
		value += WORD_STEP;
	return i;
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

static void *map_bytes(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static bool pattern_fill(unsigned int mib)
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

static unsigned int free_mib(void)
{
	struct sysinfo si = { 0 };

	sysinfo(&si);
	return ((unsigned long long)si.freeram * si.mem_unit) >> 20;
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

/*
 * Fill all memory that is free but for @spare MiB, and write to most of those
 * as well: a guest of which hardly a page is zero or like another.
 */
static bool pattern_fill_but(unsigned int spare)
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

/* No two boots share a pattern, so memory of another domain or time is never right. */
static void pattern_seed(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	pattern.seed = mix(now.tv_sec * 1000000000ull + now.tv_nsec);
}

/* Rewrite the pages that the rate asks for after @seconds; never catch up on more than a few ticks. */
static void pattern_dirty(double seconds)
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
	const uint64_t *got = pattern.words + (size_t)page * PAGE_WORDS;
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

static void pattern_verify(char *answer, size_t size)
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

/* ---- the disk ---- */

/*
 * The same idea on the first blocks of xvda, written past every cache: a block
 * whose write was acknowledged must be there, wherever the domain runs now.
 */
#define DISK_BLOCKS	256u

static struct {
	pthread_mutex_t lock;	/* protects everything below */
	int fd;
	uint64_t *block;
	uint32_t generation[DISK_BLOCKS];
	uint32_t next;
	uint64_t writes;
	unsigned int errors;
	volatile unsigned int rate;	/* writes per second */
} disk = { .lock = PTHREAD_MUTEX_INITIALIZER, .fd = -1 };

/* Disk blocks count from here, so that no block can pass for a page of memory. */
#define DISK_FIRST	0xd0000000u

static void disk_write(uint32_t block)
{
	uint64_t value = page_base(DISK_FIRST + block, disk.generation[block] + 1);

	for (unsigned int i = 0; i < PAGE_WORDS; i++, value += WORD_STEP)
		disk.block[i] = value;
	if (pwrite(disk.fd, disk.block, PAGE_BYTES, (off_t)block * PAGE_BYTES) != PAGE_BYTES) {
		disk.errors++;
		return;
	}
	disk.generation[block]++;
	disk.writes++;
}

/* Whether the block on the disk holds what was last acknowledged. */
static bool disk_check(uint32_t block)
{
	uint64_t value = page_base(DISK_FIRST + block, disk.generation[block]);
	unsigned int i;

	if (pread(disk.fd, disk.block, PAGE_BYTES, (off_t)block * PAGE_BYTES) != PAGE_BYTES)
		return false;
	for (i = 0; i < PAGE_WORDS && disk.block[i] == value; i++)
		value += WORD_STEP;
	return i == PAGE_WORDS;
}

static void *disk_thread(void *unused)
{
	(void)unused;
	for (;;) {
		unsigned int rate = disk.rate;

		usleep(rate ? 1000000 / rate : 200000);
		if (!rate)
			continue;
		pthread_mutex_lock(&disk.lock);
		disk_write(disk.next);
		disk.next = (disk.next + 1) % DISK_BLOCKS;
		pthread_mutex_unlock(&disk.lock);
	}
	return NULL;
}

static void disk_verify(char *answer, size_t size)
{
	uint32_t checked = 0, block;

	pthread_mutex_lock(&disk.lock);
	for (block = 0; block < DISK_BLOCKS; block++) {
		if (!disk.generation[block])
			continue;
		if (!disk_check(block))
			break;
		checked++;
	}
	if (disk.errors)
		snprintf(answer, size, "bad 0 %u writes failed", disk.errors);
	else if (block < DISK_BLOCKS)
		snprintf(answer, size, "bad %u not what was written last", block);
	else
		snprintf(answer, size, "ok %u %llu", checked, (unsigned long long)disk.writes);
	pthread_mutex_unlock(&disk.lock);
}

/* ---- a chase of pointers ---- */

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

/* ---- the tick ---- */

static volatile uint64_t counter;

static void say(const char *format, ...)
{
	char line[256];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(line, sizeof(line) - 1, format, args);
	va_end(args);
	line[length++] = '\n';
	if (write(STDOUT_FILENO, line, length) < 0)
		return;		/* a console that nobody reads is no reason to stop */
}

static double seconds_between(const struct timespec *from, const struct timespec *to)
{
	return to->tv_sec - from->tv_sec + (to->tv_nsec - from->tv_nsec) / 1e9;
}

/*
 * A console that blocks must not stop the counter, so it has a thread of its own. It says no
 * number twice, whatever time the guest is given: what comes twice at the other end was doubled
 * on the way.
 */
static void *console_thread(void *unused)
{
	uint64_t said = 0, now;

	(void)unused;
	for (;;) {
		sleep(1);
		while ((now = counter) == said)
			usleep(1000000 / TICKS_PER_S);
		say("counter %llu", (unsigned long long)now);
		said = now;
	}
	return NULL;
}

/* ---- numbered lines on the console ---- */

#define LINES_MAX	2000u	/* per second */

static struct {
	pthread_mutex_t lock;	/* protects everything below */
	bool begun;
	unsigned int rate;	/* per second */
	unsigned long long last;
} lines = { .lock = PTHREAD_MUTEX_INITIALIZER };

/*
 * Whatever reads the console can tell whether one is missing or came twice. The lock is held
 * until the lines of a tick are out, however long the console blocks: who was told the last
 * line's number at rate 0 sees none behind it.
 */
static void *lines_thread(void *unused)
{
	(void)unused;
	for (;;) {
		usleep(1000000 / TICKS_PER_S);
		pthread_mutex_lock(&lines.lock);
		for (unsigned int i = lines.rate / TICKS_PER_S; i; i--)
			say("line %llu of many that are all alike", ++lines.last);
		pthread_mutex_unlock(&lines.lock);
	}
	return NULL;
}

static void tick_forever(void)
{
	const struct timespec tick = { .tv_nsec = TICK_NS };
	struct timespec last, now;

	clock_gettime(CLOCK_MONOTONIC, &last);
	for (;;) {
		clock_nanosleep(CLOCK_MONOTONIC, 0, &tick, NULL);
		clock_gettime(CLOCK_MONOTONIC, &now);
		counter++;
		pattern_dirty(seconds_between(&last, &now));
		last = now;
	}
}

/* ---- the protocol ---- */

static long long now_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static void answer_counter(const char *arg, char *answer, size_t size)
{
	(void)arg;
	snprintf(answer, size, "counter %llu", (unsigned long long)counter);
}

static void answer_clock(const char *arg, char *answer, size_t size)
{
	(void)arg;
	snprintf(answer, size, "clock %lld %lld", now_ns(CLOCK_MONOTONIC), now_ns(CLOCK_REALTIME));
}

static void answer_verify(const char *arg, char *answer, size_t size)
{
	(void)arg;
	pattern_verify(answer, size);
}

static void answer_dirty(const char *arg, char *answer, size_t size)
{
	unsigned int rate;

	if (sscanf(arg, "%u", &rate) != 1) {
		snprintf(answer, size, "error dirty takes MiB per second");
		return;
	}
	pthread_mutex_lock(&pattern.lock);
	pattern.rate_mib = rate;
	pthread_mutex_unlock(&pattern.lock);
	snprintf(answer, size, "dirty %u", rate);
}

/* The thread is started only for who asks: an idle guest stays idle. */
static void answer_lines(const char *arg, char *answer, size_t size)
{
	unsigned long long last;
	unsigned int rate;

	if (sscanf(arg, "%u", &rate) != 1 || rate > LINES_MAX) {
		snprintf(answer, size, "error lines takes up to %u per second", LINES_MAX);
		return;
	}
	pthread_mutex_lock(&lines.lock);
	lines.rate = rate;
	last = lines.last;
	if (!lines.begun)
		lines.begun = thread_start(lines_thread, NULL);
	pthread_mutex_unlock(&lines.lock);
	snprintf(answer, size, "lines %u %llu", rate, last);
}

static void answer_mem(const char *arg, char *answer, size_t size)
{
	unsigned long total = 0, available = 0;
	char line[128];
	FILE *f = fopen("/proc/meminfo", "r");

	(void)arg;
	while (f && fgets(line, sizeof(line), f)) {
		sscanf(line, "MemTotal: %lu", &total);
		sscanf(line, "MemFree: %lu", &available);
	}
	if (f)
		fclose(f);
	snprintf(answer, size, "mem %lu %lu", total, available);
}

static void answer_info(const char *arg, char *answer, size_t size)
{
	struct utsname uts;
	struct sysinfo si;

	(void)arg;
	uname(&uts);
	sysinfo(&si);
	snprintf(answer, size, "info name=%s ip=%s pages=%u writes=%llu dirty=%u vcpus=%d nics=%u uptime=%ld kernel=%s",
		 config.name, config.ip, pattern.pages, (unsigned long long)pattern.writes,
		 pattern.rate_mib, get_nprocs(), config.nics, si.uptime, uts.release);
}

/* The disk is opened, and its thread started, only for who asks: an idle guest stays idle. */
static bool disk_ready(void)
{
	bool ready;

	pthread_mutex_lock(&disk.lock);
	if (disk.fd < 0) {
		disk.block = map_bytes(PAGE_BYTES);
		disk.fd = open(config.emulated ? "/dev/sda" : "/dev/xvda",
			       O_RDWR | O_DIRECT | O_SYNC | O_CLOEXEC);
		if (disk.fd >= 0)
			thread_start(disk_thread, NULL);
	}
	ready = disk.fd >= 0 && disk.block;
	pthread_mutex_unlock(&disk.lock);
	return ready;
}

static void answer_disk(const char *arg, char *answer, size_t size)
{
	unsigned int rate;

	if (!disk_ready())
		snprintf(answer, size, "error no disk xvda: %s", strerror(errno));
	else if (!strcmp(arg, "verify"))
		disk_verify(answer, size);
	else if (sscanf(arg, "%u", &rate) != 1 || rate > 1000)
		snprintf(answer, size, "error disk takes `verify` or up to 1000 writes per second");
	else {
		disk.rate = rate;
		snprintf(answer, size, "disk %u", rate);
	}
}

static void module_load(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST)
		say("lab guest: cannot load %s: %s", path, strerror(errno));
	close(fd);
}

static void answer_files(const char *arg, char *answer, size_t size)
{
	static const char *const modules[] = { "crc16", "crc32c_generic", "mbcache", "jbd2", "ext4" };
	char path[48];

	for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]) && !files_mount(); i++) {
		snprintf(path, sizeof(path), "/modules/%s.ko", modules[i]);
		module_load(path);
	}
	if (files_mount())
		files_answer(arg, answer, size);
	else
		snprintf(answer, size, "error no file system on xvda: %s", strerror(errno));
}

static void answer_chase(const char *arg, char *answer, size_t size)
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

static void answer_echo(const char *arg, char *answer, size_t size)
{
	snprintf(answer, size, "%s", arg);
}

static void end_poweroff(void) { reboot(RB_POWER_OFF); }
static void end_reboot(void) { reboot(RB_AUTOBOOT); }

static void end_crash(void)
{
	int fd = open("/proc/sysrq-trigger", O_WRONLY);

	if (fd >= 0 && write(fd, "c", 1) == 1)
		close(fd);
}

static const struct command {
	const char *word;
	void (*answer)(const char *arg, char *answer, size_t size);
	void (*end)(void);	/* ends the guest, after "ok" went out */
} commands[] = {
	{ "counter", answer_counter, NULL },
	{ "clock", answer_clock, NULL },
	{ "verify", answer_verify, NULL },
	{ "dirty", answer_dirty, NULL },
	{ "lines", answer_lines, NULL },
	{ "mem", answer_mem, NULL },
	{ "info", answer_info, NULL },
	{ "disk", answer_disk, NULL },
	{ "files", answer_files, NULL },
	{ "chase", answer_chase, NULL },
	{ "echo", answer_echo, NULL },
	{ "poweroff", NULL, end_poweroff },
	{ "reboot", NULL, end_reboot },
	{ "crash", NULL, end_crash },
};

static const struct command *command_find(const char *word)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(commands[i].word, word))
			return &commands[i];
	return NULL;
}

static void serve_line(FILE *out, char *line)
{
	const struct command *command;
	char answer[1024] = "ok";
	char *arg;

	line[strcspn(line, "\r\n")] = '\0';
	arg = line + strcspn(line, " ");
	if (*arg)
		*arg++ = '\0';
	command = command_find(line);
	if (!command)
		snprintf(answer, sizeof(answer), "error unknown command %.64s", line);
	else if (command->answer)
		command->answer(arg, answer, sizeof(answer));
	fprintf(out, "%s\n", answer);
	fflush(out);
	if (command && command->end) {
		usleep(200000);		/* let the answer leave */
		command->end();
	}
}

static void *connection_thread(void *arg)
{
	int fd = (intptr_t)arg;
	FILE *in = fdopen(fd, "r");
	FILE *out = fdopen(dup(fd), "w");
	char line[1024];

	while (in && out && fgets(line, sizeof(line), in))
		serve_line(out, line);
	if (in)
		fclose(in);
	if (out)
		fclose(out);
	return NULL;
}

static int listen_open(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (void *)&any, sizeof(any)) || listen(fd, 64))
		say("lab guest: cannot listen: %s", strerror(errno));
	return fd;
}

static void *listen_thread(void *arg)
{
	int listener = (intptr_t)arg, on = 1;

	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd < 0) {
			usleep(100000);
			continue;
		}
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		if (!thread_start(connection_thread, (void *)(intptr_t)fd))
			close(fd);
	}
	return NULL;
}

/* ---- bringing the domain up ---- */

static bool interface_wait(const char *name)
{
	for (int i = 0; i < 500; i++) {
		if (if_nametoindex(name))
			return true;
		usleep(20000);
	}
	return false;
}

static void interface_address(struct ifreq *request, in_addr_t address)
{
	struct sockaddr_in *in = (void *)&request->ifr_addr;

	memset(in, 0, sizeof(*in));
	in->sin_family = AF_INET;
	in->sin_addr.s_addr = address;
}

/* Interface N gets the lab's address for the guest in the Nth /24 after the first. */
static bool interface_up(const char *name, unsigned int index)
{
	struct ifreq request = { 0 };
	in_addr_t address = htonl(ntohl(inet_addr(config.ip)) + (index << 8));
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	bool good;

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	interface_address(&request, address);
	good = !ioctl(fd, SIOCSIFADDR, &request);
	interface_address(&request, htonl(0xffffff00));
	good = good && !ioctl(fd, SIOCSIFNETMASK, &request);
	request.ifr_flags = IFF_UP | IFF_RUNNING;
	good = good && !ioctl(fd, SIOCSIFFLAGS, &request);
	close(fd);
	return good;
}

static void network_up(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	char name[IFNAMSIZ];

	ioctl(fd, SIOCSIFFLAGS, &lo);
	close(fd);
	for (unsigned int i = 0; i < config.nics; i++) {
		snprintf(name, sizeof(name), "eth%u", i);
		if (!interface_wait(name) || !interface_up(name, i))
			say("lab guest: no network on %s: %s", name, strerror(errno));
	}
}

/* In the order that a list has them, each behind those that it needs. */
static void modules_load(const char *list)
{
	char line[128];
	FILE *file = fopen(list, "r");

	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		module_load(line);
	}
	if (file)
		fclose(file);
}

static void drivers_load(void)
{
	if (config.emulated) {
		modules_load("/modules/emulated");
		return;
	}
	module_load("/modules/xen-netfront.ko");
	module_load("/modules/xen-blkfront.ko");
}

static void filesystems_mount(void)
{
	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mkdir("/dev", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
}

static void console_open(void)
{
	int fd = open("/dev/console", O_RDWR);

	if (fd < 0)
		return;
	for (int i = 0; i < 3; i++)
		dup2(fd, i);
	if (fd > 2)
		close(fd);
}

static void end_as_called(const char *name)
{
	const char *slash = strrchr(name, '/');

	name = slash ? slash + 1 : name;
	if (!strcmp(name, "poweroff"))
		end_poweroff();
	if (!strcmp(name, "reboot"))
		end_reboot();
}

int main(int argc, char **argv)
{
	(void)argc;
	end_as_called(argv[0]);
	if (getpid() != 1) {
		fprintf(stderr, "%s: this is the init of the lab's guest\n", argv[0]);
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	filesystems_mount();
	console_open();
	config_read();
	drivers_load();
	network_up();
	pattern_seed();
	if (config.fill_mib && !pattern_fill(config.fill_mib))
		say("lab guest: no memory for a pattern of %u MiB", config.fill_mib);
	if (config.spare_mib && !config.fill_mib && !pattern_fill_but(config.spare_mib))
		say("lab guest: no memory for a pattern");
	pattern.rate_mib = config.dirty_mib;
	thread_start(listen_thread, (void *)(intptr_t)listen_open());
	thread_start(console_thread, NULL);
	say("up %s %s", config.name, config.ip);
	tick_forever();
	return 0;
}
