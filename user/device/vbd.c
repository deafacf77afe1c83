// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fault.h"
#include "device/device.h"
#include "device/flush.h"
#include "device/vbd.h"
#include "offer/findings.h"

#define BACK		"/local/domain/0/backend/vbd/%u/%u"
#define FRONT		"/local/domain/%u/device/vbd/%u"
#define SCRIPT		DEVICE_SCRIPT_DIR "block"
#define QUEUES_MAX	64
#define DRAIN_POLL_US	1000

static bool good_word(const char *text)
{
	const unsigned char *c = (const unsigned char *)text;

	for (; *c; c++)
		if (!isalnum(*c) && !strchr("-_.", *c))
			return false;
	return c != (const unsigned char *)text && text[0] != '.' && text[0] != '-';
}

static bool good_path(const char *text)
{
	const unsigned char *c = (const unsigned char *)text;

	if (*c != '/')
		return false;
	for (; *c; c++)
		if (*c < 0x20 || *c == 0x7f)
			return false;
	return !strstr(text, "/../");
}

static bool well_formed(const struct vbd *vbd)
{
	return good_path(vbd->params) && good_word(vbd->dev) &&
	       (!strcmp(vbd->mode, "w") || !strcmp(vbd->mode, "r")) &&
	       (!strcmp(vbd->device_type, "disk") || !strcmp(vbd->device_type, "cdrom"));
}

static int check_script(struct store *s, uint32_t domid, const struct vbd *vbd, struct error *err)
{
	char path[256] = SCRIPT;

	store_get_text(s, path, sizeof(path), BACK "/script", domid, vbd->devid);
	if (!strcmp(path, SCRIPT) || !strcmp(path, "block"))
		return 0;
	error_printable(path);
	return error_set(err, EXIT_REFUSED,
		"The disk %s of the guest uses the script %s: only disks with " SCRIPT " can be moved yet.",
		vbd->dev, path);
}

static bool flag(struct store *s, uint32_t domid, uint32_t devid, const char *node)
{
	uint64_t value;

	return store_get_number(s, &value, BACK "/%s", domid, devid, node) && value;
}

static bool is_writable(const struct vbd *vbd)
{
	return !strcmp(vbd->mode, "w");
}

/* From 1 to QUEUES_MAX, or -1. The guest says it, and may say something else the next time. */
static int count_queues(struct store *s, uint32_t domid, const struct vbd *vbd,
			enum exit_code code, struct error *err)
{
	uint64_t queues = 1;

	store_get_number(s, &queues, FRONT "/multi-queue-num-queues", domid, vbd->devid);
	if (queues > QUEUES_MAX)
		return error_set(err, code,
			"The disk %s of the guest has more than %d queues, which is the most that migctl looks into: set max_queues of xen-blkback to no more than that and attach the disk again.",
			vbd->dev, QUEUES_MAX);
	return queues ? queues : 1;
}

/**
 * vbd_read() - describe a disk of a guest of this host
 * @s: the store
 * @domid: the guest
 * @devid: the disk
 * @vbd: filled in, from what only the toolstack can write, and from the disk itself
 * @err: why not
 *
 * Return: 0 or -1.
 */
