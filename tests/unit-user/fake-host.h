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

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/xenmig.h>

#include "base/uuid.h"
#include "peer/ask.h"
#include "journal/writer.h"
#include "guest/console.h"
#include "devicemodel/devicemodel.h"
#include "module/domain.h"
#include "guest/guest.h"
#include "peer/fdpass.h"
#include "move/move.h"
#include "peer/peer.h"
#include "guest/watched-guests.h"
#include "recovery/recover.h"
#include "move/resume.h"
#include "recovery/answer.h"
#include "move/start.h"
#include "device/vif.h"
#include "host/xl-monitor.h"

#define THIS_BOOT	"11111111-2222-3333-4444-555555555555"
#define LAST_BOOT	"99999999-2222-3333-4444-555555555555"
#define DOMID		7	/* of the guest while it is moved... */
#define LATER_DOMID	8	/* ...and after it was rebooted */
#define NO_SESSION	(-1)
#define THE_SESSION	3

enum copy { GONE, PAUSED, RUNS, SUSPENDED };

/* Calls of the module that fail as often as they are made. */
enum blind {
	BLIND_ID = 1 << 0,	/* link_find() */
	BLIND_UUID = 1 << 1,	/* link_find_uuid() */
	BLIND_SESSIONS = 1 << 2, /* link_find_session(), link_sessions() */
	BLIND_ACTS = 1 << 3,	/* whatever changes something */
	BLIND = (1 << 4) - 1,
};

/**
 * struct host - this host, as its hypervisor has it, and what its peer says
 * @copy: of the guest, here
 * @domid: its id
 * @traces: of it in xenstore are there
 * @session: enum xenmig_state of the module's session of DOMID, or NO_SESSION
 * @blind: calls of the module that fail
 * @calls_left: of the module until one fails, once; -1 for never
 * @syncs_left: of the journal until one fails; -1 for never
 * @failing_syncs: how many then do
 * @failed: one of these did fail
 * @full: nothing can be written to the journal
 * @answer: what the peer says of the move; OUTCOME_NONE when it cannot be reached
 * @short_answer: it says RUNNING in the message of that name
 * @forgets: it acknowledges FORGET
 * @confused: it answers everything with ABORT
 * @nobody: no process takes a connection over
 * @holder: a writer that its owner gives up when a connection was not taken over
 * @stopped: the guest has a device model, which was stopped
 * @by_hand: a person has given the copy here up, or taken it back
 * @dies_after: things done until the process is killed; -1 for never
 * @disk: state of the record that was put on the disk last...
 * @disk_side: ...and its side
 * @heard: what the peer has said
 * @done: what was done, in its order
 * @broken: what must never be done, and was
 */
struct host {
	enum copy copy;
	uint32_t domid;
	bool traces;
	int session;
	unsigned int blind;
	int calls_left;
	int syncs_left;
	int failing_syncs;
	bool failed;
	bool full;
	enum outcome_kind answer;
	bool short_answer;
	bool forgets;
	bool confused;
	bool nobody;
	struct writer *holder;
	bool stopped;
	bool by_hand;
	int dies_after;
	enum record_state disk;
	enum record_side disk_side;
	enum outcome_kind heard;
	char done[1024];
	char broken[256];
};

/* Shared with children, which die in the middle of what they do. */
static struct host *host;
static struct move m;
static struct error err;
static char dir[64];

static const uint8_t the_move[16] = { 1, 2, 3 }, the_guest[16] = { 0xab, 0xcd },
		     their_journal[16] = { 0x77 };

/* ---- what was done ---- */

static inline void append(char *text, size_t size, const char *fmt, va_list ap)
{
	size_t len = strlen(text);

	if (len)
		len += snprintf(text + len, size - len, ", ");
	vsnprintf(text + len, size - len, fmt, ap);
}

static inline void __attribute__((format(printf, 1, 2))) done(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	append(host->done, sizeof(host->done), fmt, ap);
	va_end(ap);
	if (host->dies_after >= 0 && !host->dies_after--)
		_exit(0);
}

static inline void __attribute__((format(printf, 2, 3))) must(bool so, const char *fmt, ...)
{
	va_list ap;

	if (so)
		return;
	va_start(ap, fmt);
	append(host->broken, sizeof(host->broken), fmt, ap);
	va_end(ap);
}

static inline bool on_disk(uint32_t states)
{
	return states >> host->disk & 1;
}

#define S(state)	(1u << RECORD_##state)

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

/* ---- link.h ---- */

