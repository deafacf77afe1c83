// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/files.h"
#include "device/storage.h"
#include "offer/findings.h"

#define BLOCK		4096
/* Of a hundred blocks that say something so many must be the same: the guest writes meanwhile. */
#define ENOUGH_PERCENT	75

/* File systems that several hosts mount at once (statfs(2)); FUSE may be one. */
static const unsigned long shared_types[] = {
	0x6969,		/* NFS */
	0xff534d42,	/* CIFS */
	0xfe534d42,	/* SMB2 */
	0x7461636f,	/* OCFS2 */
	0x01161970,	/* GFS2 */
	0x00c36400,	/* Ceph */
	0x65735546,	/* FUSE: GlusterFS and others */
	0x0bd00bd0,	/* Lustre */
	0x47504653,	/* GPFS */
	0x5346414f,	/* AFS */
};

static bool on_shared_fs(int fd)
{
	struct statfs fs;
	size_t i;

	if (fstatfs(fd, &fs))
		return false;
	for (i = 0; i < sizeof(shared_types) / sizeof(shared_types[0]); i++)
		if ((unsigned long)fs.f_type == shared_types[i])
			return true;
	return false;
}

/* A partition has the serial of its disk and a number. */
static void read_serial(dev_t dev, char *serial, size_t size)
{
	static const char *const places[] = { "wwid", "device/wwid", "dm/uuid", "serial",
					      "device/serial" };
	char dir[64], path[160], word[96], number[16];
	size_t i;

	snprintf(dir, sizeof(dir), "/sys/dev/block/%u:%u", major(dev), minor(dev));
	snprintf(path, sizeof(path), "%s/partition", dir);
	files_line(path, number, sizeof(number));
	if (!number[0])
		strcpy(number, "0");
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s%s", dir, number[0] != '0' ? "../" : "",
			 places[i]);
		files_line(path, word, sizeof(word));
		if (!word[0])
			continue;
		snprintf(serial, size, "%s:%s", word, number);
		error_printable(serial);
		return;
	}
}

/* FNV-1a; 0 for a block of one octet repeated, which any disk may have. */
static uint64_t digest(const uint8_t *block)
{
	uint64_t hash = 0xcbf29ce484222325ULL;
	bool same = true;
	size_t i;

	for (i = 0; i < BLOCK; i++) {
		hash = (hash ^ block[i]) * 0x100000001b3ULL;
		same &= block[i] == block[0];
	}
	if (same)
		return 0;
	return hash ? hash : 1;
}

/* Spread over the whole; the first block, where labels and superblocks are, is one of them. */
static uint64_t place_of(const struct storage *storage, unsigned int i)
{
	return storage->size / SAMPLES * i / BLOCK * BLOCK;
}

static int sample(int fd, struct storage *storage)
{
	uint8_t *block;
	unsigned int i;

	if (storage->size < BLOCK)
		return 0;
	if (posix_memalign((void **)&block, BLOCK, BLOCK))
		return -ENOMEM;
	storage->sample_count = SAMPLES;
	/* Labels begin 1 KiB into a disk, file systems 4 or 64 KiB: the first block is enough. */
	for (i = 0; i < SAMPLES; i++)
		if (pread(fd, block, BLOCK, place_of(storage, i)) == BLOCK)
			storage->samples[i] = digest(block);
	free(block);
	return 0;
}

/* Past all caches of this host: what counts is what the other one would read. */
static int open_direct(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_DIRECT);

	/* Some file systems cannot. */
	if (fd < 0 && errno == EINVAL)
		fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/*
 * A path that the peer names may lead to anything, and to open is to act: it waits for the other
 * end of a FIFO, takes a terminal, sets a watchdog going. So what is there is looked at before it
 * is opened, and what was looked at is opened. O_NONBLOCK would not do: it lets a drive that has
 * no medium pass.
 */
static int open_disk(const char *path, struct stat *st)
{
	int seen = open(path, O_PATH | O_CLOEXEC), fd;
	char again[32];

	if (seen < 0)
		return -errno;
	snprintf(again, sizeof(again), "/proc/self/fd/%d", seen);
	if (fstat(seen, st))
		fd = -errno;
	else if (!S_ISBLK(st->st_mode) && !S_ISREG(st->st_mode))
		fd = -ENOTBLK;
	else
		fd = open_direct(again);
	close(seen);
	return fd;
}

/**
 * storage_describe() - what tells a disk from others
 * @path: block device or file of this host
 * @storage: filled in
 * @err: why not
 *
 * Return: 0 or -1.
 */
