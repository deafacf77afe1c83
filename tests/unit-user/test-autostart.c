// SPDX-License-Identifier: GPL-2.0-or-later
/* Autostart entries: whose they are, which move along, what a peer may write. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"

#include "base/uuid.h"
#include "peer/proto.h"

#include "own-autostart.h"

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

static const struct test tests[] = {
	TEST(test_parse),
	TEST(test_no_guest),
	TEST(test_parse_anything),
	TEST(test_same),
	TEST(test_find),
	TEST(test_take),
	TEST(test_hostile_names),
	TEST(test_hostile_texts),
	TEST(test_place_taken),
	TEST(test_install),
	TEST(test_arriving_after_crash),
};

HARNESS_MAIN(tests)
