/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A session: one migration of one domain in one direction, seen from one end.
 * Its thread does all the work and all the undoing; everybody else only sets
 * a word it waits for. Documentation/states.rst, Documentation/locking.rst.
 */
#ifndef _XENMIG_SESSION_H
#define _XENMIG_SESSION_H

#include <linux/completion.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <uapi/linux/xenmig.h>

#include "frames/flight.h"
#include "frames/window.h"
#include "guest/domain.h"
#include "session/kind.h"
#include "session/policy.h"
#include "wire/sock.h"
#include "xen/hypercall.h"

#define XENMIG_MESSAGE_SIZE	200

/**
 * struct xenmig_stats - what a session counts; see the session attributes of the spec
 * @round: current or last round, from 1
 * @frames: frames of 4 KiB that hold data, as far as they were sent (are populated here)
 * @frames_sent: frames sent or received, all rounds
 * @frames_left: source: frames left in this round
 * @first_round_frames: source: frames sent in round 1
 * @first_round_us: source: its duration
 * @dirty: source: frames dirty after the last round, or found by the last harvest
 * @dirty_rate: source: frames dirtied in a second during the last round
 * @rate: source: bytes sent in a second during the last round that says anything
 * @expected_us: source: pause to expect if the rounds ended now, U64_MAX when not known
 * @superpages: destination: 2 MiB extents populated
 * @small_pages: destination: 4 KiB extents populated
 * @throttle: source: percent of its CPU time that the guest is denied now
 * @most_throttle: source: the most it was denied
 * @held_rounds: source: rounds that were made because the pause was held
 * @depopulated: destination: frames given back because the guest has given them back
 * @max_pages: source: limit of frames to be restored, as another tool last set it
 * @digest: digest of the memory, when @digested
 * @digest_frames: frames in it
 * @digested: the digest is known
 * @started_ns: when the thread went to work; like the others in ns of CLOCK_BOOTTIME, or 0
 * @suspending_ns: source: when the rounds ended
 * @suspended_ns: source: when the guest was seen suspended
 * @last_frames_ns: when the last frame was handed to the network or received
 * @ended_ns: when everything was sent or applied, just before sent or received
 *
 * Written by the session's thread alone, read by anyone without a lock: a
 * reader may see one counter newer than another.
 */
struct xenmig_stats {
	u32 round;
	u64 frames;
	u64 frames_sent;
	u64 frames_left;
	u64 first_round_frames;
	u64 first_round_us;
	u64 dirty;
	u64 dirty_rate;
	u64 rate;
	u64 expected_us;
	u64 superpages;
	u64 small_pages;
	u32 throttle;
	u32 most_throttle;
	u32 held_rounds;
	u64 depopulated;
	u64 max_pages;
	u64 digest;
	u64 digest_frames;
	bool digested;
	u64 started_ns;
	u64 suspending_ns;
	u64 suspended_ns;
	u64 last_frames_ns;
	u64 ended_ns;
};

/**
 * struct xenmig_options - what session-start asks for
 * @verify: digest the memory while the guest is paused
 * @no_live: suspend first, then copy once
 * @policy: when rounds end
 */
struct xenmig_options {
	bool verify;
	bool no_live;
	struct xenmig_policy policy;
};

/**
 * struct xenmig_session - one migration, from one end
 * @ref: references: the list, the thread, lookups
 * @node: in the list of sessions, under its lock
 * @id: number, from 1
 * @role: which end
 * @portid: netlink port of the owner, 0 when it is gone; under the list's lock
 * @domain: source: as it was when the session began; destination: what was created
 * @uuid: handle of the domain
 * @kind: what differs by the kind of guest that it is
 * @device_model: a device model emulates devices for it
 *
 * @lock: keeps the thread's changes of the following from those of commands
 * @state: state; changed by xenmig_session_move(), and by xenmig_session_commit()
 * @reason: why it failed; the first failure stays, but a cancel replaces PEER
 * @err: negative errno that goes with it
 * @message: sentence that goes with it
 * @started: session-start was accepted; written once, without the lock
 * @asked: the guest may have been asked to suspend
 * @forced: it was not asked, but suspended by us
 * @quiet: its device model has stopped
 * @released: its device model goes on, after a failure
 * @cancel: end it; never cleared
 *
 * @wait: the thread waits here for @started, @cancel and commits
 * @done: completed when the thread has released everything and the state is final
 *
 * @options: what session-start asked for; set before @started, but for the policy, which a
 * command may change under @lock
 * @sock: the stream; adopted before @started
 *
 * @dom: the domain; the thread's alone from here on, but for @dom.id, which
 * stays (a destination's domain and window are made before the thread exists)
 * @window: slots
 * @inflight: flights, source only
 * @stats: counters
 * @last_ntf: jiffies of the last progress notification
 */
