// SPDX-License-Identifier: GPL-2.0-or-later
/* The state of a device model: one that takes the file it is handed as QEMU does writes to it. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

#include "devicemodel/devicemodel.h"

#define MUCH		(64u << 20)
#define PAGE		4096u
#define TOO_LARGE	"The state of the guest's device model is larger than 8 MiB, which is the most that migctl moves."
#define ROWS(table)	(sizeof(table) / sizeof((table)[0]))

/**
 * struct theirs - a device model
 * @octets: it would write
 * @size: it gives its file afterwards, 0 for what it has
 * @fails: it says that it could not
 * @lies: it says that it could, whatever was
 * @confined: it is asked to keep its disks open
 * @written: of @octets
 * @why: not all of them
 */
static struct theirs {
	size_t octets;
	off_t size;
	bool fails;
	bool lies;
	bool confined;
	size_t written;
	int why;
} *theirs;

static struct qmp q;
static struct error err;
static struct dm_state state;
static int file = -1;
static pid_t pid;

static uint8_t octet_at(size_t i)
{
	return i % 251;
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	CHECK(fd >= 0 && write(fd, text, strlen(text)) > 0);
	close(fd);
}

/* To mount is root's; anybody is root in a namespace of their own. */
static void may_mount(void)
{
	int fs = fsopen("tmpfs", FSOPEN_CLOEXEC);
	unsigned int uid = getuid(), gid = getgid();
	char text[32];

	if (fs >= 0)
		close(fs);
	if (fs >= 0 || errno != EPERM || unshare(CLONE_NEWUSER | CLONE_NEWNS))
		return;
	put("/proc/self/setgroups", "deny");
	snprintf(text, sizeof(text), "0 %u 1", uid);
	put("/proc/self/uid_map", text);
	snprintf(text, sizeof(text), "0 %u 1", gid);
	put("/proc/self/gid_map", text);
}

/* ---- theirs ---- */

/* A command, and what came with it. */
static int hear(int fd, const char *command)
{
	char room[CMSG_SPACE(sizeof(int))], text[1024];
	struct iovec iov = { text, sizeof(text) - 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = room,
			      .msg_controllen = sizeof(room) };
	ssize_t n = recvmsg(fd, &msg, 0);
	int got = -1;

	text[n > 0 ? n : 0] = '\0';
	if (!strstr(text, command))
		_exit(1);
	if (CMSG_FIRSTHDR(&msg))
		memcpy(&got, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(got));
	return got;
}

static void say(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		_exit(1);
}

/* In pieces, the last of which may be taken in part. */
static void write_octets(int fd)
{
	uint8_t piece[32000];
	size_t len, i;
	ssize_t n = 1;

	while (theirs->written < theirs->octets && n > 0) {
		len = theirs->octets - theirs->written;
		if (len > sizeof(piece))
			len = sizeof(piece);
		for (i = 0; i < len; i++)
			piece[i] = octet_at(theirs->written + i);
		n = write(fd, piece, len);
		if (n > 0)
			theirs->written += n;
		else
			theirs->why = errno;
	}
}

/* The file is truncated as it is opened; a duplicate is written to. */
static void save(int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (copy < 0 || (fcntl(copy, F_GETFL) & O_ACCMODE) != O_WRONLY || ftruncate(copy, 0))
		_exit(1);
	write_octets(copy);
	if (theirs->size && ftruncate(copy, theirs->size))
		_exit(1);
	close(copy);
}

static void serve(int fd)
{
	int out = hear(fd, "\"add-fd\"");

	say(fd, "{\"return\": {\"fdset-id\": 3, \"fd\": 17}, \"id\": 1}\r\n");
	hear(fd, theirs->confined ? "\"/dev/fdset/3\",\"live\":false" : "\"/dev/fdset/3\",\"live\":true");
	save(out);
	if (theirs->fails || (theirs->why && !theirs->lies)) {
		say(fd, "{\"error\": {\"class\": \"GenericError\", \"desc\": \"An IO error has occurred\"}, \"id\": 2}\r\n");
		return;
	}
	say(fd, "{\"return\": {}, \"id\": 2}\r\n");
	hear(fd, "\"remove-fd\"");
	say(fd, "{\"return\": {}, \"id\": 3}\r\n");
}

