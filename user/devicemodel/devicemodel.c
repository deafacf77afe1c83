// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "devicemodel/arguments.h"
#include "devicemodel/devicemodel.h"

#define DOM		"/local/domain/%u"
#define LIB_DIR		"/var/lib/xen"
#define ASK_MS		10000
#define END_MS		5000

/**
 * devicemodel_is_wanted() - does a guest need a device model?
 * @offer: the guest
 *
 * Return: true for an HVM guest that is no PVH guest.
 */
bool devicemodel_is_wanted(const struct offer *offer)
{
	return !strcmp(offer->type, "hvm");
}

/* ---- the process ---- */

/* Its arguments as /proc has them: a NUL behind each. Octets, or -1. */
static ssize_t read_arguments(pid_t pid, char *text, size_t size)
{
	char path[64];
	ssize_t n, len = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	while ((n = read(fd, text + len, size - len)) > 0)
		len += n;
	close(fd);
	return n < 0 || (size_t)len == size || !len || text[len - 1] ? -1 : len;
}

/* Whatever has that number by now: only a process that says so serves the domain. */
static bool serves(const char *text, size_t len, uint32_t domid)
{
	char number[16];
	const char *word = text, *next;

	snprintf(number, sizeof(number), "%u", domid);
	for (; word < text + len; word = next) {
		next = word + strlen(word) + 1;
		if (next < text + len && !strcmp(word, "-xen-domid"))
			return !strcmp(next, number);
	}
	return false;
}

/* The device model of a domain, as toolstacks note it: its pid, 0 for none that is there. */
static pid_t find_process(struct store *s, uint32_t domid)
{
	char *text = malloc(2 * DM_ARGS_MAX);
	uint64_t number;
	pid_t pid = 0;
	ssize_t len;

	if (text && store_get_number(s, &number, DM_PID_NODE, domid) && number && number < 1u << 30) {
		len = read_arguments(number, text, 2 * DM_ARGS_MAX);
		if (len > 0 && serves(text, len, domid))
			pid = number;
	}
	free(text);
	return pid;
}

/**
 * devicemodel_exists() - does a guest of this host have a device model that runs?
 * @s: the store
 * @domid: the guest
 *
 * Return: true if so.
 */
bool devicemodel_exists(struct store *s, uint32_t domid)
{
	return find_process(s, domid) > 0;
}

static bool await_process(int pidfd, int timeout_ms)
{
	struct pollfd pfd = { .fd = pidfd, .events = POLLIN };

	return poll(&pfd, 1, timeout_ms) > 0;
}

/* It is given the time to close what it has open. */
static void end_process(struct store *s, pid_t pid)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (pidfd < 0)
		return;
	syscall(SYS_pidfd_send_signal, pidfd, SIGTERM, NULL, 0);
	if (!await_process(pidfd, END_MS)) {
		syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
		if (!await_process(pidfd, END_MS))
			context_tell(s->context, LEVEL_WARNING,
				     "The device model %d could not be ended.", (int)pid);
	}
	close(pidfd);
}

static void remove_file(const char *format, uint32_t domid)
{
	char path[96];

	snprintf(path, sizeof(path), format, domid);
	remove(path);
}

/**
 * devicemodel_end() - end the device model of a guest, and remove all that it leaves
 * @s: the store
 * @domid: the guest, which may have none
 */
void devicemodel_end(struct store *s, uint32_t domid)
{
	pid_t pid = find_process(s, domid);

	if (pid)
		end_process(s, pid);
	remove_file(DM_RUN_DIR "/qmp-libxl-%u", domid);
	remove_file(DM_RUN_DIR "/qmp-libxenstat-%u", domid);
	remove_file(DM_RUN_DIR "/qemu-root-%u", domid);
	remove_file(LIB_DIR "/qemu-save.%u", domid);
	remove_file(LIB_DIR "/qemu-resume.%u", domid);
	store_remove(s, DM_NOTE, domid);
}

/* ---- at the source ---- */

