// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "destination/destination.h"
#include "host/host.h"
#include "module/link.h"
#include "move/move.h"
#include "peer/config.h"
#include "peer/connect.h"
#include "peer/fdpass.h"
#include "recovery/answer.h"
#include "serve/caretaker.h"
#include "serve/console-server.h"
#include "serve/monitor.h"
#include "serve/notify.h"
#include "serve/server.h"
#include "serve/signals.h"

#define LISTENERS	8
#define CHILDREN_MAX	256	/* whoever looks at a console stays */
#define FIRST_WAIT_MS	10000

static volatile sig_atomic_t children;
static volatile sig_atomic_t stop;

static void tell(void *arg, enum level level, const char *sentence)
{
	(void)arg;
	fprintf(stderr, "migctl serve: %s%s\n", level == LEVEL_WARNING ? "warning: " : "", sentence);
}

/* Of the daemon, whose log is its standard error. */
const struct context server_context = { .tell = tell, .output = STDERR_FILENO };

/* Processes that live as long as this one. */
static struct helper {
	int (*run)(const struct context *context);
	volatile sig_atomic_t pid;
} helpers[] = {
	{ .run = monitor_run },
	{ .run = caretaker_run },
};

#define HELPERS (sizeof(helpers) / sizeof(helpers[0]))

static void on_child(int sig)
{
	int before = errno;
	bool helper;
	size_t i;
	pid_t pid;

	(void)sig;
	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0) {
		helper = false;
		for (i = 0; i < HELPERS; i++) {
			if (helpers[i].pid != pid)
				continue;
			helpers[i].pid = 0;
			helper = true;
		}
		if (!helper)
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

/* This host introduces itself, then hears what the connection is for. */
static int serve_source(int fd, const struct config *config, const struct message *hello)
{
	struct message *second = calloc(1, sizeof(*second));
	struct move m = { .context = server_context, .peer = { .fd = -1 } };
	int rc = -1;

	m.context.script_limit = config->script_limit;
	if (!second || destination_greet(&m, fd, hello))
		goto out;
	do {
		if (message_receive(fd, second, FIRST_WAIT_MS))
			goto out;
	} while (second->type == MSG_KEEPALIVE);
	switch (second->type) {
	case MSG_COMMIT:
	case MSG_ABORT:
	case MSG_QUERY:
	case MSG_FORGET:
		answer_serve(&m, fd, second);
		rc = 0;
		break;
	case MSG_CHECK:
		m.context.cancel = signals_catch();
		rc = destination_check(&m, fd, config, second);
		break;
	case MSG_CONSOLE:
		rc = console_server_run(&m, fd, config, second);
		break;
	default:
		m.context.cancel = signals_catch();
		rc = destination_run(&m, fd, config, second);
	}
out:
	move_close(&m);
	free(second);
	return rc;
}

/* The first message says whose connection it is. */
static int serve_one(int fd, const struct config *config)
{
	struct message *first = calloc(1, sizeof(*first));
	int rc = -1;

	if (first && !message_receive(fd, first, FIRST_WAIT_MS)) {
		if (first->type == MSG_HELLO)
			rc = serve_source(fd, config, first);
		else if (first->type == MSG_DATA)
			rc = fdpass_send(first->ticket.token, MSG_DATA, fd);
	}
	free(first);
	return rc;
}

static void accept_one(int listener, const int *listeners, int count,
		       const struct config *config)
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
		_exit(serve_one(fd, config) ? 1 : 0);
	}
	if (pid > 0)
		children++;
	close(fd);
}

static void start_helper(struct helper *helper, const int *listeners, int count,
			 const struct config *config)
{
	struct context context = server_context;
	pid_t pid, parent = getpid();
	sigset_t child, before;
	int i;

	/* Its end must not be heard of before its number is noted. */
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, &before);
	pid = fork();
	if (pid) {
		helper->pid = pid > 0 ? pid : 0;
		sigprocmask(SIG_SETMASK, &before, NULL);
		return;
	}
	release_signals();
	sigprocmask(SIG_SETMASK, &before, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(0);
	for (i = 0; i < count; i++)
		close(listeners[i]);
	context.script_limit = config->script_limit;
	_exit(helper->run(&context));
}

static void serve(const int *listeners, int count, const struct config *config)
{
	struct pollfd fds[LISTENERS];
	size_t h;
	int i;

	for (i = 0; i < count; i++)
		fds[i] = (struct pollfd){ .fd = listeners[i], .events = POLLIN };
	while (!stop) {
		for (h = 0; h < HELPERS; h++)
			if (!helpers[h].pid)
				start_helper(&helpers[h], listeners, count, config);
		if (poll(fds, count, 1000) <= 0)
			continue;
		for (i = 0; i < count; i++)
			if (fds[i].revents & POLLIN)
				accept_one(listeners[i], listeners, count, config);
	}
	for (h = 0; h < HELPERS; h++)
		if (helpers[h].pid)
			kill(helpers[h].pid, SIGTERM);
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

/**
 * server_run() - take in whoever connects, and look after what is here, until told to stop
 * @bind_to: address to listen at, NULL for what the configuration says
 * @port: where to listen, NULL for what that says
 * @err: why not
 *
 * Return: 0, or -1 when it could not begin.
 */
int server_run(const char *bind_to, const char *port, struct error *err)
{
	int listeners[LISTENERS], count;
	struct config config;

	if (config_read(&config, err) || check_host(err))
		return -1;
	if (!bind_to && config.bind[0])
		bind_to = config.bind;
	if (!port)
		port = config.port[0] ? config.port : DEFAULT_PORT;
	count = listen_on(bind_to, port, !config.plain, listeners, LISTENERS, err);
	if (count < 0)
		return -1;
	if (config.plain)
		fprintf(stderr, "migctl serve: warning: guests arrive unencrypted (security = none)\n");
	fprintf(stderr, "migctl serve: listening at %s port %s\n", bind_to ? bind_to : "*", port);
	catch_signals();
	if (notify_ready())
		fprintf(stderr, "migctl serve: the service manager could not be told that this is ready\n");
	serve(listeners, count, &config);
	return 0;
}
