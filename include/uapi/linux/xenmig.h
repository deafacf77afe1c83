/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit: generated from Documentation/netlink/specs/xenmig.yaml by `make spec`. */
#ifndef _UAPI_LINUX_XENMIG_H
#define _UAPI_LINUX_XENMIG_H

#define XENMIG_FAMILY_NAME	"xenmig"
#define XENMIG_FAMILY_VERSION	1

/**
 * enum xenmig_role - Which end of a migration a session is.
 * @XENMIG_ROLE_SOURCE: The domain runs here and leaves.
 * @XENMIG_ROLE_DESTINATION: The domain is built here and arrives.
 */
enum xenmig_role {
	XENMIG_ROLE_SOURCE = 0,
	XENMIG_ROLE_DESTINATION = 1,
};

/**
 * enum xenmig_state - State of a session; Documentation/states.rst draws the edges. "source" and "destination" tell which role may be in that state.
 * @XENMIG_STATE_NEW: Both. Created; a destination's domain exists and is
 *	empty.
 * @XENMIG_STATE_RUNNING: Source. Rounds of pages are being sent while the
 *	guest runs.
 * @XENMIG_STATE_SUSPENDING: Source. The controller is to suspend the guest;
 *	rounds have ended.
 * @XENMIG_STATE_PAUSED: Source. The guest is suspended; last dirty pages and
 *	machine state are sent.
 * @XENMIG_STATE_SENT: Source. Everything was handed to the network; the
 *	guest waits for the verdict.
 * @XENMIG_STATE_HELD: Source. The controller may commit; the module never
 *	resumes the guest by itself now.
 * @XENMIG_STATE_RECEIVING: Destination. The stream is being read.
 * @XENMIG_STATE_RECEIVED: Destination. The stream ended and the machine
 *	state was applied; the domain can run.
 * @XENMIG_STATE_KEPT: Destination. The domain belongs to the controller; the
 *	module never destroys it by itself now.
 * @XENMIG_STATE_FAILED: Both. Ended; see reason and message. What the
 *	session held was released.
 * @XENMIG_STATE_CANCELLED: Both. Ended by session-cancel or by the death of
 *	its controller.
 * @XENMIG_STATE_RESUMED: Source. Was held, and a controller that knew that
 *	no copy has run let the guest go on here.
 */
enum xenmig_state {
	XENMIG_STATE_NEW = 0,
	XENMIG_STATE_RUNNING = 1,
	XENMIG_STATE_SUSPENDING = 2,
	XENMIG_STATE_PAUSED = 3,
	XENMIG_STATE_SENT = 4,
	XENMIG_STATE_HELD = 5,
	XENMIG_STATE_RECEIVING = 6,
	XENMIG_STATE_RECEIVED = 7,
	XENMIG_STATE_KEPT = 8,
	XENMIG_STATE_FAILED = 9,
	XENMIG_STATE_CANCELLED = 10,
	XENMIG_STATE_RESUMED = 11,
};

/**
 * enum xenmig_reason - Stable code of why a session failed.
 * @XENMIG_REASON_NONE: It did not fail.
 * @XENMIG_REASON_CANCELLED: Asked for.
 * @XENMIG_REASON_PEER: The connection closed, broke or stalled.
 * @XENMIG_REASON_STREAM: The peer sent a stream this module refuses.
 * @XENMIG_REASON_HYPERVISOR: A hypercall failed.
 * @XENMIG_REASON_MEMORY: Not enough memory, in the hypervisor or in dom0.
 * @XENMIG_REASON_GUEST_ENDED: The guest shut down, rebooted, crashed or was
 *	destroyed.
 * @XENMIG_REASON_TAMPERED: Another tool changed log-dirty mode or the memory
 *	limit of the guest during the move.
 * @XENMIG_REASON_CPU: The host's CPU or hypervisor lacks a feature that the
 *	guest has seen.
 * @XENMIG_REASON_TIMEOUT: A bounded wait ran out.
 * @XENMIG_REASON_CONVERGENCE: The round or time limit was reached and the
 *	chosen action was to abort.
 * @XENMIG_REASON_DIGEST: The memory digests of the two ends differ.
 * @XENMIG_REASON_GUEST_MEMORY: A PV guest's page tables or its list of
 *	frames are not such as can be moved, or the list moved meanwhile.
 */
