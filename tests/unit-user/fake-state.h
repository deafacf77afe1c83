/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host of fake-host.h as a test fills it in, and what is done to it. */
#ifndef FAKE_STATE_H
#define FAKE_STATE_H

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

#endif /* FAKE_STATE_H */