static inline bool fails(enum blind what, struct error *why)
{
	bool once = host->calls_left >= 0 && !host->calls_left--;

	host->failed |= once;
	if (once || host->blind & what)
		error_set(why, EXIT_FAILED, "The module could not be asked.");
	return once || host->blind & what;
}

static inline void describe(struct domain *d)
{
	static const uint32_t flags[] = {
		[PAUSED] = DOMINF_PAUSED, [RUNS] = 0,
		[SUSPENDED] = DOMINF_SHUTDOWN | CODE_SUSPEND << 16,
	};

	memset(d, 0, sizeof(*d));
	d->domid = host->domid;
	d->dominf_flags = flags[host->copy];
	memcpy(d->uuid, the_guest, sizeof(d->uuid));
}

static inline bool is_it(uint32_t domid, const uint8_t *uuid)
{
	return host->copy != GONE && domid == host->domid && !memcmp(uuid, the_guest, 16);
}

int link_find(struct link *link, uint32_t domid, const uint8_t *uuid, struct domain *domain,
	      struct error *why)
{
	(void)link;
	memset(domain, 0xff, sizeof(*domain));	/* it means nothing when there is none */
	if (fails(BLIND_ID, why))
		return -1;
	if (!is_it(domid, uuid))
		return 0;
	describe(domain);
	return 1;
}

int link_id_free(struct link *link, uint32_t domid, struct error *why)
{
	(void)link;
	if (fails(BLIND_ID, why))
		return -1;
	return host->copy == GONE || domid != host->domid;
}

int link_find_uuid(struct link *link, const uint8_t *uuid, struct domain *domain,
		   struct error *why)
{
	(void)link;
	memset(domain, 0xff, sizeof(*domain));
	if (fails(BLIND_UUID, why))
		return -1;
	if (!is_it(host->domid, uuid))
		return 0;
	describe(domain);
	return 1;
}

int link_sessions(struct link *link, struct session **list, unsigned int *count,
		  struct error *why)
{
	(void)link;
	*list = NULL;
	*count = 0;
	if (fails(BLIND_SESSIONS, why))
		return -1;
	if (host->session == NO_SESSION)
		return 0;
	*list = calloc(1, sizeof(**list));
	(*list)->id = THE_SESSION;
	(*list)->domid = DOMID;
	(*list)->state = host->session;
	*count = 1;
	return 0;
}

int link_find_session(struct link *link, uint32_t domid, uint32_t state, uint32_t *id,
		      struct error *why)
{
	(void)link;
	if (fails(BLIND_SESSIONS, why))
		return -1;
	*id = THE_SESSION;
	return domid == DOMID && host->session == (int)state;
}

bool link_session_over(const struct session *session)
{
	return session->state == XENMIG_STATE_FAILED || session->state == XENMIG_STATE_CANCELLED ||
	       session->state == XENMIG_STATE_RESUMED;
}

int link_session_end(struct link *link, uint32_t id, struct error *why)
{
	(void)link;
	must(id == THE_SESSION && host->session != NO_SESSION, "ended session %u", id);
	if (fails(BLIND_ACTS, why))
		return -1;
	host->session = NO_SESSION;
	done("end");
	return 0;
}

int link_sessions_end(struct link *link, uint32_t domid, uint32_t state, struct error *why)
{
	uint32_t id;
	int found;

	while ((found = link_find_session(link, domid, state, &id, why)) > 0)
		if (link_session_end(link, id, why))
			return -1;
	return found;
}

/* The copy here may go on when nobody was told to start one, or who was told has refused. */
int link_session_resume(struct link *link, uint32_t id, struct error *why)
{
	(void)link;
	must(id == THE_SESSION && host->session == XENMIG_STATE_HELD, "resumed session %u", id);
	must(on_disk(S(BEGUN) | S(RESUMING)) || host->heard == OUTCOME_REFUSED,
	     "resumed while the disk says %s", record_word(host->disk));
	must(host->heard != OUTCOME_RUNNING && (host->heard != OUTCOME_MAY_HAVE_RUN || host->by_hand),
	     "resumed what may run elsewhere");
	must(!host->stopped, "resumed the guest before its device model");
	if (fails(BLIND_ACTS, why))
		return -1;
	host->session = XENMIG_STATE_RESUMED;
	if (host->copy == SUSPENDED)
		host->copy = RUNS;
	done("resume");
	return 0;
}