enum xenmig_reason {
	XENMIG_REASON_NONE = 0,
	XENMIG_REASON_CANCELLED = 1,
	XENMIG_REASON_PEER = 2,
	XENMIG_REASON_STREAM = 3,
	XENMIG_REASON_HYPERVISOR = 4,
	XENMIG_REASON_MEMORY = 5,
	XENMIG_REASON_GUEST_ENDED = 6,
	XENMIG_REASON_TAMPERED = 7,
	XENMIG_REASON_CPU = 8,
	XENMIG_REASON_TIMEOUT = 9,
	XENMIG_REASON_CONVERGENCE = 10,
	XENMIG_REASON_DIGEST = 11,
	XENMIG_REASON_GUEST_MEMORY = 12,
};

/**
 * enum xenmig_on_limit - What a source does when its round or time limit is reached.
 * @XENMIG_ON_LIMIT_STOP: Suspend the guest all the same.
 * @XENMIG_ON_LIMIT_ABORT: Fail the session; the guest runs on.
 * @XENMIG_ON_LIMIT_THROTTLE: Slow the guest's vCPUs, more and more, until a
 *	round brings a gain; suspend it when they can be slowed no further.
 */
enum xenmig_on_limit {
	XENMIG_ON_LIMIT_STOP = 0,
	XENMIG_ON_LIMIT_ABORT = 1,
	XENMIG_ON_LIMIT_THROTTLE = 2,
};

/**
 * enum xenmig_create - Properties of a domain to be created, independent of the hypervisor's version.
 * @XENMIG_CREATE_HVM: Hardware-assisted (HVM or PVH).
 * @XENMIG_CREATE_HAP: Hardware-assisted paging.
 * @XENMIG_CREATE_OOS_OFF: Shadow out-of-sync optimisation off.
 * @XENMIG_CREATE_NESTED_VIRT: Nested virtualisation.
 * @XENMIG_CREATE_VPMU: Virtual performance counters.
 */
enum xenmig_create {
	XENMIG_CREATE_HVM = 1,
	XENMIG_CREATE_HAP = 2,
	XENMIG_CREATE_OOS_OFF = 4,
	XENMIG_CREATE_NESTED_VIRT = 8,
	XENMIG_CREATE_VPMU = 16,
};

/**
 * enum xenmig_a_info - The module and the host under it.
 * @XENMIG_A_INFO_PAD: padding of 64-bit attributes
 * @XENMIG_A_INFO_VERSION: Version of the module.
 * @XENMIG_A_INFO_XEN_MAJOR: Major version of the hypervisor.
 * @XENMIG_A_INFO_XEN_MINOR: Minor version of the hypervisor.
 * @XENMIG_A_INFO_DOMCTL: Interface version of domctl that the hypervisor
 *	accepted.
 * @XENMIG_A_INFO_CPU_KHZ: Frequency of the host's TSC in kHz.
 * @XENMIG_A_INFO_CAPABILITIES: XEN_SYSCTL_PHYSCAP_* bits of the host.
 * @XENMIG_A_INFO_FREE_KIB: Free memory of the hypervisor less what is
 *	claimed, in KiB.
 * @XENMIG_A_INFO_TOTAL_KIB: Memory of the host, in KiB.
 * @XENMIG_A_INFO_SESSIONS: Sessions that exist.
 * @XENMIG_A_INFO_QUARANTINED: Pages that the network still references after
 *	their session ended.
 * @XENMIG_A_INFO_FEATURES: CPU features that a PVH guest can have here at
 *	the most: 16 words of 32 bits in the order of Xen's featuresets
 *	(public/arch-x86/cpufeatureset.h). Absent where Xen does not say.
 * @XENMIG_A_INFO_CPUS: CPUs that a domain from another host can run on, of
 *	the first 1024: those online in the first CPU pool. The bit of CPU n is
 *	bit n % 8 of octet n / 8. Absent where Xen does not say.
 */
