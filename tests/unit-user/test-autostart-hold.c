// SPDX-License-Identifier: GPL-2.0-or-later
/* Autostart entries that are held back and put back, and when. */
#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "harness.h"

#include "base/uuid.h"
#include "serve/notify.h"

#include "own-autostart.h"

static void judge(enum whereabouts here, enum whereabouts rebooted)
{
	struct record_data data = { 0 };
	struct record found;
	bool busy;

	data.move[0] = moves;
	if (journal_find(journal, data.move, RECORD_SOURCE, &found, &busy))
		CHECK(!journal_find(journal, data.move, RECORD_DESTINATION, &found, &busy));
	CHECK_EQ(autostart_hold_judge(&found, BOOT), here);
	CHECK_EQ(autostart_hold_judge(&found, REBOOT), rebooted);
	CHECK_EQ(autostart_hold_judge(&found, ""), rebooted);
}

#define JUDGE(here, rebooted, ...)	do {				\
	RECORD(__VA_ARGS__);						\
	judge(WHEREABOUTS_##here, WHEREABOUTS_##rebooted);		\
} while (0)

static void test_judge(void)
{
	struct record damaged = { .damaged = true, .data.side = RECORD_SOURCE };

	new_host();
	JUDGE(HERE, HERE, RECORD_SOURCE, "");
	JUDGE(HERE, HERE, RECORD_SOURCE, "", RECORD_FAILED);
	JUDGE(HERE, HERE, RECORD_SOURCE, "", RECORD_LOST);
	JUDGE(ELSEWHERE, ELSEWHERE, RECORD_SOURCE, "", RECORD_COMMITTING);
	JUDGE(ELSEWHERE, ELSEWHERE, RECORD_SOURCE, "running", RECORD_COMMITTING, RECORD_DESTROYING);
	JUDGE(ELSEWHERE, ELSEWHERE, RECORD_SOURCE, "running", RECORD_COMMITTING, RECORD_DESTROYING,
	      RECORD_MOVED);
	JUDGE(ELSEWHERE, ELSEWHERE, RECORD_SOURCE, "may-have-run", RECORD_COMMITTING,
	      RECORD_DISCARDED);
	JUDGE(HERE, HERE, RECORD_SOURCE, "refused", RECORD_COMMITTING, RECORD_RESUMING);
	JUDGE(HERE, ELSEWHERE, RECORD_SOURCE, "resume-by-hand", RECORD_COMMITTING, RECORD_RESUMING);
	JUDGE(HERE, HERE, RECORD_SOURCE, "resume-by-hand", RECORD_COMMITTING, RECORD_RESUMING,
	      RECORD_RESUMED);
	JUDGE(HERE, HERE, RECORD_SOURCE, "refused", RECORD_COMMITTING, RECORD_RESUMING,
	      RECORD_LOST);
	JUDGE(ELSEWHERE, ELSEWHERE, RECORD_SOURCE, "resume-by-hand", RECORD_COMMITTING,
	      RECORD_RESUMING, RECORD_LOST);
	JUDGE(ELSEWHERE, ELSEWHERE, RECORD_SOURCE, "may-have-run", RECORD_COMMITTING, RECORD_LOST);
	JUDGE(UNSAID, UNSAID, RECORD_DESTINATION, "");
	JUDGE(UNSAID, UNSAID, RECORD_DESTINATION, "", RECORD_FAILED);
	JUDGE(UNSAID, UNSAID, RECORD_DESTINATION, "", RECORD_READY);
	JUDGE(UNSAID, UNSAID, RECORD_DESTINATION, "", RECORD_READY, RECORD_REFUSED);
	JUDGE(CHANGING, ELSEWHERE, RECORD_DESTINATION, "", RECORD_READY, RECORD_STARTING);
	JUDGE(HERE, ELSEWHERE, RECORD_DESTINATION, "", RECORD_READY, RECORD_STARTING,
	      RECORD_RUNNING);
	JUDGE(HERE, HERE, RECORD_DESTINATION, "", RECORD_READY, RECORD_STARTING, RECORD_RUNNING,
	      RECORD_FORGOTTEN);
	CHECK_EQ(autostart_hold_judge(&damaged, BOOT), WHEREABOUTS_ELSEWHERE);
	damaged.data.side = RECORD_DESTINATION;
	CHECK_EQ(autostart_hold_judge(&damaged, BOOT), WHEREABOUTS_ELSEWHERE);
	end_host();
}