/**
 * devicemodel_connect() - connect to the device model of a guest
 * @q: filled in; to be closed, also when this fails
 * @domid: the guest
 * @err: why not
 *
 * Return: 0 or -1.
 */
int devicemodel_connect(struct qmp *q, uint32_t domid, struct error *err)
{
	return qmp_open(q, domid, clock_ms() + ASK_MS, err);
}

static int ask_version(struct qmp *q, struct device_model *dm, struct error *err)
{
	uint64_t major, minor, micro;
	const char *package;
	yajl_val answer;
	int rc = 0;

	if (qmp_run(q, "query-version", NULL, -1, clock_ms() + ASK_MS, &answer, err))
		return -1;
	package = json_text(answer, "return/package");
	if (!json_number(answer, "return/qemu/major", &major) ||
	    !json_number(answer, "return/qemu/minor", &minor) ||
	    !json_number(answer, "return/qemu/micro", &micro) || major > 9999 || minor > 9999)
		rc = error_set(err, EXIT_REFUSED,
			       "The guest's device model does not say which version of QEMU it is.");
	if (!rc) {
		dm->major = major;
		dm->minor = minor;
		snprintf(dm->version, sizeof(dm->version), "%u.%u.%u%s%.64s%s", dm->major,
			 dm->minor, (unsigned int)micro, package && *package ? " (" : "",
			 package ? package : "", package && *package ? ")" : "");
		error_printable(dm->version);
	}
	yajl_tree_free(answer);
	return rc;
}

static int refuse_kind(struct store *s, uint32_t domid, struct error *err)
{
	char word[64] = "";

	store_get_text(s, word, sizeof(word), "/libxl/%u/dm-version", domid);
	if (!strcmp(word, "qemu_xen_traditional"))
		return error_set(err, EXIT_REFUSED,
			"The guest's device model is qemu-traditional, whose state cannot be moved: start the guest with device_model_version = \"qemu-xen\".");
	if (store_exists(s, DOM "/image/device-model-domid", domid) ||
	    store_exists(s, "/libxl/%u/stubdom-version", domid))
		return error_set(err, EXIT_REFUSED,
			"The guest's device model runs in a stub domain, from which it cannot be moved: start the guest without one.");
	/* Before Xen 4.7 they kept a part of their state there. */
	if (store_exists(s, DM_NOTE "/physmap", domid))
		return error_set(err, EXIT_REFUSED,
			"The guest's device model was built for a Xen older than 4.7, and its state cannot be moved: update it and start the guest anew.");
	return 0;
}

/**
 * devicemodel_describe() - what a destination must know of a guest's device model
 * @s: the store
 * @domid: the guest
 * @dm: filled in
 * @err: why not
 *
 * Return: 0 or -1.
 */
int devicemodel_describe(struct store *s, uint32_t domid, struct device_model *dm,
			 struct error *err)
{
	size_t room = 2 * DM_ARGS_MAX, skip;
	char *text;
	struct qmp q;
	ssize_t len;
	pid_t pid;
	int rc;

	memset(dm, 0, sizeof(*dm));
	dm->have = ~0ULL;
	if (refuse_kind(s, domid, err))
		return -1;
	pid = find_process(s, domid);
	text = malloc(room);
	len = pid && text ? read_arguments(pid, text, room) : -1;
	/* Not the program's name. */
	skip = len > 0 ? strlen(text) + 1 : 0;
	if (len <= 0 || len - skip > sizeof(dm->args)) {
		free(text);
		return error_set(err, EXIT_REFUSED,
			"The guest has no device model that its toolstack has noted, or it has died: 'xl list' shows whether the guest runs at all.");
	}
	dm->args_len = len - skip;
	memcpy(dm->args, text + skip, dm->args_len);
	free(text);
	rc = devicemodel_connect(&q, domid, err) || ask_version(&q, dm, err) ? -1 : 0;
	if (rc)
		err->code = EXIT_REFUSED;
	qmp_close(&q);
	return rc;
}

/**
 * devicemodel_check() - whether a guest's device model can be had elsewhere at all
 * @offer: the guest, described
 * @err: why not
 *
 * Return: 0 or -1.
 */
