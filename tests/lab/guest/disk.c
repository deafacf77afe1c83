// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The pattern's idea on the first blocks of xvda, written past every cache: a
 * block whose write was acknowledged must be there, wherever the domain runs now.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "disk.h"
#include "guest.h"
#include "pattern.h"

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
	words_write(disk.block, page_base(DISK_FIRST + block, disk.generation[block] + 1));
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
	if (pread(disk.fd, disk.block, PAGE_BYTES, (off_t)block * PAGE_BYTES) != PAGE_BYTES)
		return false;
	return words_check(disk.block, page_base(DISK_FIRST + block, disk.generation[block])) == PAGE_WORDS;
}

static void *disk_thread(void *unused)
{
	(void)unused;
	for (;;) {
		await_turn(&disk.rate);
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

/**
 * disk_answer() - "verify", or how many blocks a second are to be written
 * @arg: what was asked
 * @answer: filled in
 * @size: of @answer
 */
void disk_answer(const char *arg, char *answer, size_t size)
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