enum xenmig_a_info {
	XENMIG_A_INFO_PAD = 1,
	XENMIG_A_INFO_VERSION = 2,
	XENMIG_A_INFO_XEN_MAJOR = 3,
	XENMIG_A_INFO_XEN_MINOR = 4,
	XENMIG_A_INFO_DOMCTL = 5,
	XENMIG_A_INFO_CPU_KHZ = 6,
	XENMIG_A_INFO_CAPABILITIES = 7,
	XENMIG_A_INFO_FREE_KIB = 8,
	XENMIG_A_INFO_TOTAL_KIB = 9,
	XENMIG_A_INFO_SESSIONS = 10,
	XENMIG_A_INFO_QUARANTINED = 11,
	XENMIG_A_INFO_FEATURES = 12,
	XENMIG_A_INFO_CPUS = 13,

	__XENMIG_A_INFO_MAX,
	XENMIG_A_INFO_MAX = __XENMIG_A_INFO_MAX - 1,
};

/**
 * enum xenmig_a_domain - A domain. In replies, what the hypervisor says of it. In session-new with role destination, what is to be created; the attributes marked C are read then.
 * @XENMIG_A_DOMAIN_PAD: padding of 64-bit attributes
 * @XENMIG_A_DOMAIN_DOMID: Domain id.
 * @XENMIG_A_DOMAIN_UUID: C. Handle of the domain.
 * @XENMIG_A_DOMAIN_CREATE_FLAGS: C. enum xenmig_create bits.
 * @XENMIG_A_DOMAIN_DOMINF_FLAGS: XEN_DOMINF_* bits as the hypervisor
 *	returned them.
 * @XENMIG_A_DOMAIN_PAGES: C. Pages the domain owns; at the destination: how
 *	many to claim.
 * @XENMIG_A_DOMAIN_MAX_PAGES: C. Limit of pages the domain may own.
 * @XENMIG_A_DOMAIN_MAX_GFN: C. Highest guest frame number the hypervisor has
 *	mapped.
 * @XENMIG_A_DOMAIN_VCPUS: C. Number of vCPUs the domain was created with.
 * @XENMIG_A_DOMAIN_VCPUS_ONLINE: vCPUs online.
 * @XENMIG_A_DOMAIN_CPUPOOL: C. CPU pool.
 * @XENMIG_A_DOMAIN_SSIDREF: C. XSM label.
 * @XENMIG_A_DOMAIN_EMULATION_FLAGS: C. XEN_X86_EMU_* bits.
 * @XENMIG_A_DOMAIN_MISC_FLAGS: C. XEN_X86_MSR_RELAXED and successors; not
 *	readable from the hypervisor.
 * @XENMIG_A_DOMAIN_EVTCHN_PORTS: C. Highest event channel port.
 * @XENMIG_A_DOMAIN_GRANT_FRAMES: C. Most grant table frames.
 * @XENMIG_A_DOMAIN_MAPTRACK_FRAMES: C. Most maptrack frames, -1 for the
 *	host's default.
 * @XENMIG_A_DOMAIN_GRANT_VERSION: C. Highest grant table version.
 * @XENMIG_A_DOMAIN_PAGING_BYTES: C. Size of the paging pool in bytes.
 * @XENMIG_A_DOMAIN_TIMER_MODE: C. HVM_PARAM_TIMER_MODE.
 * @XENMIG_A_DOMAIN_TSC_MODE: C. TSC mode.
 * @XENMIG_A_DOMAIN_POD_ENTRIES: Populate-on-demand entries outstanding.
 * @XENMIG_A_DOMAIN_STORE_GFN: C. Frame of the xenstore ring.
 * @XENMIG_A_DOMAIN_CONSOLE_GFN: C. Frame of the console ring.
 * @XENMIG_A_DOMAIN_STORE_DOMID: C. Domain that xenstored runs in.
 * @XENMIG_A_DOMAIN_CONSOLE_DOMID: C. Domain that xenconsoled runs in.
 * @XENMIG_A_DOMAIN_STORE_PORT: Reply. The domain's event channel port for
 *	xenstored.
 * @XENMIG_A_DOMAIN_CONSOLE_PORT: Reply. The domain's event channel port for
 *	xenconsoled.
 * @XENMIG_A_DOMAIN_REFUSAL: Reply. Why this module would not move the
 *	domain; absent when it would.
 * @XENMIG_A_DOMAIN_RING_REF: Grant reference of the first page of a ring;
 *	absent for the console's.
 * @XENMIG_A_DOMAIN_UNANSWERED: Reply. Requests in the ring that the backend
 *	has not answered; of the console's, octets of output that it has not
 *	taken.
 * @XENMIG_A_DOMAIN_SCHEDULER: C. Scheduler that weight and cap are of,
 *	XEN_SCHEDULER_*; absent when it has none of them. A destination with
 *	another one leaves them alone.
 * @XENMIG_A_DOMAIN_SCHED_WEIGHT: C. Weight of its vCPUs.
 * @XENMIG_A_DOMAIN_SCHED_CAP: C. Most CPU time it may have, in percent of
 *	one CPU; 0 for no limit.
 * @XENMIG_A_DOMAIN_FEATURES: Reply to a request for one domain. CPU features
 *	it sees, as in info.
 * @XENMIG_A_DOMAIN_STORE_MFN: Reply. Machine frame of the xenstore ring, of
 *	a PV guest.
 * @XENMIG_A_DOMAIN_CONSOLE_MFN: Reply. Machine frame of the console ring, of
 *	a PV guest.
 * @XENMIG_A_DOMAIN_VCPU: Number of the vCPU whose affinity is meant.
 * @XENMIG_A_DOMAIN_HARD_AFFINITY: CPUs that the vCPU may run on, as cpus in
 *	info. Reply: absent when that is all CPUs of the host. Request: absent to
 *	leave it as it is.
 * @XENMIG_A_DOMAIN_SOFT_AFFINITY: CPUs that it runs on rather than on
 *	others; likewise.
 * @XENMIG_A_DOMAIN_HPET: C. HVM_PARAM_HPET_ENABLED, of a guest with a device
 *	model.
 * @XENMIG_A_DOMAIN_VPT_ALIGN: C. HVM_PARAM_VPT_ALIGN, of a guest with a
 *	device model.
 * @XENMIG_A_DOMAIN_TIME_OFFSET: C. Seconds that its wall clock is ahead of
 *	the host's; not readable from the hypervisor.
 * @XENMIG_A_DOMAIN_PV_DRIVERS: Reply. 1: the guest, one with a device model,
 *	has PV drivers, and so can be asked to suspend.
 * @XENMIG_A_DOMAIN_UNPAUSED_NS: Reply. CLOCK_BOOTTIME when the hypervisor
 *	was about to let it run: from then on the processor may be the guest's,
 *	and whoever asked learns of it later.
 */