int vbd_read(struct store *s, uint32_t domid, uint32_t devid, struct vbd *vbd, struct error *err)
{
	char type[16] = "";

	memset(vbd, 0, sizeof(*vbd));
	vbd->have = ~0ULL;
	vbd->devid = devid;
	strcpy(vbd->dev, "xvd");
	store_get_text(s, vbd->dev, sizeof(vbd->dev), BACK "/dev", domid, devid);
	store_get_text(s, type, sizeof(type), BACK "/type", domid, devid);
	store_get_text(s, vbd->params, sizeof(vbd->params), BACK "/params", domid, devid);
	store_get_text(s, vbd->mode, sizeof(vbd->mode), BACK "/mode", domid, devid);
	store_get_text(s, vbd->device_type, sizeof(vbd->device_type), BACK "/device-type", domid,
		       devid);
	vbd->removable = flag(s, domid, devid, "removable");
	vbd->bootable = flag(s, domid, devid, "bootable");
	vbd->discard = flag(s, domid, devid, "discard-enable");
	error_printable(vbd->dev);
	if (strcmp(type, "phy"))
		return error_set(err, EXIT_REFUSED,
			"The disk %s of the guest is served by a backend of type %s: only those of xen-blkback (phy) can be moved yet.",
			vbd->dev, type[0] ? type : "unknown");
	if (!vbd->params[0])
		return error_set(err, EXIT_REFUSED,
			"The drive %s of the guest is empty: detach it, as an empty drive cannot be moved yet.",
			vbd->dev);
	if (check_script(s, domid, vbd, err))
		return -1;
	if (!well_formed(vbd))
		return error_set(err, EXIT_REFUSED,
			"The disk %s of the guest is described in a way that migctl does not understand.",
			vbd->dev);
	if (is_writable(vbd) && count_queues(s, domid, vbd, EXIT_REFUSED, err) < 0)
		return -1;
	return storage_describe(vbd->params, &vbd->storage, err);
}

/**
 * vbd_check() - whether a disk can be had at this host
 * @vbd: as the peer describes it
 * @unsafe: a person says that it is the same
 * @findings: takes what is found
 */
void vbd_check(const struct vbd *vbd, bool unsafe, struct findings *findings)
{
	char subject[sizeof(vbd->dev) + 8] = "disk";

	if (!well_formed(vbd)) {
		findings_add(findings, VERDICT_AGAINST, subject,
			     "A disk of the guest is described in a way that migctl does not understand.");
		return;
	}
	snprintf(subject, sizeof(subject), "disk %s", vbd->dev);
	if (access(SCRIPT, X_OK))
		findings_add(findings, VERDICT_AGAINST, subject,
			     "The hotplug script " SCRIPT " of the disk %s is missing there: install it.",
			     vbd->dev);
	storage_compare(subject, vbd->params, &vbd->storage, unsafe, findings);
}

/**
 * vbd_is_late() - whether a disk may only be opened once its source has drained it
 * @vbd: the disk
 *
 * A file is read through this host's cache, which would keep what it was
 * before; what xen-blkback reads of a block device passes the cache by.
 *
 * Return: true for a file.
 */
bool vbd_is_late(const struct vbd *vbd)
{
	return !vbd->storage.block;
}

static void put_back(struct store *s, const struct device *d, const char *dir, const void *arg)
{
	const struct vbd *vbd = arg;

	(void)d;
	store_put(s, vbd->params, "%s/params", dir);
	store_put(s, SCRIPT, "%s/script", dir);
	store_put(s, vbd->removable ? "1" : "0", "%s/removable", dir);
	store_put(s, vbd->bootable ? "1" : "0", "%s/bootable", dir);
	store_put(s, vbd->dev, "%s/dev", dir);
	store_put(s, "phy", "%s/type", dir);
	store_put(s, vbd->mode, "%s/mode", dir);
	store_put(s, vbd->device_type, "%s/device-type", dir);
	store_put(s, vbd->discard ? "1" : "0", "%s/discard-enable", dir);
	store_put(s, "xen", "%s/specification", dir);
}

static void put_front(struct store *s, const struct device *d, const char *dir, const void *arg)
{
	const struct vbd *vbd = arg;

	store_put_number(s, d->devid, "%s/virtual-device", dir);
	store_put(s, vbd->device_type, "%s/device-type", dir);
	store_put(s, "1", "%s/trusted", dir);
}

/**
 * vbd_create() - ask for a backend
 * @s: the store
 * @domid: the guest
 * @vbd: the disk
 * @err: why not
 *
 * Return: 0 or -1.
 */
int vbd_create(struct store *s, uint32_t domid, const struct vbd *vbd, struct error *err)
{
	struct device_nodes nodes = { .front = put_front, .back = put_back, .arg = vbd };
	struct device device = { domid, "vbd", vbd->devid };
	int rc = device_create(s, &device, &nodes);

	if (rc)
		return error_set(err, EXIT_FAILED, "The nodes of the disk %s could not be written: %s.",
				 vbd->dev, strerror(-rc));
	return 0;
}