int storage_describe(const char *path, struct storage *storage, struct error *err)
{
	struct stat st;
	int fd = open_disk(path, &st), rc;

	memset(storage, 0, sizeof(*storage));
	storage->have = ~0ULL;
	if (fd == -ENOTBLK)
		return error_set(err, EXIT_REFUSED,
				 "The disk %s is neither a block device nor a file.", path);
	if (fd < 0)
		return error_set(err, EXIT_REFUSED, "The disk %s cannot be opened: %s.", path,
				 strerror(-fd));
	storage->block = S_ISBLK(st.st_mode);
	storage->size = st.st_size;
	storage->shared_fs = !storage->block && on_shared_fs(fd);
	rc = storage->block ? ioctl(fd, BLKGETSIZE64, &storage->size) : 0;
	if (storage->block)
		read_serial(st.st_rdev, storage->serial, sizeof(storage->serial));
	if (!rc)
		rc = sample(fd, storage);
	close(fd);
	return rc ? error_set(err, EXIT_REFUSED, "The disk %s cannot be read.", path) : 0;
}

static void count_same(const struct storage *ours, const struct storage *theirs,
		       unsigned int *telling, unsigned int *same)
{
	unsigned int i;

	*telling = *same = 0;
	for (i = 0; i < theirs->sample_count && i < ours->sample_count; i++) {
		if (!theirs->samples[i] && !ours->samples[i])
			continue;
		(*telling)++;
		*same += theirs->samples[i] == ours->samples[i];
	}
}

static void compare_serials(const char *subject, const char *path, const struct storage *ours,
			    const struct storage *theirs, struct findings *findings)
{
	if (strcmp(ours->serial, theirs->serial))
		findings_add(findings, VERDICT_AGAINST, subject,
			     "%s is another device there (%s) than at the source (%s): the disk must be shared; give it the same path at both hosts, or name --unsafe-storage if it is.",
			     path, ours->serial, theirs->serial);
	else
		findings_add(findings, VERDICT_FITS, subject,
			     "%s is the same device at both hosts (%s, %" PRIu64 " MiB).", path,
			     ours->serial, ours->size >> 20);
}

static void compare_contents(const char *subject, const char *path, const struct storage *ours,
			     const struct storage *theirs, struct findings *findings)
{
	unsigned int telling, same;

	count_same(ours, theirs, &telling, &same);
	if (!telling)
		findings_add(findings, VERDICT_AGAINST, subject,
			     "%s cannot be told to be the same disk at both hosts: it has no serial number and nothing is written on it; name --unsafe-storage if it is shared.",
			     path);
	else if (same * 100 < telling * ENOUGH_PERCENT)
		findings_add(findings, VERDICT_AGAINST, subject,
			     "%s has other contents there than at the source (%u of %u blocks looked at differ): the disk must be shared.",
			     path, telling - same, telling);
	else
		findings_add(findings, VERDICT_FITS, subject,
			     "%s has the same contents at both hosts (%u of %u blocks looked at, %" PRIu64 " MiB).",
			     path, same, telling, ours->size >> 20);
}

static void compare_identity(const char *subject, const char *path, const struct storage *ours,
			     const struct storage *theirs, struct findings *findings)
{
	if (ours->serial[0] && theirs->serial[0])
		compare_serials(subject, path, ours, theirs, findings);
	else if (!theirs->block && !theirs->shared_fs)
		findings_add(findings, VERDICT_AGAINST, subject,
			     "The disk %s is a file on a file system of the source alone: put it on shared storage, or name --unsafe-storage if it is.",
			     path);
	else
		compare_contents(subject, path, ours, theirs, findings);
}

/**
 * storage_compare() - whether a path leads to the same disk here as at the source
 * @subject: what the findings are of
 * @path: the path
 * @theirs: what the source found there
 * @unsafe: a person says that it is: only what makes no sense at all is against it
 * @findings: takes what is found
 *
 * Nothing is written to the disk.
 */
void storage_compare(const char *subject, const char *path, const struct storage *theirs,
		     bool unsafe, struct findings *findings)
{
	struct error err = { 0 };
	struct storage ours;

	if (storage_describe(path, &ours, &err)) {
		findings_add(findings, VERDICT_AGAINST, subject, "At the destination: %s", err.text);
		return;
	}
	if (ours.block != theirs->block)
		findings_add(findings, VERDICT_AGAINST, subject,
			     "%s is a %s there and a %s at the source.", path,
			     ours.block ? "block device" : "file",
			     theirs->block ? "block device" : "file");
	else if (ours.size != theirs->size)
		findings_add(findings, VERDICT_AGAINST, subject,
			     "%s has %" PRIu64 " octets there and %" PRIu64 " at the source: it is not the same disk.",
			     path, ours.size, theirs->size);
	else if (unsafe)
		findings_add(findings, VERDICT_FITS, subject,
			     "%s is taken for the same disk on somebody's word (--unsafe-storage).",
			     path);
	else
		compare_identity(subject, path, &ours, theirs, findings);
}