enum xenmig_a_domain {
	XENMIG_A_DOMAIN_PAD = 1,
	XENMIG_A_DOMAIN_DOMID = 2,
	XENMIG_A_DOMAIN_UUID = 3,
	XENMIG_A_DOMAIN_CREATE_FLAGS = 4,
	XENMIG_A_DOMAIN_DOMINF_FLAGS = 5,
	XENMIG_A_DOMAIN_PAGES = 6,
	XENMIG_A_DOMAIN_MAX_PAGES = 7,
	XENMIG_A_DOMAIN_MAX_GFN = 8,
	XENMIG_A_DOMAIN_VCPUS = 9,
	XENMIG_A_DOMAIN_VCPUS_ONLINE = 10,
	XENMIG_A_DOMAIN_CPUPOOL = 11,
	XENMIG_A_DOMAIN_SSIDREF = 12,
	XENMIG_A_DOMAIN_EMULATION_FLAGS = 13,
	XENMIG_A_DOMAIN_MISC_FLAGS = 14,
	XENMIG_A_DOMAIN_EVTCHN_PORTS = 15,
	XENMIG_A_DOMAIN_GRANT_FRAMES = 16,
	XENMIG_A_DOMAIN_MAPTRACK_FRAMES = 17,
	XENMIG_A_DOMAIN_GRANT_VERSION = 18,
	XENMIG_A_DOMAIN_PAGING_BYTES = 19,
	XENMIG_A_DOMAIN_TIMER_MODE = 20,
	XENMIG_A_DOMAIN_TSC_MODE = 21,
	XENMIG_A_DOMAIN_POD_ENTRIES = 22,
	XENMIG_A_DOMAIN_STORE_GFN = 23,
	XENMIG_A_DOMAIN_CONSOLE_GFN = 24,
	XENMIG_A_DOMAIN_STORE_DOMID = 25,
	XENMIG_A_DOMAIN_CONSOLE_DOMID = 26,
	XENMIG_A_DOMAIN_STORE_PORT = 27,
	XENMIG_A_DOMAIN_CONSOLE_PORT = 28,
	XENMIG_A_DOMAIN_REFUSAL = 29,
	XENMIG_A_DOMAIN_RING_REF = 30,
	XENMIG_A_DOMAIN_UNANSWERED = 31,
	XENMIG_A_DOMAIN_SCHEDULER = 32,
	XENMIG_A_DOMAIN_SCHED_WEIGHT = 33,
	XENMIG_A_DOMAIN_SCHED_CAP = 34,
	XENMIG_A_DOMAIN_FEATURES = 35,
	XENMIG_A_DOMAIN_STORE_MFN = 36,
	XENMIG_A_DOMAIN_CONSOLE_MFN = 37,
	XENMIG_A_DOMAIN_VCPU = 38,
	XENMIG_A_DOMAIN_HARD_AFFINITY = 39,
	XENMIG_A_DOMAIN_SOFT_AFFINITY = 40,
	XENMIG_A_DOMAIN_HPET = 41,
	XENMIG_A_DOMAIN_VPT_ALIGN = 42,
	XENMIG_A_DOMAIN_TIME_OFFSET = 43,
	XENMIG_A_DOMAIN_PV_DRIVERS = 44,
	XENMIG_A_DOMAIN_UNPAUSED_NS = 45,

