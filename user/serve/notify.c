// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "serve/notify.h"

/**
 * notify_ready() - say READY=1 at $NOTIFY_SOCKET, as sd_notify(3) does
 *
 * Return: 0, also when nobody wants to know; or a negative errno.
 */
int notify_ready(void)
{
	static const char word[] = "READY=1";
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	size_t len = path ? strlen(path) : 0;
	ssize_t done;
	int fd;

	if (!len)
		return 0;
	if ((*path != '/' && *path != '@') || len >= sizeof(sa.sun_path))
		return -EINVAL;
	memcpy(sa.sun_path, path, len);
	if (*path == '@')	/* of the abstract namespace */
		sa.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	done = sendto(fd, word, sizeof(word) - 1, MSG_NOSIGNAL, (struct sockaddr *)&sa,
		      offsetof(struct sockaddr_un, sun_path) + len);
	close(fd);
	return done == sizeof(word) - 1 ? 0 : -EIO;
}
