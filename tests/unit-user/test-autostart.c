// SPDX-License-Identifier: GPL-2.0-or-later
/* Autostart entries: whose they are, which are held back and put back, what a peer may write. */
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "harness.h"

#include "base/files.h"
#include "guest/autostart-hold.h"
#include "guest/autostart.h"
#include "journal/writer.h"
#include "module/domain.h"
#include "peer/proto.h"
#include "serve/notify.h"

#define BOOT	"11111111-2222-3333-4444-555555555555"
#define REBOOT	"99999999-2222-3333-4444-555555555555"
#define WEB	"a961d722-d62c-4446-ad9d-6207a065ea1e"
#define DB	"b961d722-d62c-4446-ad9d-6207a065ea1e"
#define WEB_CFG	"name = \"web\"\nuuid = \"" WEB "\"\nmemory = 256\n"
#define DB_CFG	"name = 'db'\nuuid = '" DB "'\n"

/* ---- a host of its own for each test ---- */

static char root[64];
static char entries[96], arriving[96], held[96], configs[96], journal_dir[96];
const struct autostart_dirs autostart_dirs = {
	.entries = entries, .arriving = arriving, .held = held,
};
static struct journal *journal;
static struct error err;
static uint8_t moves;

static void new_host(void)
{
	strcpy(root, "/tmp/test-autostart.XXXXXX");
	CHECK(mkdtemp(root));
	snprintf(entries, sizeof(entries), "%s/auto", root);
	snprintf(configs, sizeof(configs), "%s/xen", root);
	snprintf(arriving, sizeof(arriving), "%s/lib/autostart", root);
	snprintf(held, sizeof(held), "%s/lib/held-back", root);
	snprintf(journal_dir, sizeof(journal_dir), "%s/lib/journal", root);
	mkdir(entries, 0755);
	mkdir(configs, 0755);
	error_clear(&err);
	journal = journal_open(journal_dir, &err);
	CHECK(journal);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void end_host(void)
{
	journal_close(journal);
	nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* What a host says belongs to its log, and stderr to the harness. */
static int saved_stderr = -1;

static void quiet(void)
{
	fflush(stderr);
	saved_stderr = dup(2);
	CHECK(freopen("/dev/null", "w", stderr));
}

static void loud(void)
{
	fflush(stderr);
	dup2(saved_stderr, 2);
	close(saved_stderr);
}

static char *in(const char *dir, const char *name)
{
	static char paths[4][PATH_MAX];
	static unsigned int next;
	char *path = paths[next++ % 4];

	snprintf(path, PATH_MAX, "%s/%s", dir, name);
	return path;
}

static void put(const char *dir, const char *name, const char *text)
{
	CHECK(!files_put(dir, name, text, strlen(text), 0644));
}

static bool holds(const char *dir, const char *name, const char *want)
{
	static char text[AUTOSTART_MAX + 1];

	return files_get(in(dir, name), text, sizeof(text)) >= 0 && !strcmp(text, want);
}

static bool there(const char *dir, const char *name)
{
	return files_exists(in(dir, name));
}

static struct autostart_guest guest(const char *uuid, const char *name)
{
	struct autostart_guest g = { .has_uuid = uuid };

	if (uuid)
		CHECK(!uuid_parse(uuid, g.uuid));
	strcpy(g.name, name);
	return g;
}

/* A record of a move of web, in @state; returns its move, as its first octet. */
static uint8_t record(enum record_side side, const enum record_state *path, const char *outcome)
{
	struct record_data head = { .side = side, .domid = 7 }, data = { 0 };
	struct writer *writer = NULL;

	head.move[0] = ++moves;
	uuid_parse(WEB, head.guest);
	strcpy(head.name, "web");
	strcpy(head.peer, "beta");
	strcpy(head.boot, BOOT);
	CHECK(!writer_begin(journal, &head, &writer, &err));
	strcpy(data.outcome, outcome);
	for (; writer && *path; path++)
		CHECK(!writer_write(writer, *path, &data, &err));
	writer_close(writer);
	usleep(2000);	/* the next one is newer */
	return head.move[0];
}

#define RECORD(side, outcome, ...)	\
	record(side, (const enum record_state[]){ __VA_ARGS__ __VA_OPT__(,) 0 }, outcome)
#define AWAY()	RECORD(RECORD_SOURCE, "running", RECORD_COMMITTING, RECORD_DESTROYING, RECORD_MOVED)
#define BACK()	RECORD(RECORD_DESTINATION, "", RECORD_READY, RECORD_STARTING, RECORD_RUNNING, \
		       RECORD_FORGOTTEN)

static void boot_host(const char *boot)
{
	quiet();
	CHECK(!autostart_hold_settle(NULL, journal, boot, true));
	CHECK(!autostart_hold_back(NULL, journal, boot));
	loud();
}

static void settle(const char *boot)
{
	quiet();
	autostart_hold_settle(NULL, journal, boot, false);
	loud();
}

static const char *held_web(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), WEB "/%s", name);
	return path;
}

