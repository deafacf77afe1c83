// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "device/flush.h"

/* Storage that hangs holds whoever asks it, and no signal helps: it must hold nothing of ours. */
static int flush(void *path)
{
	int rc, fd;

	/* A record, a socket, or somebody's pipe would be kept with it. */
	rc = child_close_but(-1, -1);
	if (rc)
		return -rc;
	fd = open(path, O_RDONLY);
	if (fd >= 0 && !fsync(fd))
		return 0;
	/* The errno of a driver may have more than the eight bits that are to be had. */
	return errno > 0 && errno < 256 ? errno : EIO;
}

/**
 * flush_disk() - have all that was written to a disk on the disk
 * @path: block device or file
 * @until: clock_ms() at the latest
 * @err: why not
 *
 * Return: 0 or -1.
 */
int flush_disk(const char *path, uint64_t until, struct error *err)
{
	int rc = child_run("migctl-flush", flush, (void *)path, until);

	if (rc == -ETIMEDOUT)
		error_set(err, EXIT_FAILED,
			  "The disk %s was not flushed in time: look for a fault of the storage, or give it longer with --drain-timeout.",
			  path);
	else if (rc)
		error_set(err, EXIT_FAILED,
			  "What was written to the disk %s cannot be flushed: %s.", path,
			  strerror(abs(rc)));
	return rc ? -1 : 0;
}
