/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control protocol between two controllers. A message is an 8-octet header
 * { be32 payload length, be16 type, be16 zero } and a payload of netlink
 * attributes. There is no I/O in proto.c, so that a fuzzer can link it.
 */
#ifndef MIGCTL_PROTO_H
#define MIGCTL_PROTO_H

#include <stddef.h>

#include "module/model.h"
#include "offer/findings.h"
#include "offer/offer.h"

#define PROTO_VERSION		6
#define PROTO_HEADER		8
#define PROTO_PAYLOAD_MAX	(1u << 20)
#define TOKEN_LEN		16
#define OCTETS_MAX		32768

struct nl_msg;

enum msg_type {
	MSG_HELLO = 1,		/* both, first on a control connection: struct hello */
	MSG_OFFER,		/* source: struct offer */
	MSG_FINDINGS,		/* destination, on CHECK or OFFER: struct findings */
	MSG_ACCEPT,		/* destination: struct ticket */
	MSG_DATA,		/* source, first on a data connection: struct ticket */
	MSG_DATA_OK,		/* destination, last before the stream */
	MSG_KEEPALIVE,		/* both */
	MSG_PREPARED,		/* destination: xenstore, interfaces and console are there */
	MSG_FINAL,		/* source: struct final */
	MSG_READY,		/* destination: struct ready */
	MSG_COMMIT,		/* source: the guest is yours: struct cause */
	MSG_RUNNING,		/* destination: struct running */
	MSG_FORGET,		/* source: nothing is left here: struct cause */
	MSG_FORGOTTEN,		/* destination: nor is anything owed here */
	MSG_ABORT,		/* both, before COMMIT: struct abort_msg */
	MSG_QUERY,		/* source: what became of it? struct cause */
	MSG_OUTCOME,		/* destination: struct outcome */
	MSG_CHECK,		/* source: would you take it? struct offer */
	MSG_LOG,		/* source, from PREPARED to COMMIT: struct octets of the console's log */
	MSG_CONSOLE,		/* who followed a guest: show me its console: struct cause */
	MSG_ATTACHED,		/* destination: it follows, in OUTPUT */
	MSG_OUTPUT,		/* destination: struct octets that the guest wrote */
	MSG_INPUT,		/* who followed it: struct octets for the guest */
	MSG_ELSEWHERE,		/* destination: the guest has moved on: struct elsewhere */
	MSG_DEVICE_MODEL,	/* source, before FINAL: struct octets of its state */
	MSG_TYPE_END,
};

struct hello {
	uint64_t have;
	uint32_t protocol;
	char migctl[32];
	char module[32];
	uint32_t xen_major;
	uint32_t xen_minor;
	char boot_id[64];
	char host[256];
	uint8_t journal[16];
};

/*
 * Which move is meant, on a connection that may be another than the one it
 * began on: its UUID, the guest's, and the identity that the destination's
 * journal had then.
 */
struct cause {
	uint64_t have;
	uint8_t move[16];
	uint8_t guest[16];
	uint8_t journal[16];
};

struct ticket {
	uint64_t have;
	uint8_t token[TOKEN_LEN];
	uint32_t index;
	uint32_t journal_us;	/* ACCEPT: what a write to the journal takes there */
};

struct final {
	uint64_t have;
	struct settings settings;
	uint64_t digest;
	uint64_t digest_frames;
	uint64_t max_pages;
	char name[NAME_LEN];
	bool followed;		/* somebody will come and ask for its console */
};

struct ready {
	uint64_t have;
	uint64_t superpages;
	uint64_t small_pages;
	uint64_t final_to_ready_us;
	bool autostart;		/* the entry that came along is kept */
	uint64_t device_model_us;	/* what loading the device model's state took of that time */
};

struct running {
	uint64_t have;
	uint32_t domid;
	uint64_t ready_to_commit_us;	/* from sending READY until COMMIT came */
	uint64_t commit_to_unpaused_us;
	uint64_t unpaused_to_running_us;
	uint64_t device_model_us;	/* what the device model took to go on, before the guest */
};

struct abort_msg {
	uint64_t have;
	uint32_t reason;
	uint32_t code;
	char text[SENTENCE_LEN];
	struct cause cause;	/* where it is the first word on a connection */
};

/* What a destination says of a move, now or later. */
enum outcome_kind {
	OUTCOME_NONE,		/* never on the wire: there was no answer */
	OUTCOME_RUNNING,	/* the domain is there */
	OUTCOME_REFUSED,	/* journalled: it never ran and never will */
	OUTCOME_MAY_HAVE_RUN,	/* it was started, or may have been, and is not there */
	OUTCOME_READY,		/* it waits for COMMIT */
	OUTCOME_END,
};

struct outcome {
	uint64_t have;
	uint32_t kind;
	uint32_t domid;
	char text[SENTENCE_LEN];
};

struct octets {
	uint64_t have;
	bool more;		/* LOG, DEVICE-MODEL: the piece goes on in the next one */
	uint32_t len;
	uint8_t data[OCTETS_MAX];
};

/* Which move a guest has left by: what to ask the host at its other end. */
struct elsewhere {
	uint64_t have;
	struct cause cause;
	char host[256];
	char address[272];
};

struct message {
	uint16_t type;
	union {
		struct hello hello;
		struct offer offer;
		struct findings findings;
		struct ticket ticket;
		struct final final;
		struct ready ready;
		struct running running;
		struct abort_msg abort;
		struct cause cause;
		struct outcome outcome;
		struct octets octets;
		struct elsewhere elsewhere;
	};
};

enum proto_attr {
	HELLO_PROTOCOL = 1, HELLO_MIGCTL, HELLO_MODULE, HELLO_XEN_MAJOR, HELLO_XEN_MINOR,
	HELLO_BOOT_ID, HELLO_HOST, HELLO_JOURNAL,

	CAUSE_MOVE = 1, CAUSE_GUEST, CAUSE_JOURNAL,

	FINDINGS_FINDING = 1,
	FINDING_VERDICT = 1, FINDING_SUBJECT, FINDING_TEXT,

	TICKET_TOKEN = 1, TICKET_INDEX, TICKET_JOURNAL_US,

	FINAL_SETTINGS = 1, FINAL_DIGEST, FINAL_DIGEST_FRAMES, FINAL_MAX_PAGES, FINAL_NAME,
	FINAL_FOLLOWED,

	READY_SUPERPAGES = 1, READY_SMALL_PAGES, READY_US, READY_AUTOSTART,
	READY_DEVICE_MODEL_US,

	RUNNING_DOMID = 1, RUNNING_UNPAUSED_US, RUNNING_AFTER_US, RUNNING_DEVICE_MODEL_US, RUNNING_READY_US,

	ABORT_REASON = 1, ABORT_CODE, ABORT_TEXT, ABORT_CAUSE,

	OUTCOME_KIND = 1, OUTCOME_DOMID, OUTCOME_TEXT,

	OCTETS_DATA = 1, OCTETS_MORE,

	ELSEWHERE_CAUSE = 1, ELSEWHERE_HOST, ELSEWHERE_ADDRESS,
};

int proto_header(const uint8_t *header, uint16_t *type, uint32_t *len);
int proto_parse(uint16_t type, const void *payload, size_t len, struct message *out);
int proto_build(uint16_t type, const void *obj, uint8_t **octets, size_t *len);
const char *proto_name(uint16_t type);

#endif /* MIGCTL_PROTO_H */
