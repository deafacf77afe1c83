// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/msg.h>

#include "module/attrs.h"
#include "module/domain.h"
#include "peer/proto.h"

#define F(attr, kind, type, member) FIELD(attr, kind, struct type, member)

static const struct field hello_fields[] = {
	F(HELLO_PROTOCOL, FIELD_U32, hello, protocol),
	F(HELLO_MIGCTL, FIELD_STRING, hello, migctl),
	F(HELLO_MODULE, FIELD_STRING, hello, module),
	F(HELLO_XEN_MAJOR, FIELD_U32, hello, xen_major),
	F(HELLO_XEN_MINOR, FIELD_U32, hello, xen_minor),
	F(HELLO_BOOT_ID, FIELD_STRING, hello, boot_id),
	F(HELLO_HOST, FIELD_STRING, hello, host),
	F(HELLO_JOURNAL, FIELD_BINARY, hello, journal),
};

static const struct field cause_fields[] = {
	F(CAUSE_MOVE, FIELD_BINARY, cause, move),
	F(CAUSE_GUEST, FIELD_BINARY, cause, guest),
	F(CAUSE_JOURNAL, FIELD_BINARY, cause, journal),
};
static LAYOUT(cause_layout, cause_fields, 1 << CAUSE_MOVE | 1 << CAUSE_GUEST | 1 << CAUSE_JOURNAL);

static const struct field settings_fields[] = {
	F(SETTINGS_TARGET, FIELD_U64, settings, target_kib),
	F(SETTINGS_STATIC_MAX, FIELD_U64, settings, static_max_kib),
	F(SETTINGS_VIDEORAM, FIELD_U64, settings, videoram_kib),
	F(SETTINGS_ONLINE, FIELD_STRING, settings, online),
};
static LAYOUT(settings_layout, settings_fields, 0);

static const struct field vif_fields[] = {
	FIELD_MAX(VIF_DEVID, FIELD_U32, struct vif, devid, 65535),
	F(VIF_MAC, FIELD_STRING, vif, mac),
	F(VIF_BRIDGE, FIELD_STRING, vif, bridge),
	F(VIF_SCRIPT, FIELD_STRING, vif, script),
	F(VIF_IP, FIELD_STRING, vif, ip),
	F(VIF_RATE, FIELD_STRING, vif, rate),
	FIELD_MAX(VIF_MTU, FIELD_U32, struct vif, mtu, 65535),
	F(VIF_VIFNAME, FIELD_STRING, vif, vifname),
	F(VIF_GATEWAYDEV, FIELD_STRING, vif, gatewaydev),
	F(VIF_TYPE, FIELD_STRING, vif, type),
	F(VIF_UNTRUSTED, FIELD_FLAG, vif, untrusted),
};
static LAYOUT(vif_layout, vif_fields, 1 << VIF_DEVID | 1 << VIF_MAC);

static const struct field storage_fields[] = {
	F(STORAGE_BLOCK, FIELD_FLAG, storage, block),
	F(STORAGE_SHARED_FS, FIELD_FLAG, storage, shared_fs),
	F(STORAGE_SIZE, FIELD_U64, storage, size),
	F(STORAGE_SERIAL, FIELD_STRING, storage, serial),
	FIELD_MANY(STORAGE_SAMPLE, FIELD_U64, struct storage, samples, sample_count, NULL),
};
static LAYOUT(storage_layout, storage_fields, 1 << STORAGE_SIZE);

static const struct field vbd_fields[] = {
	F(VBD_DEVID, FIELD_U32, vbd, devid),
	F(VBD_DEV, FIELD_STRING, vbd, dev),
	F(VBD_PARAMS, FIELD_STRING, vbd, params),
	F(VBD_MODE, FIELD_STRING, vbd, mode),
	F(VBD_DEVICE_TYPE, FIELD_STRING, vbd, device_type),
	F(VBD_REMOVABLE, FIELD_FLAG, vbd, removable),
	F(VBD_BOOTABLE, FIELD_FLAG, vbd, bootable),
	F(VBD_DISCARD, FIELD_FLAG, vbd, discard),
	FIELD_SUB(VBD_STORAGE, struct vbd, storage, storage_layout),
};
static LAYOUT(vbd_layout, vbd_fields,
	      1 << VBD_DEVID | 1 << VBD_PARAMS | 1 << VBD_STORAGE);