/* ---- whose is it? ---- */

static void check_parse(const char *text, const char *uuid, const char *name)
{
	struct autostart_guest got, want = guest(uuid, name);
	char *copy = malloc(strlen(text));	/* without the NUL, so that its end is seen */

	memcpy(copy, text, strlen(text));
	CHECK(!autostart_parse(copy, strlen(text), &got));
	free(copy);
	CHECK_STR(got.name, want.name);
	CHECK_EQ(got.has_uuid, want.has_uuid);
	CHECK(!want.has_uuid || !memcmp(got.uuid, want.uuid, 16));
}

static void test_parse(void)
{
	check_parse(WEB_CFG, WEB, "web");
	check_parse(DB_CFG, DB, "db");
	check_parse("name='web'", NULL, "web");
	check_parse("\t name\t=  \"web\"  # its name\n", NULL, "web");
	check_parse("name = \"web\"; uuid = \"" WEB "\"", WEB, "web");
	check_parse("memory=1;name='a b'\r\n", NULL, "a b");
	check_parse("uuid = \"A961D722-D62C-4446-AD9D-6207A065EA1E\"", WEB, "");
	check_parse("name = 'old'\nname = 'web'\n", NULL, "web");
	check_parse("# name = 'no'\nname = 'it''s'\nname = 'web'", NULL, "web");
	check_parse("hostname = 'x'\nname2 = 'y'\nname = 'web'\n", NULL, "web");
	check_parse("vif = [ 'mac=1,bridge=2', # name = 'x'\n \"name = 'y'\",\n]\nname = 'web'\n",
		    NULL, "web");
	check_parse("extra = \"name='x'; uuid=1\"\nname = 'web'\n", NULL, "web");
	check_parse("extra = \"a\\\"\nb = 1\nname = 'web'\n", NULL, "web");
	check_parse("disk = [ [ 'a' ],\n name ]\nname = 'web'", NULL, "web");
	check_parse("name = 7\n", NULL, "7");
	check_parse("name = 'web' # 'x'\nkernel = '/a#b'\n", NULL, "web");
}

static void test_no_guest(void)
{
	static const char *const bad[] = {
		"", "\n\n", "name", "name =", "name = web", "name = ''", "name = \"web", "name = 'web",
		"name = 'we\\x62'", "name = 'web' 'x'", "name = [ 'web' ]", "name = 7 8",
		"name += 'web'", "name = 'web'\nname += 'x'", "'name' = 'web'", "vif = [ name = 'x'",
		"name = 'web'\nuuid = 'none'", "name = 'web'\nuuid = 1",
		"name = 'web'\nuuid += '" WEB "'", "[[[", "]]]", "\"", "\\", "name = '\\",
	};
	struct autostart_guest got;
	char *long_name = malloc(400);
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char *copy = malloc(strlen(bad[i]) + 1);

		memcpy(copy, bad[i], strlen(bad[i]));
		CHECK_EQ(autostart_parse(copy, strlen(bad[i]), &got), -EINVAL);
		free(copy);
	}
	CHECK(autostart_parse("name = 'web'\0\n", 14, &got));
	i = sprintf(long_name, "name = '%0300d'", 7);
	CHECK(autostart_parse(long_name, i, &got));
	free(long_name);
}

/* Whatever is in a file, its end is the end. */
static void test_parse_anything(void)
{
	static const char octets[] = "name uuid='\"[]\\#;\n=+, " WEB;
	struct autostart_guest got;
	size_t len, i;
	char *text;

	for (unsigned int round = 0; round < 20000; round++) {
		len = any_below(60);
		text = malloc(len + !len);
		for (i = 0; i < len; i++)
			text[i] = any_below(50) ? octets[any_below(sizeof(octets) - 1)] :
						  (char)any();
		autostart_parse(text, len, &got);
		free(text);
	}
}

