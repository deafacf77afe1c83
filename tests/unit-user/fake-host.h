/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A host and its peer around the real answer.c, recover.c, resume.c and journal. The hypervisor,
 * the module, xenstore and the network are a struct that a test fills in. What is done to them is
 * noted in one line, in its order; what must not be done, whatever a test is about, is noted apart.
 *
 * Included once, behind harness.h.
 */
#ifndef FAKE_HOST_H
#define FAKE_HOST_H

#include "fake-disk.h"
#include "fake-guest.h"
#include "fake-module.h"
#include "fake-peer.h"
#include "base/uuid.h"

/* ---- a host for each case; they have one journal, which is empty then ---- */

static inline void remove_records(void)
{
	int at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *records = fdopendir(at);
	struct dirent *entry;

	while (records && (entry = readdir(records)))
		if (strchr(entry->d_name, '-') && unlinkat(at, entry->d_name, 0))
			unlinkat(at, entry->d_name, AT_REMOVEDIR);
	if (records)
		closedir(records);
}

static inline void remove_dir(void)
{
	char path[96];

	journal_close(m.journal);
	snprintf(path, sizeof(path), "%s/identity", dir);
	unlink(path);
	rmdir(dir);
}

static inline void first_host(void)
{
	host = mmap(NULL, sizeof(*host), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	strcpy(dir, "/tmp/test-answer.XXXXXX");
	CHECK(host != MAP_FAILED && mkdtemp(dir));
	host->syncs_left = host->dies_after = -1;
	m.journal = journal_open(dir, &err);
	CHECK(m.journal);
	m.link = (struct link *)host;	/* only passed on */
	m.peer.fd = -1;
	strcpy(m.host.boot_id, THIS_BOOT);
	strcpy(m.host.host, "here");
	strcpy(m.theirs.host, "there");
	atexit(remove_dir);
}

static inline void new_host(void)
{
	if (!host)
		first_host();
	memset(host, 0, sizeof(*host));
	host->domid = DOMID;
	host->session = NO_SESSION;
	host->calls_left = host->syncs_left = host->dies_after = -1;
	host->forgets = true;
	error_clear(&err);
}

static inline void end_host(void)
{
	CHECK_STR(host->broken, "");
	CHECK(!host->holder);
	remove_records();
}

/* What a host says belongs to its log, and stderr to the harness. */
static inline int quiet(void)
{
	int saved = dup(2), null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	dup2(null, 2);
	close(null);
	return saved;
}

static inline void loud(int saved)
{
	dup2(saved, 2);
	close(saved);
}

/* ---- records ---- */

static inline char *path_of(const uint8_t *move, enum record_side side)
{
	static char path[PATH_MAX];
	char uuid[UUID_TEXT];

	uuid_format(move, uuid);
	snprintf(path, sizeof(path), "%s/%s-%s", dir, uuid, record_side_word(side));
	return path;
}

static inline struct record_data a_head(enum record_side side)
{
	struct record_data head = { .side = side, .domid = DOMID };

	memcpy(head.move, the_move, 16);
	memcpy(head.guest, the_guest, 16);
	memcpy(head.peer_identity, their_journal, 16);
	strcpy(head.name, "web1");
	strcpy(head.peer, "there");
	strcpy(head.address, "192.0.2.2:8002");
	strcpy(head.boot, THIS_BOOT);
	return head;
}

/* The state before another, on the shortest way to it. */
static inline enum record_state before(enum record_side side, enum record_state state)
{
	static const enum record_state source[RECORD_STATES] = {
		[RECORD_FAILED] = RECORD_BEGUN, [RECORD_COMMITTING] = RECORD_BEGUN,
		[RECORD_DESTROYING] = RECORD_COMMITTING, [RECORD_RESUMING] = RECORD_COMMITTING,
		[RECORD_MOVED] = RECORD_DESTROYING, [RECORD_RESUMED] = RECORD_RESUMING,
		[RECORD_LOST] = RECORD_COMMITTING, [RECORD_DISCARDED] = RECORD_COMMITTING,
	}, destination[RECORD_STATES] = {
		[RECORD_FAILED] = RECORD_BEGUN, [RECORD_READY] = RECORD_BEGUN,
		[RECORD_STARTING] = RECORD_READY, [RECORD_RUNNING] = RECORD_STARTING,
		[RECORD_REFUSED] = RECORD_READY, [RECORD_FORGOTTEN] = RECORD_RUNNING,
		[RECORD_DISCARDED] = RECORD_STARTING,
	};

	return side == RECORD_SOURCE ? source[state] : destination[state];
}

static inline void bring_to(struct writer *writer, enum record_side side, enum record_state state)
{
	if (state == RECORD_BEGUN)
		return;
	bring_to(writer, side, before(side, state));
	CHECK(!writer_say(writer, state, "As the test has it.", &err));
}

/* What is good in it cannot be told from what is not. */
static inline void damage(const uint8_t *move, enum record_side side)
{
	int fd = open(path_of(move, side), O_WRONLY | O_CLOEXEC);

	CHECK_EQ(__real_pwrite(fd, "?", 1, 30), 1);
	close(fd);
}

/* A record, and a writer of it; RECORD_UNKNOWN is a damaged one. */
static inline struct writer *record_in(const struct record_data *head, enum record_state state)
{
	enum record_state open = head->side == RECORD_SOURCE ? RECORD_COMMITTING : RECORD_STARTING;
	struct writer *writer = NULL;

	CHECK(!writer_begin(m.journal, head, &writer, &err));
	bring_to(writer, head->side, state ? state : open);
	if (!state) {
		writer_close(writer);
		damage(head->move, head->side);
		CHECK(!writer_adopt(m.journal, head->move, head->side, &writer, &err));
	}
	host->done[0] = '\0';
	return writer;
}

/* Another process takes the record up. */
static inline struct writer *take_up(enum record_side side)
{
	struct writer *writer = NULL;

	CHECK(!writer_adopt(m.journal, the_move, side, &writer, &err));
	host->done[0] = '\0';
	return writer;
}

/* The word of a record as the next one will read it, "none" where there is none. */
static inline const char *word_of(const uint8_t *move, enum record_side side)
{
	static struct record record;
	bool held;
	int rc = journal_find(m.journal, move, side, &record, &held);

	return !rc ? record.word : rc == -ENOENT ? "none" : "unreadable";
}

/* Something is in the place of a record that cannot be read as one. */
static inline void put_unreadable(const uint8_t *move, enum record_side side)
{
	unlink(path_of(move, side));
	CHECK(!mkdir(path_of(move, side), 0700));
}

#endif /* FAKE_HOST_H */