	__XENMIG_A_DOMAIN_MAX,
	XENMIG_A_DOMAIN_MAX = __XENMIG_A_DOMAIN_MAX - 1,
};

/**
 * enum xenmig_a_session - One migration of one domain in one direction, seen from one end.
 * @XENMIG_A_SESSION_PAD: padding of 64-bit attributes
 * @XENMIG_A_SESSION_ID: Session id.
 * @XENMIG_A_SESSION_ROLE: Which end.
 * @XENMIG_A_SESSION_STATE: State.
 * @XENMIG_A_SESSION_REASON: Why it failed.
 * @XENMIG_A_SESSION_ERRNO: Negative errno that goes with reason.
 * @XENMIG_A_SESSION_MESSAGE: One sentence for people that goes with reason.
 * @XENMIG_A_SESSION_DOMID: Domain. In session-new with role source: which
 *	one to send.
 * @XENMIG_A_SESSION_DOMAIN: In session-new with role destination: what to
 *	create. In its reply: what was created.
 * @XENMIG_A_SESSION_SOCKET: File descriptor of a connected TCP socket that
 *	carries the stream.
 * @XENMIG_A_SESSION_VERIFY: Digest the memory of the guest while it is
 *	paused.
 * @XENMIG_A_SESSION_NO_LIVE: Suspend first, then copy once.
 * @XENMIG_A_SESSION_DOWNTIME_MS: Longest expected pause at which the rounds
 *	end, in ms.
 * @XENMIG_A_SESSION_MAX_ROUNDS: Most rounds before on-limit is applied.
 * @XENMIG_A_SESSION_MAX_SECONDS: Longest time of live rounds before on-limit
 *	is applied; 0 for no limit.
 * @XENMIG_A_SESSION_ON_LIMIT: What to do at the limit.
 * @XENMIG_A_SESSION_FIXED_COST_US: Expected part of the pause that does not
 *	depend on pages, in us.
 * @XENMIG_A_SESSION_ROUND: Current or last round, from 1.
 * @XENMIG_A_SESSION_FRAMES: Frames of the guest that hold data.
 * @XENMIG_A_SESSION_FRAMES_SENT: Frames sent or received, all rounds.
 * @XENMIG_A_SESSION_FRAMES_LEFT: Frames left in this round.
 * @XENMIG_A_SESSION_FIRST_ROUND_FRAMES: Frames sent in round 1.
 * @XENMIG_A_SESSION_FIRST_ROUND_US: Duration of round 1 in us.
 * @XENMIG_A_SESSION_DIRTY: Frames found dirty by the last harvest.
 * @XENMIG_A_SESSION_DIRTY_RATE: Frames dirtied in a second.
 * @XENMIG_A_SESSION_RATE: Bytes sent in a second, of late.
 * @XENMIG_A_SESSION_EXPECTED_DOWNTIME_US: Pause to expect if the rounds
 *	ended now.
 * @XENMIG_A_SESSION_WIRE_BYTES: Bytes of the stream so far.
 * @XENMIG_A_SESSION_ZEROCOPY_BYTES: Bytes of guest memory handed to the
 *	network as page references.
 * @XENMIG_A_SESSION_MISSED_ZEROCOPY_BYTES: Bytes of guest memory that the
 *	kernel copied after all.
 * @XENMIG_A_SESSION_SUPERPAGES: 2 MiB extents populated.
 * @XENMIG_A_SESSION_SMALL_PAGES: 4 KiB extents populated.
 * @XENMIG_A_SESSION_DEPOPULATED: Frames given back because the guest had
 *	given them back.
 * @XENMIG_A_SESSION_MAPPED: Frames mapped into dom0 since the session began.
 * @XENMIG_A_SESSION_HYPERCALLS: Hypercalls made by the session.
 * @XENMIG_A_SESSION_INFLIGHT: Pages the network has a reference to now.
 * @XENMIG_A_SESSION_DIGEST: Digest of the memory; present when verify was
 *	asked for and it is known.
 * @XENMIG_A_SESSION_DIGEST_FRAMES: Frames in the digest.
 * @XENMIG_A_SESSION_STARTED_NS: CLOCK_BOOTTIME at session-start.
 * @XENMIG_A_SESSION_SUSPENDING_NS: CLOCK_BOOTTIME at entry to suspending.
 * @XENMIG_A_SESSION_SUSPENDED_NS: CLOCK_BOOTTIME when the guest was seen
 *	suspended.
 * @XENMIG_A_SESSION_LAST_FRAMES_NS: CLOCK_BOOTTIME when the last frame was
 *	handed to the network or received.
 * @XENMIG_A_SESSION_ENDED_NS: CLOCK_BOOTTIME at entry to sent or received.
 * @XENMIG_A_SESSION_MAX_PAGES: Limit of pages the guest may own. Reply of a
 *	source: as the toolstack last set it. In session-keep: the limit from here
 *	on.
 * @XENMIG_A_SESSION_BANDWIDTH_MIB: Most MiB of the stream sent in a second
 *	while the guest runs; 0 for no limit.
 * @XENMIG_A_SESSION_THROTTLE: Percent of its CPU time that the guest is
 *	denied now.
 * @XENMIG_A_SESSION_MOST_THROTTLE: The most it was denied during the
 *	session.
 * @XENMIG_A_SESSION_HOLD_PAUSE: 1: rounds go on though they could end, until
 *	session-set says 0: the destination is not ready for the pause.
 * @XENMIG_A_SESSION_HELD_ROUNDS: Rounds that were made for that reason
 *	alone; no limit counts them.
 * @XENMIG_A_SESSION_RUNNING: Does the guest's device model run?
 * @XENMIG_A_SESSION_FORCE: The guest has no PV drivers, so the module
 *	suspends it and nobody asks it.
 */