static const struct field node_fields[] = {
	F(NODE_PATH, FIELD_STRING, toolstack_node, path),
	F(NODE_VALUE, FIELD_STRING, toolstack_node, value),
};
static LAYOUT(node_layout, node_fields, 1 << NODE_PATH | 1 << NODE_VALUE);

static const struct field device_model_fields[] = {
	FIELD_MAX(DEVICE_MODEL_MAJOR, FIELD_U32, struct device_model, major, 9999),
	FIELD_MAX(DEVICE_MODEL_MINOR, FIELD_U32, struct device_model, minor, 9999),
	F(DEVICE_MODEL_VERSION, FIELD_STRING, device_model, version),
	FIELD_VAR(DEVICE_MODEL_ARGS, struct device_model, args, args_len),
};
static LAYOUT(device_model_layout, device_model_fields,
	      1 << DEVICE_MODEL_MAJOR | 1 << DEVICE_MODEL_MINOR | 1 << DEVICE_MODEL_VERSION |
	      1 << DEVICE_MODEL_ARGS);

static const struct field offer_fields[] = {
	F(OFFER_NAME, FIELD_STRING, offer, name),
	F(OFFER_TYPE, FIELD_STRING, offer, type),
	FIELD_SUB(OFFER_DOMAIN, struct offer, domain, domain_layout),
	FIELD_SUB(OFFER_SETTINGS, struct offer, settings, settings_layout),
	F(OFFER_FEATURES, FIELD_U32, offer, features),
	F(OFFER_CONSOLE_LIMIT, FIELD_U32, offer, console_limit),
	FIELD_VAR(OFFER_JSON, struct offer, json, json_len),
	FIELD_MANY(OFFER_VIF, FIELD_NEST, struct offer, vifs, vif_count, &vif_layout),
	F(OFFER_VERIFY, FIELD_FLAG, offer, verify),
	F(OFFER_MOVE, FIELD_BINARY, offer, move),
	FIELD_MANY(OFFER_VBD, FIELD_NEST, struct offer, vbds, vbd_count, &vbd_layout),
	F(OFFER_UNSAFE_STORAGE, FIELD_FLAG, offer, unsafe_storage),
	F(OFFER_AUTOSTART_NAME, FIELD_STRING, offer, autostart_name),
	FIELD_VAR(OFFER_AUTOSTART, struct offer, autostart, autostart_len),
	F(OFFER_CPU_KHZ, FIELD_U32, offer, cpu_khz),
	FIELD_MANY(OFFER_NODES, FIELD_NEST, struct offer, nodes, node_count, &node_layout),
	FIELD_MANY(OFFER_AFFINITY, FIELD_NEST, struct offer, affinities, affinity_count,
		   &affinity_layout),
	FIELD_SUB(OFFER_DEVICE_MODEL, struct offer, device_model, device_model_layout),
	F(OFFER_KEYBOARD, FIELD_FLAG, offer, keyboard),
};

static const struct field finding_fields[] = {
	FIELD_MAX(FINDING_VERDICT, FIELD_U32, struct finding, verdict, VERDICT_END - 1),
	F(FINDING_SUBJECT, FIELD_STRING, finding, subject),
	F(FINDING_TEXT, FIELD_STRING, finding, text),
};
static LAYOUT(finding_layout, finding_fields,
	      1 << FINDING_VERDICT | 1 << FINDING_SUBJECT | 1 << FINDING_TEXT);

static const struct field findings_fields[] = {
	FIELD_MANY(FINDINGS_FINDING, FIELD_NEST, struct findings, list, count, &finding_layout),
};

static const struct field ticket_fields[] = {
	F(TICKET_TOKEN, FIELD_BINARY, ticket, token),
	FIELD_MAX(TICKET_INDEX, FIELD_U32, struct ticket, index, 64),
	FIELD_MAX(TICKET_JOURNAL_US, FIELD_U32, struct ticket, journal_us, 60000000),
};

static const struct field final_fields[] = {
	FIELD_SUB(FINAL_SETTINGS, struct final, settings, settings_layout),
	F(FINAL_DIGEST, FIELD_U64, final, digest),
	F(FINAL_DIGEST_FRAMES, FIELD_U64, final, digest_frames),
	F(FINAL_MAX_PAGES, FIELD_U64, final, max_pages),
	F(FINAL_NAME, FIELD_STRING, final, name),
	F(FINAL_FOLLOWED, FIELD_FLAG, final, followed),
};