/* ---- ours ---- */

static void begin(const struct theirs *how)
{
	int ends[2];

	alarm(60);
	error_clear(&err);
	memset(&state, 0, sizeof(state));
	theirs = mmap(NULL, sizeof(*theirs), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(theirs != MAP_FAILED && !socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	*theirs = *how;
	may_mount();
	file = devicemodel_file(&err);
	CHECK_STR(err.text, "");
	pid = fork();
	if (!pid) {
		close(ends[0]);
		serve(ends[1]);
		_exit(0);
	}
	close(ends[1]);
	q = (struct qmp){ .fd = ends[0], .line = malloc(QMP_LINE_MAX) };
}

static void end(void)
{
	int status = -1;

	CHECK(waitpid(pid, &status, 0) == pid && !status);
	qmp_close(&q);
	if (file >= 0)
		close(file);
	free(state.octets);
	munmap(theirs, sizeof(*theirs));
}

/* One that could not open its disks anew is not told to let go of them. */
static void test_confined(void)
{
	begin(&(struct theirs){ .octets = 1, .confined = true });
	CHECK(!devicemodel_save(&q, file, true, &state, &err));
	CHECK_STR(err.text, "");
	end();
}

static void test_state_is_what_was_written(void)
{
	static const size_t sizes[] = { 1, PAGE, 100001, DM_STATE_MAX };
	size_t row, i;

	for (row = 0; row < ROWS(sizes); row++) {
		begin(&(struct theirs){ .octets = sizes[row] });
		CHECK(!devicemodel_save(&q, file, false, &state, &err));
		CHECK_STR(err.text, "");
		CHECK_EQ(state.len, sizes[row]);
		for (i = 0; i < state.len && state.octets[i] == octet_at(i); i++)
			continue;
		CHECK_EQ(i, sizes[row]);
		end();
	}
}

/* It ends while it is written: no more memory is taken, whatever is said of it. */
static void test_too_much_is_not_taken(void)
{
	bool lies = false;

	do {
		begin(&(struct theirs){ .octets = MUCH, .lies = lies });
		CHECK(devicemodel_save(&q, file, false, &state, &err));
		CHECK_STR(err.text, TOO_LARGE);
		CHECK_EQ(err.code, EXIT_FAILED);
		CHECK_EQ(theirs->why, ENOSPC);
		CHECK(theirs->written > DM_STATE_MAX && theirs->written <= DM_STATE_MAX + PAGE);
		end();
		lies = !lies;
	} while (lies);
}

static void test_one_octet_too_many(void)
{
	begin(&(struct theirs){ .octets = DM_STATE_MAX + 1 });
	CHECK(devicemodel_save(&q, file, false, &state, &err));
	CHECK_STR(err.text, TOO_LARGE);
	end();
}

/* A file may have a size without having octets. */
static void test_size_is_no_room(void)
{
	begin(&(struct theirs){ .octets = PAGE, .size = 1ll << 40 });
	CHECK(devicemodel_save(&q, file, false, &state, &err));
	CHECK_STR(err.text, TOO_LARGE);
	CHECK(!state.octets);
	end();
}

static void test_nothing_is_no_state(void)
{
	begin(&(struct theirs){ .octets = 0 });
	CHECK(devicemodel_save(&q, file, false, &state, &err));
	CHECK_STR(err.text, "The state of the guest's device model is empty.");
	end();
}

/* What else goes wrong is told as it is. */
static void test_refusal_is_told(void)
{
	begin(&(struct theirs){ .octets = PAGE, .fails = true });
	CHECK(devicemodel_save(&q, file, false, &state, &err));
	CHECK_STR(err.text,
		  "The guest's device model refused xen-save-devices-state: An IO error has occurred.");
	end();
}

static const struct test tests[] = {
	TEST(test_confined), TEST(test_state_is_what_was_written), TEST(test_too_much_is_not_taken),
	TEST(test_one_octet_too_many), TEST(test_size_is_no_room), TEST(test_nothing_is_no_state),
	TEST(test_refusal_is_told),
};

HARNESS_MAIN(tests)