struct xenmig_session {
	struct kref ref;
	struct list_head node;
	u32 id;
	enum xenmig_role role;
	u32 portid;
	struct xenmig_domain domain;
	u8 uuid[16];
	const struct xenmig_guest_kind *kind;
	bool device_model;

	spinlock_t lock;
	enum xenmig_state state;
	enum xenmig_reason reason;
	int err;
	char message[XENMIG_MESSAGE_SIZE];
	bool started;
	bool asked;
	bool forced;
	bool quiet;
	bool released;
	bool cancel;

	wait_queue_head_t wait;
	struct completion done;

	struct xenmig_options options;
	struct xenmig_sock sock;

	struct xenmig_dom dom;
	struct xenmig_window window;
	struct xenmig_inflight inflight;
	struct xenmig_stats stats;
	unsigned long last_ntf;
};

/* registry.c: the list, for netlink/ */
struct xenmig_session *xenmig_session_new_source(u32 portid, u32 domid, const char **why);
struct xenmig_session *xenmig_session_new_destination(u32 portid, struct xenmig_domain *domain,
						      const char **why);
struct xenmig_session *xenmig_session_get(u32 id);
struct xenmig_session *xenmig_session_next(u32 id);
u32 xenmig_session_count(void);
int xenmig_session_end(struct xenmig_session *s, const char **why);
void xenmig_session_owner_gone(u32 portid);
int xenmig_session_domain_free(u16 domid, bool wait, const char **why);

/* command.c: what is asked of one, for netlink/ */
int xenmig_session_start(struct xenmig_session *s, int fd, const struct xenmig_options *options,
			 const char **why);
int xenmig_session_change(struct xenmig_session *s,
			  void (*change)(struct xenmig_policy *policy, void *arg), void *arg,
			  const char **why);
int xenmig_session_suspend(struct xenmig_session *s, bool force, const char **why);
int xenmig_session_device_model(struct xenmig_session *s, bool runs, const char **why);
int xenmig_session_commit(struct xenmig_session *s, u64 max_pages, const char **why);
int xenmig_session_resume(struct xenmig_session *s, const char **why);
int xenmig_session_cancel(struct xenmig_session *s, const char **why);

/* session.c: its life, for main.c and whoever holds a reference */
void xenmig_session_init(void (*changed)(struct xenmig_session *s),
			 const struct xenmig_guest_kind *translated,
			 const struct xenmig_guest_kind *pv);
void xenmig_session_put(struct xenmig_session *s);

/* Between these three */
struct xenmig_session *xenmig_session_alloc(enum xenmig_role role, u32 portid,
					    const struct xenmig_domain *d);
int xenmig_session_thread(void *arg);
void xenmig_session_changed(struct xenmig_session *s);
void xenmig_session_ended(struct xenmig_session *s);
bool xenmig_session_ask_to_end(struct xenmig_session *s);
int xenmig_session_wait_done(struct xenmig_session *s);

/* For source.c and destination.c, which run in the session's thread (but source_resume) */
bool xenmig_session_move(struct xenmig_session *s, enum xenmig_state to);
__printf(4, 5)
int xenmig_session_fail(struct xenmig_session *s, enum xenmig_reason reason, int err,
			const char *fmt, ...);
bool xenmig_session_stopped(struct xenmig_session *s);
void xenmig_session_policy(struct xenmig_session *s, struct xenmig_policy *policy);
void xenmig_session_await_pause(struct xenmig_session *s, unsigned long timeout);
void xenmig_session_progress(struct xenmig_session *s);
bool xenmig_session_wait_commit(struct xenmig_session *s);
bool xenmig_session_await_quiet(struct xenmig_session *s, unsigned long timeout);
void xenmig_session_await_release(struct xenmig_session *s, unsigned long timeout);

int xenmig_source_run(struct xenmig_session *s);
int xenmig_source_resume(struct xenmig_session *s);
void xenmig_source_release(struct xenmig_session *s);
int xenmig_destination_run(struct xenmig_session *s);
void xenmig_destination_release(struct xenmig_session *s);

#endif /* _XENMIG_SESSION_H */
