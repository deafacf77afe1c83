// SPDX-License-Identifier: GPL-2.0-or-later
/* What the guest answers on its TCP port, line by line. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "chase.h"
#include "console.h"
#include "disk.h"
#include "files.h"
#include "guest.h"
#include "pattern.h"
#include "protocol.h"

#define PORT	7000

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
	pattern_set_rate(rate);
	snprintf(answer, size, "dirty %u", rate);
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
	char memory[128];
	struct utsname uts;
	struct sysinfo si;

	(void)arg;
	uname(&uts);
	sysinfo(&si);
	pattern_info(memory, sizeof(memory));
	snprintf(answer, size, "info name=%s ip=%s %s vcpus=%d nics=%u uptime=%ld kernel=%s",
		 config.name, config.ip, memory, get_nprocs(), config.nics, si.uptime, uts.release);
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

static void answer_echo(const char *arg, char *answer, size_t size)
{
	snprintf(answer, size, "%s", arg);
}

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
	{ "lines", lines_answer, NULL },
	{ "mem", answer_mem, NULL },
	{ "info", answer_info, NULL },
	{ "disk", disk_answer, NULL },
	{ "files", answer_files, NULL },
	{ "chase", chase_answer, NULL },
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

/**
 * listen_open() - begin to listen
 *
 * Return: the socket, for listen_thread(); what went wrong is said on the console.
 */
int listen_open(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (void *)&any, sizeof(any)) || listen(fd, 64))
		say("lab guest: cannot listen: %s", strerror(errno));
	return fd;
}

/**
 * listen_thread() - take connections, each with a thread of its own, for ever
 * @arg: of listen_open()
 */
void *listen_thread(void *arg)
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