/* Nobody looks at a console of these. */
void console_await_read(struct link *link, struct store *s, uint32_t domid, const uint8_t *uuid)
{
	(void)link;
	(void)s;
	must(is_it(domid, uuid) && host->copy == SUSPENDED, "waited for readers of domain %u",
	     domid);
	must(host->by_hand || on_disk(S(DESTROYING)), "waited for readers while the disk says %s",
	     record_word(host->disk));
}

/* ---- devicemodel.h ---- */

bool devicemodel_exists(struct store *s, uint32_t domid)
{
	(void)s;
	(void)domid;
	return host->stopped;
}

int devicemodel_resume(struct store *s, uint32_t domid, struct error *why)
{
	(void)why;
	if (!devicemodel_exists(s, domid))
		return 0;
	must(on_disk(S(BEGUN) | S(RESUMING)) || host->heard == OUTCOME_REFUSED,
	     "let the device model go on while the disk says %s", record_word(host->disk));
	host->stopped = false;
	done("device model");
	return 0;
}

int devicemodel_log(uint32_t domid, bool on, struct error *why)
{
	(void)domid;
	(void)why;
	must(!on, "let a device model of nobody say what it writes");
	return 0;
}

/* ---- guest.h, start.h, vif.h, xl-monitor.h, watched-guests.h, and xenstore ---- */

void guest_remove(struct link *link, struct store *s, uint32_t domid, const uint8_t *uuid,
		  struct error *why)
{
	(void)link;
	(void)s;
	must(host->by_hand || on_disk(host->disk_side == RECORD_SOURCE ? S(DESTROYING) :
				      S(REFUSED) | S(FAILED)),
	     "removed while the disk says %s", record_word(host->disk));
	if (fails(BLIND_ACTS, why))
		return;
	if (is_it(domid, uuid))
		host->copy = GONE;
	host->traces = false;
	done("remove");
}

bool guest_left_traces(struct store *s, uint32_t domid, const uint8_t *uuid)
{
	(void)s;
	(void)uuid;
	must(host->copy == GONE || domid != host->domid, "a domain's own nodes taken for traces");
	return host->traces;
}

int guest_vifs(struct store *s, uint32_t domid, struct vif *vifs, unsigned int *count,
	       struct error *why)
{
	(void)s;
	(void)why;
	must(domid == DOMID, "asked for the interfaces of domain %u", domid);
	memset(vifs, 0, sizeof(*vifs));
	*count = 1;
	return 0;
}

int start_guest(struct move *of, struct writer *writer, uint32_t domid, const uint8_t *uuid,
		bool device_model, struct qmp *qmp, struct start_times *times, struct error *why)
{
	(void)of;
	must(device_model, "did not ask whether there is a device model");
	must(!qmp, "took a connection to a device model that nobody has");
	must(on_disk(S(STARTING)), "started while the disk says %s", record_word(host->disk));
	must(is_it(domid, uuid), "started domain %u", domid);
	if (fails(BLIND_ACTS, why))
		return -1;
	host->copy = RUNS;
	done("unpause");
	*times = (struct start_times){ .unpaused_ns = 1 };
	return writer_write(writer, RECORD_RUNNING, NULL, why) ? -1 : 0;
}

void start_finish(struct move *of, const struct record_data *data)
{
	(void)of;
	must(is_it(data->domid, data->guest), "named domain %u", data->domid);
	done("name");
}

void start_announce(struct move *of, const struct record_data *data)
{
	(void)of;
	must(is_it(data->domid, data->guest), "announced domain %u", data->domid);
	done("announce");
}

void announce(const struct vif *vifs, unsigned int count)
{
	(void)vifs;
	must(host->copy == RUNS && count == 1, "announced a guest that does not run");
	done("announce");
}

void vif_carry(uint32_t domid, const struct vif *vif, bool carry)
{
	(void)vif;
	must(domid == DOMID && carry, "carrier of domain %u", domid);
	done("carry");
}

bool xl_monitor_watches(struct store *s, uint32_t domid)
{
	(void)s;
	(void)domid;
	return false;
}

int watched_guests_note(uint32_t domid, const char *uuid)
{
	(void)uuid;
	must(domid == DOMID, "watched domain %u", domid);
	done("watch");
	return 0;
}

bool xs_resume_domain(struct xs_handle *h, unsigned int domid)
{
	(void)h;
	must(domid == DOMID, "told xenstored of domain %u", domid);
	done("tell xenstored");
	return true;
}

/* ---- fdpass.h, peer.h and ask(): the peer ---- */