enum xenmig_a_session {
	XENMIG_A_SESSION_PAD = 1,
	XENMIG_A_SESSION_ID = 2,
	XENMIG_A_SESSION_ROLE = 3,
	XENMIG_A_SESSION_STATE = 4,
	XENMIG_A_SESSION_REASON = 5,
	XENMIG_A_SESSION_ERRNO = 6,
	XENMIG_A_SESSION_MESSAGE = 7,
	XENMIG_A_SESSION_DOMID = 8,
	XENMIG_A_SESSION_DOMAIN = 9,
	XENMIG_A_SESSION_SOCKET = 10,
	XENMIG_A_SESSION_VERIFY = 11,
	XENMIG_A_SESSION_NO_LIVE = 12,
	XENMIG_A_SESSION_DOWNTIME_MS = 13,
	XENMIG_A_SESSION_MAX_ROUNDS = 14,
	XENMIG_A_SESSION_MAX_SECONDS = 15,
	XENMIG_A_SESSION_ON_LIMIT = 16,
	XENMIG_A_SESSION_FIXED_COST_US = 17,
	XENMIG_A_SESSION_ROUND = 18,
	XENMIG_A_SESSION_FRAMES = 19,
	XENMIG_A_SESSION_FRAMES_SENT = 20,
	XENMIG_A_SESSION_FRAMES_LEFT = 21,
	XENMIG_A_SESSION_FIRST_ROUND_FRAMES = 22,
	XENMIG_A_SESSION_FIRST_ROUND_US = 23,
	XENMIG_A_SESSION_DIRTY = 24,
	XENMIG_A_SESSION_DIRTY_RATE = 25,
	XENMIG_A_SESSION_RATE = 26,
	XENMIG_A_SESSION_EXPECTED_DOWNTIME_US = 27,
	XENMIG_A_SESSION_WIRE_BYTES = 28,
	XENMIG_A_SESSION_ZEROCOPY_BYTES = 29,
	XENMIG_A_SESSION_MISSED_ZEROCOPY_BYTES = 30,
	XENMIG_A_SESSION_SUPERPAGES = 31,
	XENMIG_A_SESSION_SMALL_PAGES = 32,
	XENMIG_A_SESSION_DEPOPULATED = 33,
	XENMIG_A_SESSION_MAPPED = 34,
	XENMIG_A_SESSION_HYPERCALLS = 35,
	XENMIG_A_SESSION_INFLIGHT = 36,
	XENMIG_A_SESSION_DIGEST = 37,
	XENMIG_A_SESSION_DIGEST_FRAMES = 38,
	XENMIG_A_SESSION_STARTED_NS = 39,
	XENMIG_A_SESSION_SUSPENDING_NS = 40,
	XENMIG_A_SESSION_SUSPENDED_NS = 41,
	XENMIG_A_SESSION_LAST_FRAMES_NS = 42,
	XENMIG_A_SESSION_ENDED_NS = 43,
	XENMIG_A_SESSION_MAX_PAGES = 44,
	XENMIG_A_SESSION_BANDWIDTH_MIB = 45,
	XENMIG_A_SESSION_THROTTLE = 46,
	XENMIG_A_SESSION_MOST_THROTTLE = 47,
	XENMIG_A_SESSION_HOLD_PAUSE = 48,
	XENMIG_A_SESSION_HELD_ROUNDS = 49,
	XENMIG_A_SESSION_RUNNING = 50,
	XENMIG_A_SESSION_FORCE = 51,

