/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For fake-host.h: the disk and the time. */
#ifndef FAKE_DISK_H
#define FAKE_DISK_H

#include "fake-state.h"

/* ---- the disk: nothing is synced in earnest, only noted ---- */

ssize_t __real_pwrite(int fd, const void *data, size_t len, off_t at);
ssize_t __wrap_pwrite(int fd, const void *data, size_t len, off_t at);
int __wrap_fsync(int fd);
int __wrap_fdatasync(int fd);

ssize_t __wrap_pwrite(int fd, const void *data, size_t len, off_t at)
{
	if (!host->full)
		return __real_pwrite(fd, data, len, at);
	errno = ENOSPC;
	return -1;
}

static inline bool sync_fails(void)
{
	if (host->syncs_left < 0 || host->syncs_left--)
		return false;
	host->failed = true;
	host->syncs_left = --host->failing_syncs > 0 ? 0 : -1;
	errno = EIO;
	return true;
}

static inline int sync_record(int fd)
{
	char text[RECORD_SIZE];
	struct record record;

	if (sync_fails())
		return -1;
	if (pread(fd, text, sizeof(text), 0) != sizeof(text) ||
	    record_parse(text, sizeof(text), &record) == -ENODATA)
		return 0;	/* the directory, or the identity */
	host->disk = record.state;
	host->disk_side = record.data.side;
	done("disk %s", record.word);
	return 0;
}

int __wrap_fsync(int fd)
{
	return sync_record(fd);
}

int __wrap_fdatasync(int fd)
{
	return sync_record(fd);
}

/* ---- time: it only passes while somebody sleeps ---- */

static uint64_t slept_us;

int __wrap_usleep(useconds_t us);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ts);
int __real_clock_gettime(clockid_t clock, struct timespec *ts);

int __wrap_usleep(useconds_t us)
{
	slept_us += us;
	return 0;
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *ts)
{
	if (clock != CLOCK_BOOTTIME)
		return __real_clock_gettime(clock, ts);
	ts->tv_sec = slept_us / 1000000;
	ts->tv_nsec = slept_us % 1000000 * 1000;
	return 0;
}

#endif /* FAKE_DISK_H */