static const struct field ready_fields[] = {
	F(READY_SUPERPAGES, FIELD_U64, ready, superpages),
	F(READY_SMALL_PAGES, FIELD_U64, ready, small_pages),
	F(READY_US, FIELD_U64, ready, final_to_ready_us),
	F(READY_AUTOSTART, FIELD_FLAG, ready, autostart),
	F(READY_DEVICE_MODEL_US, FIELD_U64, ready, device_model_us),
};

static const struct field running_fields[] = {
	F(RUNNING_DOMID, FIELD_U32, running, domid),
	F(RUNNING_UNPAUSED_US, FIELD_U64, running, commit_to_unpaused_us),
	F(RUNNING_AFTER_US, FIELD_U64, running, unpaused_to_running_us),
	F(RUNNING_DEVICE_MODEL_US, FIELD_U64, running, device_model_us),
	F(RUNNING_READY_US, FIELD_U64, running, ready_to_commit_us),
};

static const struct field abort_fields[] = {
	F(ABORT_REASON, FIELD_U32, abort_msg, reason),
	F(ABORT_CODE, FIELD_U32, abort_msg, code),
	F(ABORT_TEXT, FIELD_STRING, abort_msg, text),
	FIELD_SUB(ABORT_CAUSE, struct abort_msg, cause, cause_layout),
};

static const struct field outcome_fields[] = {
	FIELD_MAX(OUTCOME_KIND, FIELD_U32, struct outcome, kind, OUTCOME_END - 1),
	F(OUTCOME_DOMID, FIELD_U32, outcome, domid),
	F(OUTCOME_TEXT, FIELD_STRING, outcome, text),
};

static const struct field octets_fields[] = {
	FIELD_VAR(OCTETS_DATA, struct octets, data, len),
	F(OCTETS_MORE, FIELD_FLAG, octets, more),
};

static const struct field elsewhere_fields[] = {
	FIELD_SUB(ELSEWHERE_CAUSE, struct elsewhere, cause, cause_layout),
	F(ELSEWHERE_HOST, FIELD_STRING, elsewhere, host),
	F(ELSEWHERE_ADDRESS, FIELD_STRING, elsewhere, address),
};

/* A peer of another version shall be told so: its HELLO need not have more. */
static LAYOUT(hello_layout, hello_fields, 1 << HELLO_PROTOCOL);
static LAYOUT(offer_layout, offer_fields,
	      1 << OFFER_NAME | 1 << OFFER_TYPE | 1 << OFFER_DOMAIN | 1 << OFFER_SETTINGS |
	      1 << OFFER_MOVE);
static LAYOUT(findings_layout, findings_fields, 1 << FINDINGS_FINDING);
static LAYOUT(ticket_layout, ticket_fields, 1 << TICKET_TOKEN);
static LAYOUT(final_layout, final_fields, 1 << FINAL_SETTINGS);
static LAYOUT(ready_layout, ready_fields, 0);
static LAYOUT(running_layout, running_fields, 0);
static LAYOUT(abort_layout, abort_fields, 1 << ABORT_TEXT);
static LAYOUT(outcome_layout, outcome_fields, 1 << OUTCOME_KIND);
static LAYOUT(octets_layout, octets_fields, 1 << OCTETS_DATA);
static LAYOUT(elsewhere_layout, elsewhere_fields,
	      1 << ELSEWHERE_CAUSE | 1 << ELSEWHERE_HOST | 1 << ELSEWHERE_ADDRESS);
static const struct layout empty_layout = { .fields = hello_fields };