	__XENMIG_A_SESSION_MAX,
	XENMIG_A_SESSION_MAX = __XENMIG_A_SESSION_MAX - 1,
};

/**
 * enum xenmig_cmd - Commands.
 * @XENMIG_CMD_INFO_GET: Get module and host.
 * @XENMIG_CMD_DOMAIN_GET: Get one domain, or dump all.
 * @XENMIG_CMD_DOMAIN_UNPAUSE: Let a kept domain run; once.
 * @XENMIG_CMD_DOMAIN_DESTROY: Destroy a domain whose handle is the one
 *	named. Refused while a session that has not ended cares for it, except
 *	held and kept.
 * @XENMIG_CMD_SESSION_NEW: Begin a session. The requesting socket becomes
 *	its owner: when it closes, a session that is not held or kept is
 *	cancelled. A destination's domain is created, and torn down again with a
 *	session that does not reach kept.
 * @XENMIG_CMD_SESSION_START: Hand over the connected sockets and begin to
 *	send or receive.
 * @XENMIG_CMD_SESSION_GET: Get one session, or dump all.
 * @XENMIG_CMD_SESSION_NTF: A session changed its state, or a second of
 *	progress passed.
 * @XENMIG_CMD_SESSION_SUSPEND: Source, in suspending. The controller is
 *	about to write the suspend request; from here on the module takes it back,
 *	or resumes the guest, when the session does not come to held. With force
 *	the module suspends the guest itself, which must have no PV drivers.
 * @XENMIG_CMD_SESSION_HOLD: Source, sent to held. From here on the module
 *	never resumes the guest.
 * @XENMIG_CMD_SESSION_KEEP: Destination, received to kept. From here on the
 *	module never destroys the domain.
 * @XENMIG_CMD_SESSION_CANCEL: End a session that is not held or kept.
 *	Returns when everything it held is released: a source guest runs again, a
 *	destination domain is gone.
 * @XENMIG_CMD_SESSION_END: Forget a session that is held, kept, resumed,
 *	failed or cancelled.
 * @XENMIG_CMD_DOMAIN_RING: How much a backend has not answered in a ring of
 *	a suspended domain, or in its console's.
 * @XENMIG_CMD_SESSION_RESUME: Source, held to resumed: the guest goes on
 *	here, with log-dirty mode off and its memory limit restored. Only for a
 *	controller that knows that no copy has run. Any controller may ask, not
 *	the session's owner only.
 * @XENMIG_CMD_SESSION_SET: Source, started and not yet suspending. Change
 *	what session-start asked for; what is not given stays as it is. Any
 *	controller may ask, not the session's owner only.
 * @XENMIG_CMD_AFFINITY_GET: Which CPUs a vCPU of a domain is bound to.
 * @XENMIG_CMD_AFFINITY_SET: Bind a vCPU of a domain to CPUs, of which its
 *	CPU pool must have one that it may run on.
 * @XENMIG_CMD_SESSION_DEVICE_MODEL: Source of a guest with a device model.
 *	Running 0, in paused: it has stopped, so nothing but the module touches
 *	the guest's memory any more; the module looks for what is dirty, the last
 *	time, when this was said. Running 1, of a session that has failed: it goes
 *	on; the module resumes the guest when this was said, or 10 s after the
 *	failure.
 */