int devicemodel_check(const struct offer *offer, struct error *err)
{
	struct dm_arguments *args = malloc(sizeof(*args));
	struct dm_site site;
	int rc;

	if (!args)
		return error_set(err, EXIT_FAILED, "Out of memory.");
	dm_arguments_site(&site, offer, 1);
	/* Whether there is such a user is for the destination to say. */
	strcpy(site.range_user, "0:0");
	rc = dm_arguments_derive(&offer->device_model, &site, args, err);
	free(args);
	return rc;
}

static int set_log(struct qmp *q, const char *whether, struct error *err)
{
	return qmp_run(q, "xen-set-global-dirty-log", whether, -1, clock_ms() + ASK_MS, NULL, err);
}

/**
 * devicemodel_log() - let a device model say what it writes to its guest's memory, or not
 * @domid: the guest
 * @on: whether it is to
 * @err: why not
 *
 * It tells Xen, whose log-dirty bitmap then has it. To be told that it is not to, QEMU must
 * do so: one that does not fails an assertion (memory_global_dirty_log_do_stop()) and is
 * gone. Whoever clears up after another does not know, and that it does so may be said twice.
 *
 * Return: 0 or -1.
 */
int devicemodel_log(uint32_t domid, bool on, struct error *err)
{
	struct qmp q;
	int rc;

	rc = devicemodel_connect(&q, domid, err) || set_log(&q, "{\"enable\":true}", err) ||
	     (!on && set_log(&q, "{\"enable\":false}", err));
	qmp_close(&q);
	return rc ? -1 : 0;
}

/**
 * devicemodel_stop() - stop a device model whose guest is suspended
 * @q: connected to it
 * @err: why not
 *
 * Afterwards it has written all that there was to write, to the guest's memory and to its disks.
 *
 * Return: 0 or -1.
 */
int devicemodel_stop(struct qmp *q, struct error *err)
{
	return qmp_run(q, "stop", NULL, -1, clock_ms() + ASK_MS, NULL, err);
}

/* A file system with room for a state, and for so much more that a larger one can be told. */
static int mount_room(void)
{
	int fs = fsopen("tmpfs", FSOPEN_CLOEXEC), fd = -1;
	char size[16];

	if (fs < 0)
		return -1;
	snprintf(size, sizeof(size), "%u", DM_STATE_MAX + 1);
	if (!fsconfig(fs, FSCONFIG_SET_STRING, "size", size, 0) &&
	    !fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		fd = fsmount(fs, FSMOUNT_CLOEXEC,
			     MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	close(fs);
	return fd;
}

/**
 * devicemodel_file() - what a device model can write its state to
 * @err: why there is none
 *
 * A file that is only memory, and not more of it than a state may have, whatever is written: it
 * is alone in a file system that is mounted nowhere. A memfd cannot be so bounded: QEMU, as it
 * opens what it was handed, truncates it, which a seal against shrinking would forbid; and a seal
 * against growing would forbid all writing from then on.
 *
 * To be had and to be closed where there is time: a file system's end takes milliseconds.
 *
 * Return: a descriptor or -1.
 */
int devicemodel_file(struct error *err)
{
	int room = mount_room(), fd = -1;

	if (room >= 0) {
		fd = openat(room, ".", O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
		close(room);
	}
	if (fd < 0)
		error_set(err, EXIT_FAILED, "There is no file for the device model's state: %s.",
			  strerror(errno));
	return fd;
}

static off_t size_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) ? -1 : st.st_size;
}

static int read_state(int fd, off_t size, struct dm_state *state, struct error *err)
{
	ssize_t n = -1;

	if (!size)
		return error_set(err, EXIT_FAILED,
				 "The state of the guest's device model is empty.");
	if (size > 0)
		state->octets = malloc(size);
	if (state->octets)
		n = pread(fd, state->octets, size, 0);
	if (n < 0 || n != size)
		return error_set(err, EXIT_FAILED,
				 "The state of the guest's device model could not be read.");
	state->len = n;
	return 0;
}

/* It writes only to what was opened for nothing else. */
static int open_writable(int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_WRONLY | O_CLOEXEC);
}