static const char *const outcomes[] = {
	[OUTCOME_NONE] = "none", [OUTCOME_RUNNING] = "RUNNING", [OUTCOME_REFUSED] = "REFUSED",
	[OUTCOME_MAY_HAVE_RUN] = "MAY-HAVE-RUN", [OUTCOME_READY] = "READY",
};

int fdpass_send(const uint8_t *token, uint16_t type, int fd)
{
	(void)fd;
	must(!memcmp(token, the_move, TOKEN_LEN), "passed another move on");
	if (!host->nobody) {
		done("pass %s on", proto_name(type));
		return 0;
	}
	writer_close(host->holder);
	host->holder = NULL;
	return -1;
}

/* What a destination says is on its disk before, and so. */
static inline void check_said(const struct outcome *outcome)
{
	static const uint32_t fit[] = {
		[OUTCOME_RUNNING] = S(RUNNING) | S(FORGOTTEN) | S(DISCARDED),
		[OUTCOME_REFUSED] = S(REFUSED) | S(FAILED),
		[OUTCOME_MAY_HAVE_RUN] = S(UNKNOWN) | S(STARTING) | S(RUNNING) | S(FORGOTTEN) |
					 S(DISCARDED),
		[OUTCOME_END] = 0,
	};

	must(outcome->kind < OUTCOME_END && on_disk(fit[outcome->kind]),
	     "said %u while the disk says %s", outcome->kind, record_word(host->disk));
	must(outcome->kind != OUTCOME_RUNNING || is_it(outcome->domid, the_guest),
	     "said that domain %u runs", outcome->domid);
	must(outcome->text[0], "said nothing in a sentence");
}

int message_send(int fd, uint16_t type, const void *obj)
{
	(void)fd;
	if (type == MSG_OUTCOME) {
		check_said(obj);
		done("say %s", outcomes[((const struct outcome *)obj)->kind]);
		return 0;
	}
	must(type != MSG_FORGOTTEN || !on_disk(S(STARTING) | S(RUNNING)),
	     "said FORGOTTEN while the disk says %s", record_word(host->disk));
	done("say %s", proto_name(type));
	return 0;
}

int message_receive(int fd, struct message *out, int timeout_ms)
{
	(void)fd;
	(void)out;
	(void)timeout_ms;
	must(false, "waited for a message");
	return -1;
}

/* A question names the move as its record does, and is covered by what is on the disk. */
static inline void check_question(uint16_t type, const void *obj)
{
	const struct cause *cause = type == MSG_ABORT ? &((const struct abort_msg *)obj)->cause :
							obj;
	static struct record record;
	bool held;

	must(!journal_find(m.journal, cause->move, RECORD_SOURCE, &record, &held) &&
	     !memcmp(cause->guest, record.data.guest, 16) &&
	     !memcmp(cause->journal, their_journal, 16), "asked about another move");
	must(type != MSG_COMMIT || on_disk(S(COMMITTING)), "COMMIT while the disk says %s",
	     record_word(host->disk));
	must(type != MSG_FORGET || on_disk(S(DESTROYING)), "FORGET while the disk says %s",
	     record_word(host->disk));
}

static inline void make_answer(uint16_t type, struct message *answer)
{
	memset(answer, 0, sizeof(*answer));
	answer->type = host->confused ? MSG_ABORT : type == MSG_FORGET ? MSG_FORGOTTEN :
		       host->short_answer ? MSG_RUNNING : MSG_OUTCOME;
	if (answer->type == MSG_ABORT || answer->type == MSG_FORGOTTEN)
		return;
	host->heard = host->answer;
	if (host->short_answer)
		answer->running.domid = LATER_DOMID;
	else
		answer_outcome(&answer->outcome, host->answer, LATER_DOMID, "A\nword.");
}

int __wrap_ask(const struct place *place, const struct config *config, const struct hello *hello,
	       uint16_t type, const void *obj, struct message *answer, struct error *why);

int __wrap_ask(const struct place *place, const struct config *config, const struct hello *hello,
	       uint16_t type, const void *obj, struct message *answer, struct error *why)
{
	(void)config;
	must(!strcmp(place->host, "192.0.2.2") && !strcmp(place->port, "8002") && hello == &m.host,
	     "asked %s", place->host);
	check_question(type, obj);
	done("ask %s", proto_name(type));
	if (type == MSG_FORGET ? !host->forgets : host->answer == OUTCOME_NONE)
		return error_set(why, EXIT_UNKNOWN, "there cannot be reached.");
	make_answer(type, answer);
	return 0;
}

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
