// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the bench wants to know of a dom0, told by one process that is there
 * already: a process started for each question would be part of the answer.
 *
 * It answers each line of its input by one JSON object:
 *	look			CPU time of dom0 so far, by the hypervisor's count
 *	run TAB WORD TAB ...	run a command, and say how long it took; what it
 *				prints goes to the files `out` and `err` beside us
 *	suspend DOMID		how long the guest takes to suspend itself; it goes on
 *	unpause DOMID
 *	watch			begin to watch how much memory dom0 uses
 *	peak			and end: how much it was then, and at most
 *
 *	witness DIRECTORY
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <libxl.h>
#include <xenstore.h>
#include <xentoollog.h>

#define LOOK_US		1000	/* between two looks at a guest that suspends itself */
#define SUSPEND_S	60
#define SAMPLE_MS	20
#define MAX_WORDS	32

static libxl_ctx *ctx;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void complain(const char *what)
{
	printf("{\"error\": \"%s\"}\n", what);
}

/* ---- the hypervisor ---- */

static void look(void)
{
	libxl_dominfo dom0;
	int err;

	libxl_dominfo_init(&dom0);
	err = libxl_domain_info(ctx, &dom0, 0);
	if (err)
		complain("dom0 cannot be looked at");
	else
		printf("{\"boot_s\": %.6f, \"cpu_s\": %.6f}\n", now(), dom0.cpu_time / 1e9);
	libxl_dominfo_dispose(&dom0);
}

static bool is_suspended(uint32_t domid)
{
	libxl_dominfo guest;
	bool suspended;

	libxl_dominfo_init(&guest);
	suspended = !libxl_domain_info(ctx, &guest, domid) && guest.shutdown &&
		    guest.shutdown_reason == LIBXL_SHUTDOWN_REASON_SUSPEND;
	libxl_dominfo_dispose(&guest);
	return suspended;
}

static bool ask_to_suspend(uint32_t domid)
{
	struct xs_handle *store = xs_open(0);
	char path[64];
	bool asked;

	snprintf(path, sizeof(path), "/local/domain/%u/control/shutdown", domid);
	asked = store && xs_write(store, XBT_NULL, path, "suspend", strlen("suspend"));
	if (store)
		xs_close(store);
	return asked;
}

static void suspend(uint32_t domid)
{
	double began = now(), took;

	if (!ask_to_suspend(domid)) {
		complain("the guest cannot be asked to suspend itself");
		return;
	}
	while (!is_suspended(domid) && now() - began < SUSPEND_S)
		usleep(LOOK_US);
	took = now() - began;
	if (!is_suspended(domid))
		complain("the guest did not suspend itself");
	else if (libxl_domain_resume(ctx, domid, 1, NULL))
		complain("the guest does not go on");
	else
		printf("{\"ms\": %.3f}\n", took * 1000);
}

static void unpause(uint32_t domid)
{
	if (libxl_domain_unpause(ctx, domid, NULL))
		complain("the guest cannot be unpaused");
	else
		printf("{\"boot_s\": %.6f}\n", now());
}

/* ---- memory of dom0 ---- */

static struct {
	bool watched;
	long before_kib;
	long peak_kib;
} memory;

/* What could not be given to who asks for memory now. */
static long used_kib(void)
{
	long total = 0, available = 0;
	char line[128];
	FILE *f = fopen("/proc/meminfo", "r");

	while (f && fgets(line, sizeof(line), f)) {
		sscanf(line, "MemTotal: %ld", &total);
		if (sscanf(line, "MemAvailable: %ld", &available) == 1)
			break;
	}
	if (f)
		fclose(f);
	return total - available;
}

static void sample(void)
{
	long used = used_kib();

	if (used > memory.peak_kib)
		memory.peak_kib = used;
}

static void watch(void)
{
	memory.watched = true;
	memory.before_kib = memory.peak_kib = used_kib();
	printf("{\"before_kib\": %ld}\n", memory.before_kib);
}

static void peak(void)
{
	memory.watched = false;
	sample();
	printf("{\"before_kib\": %ld, \"peak_kib\": %ld, \"after_kib\": %ld}\n", memory.before_kib,
	       memory.peak_kib, used_kib());
}

/* ---- commands ---- */

static void become(char **words)
{
	int out = open("out", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	int err = open("err", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	int in = open("/dev/null", O_RDONLY);

	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	execvp(words[0], words);
	_exit(127);
}

/* Waits for a child and goes on watching; a child that nobody waits for any more is killed. */
static int await_child(pid_t child)
{
	struct pollfd events[] = {
		{ .fd = syscall(SYS_pidfd_open, child, 0), .events = POLLIN },
		{ .fd = STDIN_FILENO },
	};
	int status = 0;

	while (!(events[0].revents & POLLIN)) {
		if (!poll(events, 2, memory.watched ? SAMPLE_MS : -1))
			sample();
		if (events[1].revents) {
			kill(child, SIGKILL);
			events[1].fd = -1;
		}
	}
	close(events[0].fd);
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void run(char *line)
{
	char *words[MAX_WORDS + 1] = { NULL };
	double began = now();
	int count = 0, status;
	pid_t child;

	while (line && count < MAX_WORDS)
		words[count++] = strsep(&line, "\t");
	fflush(stdout);
	child = fork();
	if (!child)
		become(words);
	if (child < 0) {
		complain("no process can be made");
		return;
	}
	status = await_child(child);
	printf("{\"seconds\": %.6f, \"status\": %d}\n", now() - began, status);
}

/* ---- questions ---- */

static void answer(char *line)
{
	uint32_t domid;

	if (!strcmp(line, "look"))
		look();
	else if (!strcmp(line, "watch"))
		watch();
	else if (!strcmp(line, "peak"))
		peak();
	else if (!strncmp(line, "run\t", 4))
		run(line + 4);
	else if (sscanf(line, "suspend %u", &domid) == 1)
		suspend(domid);
	else if (sscanf(line, "unpause %u", &domid) == 1)
		unpause(domid);
	else
		complain("unknown question");
	fflush(stdout);
}

/* One question at a time, each a line that comes in one piece. */
static void serve(void)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	char line[1024];
	ssize_t len;

	for (;;) {
		if (!poll(&input, 1, memory.watched ? SAMPLE_MS : -1)) {
			sample();
			continue;
		}
		len = read(STDIN_FILENO, line, sizeof(line) - 1);
		if (len <= 0)
			return;
		line[len] = '\0';
		line[strcspn(line, "\n")] = '\0';
		answer(line);
	}
}

int main(int argc, char **argv)
{
	xentoollog_logger *log =
		(xentoollog_logger *)xtl_createlogger_stdiostream(stderr, XTL_ERROR, 0);

	if (argc != 2 || chdir(argv[1]) || libxl_ctx_alloc(&ctx, LIBXL_VERSION, 0, log)) {
		fprintf(stderr, "usage, in a dom0: witness DIRECTORY\n");
		return 2;
	}
	serve();
	libxl_ctx_free(ctx);
	return 0;
}