/* It numbers what it is given, and takes such a number for the name of a file. */
static int save_to(struct qmp *q, int fd, bool lets_go, uint64_t until, struct error *err)
{
	yajl_val answer;
	uint64_t set;
	char text[128];
	bool good;

	if (qmp_run(q, "add-fd", NULL, fd, until, &answer, err))
		return -1;
	good = json_number(answer, "return/fdset-id", &set);
	yajl_tree_free(answer);
	if (!good)
		return error_set(err, EXIT_FAILED,
				 "The guest's device model did not take what its state is to be written to.");
	snprintf(text, sizeof(text), "{\"filename\":\"/dev/fdset/%u\",\"live\":%s}",
		 (unsigned int)set, lets_go ? "true" : "false");
	if (qmp_run(q, "xen-save-devices-state", text, -1, until, NULL, err))
		return -1;
	snprintf(text, sizeof(text), "{\"fdset-id\":%u}", (unsigned int)set);
	return qmp_run(q, "remove-fd", text, -1, until, NULL, err);
}

/**
 * devicemodel_save() - the state of a device model that has stopped
 * @q: connected to it
 * @fd: devicemodel_file()'s, for this one time
 * @confined: it cannot let go of the guest's disks, since it could not open them anew
 * @state: filled in, its octets to be freed
 * @err: why not
 *
 * What it has written is on the guest's disks since it has stopped. It has let go of them
 * afterwards, until it goes on; one that is confined only does nothing with them.
 *
 * Return: 0 or -1.
 */
int devicemodel_save(struct qmp *q, int fd, bool confined, struct dm_state *state,
		     struct error *err)
{
	int out = open_writable(fd), rc;
	off_t size;

	if (out < 0)
		return error_set(err, EXIT_FAILED,
				 "The file for the device model's state could not be opened: %s.",
				 strerror(errno));
	rc = save_to(q, out, !confined, clock_ms() + ASK_MS, err);
	close(out);
	size = size_of(fd);
	if (size > DM_STATE_MAX) {
		/* All that it can say of it is that it could not write. */
		error_clear(err);
		return error_set(err, EXIT_FAILED,
			"The state of the guest's device model is larger than %u MiB, which is the most that migctl moves.",
			DM_STATE_MAX >> 20);
	}
	return rc ? -1 : read_state(fd, size, state, err);
}

/**
 * devicemodel_cont() - let a device model go on
 * @q: connected to it
 * @err: why not
 *
 * Return: 0 or -1.
 */
int devicemodel_cont(struct qmp *q, struct error *err)
{
	return qmp_run(q, "cont", NULL, -1, clock_ms() + ASK_MS, NULL, err);
}

/**
 * devicemodel_resume() - let the device model of a guest go on that stays or starts here
 * @s: the store
 * @domid: the guest, which may have none, or one that runs
 * @err: why not
 *
 * Return: 0 or -1.
 */
int devicemodel_resume(struct store *s, uint32_t domid, struct error *err)
{
	struct qmp q;
	int rc;

	if (!devicemodel_exists(s, domid))
		return 0;
	rc = devicemodel_connect(&q, domid, err) || devicemodel_cont(&q, err) ? -1 : 0;
	qmp_close(&q);
	return rc;
}

/**
 * devicemodel_take() - take a piece of a device model's state
 * @state: grows
 * @piece: what came
 *
 * Return: 0, or -1 when it is more than there can be.
 */
int devicemodel_take(struct dm_state *state, const struct octets *piece)
{
	uint8_t *more;

	if (piece->len > sizeof(piece->data) || state->len + piece->len > DM_STATE_MAX)
		return -1;
	more = realloc(state->octets, state->len + piece->len + 1);
	if (!more)
		return -1;
	memcpy(more + state->len, piece->data, piece->len);
	state->octets = more;
	state->len += piece->len;
	return 0;
}