static void test_away_and_back(void)
{
	struct record_data data = { 0 };
	char path[PATH_MAX];

	new_host();
	put(configs, "web.cfg", WEB_CFG);
	CHECK(!symlink("../xen/web.cfg", in(entries, "web")));
	put(entries, "db", DB_CFG);
	put(entries, "10-again", "name = 'web'");
	boot_host(BOOT);
	CHECK(there(entries, "web") && there(entries, "db"));
	data.move[0] = AWAY();
	uuid_parse(WEB, data.guest);
	CHECK(!autostart_hold_find(&data, path, sizeof(path)));
	settle(BOOT);
	CHECK(there(entries, "web"));
	boot_host(BOOT);
	CHECK(!there(entries, "web") && !there(entries, "10-again") && there(entries, "db"));
	CHECK(there(held, held_web("web")) && there(held, held_web("10-again")));
	CHECK(autostart_hold_find(&data, path, sizeof(path)));
	CHECK_STR(path, in(held, held_web("10-again")));
	boot_host(REBOOT);
	CHECK(!there(entries, "web") && there(held, held_web("web")));
	/* An attempt to come back that fails changes nothing. */
	RECORD(RECORD_DESTINATION, "", RECORD_READY, RECORD_REFUSED);
	boot_host(BOOT);
	CHECK(!there(entries, "web"));
	BACK();
	settle(BOOT);
	CHECK(holds(entries, "web", WEB_CFG) && there(entries, "10-again"));
	CHECK(!there(held, WEB));
	CHECK(!autostart_hold_find(&data, path, sizeof(path)));
	boot_host(REBOOT);
	CHECK(there(entries, "web"));
	end_host();
}

/* In doubt while the answer is out, then taken back. */
static void test_doubt_and_resumed(void)
{
	struct record_data data = { 0 };
	struct writer *writer = NULL;

	new_host();
	put(entries, "web", WEB_CFG);
	data.move[0] = RECORD(RECORD_SOURCE, "", RECORD_COMMITTING);
	boot_host(BOOT);
	CHECK(!there(entries, "web"));
	CHECK(!writer_adopt(journal, data.move, RECORD_SOURCE, &writer, &err));
	CHECK(!writer_say(writer, RECORD_RESUMING, "", &err));
	CHECK(!writer_say(writer, RECORD_RESUMED, "", &err));
	writer_close(writer);
	settle(BOOT);
	CHECK(holds(entries, "web", WEB_CFG));
	end_host();
}

/* What a person puts back stays for that move; what appears again beside it does not. */
static void test_by_hand(void)
{
	new_host();
	put(entries, "web", WEB_CFG);
	AWAY();
	boot_host(BOOT);
	put(entries, "web", WEB_CFG);
	boot_host(BOOT);
	CHECK(!there(entries, "web"));
	CHECK(!rename(in(held, held_web("web")), in(entries, "web")));
	boot_host(BOOT);
	boot_host(REBOOT);
	CHECK(there(entries, "web"));
	BACK();
	AWAY();
	boot_host(BOOT);
	CHECK(!there(entries, "web"));
	end_host();
}

/* Between its first note and the last, nothing that a crash leaves is taken for a person's word. */
static void test_crash_while_holding(void)
{
	char note[128], uuid[UUID_TEXT];
	uint8_t move[16] = { 0 };

	new_host();
	put(entries, "web", WEB_CFG);
	move[0] = AWAY();
	uuid_format(move, uuid);
	CHECK(!files_make_dir(in(held, WEB)));
	snprintf(note, sizeof(note), "holding %s \n", uuid);
	put(in(held, WEB), ".record", note);
	boot_host(BOOT);
	CHECK(!there(entries, "web") && there(held, held_web("web")));
	/* A note that cannot be read is none. */
	put(in(held, WEB), ".record", "held nonsense");
	CHECK(!rename(in(held, held_web("web")), in(entries, "web")));
	boot_host(BOOT);
	CHECK(!there(entries, "web") && there(held, held_web("web")));
	end_host();
}

/* An entry without a uuid is of whoever bears the name. */
static void test_by_name(void)
{
	new_host();
	put(entries, "w", "name = 'web'\n");
	put(entries, "other", "name = 'web'\nuuid = '" DB "'\n");
	AWAY();
	boot_host(BOOT);
	CHECK(!there(entries, "w") && there(held, held_web("w")));
	CHECK(there(entries, "other"));
	BACK();
	boot_host(BOOT);
	CHECK(there(entries, "w"));
	end_host();
}

