// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../command.h"
#include "../config.h"
#include "../connect.h"
#include "../destination.h"
#include "../handover.h"
#include "../link.h"
#include "../monitor.h"
#include "../move.h"

#define LISTENERS	8
#define CHILDREN_MAX	64
#define FIRST_WAIT_MS	10000

static volatile sig_atomic_t children;
static volatile sig_atomic_t stop;
static volatile sig_atomic_t monitor_pid;
static volatile sig_atomic_t monitor_gone;

static void on_child(int sig)
{
	int before = errno;
	pid_t pid;

	(void)sig;
	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0) {
		if (pid == monitor_pid)
			monitor_gone = 1;
		else
			children--;
	}
	errno = before;
}

static void on_stop(int sig)
{
	(void)sig;
	stop = 1;
}

static void catch_signals(void)
{
	struct sigaction child = { .sa_handler = on_child, .sa_flags = SA_NOCLDSTOP };
	struct sigaction end = { .sa_handler = on_stop };

	sigaction(SIGCHLD, &child, NULL);
	sigaction(SIGINT, &end, NULL);
	sigaction(SIGTERM, &end, NULL);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
}

static void release_signals(void)
{
	signal(SIGCHLD, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
}

/* The first message says what a connection is for. */
static int serve_one(int fd)
{
	struct message *first = calloc(1, sizeof(*first));
	int rc = -1;

	if (first && !message_receive(fd, first, FIRST_WAIT_MS)) {
		if (first->type == MSG_HELLO)
			rc = destination_run(fd, first);
		else if (first->type == MSG_DATA)
			rc = handover_send(first->ticket.token, fd);
	}
	free(first);
	return rc;
}

static void accept_one(int listener, const int *listeners, int count)
{
	char from[64];
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC), i;
	pid_t pid;

	if (fd < 0)
		return;
	connect_adopt(fd, from, sizeof(from));
	if (children >= CHILDREN_MAX) {
		fprintf(stderr, "migctl serve: too many connections, %s is turned away\n", from);
		close(fd);
		return;
	}
	pid = fork();
	if (!pid) {
		release_signals();
		for (i = 0; i < count; i++)
			close(listeners[i]);
		_exit(serve_one(fd) ? 1 : 0);
	}
	if (pid > 0)
		children++;
	close(fd);
}

static void start_monitor(const int *listeners, int count)
{
	pid_t pid, parent = getpid();
	int i;

	monitor_gone = 0;
	pid = fork();
	if (pid) {
		monitor_pid = pid;
		return;
	}
	release_signals();
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(0);
	for (i = 0; i < count; i++)
		close(listeners[i]);
	_exit(monitor_run());
}

static void serve(const int *listeners, int count)
{
	struct pollfd fds[LISTENERS];
	int i;

	for (i = 0; i < count; i++)
		fds[i] = (struct pollfd){ .fd = listeners[i], .events = POLLIN };
	while (!stop) {
		if (monitor_gone)
			start_monitor(listeners, count);
		if (poll(fds, count, 1000) <= 0)
			continue;
		for (i = 0; i < count; i++)
			if (fds[i].revents & POLLIN)
				accept_one(listeners[i], listeners, count);
	}
	if (monitor_pid > 0)
		kill(monitor_pid, SIGTERM);
}

static int check_host(struct error *err)
{
	struct link *link;

	if (host_check(err))
		return -1;
	link = link_open(err);
	link_close(link);
	return link ? 0 : -1;
}

static int begin(const char *bind_to, const char *port)
{
	struct config config;
	struct error err = { 0 };
	int listeners[LISTENERS], count;

	if (config_read(&config, &err) || check_host(&err))
		return command_error(&err);
	if (!bind_to && config.bind[0])
		bind_to = config.bind;
	if (!port)
		port = config.port[0] ? config.port : DEFAULT_PORT;
	count = listen_on(bind_to, port, !config.plain, listeners, LISTENERS, &err);
	if (count < 0)
		return command_error(&err);
	if (config.plain)
		fprintf(stderr, "migctl serve: warning: guests arrive unencrypted (security = none)\n");
	fprintf(stderr, "migctl serve: listening at %s port %s\n", bind_to ? bind_to : "*", port);
	catch_signals();
	start_monitor(listeners, count);
	serve(listeners, count);
	return 0;
}

static int run_serve(int argc, char **argv)
{
	static const struct option options[] = {
		{ "port", required_argument, NULL, 'p' },
		{ "bind", required_argument, NULL, 'b' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *bind_to = NULL, *port = NULL;
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 'p':
			port = optarg;
			break;
		case 'b':
			bind_to = optarg;
			break;
		case 'h':
			return command_help(&command_serve);
		default:
			return command_usage(&command_serve);
		}
	}
	if (optind != argc)
		return command_usage(&command_serve);
	return begin(bind_to, port);
}

const struct command command_serve = {
	.name = "serve",
	.usage = "[--port PORT] [--bind ADDRESS]",
	.help =
"Listens for guests that other hosts send with 'migctl live', takes them in, and\n"
"reacts when one of them powers off, reboots or crashes later. Stays in the\n"
"foreground.\n"
"\n"
"  --port PORT       where to listen (8002)\n"
"  --bind ADDRESS    at which address only\n",
	.run = run_serve,
};