enum xenmig_cmd {
	XENMIG_CMD_INFO_GET = 1,
	XENMIG_CMD_DOMAIN_GET = 2,
	XENMIG_CMD_DOMAIN_UNPAUSE = 3,
	XENMIG_CMD_DOMAIN_DESTROY = 4,
	XENMIG_CMD_SESSION_NEW = 5,
	XENMIG_CMD_SESSION_START = 6,
	XENMIG_CMD_SESSION_GET = 7,
	XENMIG_CMD_SESSION_NTF = 8,
	XENMIG_CMD_SESSION_SUSPEND = 9,
	XENMIG_CMD_SESSION_HOLD = 10,
	XENMIG_CMD_SESSION_KEEP = 11,
	XENMIG_CMD_SESSION_CANCEL = 12,
	XENMIG_CMD_SESSION_END = 13,
	XENMIG_CMD_DOMAIN_RING = 14,
	XENMIG_CMD_SESSION_RESUME = 15,
	XENMIG_CMD_SESSION_SET = 16,
	XENMIG_CMD_AFFINITY_GET = 18,
	XENMIG_CMD_AFFINITY_SET = 19,
	XENMIG_CMD_SESSION_DEVICE_MODEL = 20,

	__XENMIG_CMD_MAX,
	XENMIG_CMD_MAX = __XENMIG_CMD_MAX - 1,
};

#define XENMIG_MCGRP_SESSIONS	"sessions"

#endif /* _UAPI_LINUX_XENMIG_H */