/* What is in the way is not overwritten, and an entry that came along is the newer one. */
static void test_put_back_in_the_way(void)
{
	new_host();
	put(entries, "web", WEB_CFG);
	AWAY();
	boot_host(BOOT);
	put(entries, "web", DB_CFG);
	BACK();
	quiet();
	CHECK_EQ(autostart_hold_settle(NULL, journal, BOOT, true), -EEXIST);
	loud();
	CHECK(holds(entries, "web", DB_CFG) && there(held, held_web("web")));
	put(entries, "web", "name = 'web'\n");
	boot_host(BOOT);
	CHECK(holds(entries, "web", "name = 'web'\n"));
	CHECK(!there(held, held_web("web")) && holds(held, held_web(".web.superseded"), WEB_CFG));
	end_host();
}

static void test_begin(void)
{
	new_host();
	put(entries, "web", WEB_CFG);
	quiet();
	CHECK(!autostart_hold_begin(NULL, in(root, "none"), &err));
	AWAY();
	CHECK(!autostart_hold_begin(NULL, journal_dir, &err));
	loud();
	CHECK(!there(entries, "web"));
	/* A file where the directory should be. */
	files_move(in(held, held_web("web")), in(entries, "web"));
	nftw(held, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	put(in(root, "lib"), "held-back", "");
	quiet();
	CHECK(autostart_hold_begin(NULL, journal_dir, &err));
	loud();
	CHECK_EQ(err.code, EXIT_FAILED);
	CHECK(holds(entries, "web", WEB_CFG));
	end_host();
}

/* To another file system, where there is one to test with. */
static void test_other_file_system(void)
{
	char other[] = "/dev/shm/test-autostart.XXXXXX";
	struct stat st;

	if (!mkdtemp(other))
		return;
	new_host();
	put(entries, "web", WEB_CFG);
	CHECK(!symlink("web", in(entries, "link")));
	CHECK(!files_move(in(entries, "link"), in(other, "link")));
	CHECK(!files_move(in(entries, "web"), in(other, "web")));
	CHECK(!there(entries, "link") && !there(entries, "web"));
	CHECK(!lstat(in(other, "link"), &st) && S_ISLNK(st.st_mode));
	CHECK(!stat(in(other, "web"), &st) && (st.st_mode & 0777) == 0644);
	CHECK(holds(other, "link", WEB_CFG));
	CHECK(files_move(in(other, "none"), in(entries, "none")) == -ENOENT);
	nftw(other, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	end_host();
}

/* The service manager lets xendomains begin when it hears of it. */
static void test_notify(void)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	char word[16] = "";
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	new_host();
	unsetenv("NOTIFY_SOCKET");
	CHECK(!notify_ready());
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/notify", root);
	CHECK(!bind(fd, (struct sockaddr *)&sa, sizeof(sa)));
	setenv("NOTIFY_SOCKET", sa.sun_path, 1);
	CHECK(!notify_ready());
	CHECK_EQ(read(fd, word, sizeof(word) - 1), 7);
	CHECK_STR(word, "READY=1");
	close(fd);
	CHECK(notify_ready());
	/* Of the abstract namespace. */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	snprintf(sa.sun_path, sizeof(sa.sun_path), "@%s", root);
	setenv("NOTIFY_SOCKET", sa.sun_path, 1);
	sa.sun_path[0] = '\0';
	CHECK(!bind(fd, (struct sockaddr *)&sa, offsetof(struct sockaddr_un, sun_path) + 1 +
						 strlen(root)));
	CHECK(!notify_ready());
	CHECK_EQ(read(fd, word, sizeof(word) - 1), 7);
	close(fd);
	setenv("NOTIFY_SOCKET", "nowhere", 1);
	CHECK(notify_ready());
	unsetenv("NOTIFY_SOCKET");
	end_host();
}

static const struct test tests[] = {
	TEST(test_judge),
	TEST(test_away_and_back),
	TEST(test_doubt_and_resumed),
	TEST(test_by_hand),
	TEST(test_crash_while_holding),
	TEST(test_by_name),
	TEST(test_put_back_in_the_way),
	TEST(test_begin),
	TEST(test_other_file_system),
	TEST(test_notify),
};

HARNESS_MAIN(tests)
