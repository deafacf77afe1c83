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
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#include "console.h"
#include "guest.h"
#include "pattern.h"
#include "protocol.h"

#define TICK_NS		(1000000000l / TICKS_PER_S)
#define MAX_NICS	4

/* ---- what the lab asked for, from the kernel command line ---- */

struct config config = { .name = "guest", .nics = 1 };

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

/* ---- for all parts ---- */

/**
 * thread_start() - start a thread that nobody waits for, with 64 KiB of stack
 * @run: what it does
 * @arg: for @run
 *
 * Return: whether it runs.
 */
bool thread_start(void *(*run)(void *), void *arg)
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

/**
 * await_turn() - sleep until something is due that is done at a rate
 * @rate: times a second; while it is 0 nothing is due. May be changed meanwhile.
 */
void await_turn(const volatile unsigned int *rate)
{
	unsigned int now;

	do {
		now = *rate;
		usleep(now ? 1000000 / now : 200000);
	} while (!now);
}

/**
 * map_bytes() - get memory, all zero
 * @bytes: how much
 *
 * Return: whole pages, or NULL.
 */
void *map_bytes(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

/** free_mib() - memory that is free, in MiB */
unsigned int free_mib(void)
{
	struct sysinfo si = { 0 };

	sysinfo(&si);
	return ((unsigned long long)si.freeram * si.mem_unit) >> 20;
}

/**
 * now_ns() - read a clock
 * @clock: CLOCK_MONOTONIC or CLOCK_REALTIME
 *
 * Return: ns.
 */
long long now_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

/**
 * module_load() - load a module of the kernel, if it is there
 * @path: its file
 */
void module_load(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST)
		say("lab guest: cannot load %s: %s", path, strerror(errno));
	close(fd);
}

/* Both end the guest at once, without a word to anything that runs. */
void end_poweroff(void) { reboot(RB_POWER_OFF); }
void end_reboot(void) { reboot(RB_AUTOBOOT); }

/* ---- the tick ---- */

volatile uint64_t counter;

static double seconds_between(const struct timespec *from, const struct timespec *to)
{
	return to->tv_sec - from->tv_sec + (to->tv_nsec - from->tv_nsec) / 1e9;
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
	pattern_set_rate(config.dirty_mib);
	thread_start(listen_thread, (void *)(intptr_t)listen_open());
	thread_start(console_thread, NULL);
	say("up %s %s", config.name, config.ip);
	tick_forever();
	return 0;
}