/**
 * vbd_online() - wait for the backend and open the disk
 * @s: the store
 * @domid: the guest
 * @vbd: the disk, created
 * @err: why not
 *
 * Return: 0 or -1.
 */
int vbd_online(struct store *s, uint32_t domid, const struct vbd *vbd, struct error *err)
{
	struct device device = { domid, "vbd", vbd->devid };
	struct hotplug hotplug = { .module = "xen-blkback", .script = "block" };
	char what[64];

	snprintf(what, sizeof(what), "the disk %s", vbd->dev);
	hotplug.what = what;
	/* Those are opened in the pause. */
	hotplug.haste = vbd_is_late(vbd) ? HASTE_FULL : HASTE_NONE;
	return device_online(s, &device, &hotplug, "add", err);
}

/* 1: all requests of a ring are answered, or there is no such ring; 0: not yet. */
static int is_answered(struct link *link, struct store *s, uint32_t domid, const uint8_t *uuid,
		       const char *ring, struct error *err)
{
	uint32_t unanswered;
	uint64_t ref;

	if (!store_get_number(s, &ref, "%s", ring))
		return 1;
	if (link_ring(link, domid, uuid, ref, &unanswered, err))
		return -1;
	return !unanswered;
}

/*
 * The guest says where its rings are. One that lies about them can only harm
 * itself: what is then still written is written to its own disk.
 */
static int all_answered(struct link *link, struct store *s, uint32_t domid, const uint8_t *uuid,
			const struct vbd *vbd, struct error *err)
{
	int queues = count_queues(s, domid, vbd, EXIT_FAILED, err), q, rc = 1;
	char ring[128];

	if (queues < 0)
		return -1;
	if (queues == 1) {
		snprintf(ring, sizeof(ring), FRONT "/ring-ref", domid, vbd->devid);
		if (!store_exists(s, "%s", ring))
			snprintf(ring, sizeof(ring), FRONT "/ring-ref0", domid, vbd->devid);
		return is_answered(link, s, domid, uuid, ring, err);
	}
	for (q = 0; q < queues && rc > 0; q++) {
		snprintf(ring, sizeof(ring), FRONT "/queue-%d/ring-ref", domid, vbd->devid, q);
		if (!store_exists(s, "%s", ring))
			snprintf(ring, sizeof(ring), FRONT "/queue-%d/ring-ref0", domid,
				 vbd->devid, q);
		rc = is_answered(link, s, domid, uuid, ring, err);
	}
	return rc;
}

/**
 * vbd_drain() - wait until nothing more is written to a disk here
 * @link: to the module
 * @s: the store
 * @domid: the guest, suspended
 * @uuid: its handle
 * @vbd: the disk
 * @until: clock_ms() at the latest
 * @err: why not
 *
 * The backend stays as it is: the guest may have to go on here.
 *
 * Return: 0 or -1.
 */
int vbd_drain(struct link *link, struct store *s, uint32_t domid, const uint8_t *uuid,
	      const struct vbd *vbd, uint64_t until, struct error *err)
{
	int rc;

	if (!is_writable(vbd))
		return 0;
	fault_point("draining");
	while (!(rc = all_answered(link, s, domid, uuid, vbd, err))) {
		if (clock_ms() >= until)
			return error_set(err, EXIT_FAILED,
				"The disk %s (%s) did not answer all that the guest had written in time: look for a fault of the storage, or give it longer with --drain-timeout.",
				vbd->dev, vbd->params);
		usleep(DRAIN_POLL_US);
	}
	return rc < 0 ? -1 : flush_disk(vbd->params, until, err);
}

static int offline(struct store *s, void *arg)
{
	static const struct hotplug hotplug = { .script = "block" };

	return device_script(s, arg, &hotplug, "remove");
}

/**
 * vbd_remove() - close a disk and remove every trace of it
 * @s: the store
 * @domid: the guest
 * @devid: the disk, created wholly or not
 */
void vbd_remove(struct store *s, uint32_t domid, uint32_t devid)
{
	struct device device = { domid, "vbd", devid };

	device_remove(s, &device, offline, &device);
}