static const struct {
	const char *name;
	const struct layout *layout;
} types[MSG_TYPE_END] = {
	[MSG_HELLO] = { "HELLO", &hello_layout },
	[MSG_OFFER] = { "OFFER", &offer_layout },
	[MSG_FINDINGS] = { "FINDINGS", &findings_layout },
	[MSG_ACCEPT] = { "ACCEPT", &ticket_layout },
	[MSG_DATA] = { "DATA", &ticket_layout },
	[MSG_DATA_OK] = { "DATA-OK", &empty_layout },
	[MSG_KEEPALIVE] = { "KEEPALIVE", &empty_layout },
	[MSG_PREPARED] = { "PREPARED", &empty_layout },
	[MSG_FINAL] = { "FINAL", &final_layout },
	[MSG_READY] = { "READY", &ready_layout },
	[MSG_COMMIT] = { "COMMIT", &cause_layout },
	[MSG_RUNNING] = { "RUNNING", &running_layout },
	[MSG_FORGET] = { "FORGET", &cause_layout },
	[MSG_FORGOTTEN] = { "FORGOTTEN", &empty_layout },
	[MSG_ABORT] = { "ABORT", &abort_layout },
	[MSG_QUERY] = { "QUERY", &cause_layout },
	[MSG_OUTCOME] = { "OUTCOME", &outcome_layout },
	[MSG_CHECK] = { "CHECK", &offer_layout },
	[MSG_LOG] = { "LOG", &octets_layout },
	[MSG_CONSOLE] = { "CONSOLE", &cause_layout },
	[MSG_ATTACHED] = { "ATTACHED", &empty_layout },
	[MSG_OUTPUT] = { "OUTPUT", &octets_layout },
	[MSG_INPUT] = { "INPUT", &octets_layout },
	[MSG_ELSEWHERE] = { "ELSEWHERE", &elsewhere_layout },
	[MSG_DEVICE_MODEL] = { "DEVICE-MODEL", &octets_layout },
};

static bool known(uint16_t type)
{
	return type && type < MSG_TYPE_END;
}

/**
 * proto_name() - the name of a message type, for people
 * @type: enum msg_type or anything
 *
 * Return: a constant string.
 */
const char *proto_name(uint16_t type)
{
	return known(type) ? types[type].name : "unknown";
}

/**
 * proto_header() - check the header of a message
 * @header: PROTO_HEADER octets
 * @type: set to the type
 * @len: set to the length of the payload, at most PROTO_PAYLOAD_MAX
 *
 * Return: 0, or -1 when this is no message.
 */
int proto_header(const uint8_t *header, uint16_t *type, uint32_t *len)
{
	uint16_t be_type, zero;
	uint32_t be_len;

	memcpy(&be_len, header, 4);
	memcpy(&be_type, header + 4, 2);
	memcpy(&zero, header + 6, 2);
	*len = ntohl(be_len);
	*type = ntohs(be_type);
	return *len > PROTO_PAYLOAD_MAX || !known(*type) || zero ? -1 : 0;
}

/**
 * proto_parse() - take a whole message apart
 * @type: from its header
 * @payload: aligned to 4 octets
 * @len: of @payload
 * @out: filled in; strings are terminated, lengths and counts in bounds
 *
 * Return: 0, or -1 when the payload is not what its type allows.
 */
int proto_parse(uint16_t type, const void *payload, size_t len, struct message *out)
{
	memset(out, 0, sizeof(*out));
	if (!known(type) || len > PROTO_PAYLOAD_MAX)
		return -1;
	out->type = type;
	return attrs_get(payload, len, types[type].layout, &out->hello);
}

/**
 * proto_build() - put a whole message together
 * @type: enum msg_type
 * @obj: the struct that goes with it; NULL for those without
 * @octets: set to header and payload, the caller frees it
 * @len: set to the length of @octets
 *
 * Return: 0, or -1 when there is no memory.
 */
int proto_build(uint16_t type, const void *obj, uint8_t **octets, size_t *len)
{
	struct nl_msg *msg = nlmsg_alloc_size(PROTO_PAYLOAD_MAX);
	uint16_t be_type = htons(type);
	uint32_t be_len, payload;
	int rc = -1;

	if (!msg)
		return -1;
	if (!nlmsg_put(msg, 0, 0, NLMSG_MIN_TYPE, 0, 0) ||
	    (obj && attrs_put(msg, types[type].layout, obj, ~0ULL)))
		goto out;
	payload = nlmsg_datalen(nlmsg_hdr(msg));
	*len = PROTO_HEADER + payload;
	*octets = calloc(1, *len);
	if (!*octets)
		goto out;
	be_len = htonl(payload);
	memcpy(*octets, &be_len, 4);
	memcpy(*octets + 4, &be_type, 2);
	memcpy(*octets + PROTO_HEADER, nlmsg_data(nlmsg_hdr(msg)), payload);
	rc = 0;
out:
	nlmsg_free(msg);
	return rc;
}
