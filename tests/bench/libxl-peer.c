// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The yardstick: move a domain with libxl's own sender and receiver on a
 * direct TCP connection, without ssh, pipes or anything else in between.
 *
 *	libxl-peer receive PORT		once, at the destination
 *	libxl-peer send DOMID ADDRESS PORT
 *
 * The sender prints one JSON object with the total time.
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <libxl.h>
#include <libxl_utils.h>
#include <xentoollog.h>

#define CONFIG_MAX	(1 << 20)

static libxl_ctx *ctx;

static void need(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "libxl-peer: %s failed\n", what);
	exit(1);
}

static void put(int fd, const void *buf, size_t len)
{
	need(send(fd, buf, len, MSG_NOSIGNAL) == (ssize_t)len, "send");
}

static void get(int fd, void *buf, size_t len)
{
	need(recv(fd, buf, len, MSG_WAITALL) == (ssize_t)len, "receive");
}

/* One octet each way marks a step of the hand-over. */
static void expect(int fd, char step)
{
	char got;

	get(fd, &got, 1);
	need(got == step, "hand-over");
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void send_domain(uint32_t domid, const char *address, int port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	libxl_domain_config config;
	double start = now();
	uint32_t len;
	char *json;

	need(inet_aton(address, &sin.sin_addr), "address");
	need(!connect(fd, (struct sockaddr *)&sin, sizeof(sin)), "connect");
	libxl_domain_config_init(&config);
	need(!libxl_retrieve_domain_configuration(ctx, domid, &config, NULL), "configuration");
	json = libxl_domain_config_to_json(ctx, &config);
	len = strlen(json) + 1;
	put(fd, &len, sizeof(len));
	put(fd, json, len);
	need(!libxl_domain_suspend(ctx, domid, fd, LIBXL_SUSPEND_LIVE, NULL), "suspend");
	expect(fd, 'r');
	put(fd, "g", 1);
	expect(fd, 'd');
	need(!libxl_domain_destroy(ctx, domid, NULL), "destroy");
	printf("{\"tool\": \"libxl\", \"total_s\": %.3f}\n", now() - start);
}

static void receive_domain(int port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(port) };
	int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1, fd;
	libxl_domain_restore_params params;
	libxl_domain_config config;
	uint32_t len, domid = 0;
	char *json;

	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	need(!bind(listener, (struct sockaddr *)&sin, sizeof(sin)) && !listen(listener, 1), "listen");
	fd = accept(listener, NULL, NULL);
	get(fd, &len, sizeof(len));
	need(len && len <= CONFIG_MAX, "configuration length");
	json = calloc(1, len + 1);
	get(fd, json, len);
	libxl_domain_config_init(&config);
	need(!libxl_domain_config_from_json(ctx, &config, json), "configuration");
	config.c_info.domid = 0;
	libxl_domain_restore_params_init(&params);
	params.stream_version = 2;
	need(!libxl_domain_create_restore(ctx, &config, &domid, fd, -1, &params, NULL, NULL),
	     "restore");
	put(fd, "r", 1);
	expect(fd, 'g');
	need(!libxl_domain_unpause(ctx, domid, NULL), "unpause");
	put(fd, "d", 1);
}

int main(int argc, char **argv)
{
	xentoollog_logger *log = (xentoollog_logger *)xtl_createlogger_stdiostream(stderr,
										   XTL_ERROR, 0);

	need(!libxl_ctx_alloc(&ctx, LIBXL_VERSION, 0, log), "libxl");
	if (argc == 3 && !strcmp(argv[1], "receive"))
		receive_domain(atoi(argv[2]));
	else if (argc == 5 && !strcmp(argv[1], "send"))
		send_domain(atoi(argv[2]), argv[3], atoi(argv[4]));
	else
		need(0, "usage: libxl-peer receive PORT | send DOMID ADDRESS PORT;");
	libxl_ctx_free(ctx);
	return 0;
}
