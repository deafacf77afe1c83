// SPDX-License-Identifier: GPL-2.0-or-later
/* What the guest says on its console. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "console.h"
#include "guest.h"

/**
 * say() - write a line on the console; one that is too long is cut
 * @format: without the end of the line
 */
void say(const char *format, ...)
{
	char line[256];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(line, sizeof(line) - 1, format, args);
	va_end(args);
	if (length > (int)sizeof(line) - 2)
		length = sizeof(line) - 2;
	line[length++] = '\n';
	if (write(STDOUT_FILENO, line, length) < 0)
		return;		/* a console that nobody reads is no reason to stop */
}

/**
 * console_thread() - say the counter once a second
 * @unused: as for any thread
 *
 * A console that blocks must not stop the counter, so it has a thread of its own. It says no
 * number twice, whatever time the guest is given: what comes twice at the other end was doubled
 * on the way.
 */
void *console_thread(void *unused)
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

/**
 * lines_answer() - how many numbered lines a second are to be said
 * @arg: what was asked
 * @answer: filled in, with the number of the last line at the rate so far
 * @size: of @answer
 *
 * The thread is started only for who asks: an idle guest stays idle.
 */
void lines_answer(const char *arg, char *answer, size_t size)
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