static void test_same(void)
{
	struct autostart_guest web = guest(WEB, "web"), other = guest(DB, "web");
	struct autostart_guest named = guest(NULL, "web"), nobody = guest(NULL, "");

	CHECK(autostart_same(&web, &web));
	CHECK(!autostart_same(&web, &other));
	CHECK(autostart_same(&web, &named) && autostart_same(&named, &other));
	CHECK(!autostart_same(&nobody, &nobody) && !autostart_same(&nobody, &web));
}

static void test_find(void)
{
	struct autostart_guest web = guest(WEB, "web"), db = guest(DB, "db");
	struct autostart *e = malloc(sizeof(*e));
	char *big = malloc(AUTOSTART_MAX + 10);

	new_host();
	CHECK_EQ(autostart_find(&web, e), -ENOENT);
	put(configs, "web.cfg", WEB_CFG);
	CHECK(!symlink("../xen/web.cfg", in(entries, "10-web")));
	CHECK(!symlink("../xen/nothing.cfg", in(entries, "05-none")));
	CHECK(!mkdir(in(entries, "00-dir"), 0755) && !mkfifo(in(entries, "01-fifo"), 0644));
	put(entries, ".hidden", DB_CFG);
	put(entries, "20-web", "name = 'web'\n");
	CHECK(!autostart_find(&web, e));
	CHECK_STR(e->name, "10-web");
	CHECK_STR(e->text, WEB_CFG);
	CHECK_EQ(autostart_find(&db, e), -ENOENT);
	memset(big, '#', AUTOSTART_MAX + 9);
	memcpy(big, DB_CFG, strlen(DB_CFG));
	CHECK(!files_put(entries, "db", big, AUTOSTART_MAX, 0644));
	CHECK(!autostart_find(&db, e));
	CHECK(!files_put(entries, "db", big, AUTOSTART_MAX + 1, 0644));
	CHECK_EQ(autostart_find(&db, e), -ENOENT);
	nftw(entries, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	CHECK_EQ(autostart_find(&web, e), -ENOENT);
	free(big);
	free(e);
	end_host();
}

/* ---- moving along ---- */

static struct offer *an_offer(uint8_t move)
{
	static struct offer o;

	memset(&o, 0, sizeof(o));
	o.move[0] = move;
	strcpy(o.name, "web");
	uuid_parse(WEB, o.domain.uuid);
	return &o;
}

static struct offer *with_entry(struct offer *o, const char *name, const char *text)
{
	strcpy(o->autostart_name, name);
	o->autostart_len = strlen(text);
	memcpy(o->autostart, text, o->autostart_len);
	return o;
}

static int admit(const char *name, const char *text)
{
	error_clear(&err);
	return autostart_admit(with_entry(an_offer(1), name, text), &err);
}

static void test_take(void)
{
	struct offer *o = an_offer(1);
	char path[512];

	new_host();
	CHECK(!autostart_take(o, true, path, sizeof(path), &err));
	CHECK_STR(path, "");
	CHECK(!HAS(o, OFFER_AUTOSTART_NAME));
	put(configs, "web.cfg", WEB_CFG);
	CHECK(!symlink("../xen/web.cfg", in(entries, "web")));
	CHECK(!autostart_take(o, false, path, sizeof(path), &err));
	CHECK_STR(path, in(entries, "web"));
	CHECK_STR(o->autostart_name, "");
	CHECK(!autostart_take(o, true, path, sizeof(path), &err));
	CHECK_STR(o->autostart_name, "web");
	CHECK_EQ(o->autostart_len, strlen(WEB_CFG));
	CHECK(HAS(o, OFFER_AUTOSTART_NAME) && HAS(o, OFFER_AUTOSTART));
	/* The link goes, what it leads to stays. */
	CHECK(!autostart_remove(o, &err));
	CHECK(!there(entries, "web") && there(configs, "web.cfg"));
	CHECK(!autostart_remove(o, &err));
	put(entries, "web", DB_CFG);
	CHECK(autostart_remove(o, &err));
	CHECK(there(entries, "web"));
	error_clear(&err);
	put(entries, "a web", WEB_CFG);
	CHECK(!autostart_take(o, false, path, sizeof(path), &err));
	CHECK(autostart_take(o, true, path, sizeof(path), &err));
	CHECK_EQ(err.code, EXIT_REFUSED);
	end_host();
}

static void test_hostile_names(void)
{
	static const char *const bad[] = {
		".", "..", "../web", "/etc/passwd", "a/b", ".hidden", "-rf", "a b", "a\nb", "a*",
		"a\x7f", "a\x01", "a\xc3\xa4", "$(x)", "`x`", "a;b", "a'b", "a\\b", "~x", "?",
	};
	size_t i;

	new_host();
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(admit(bad[i], WEB_CFG));
	CHECK(!admit("web", WEB_CFG));
	CHECK(!admit("10-web_1.cfg", WEB_CFG));
	CHECK(!admit("", ""));
	end_host();
}

static void test_hostile_texts(void)
{
	struct offer *o;

	new_host();
	CHECK(admit("web", ""));
	CHECK(admit("web", DB_CFG));
	CHECK(admit("web", "name = 'db'\n"));
	CHECK(!admit("web", "name = 'web'\n"));
	o = with_entry(an_offer(1), "web", WEB_CFG);
	o->autostart[o->autostart_len++] = '\0';
	CHECK(autostart_admit(o, &err));
	end_host();
}

/* Another guest's entry, or what is none at all, is not overwritten. */
static void test_place_taken(void)
{
	new_host();
	put(entries, "web", DB_CFG);
	CHECK(admit("web", WEB_CFG));
	CHECK_EQ(err.code, EXIT_REFUSED);
	put(entries, "web", "junk");
	CHECK(admit("web", WEB_CFG));
	CHECK(!files_remove(in(entries, "web")) && !symlink("nowhere", in(entries, "web")));
	CHECK(admit("web", WEB_CFG));
	CHECK(!files_remove(in(entries, "web")) && !mkdir(in(entries, "web"), 0755));
	CHECK(admit("web", WEB_CFG));
	rmdir(in(entries, "web"));
	put(entries, "web", "name = 'web'\nmemory = 1\n");
	CHECK(!admit("web", WEB_CFG));
	end_host();
}

static void test_install(void)
{
	struct offer *o;

	new_host();
	rmdir(entries);
	o = with_entry(an_offer(5), "web", WEB_CFG);
	CHECK(!autostart_keep(o, &err));
	CHECK(!there(entries, "web"));
	quiet();
	CHECK_EQ(autostart_install(NULL, o->move), 1);
	CHECK_EQ(autostart_install(NULL, o->move), 0);
	loud();
	CHECK(holds(entries, "web", WEB_CFG));
	/* It does not come. */
	CHECK(!autostart_keep(o, &err));
	put(entries, "web", "old");
	autostart_drop(o->move);
	quiet();
	CHECK_EQ(autostart_install(NULL, o->move), 0);
	loud();
	CHECK(holds(entries, "web", "old"));
	/* The place was taken meanwhile: it waits until that is free. */
	CHECK(!autostart_keep(o, &err));
	quiet();
	CHECK_EQ(autostart_install(NULL, o->move), -1);
	files_remove(in(entries, "web"));
	CHECK_EQ(autostart_install(NULL, o->move), 1);
	loud();
	end_host();
}

/* A start that another process finished, or never did. */
static void test_arriving_after_crash(void)
{
	struct offer *o;
	uint8_t move;

	new_host();
	move = RECORD(RECORD_DESTINATION, "", RECORD_READY, RECORD_STARTING);
	o = with_entry(an_offer(move), "web", WEB_CFG);
	CHECK(!autostart_keep(o, &err));
	boot_host(BOOT);
	CHECK(!there(entries, "web"));
	move = RECORD(RECORD_DESTINATION, "", RECORD_READY, RECORD_STARTING, RECORD_RUNNING);
	o->move[0] = move;
	CHECK(!autostart_keep(o, &err));
	boot_host(REBOOT);
	CHECK(!there(entries, "web"));
	boot_host(BOOT);
	CHECK(holds(entries, "web", WEB_CFG));
	files_remove(in(entries, "web"));
	o->move[0] = RECORD(RECORD_DESTINATION, "", RECORD_READY, RECORD_REFUSED);
	CHECK(!autostart_keep(o, &err));
	boot_host(BOOT);
	quiet();
	CHECK_EQ(autostart_install(NULL, o->move), 0);
	loud();
	end_host();
}

/* ---- hold back, put back ---- */

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
	TEST(test_parse), TEST(test_no_guest), TEST(test_parse_anything), TEST(test_same),
	TEST(test_find), TEST(test_take), TEST(test_hostile_names), TEST(test_hostile_texts),
	TEST(test_place_taken), TEST(test_install), TEST(test_arriving_after_crash),
	TEST(test_judge), TEST(test_away_and_back), TEST(test_doubt_and_resumed),
	TEST(test_by_hand), TEST(test_crash_while_holding), TEST(test_by_name),
	TEST(test_put_back_in_the_way), TEST(test_begin), TEST(test_other_file_system), TEST(test_notify),
};

HARNESS_MAIN(tests)
