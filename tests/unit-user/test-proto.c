// SPDX-License-Identifier: GPL-2.0-or-later
/* Control messages: there and back again, and everything between. */
#include <stdlib.h>

#include <linux/xenmig.h>

#include "harness.h"

#include "offer/findings.h"
#include "peer/proto.h"

#define ROUNDS	20000

static struct message message;

static size_t build(uint16_t type, const void *obj, uint8_t **octets)
{
	size_t len = 0;

	CHECK(!proto_build(type, obj, octets, &len));
	return len;
}

/* The payload in an allocation of its own, so that a sanitizer sees its end. */
static int parse(uint16_t type, const uint8_t *octets, size_t len)
{
	uint8_t *copy = malloc(len + !len);
	int rc;

	memcpy(copy, octets, len);
	rc = proto_parse(type, copy, len, &message);
	free(copy);
	return rc;
}

static int there_and_back(uint16_t type, const void *obj)
{
	uint8_t *octets = NULL;
	uint16_t got_type;
	uint32_t got_len;
	size_t len = build(type, obj, &octets);
	int rc;

	CHECK(!proto_header(octets, &got_type, &got_len));
	CHECK_EQ(got_type, type);
	CHECK_EQ(got_len + PROTO_HEADER, len);
	rc = parse(type, octets + PROTO_HEADER, got_len);
	free(octets);
	return rc;
}

static struct hello *a_hello(void)
{
	static struct hello h = { .have = ~0ULL, .protocol = 7, .migctl = "1", .module = "2",
				  .xen_major = 4, .xen_minor = 17, .boot_id = "b", .host = "alpha" };

	return &h;
}

static struct offer *an_offer(void)
{
	static struct offer o;

	memset(&o, 0, sizeof(o));
	o.have = ~0ULL;
	strcpy(o.name, "guest");
	strcpy(o.type, "pvh");
	o.domain.have = ~0ULL;
	o.domain.vcpus = 4;
	o.domain.maptrack_frames = -1;
	o.settings.have = ~0ULL;
	strcpy(o.settings.online, "1110");
	strcpy(o.json, "{}");
	o.json_len = 2;
	o.vif_count = 2;
	o.vifs[0].have = ~0ULL;
	strcpy(o.vifs[0].mac, "00:16:3e:00:00:01");
	o.vifs[1] = o.vifs[0];
	o.vifs[1].devid = 5;
	strcpy(o.vifs[1].bridge, "xenbr1");
	return &o;
}

static void test_hello(void)
{
	CHECK(!there_and_back(MSG_HELLO, a_hello()));
	CHECK_EQ(message.hello.protocol, 7);
	CHECK_STR(message.hello.host, "alpha");
}

static void test_offer(void)
{
	CHECK(!there_and_back(MSG_OFFER, an_offer()));
	CHECK_STR(message.offer.name, "guest");
	CHECK_EQ(message.offer.domain.vcpus, 4);
	CHECK_EQ(message.offer.domain.maptrack_frames, -1);
	CHECK_STR(message.offer.settings.online, "1110");
	CHECK_EQ(message.offer.json_len, 2);
	CHECK_EQ(message.offer.vif_count, 2);
	CHECK_EQ(message.offer.vifs[1].devid, 5);
	CHECK_STR(message.offer.vifs[1].bridge, "xenbr1");
	CHECK(!message.offer.verify);
}

static void test_largest_offer(void)
{
	struct offer *o = an_offer();

	memset(o->json, 'x', JSON_MAX - 1);
	o->json_len = JSON_MAX - 1;
	o->vif_count = VIFS_MAX;
	for (int i = 1; i < VIFS_MAX; i++)
		o->vifs[i] = o->vifs[0];
	o->node_count = TOOLSTACK_NODES_MAX;
	for (int i = 0; i < TOOLSTACK_NODES_MAX; i++) {
		o->nodes[i].have = ~0ULL;
		memset(o->nodes[i].path, 'p', sizeof(o->nodes[i].path) - 1);
		memset(o->nodes[i].value, 'v', sizeof(o->nodes[i].value) - 1);
	}
	o->vbd_count = VBDS_MAX;
	o->vbds[0].have = o->vbds[0].storage.have = ~0ULL;
	o->vbds[0].storage.sample_count = SAMPLES;
	memset(o->vbds[0].params, 'd', sizeof(o->vbds[0].params) - 1);
	for (int i = 1; i < VBDS_MAX; i++)
		o->vbds[i] = o->vbds[0];
	o->affinity_count = VCPUS_MAX;
	for (int i = 0; i < VCPUS_MAX; i++) {
		o->affinities[i].have = ~0ULL;
		o->affinities[i].vcpu = i;
		o->affinities[i].hard[CPU_OCTETS - 1] = i;
	}
	memset(o->autostart_name, 'n', NAME_LEN - 1);
	memset(o->autostart, '#', AUTOSTART_MAX);
	o->autostart_len = AUTOSTART_MAX;
	CHECK(!there_and_back(MSG_OFFER, o));
	CHECK_EQ(message.offer.json_len, JSON_MAX - 1);
	CHECK_EQ(message.offer.vif_count, VIFS_MAX);
	CHECK_EQ(message.offer.vbd_count, VBDS_MAX);
	CHECK_EQ(message.offer.node_count, TOOLSTACK_NODES_MAX);
	CHECK_EQ(strlen(message.offer.nodes[TOOLSTACK_NODES_MAX - 1].value),
		 sizeof(o->nodes[0].value) - 1);
	CHECK_EQ(message.offer.affinity_count, VCPUS_MAX);
	CHECK_EQ(message.offer.affinities[VCPUS_MAX - 1].vcpu, VCPUS_MAX - 1);
	CHECK_EQ(message.offer.affinities[VCPUS_MAX - 2].hard[CPU_OCTETS - 1], 0xfe);
	CHECK_EQ(message.offer.autostart_len, AUTOSTART_MAX);
	CHECK_EQ(strlen(message.offer.autostart_name), NAME_LEN - 1);
}

/* Most guests come without an autostart entry, and older versions do not know of any. */
static void test_offer_without_entry(void)
{
	struct offer *o = an_offer();
	struct ready ready = { .have = ~0ULL, .superpages = 3 };

	o->have = ~(1ULL << OFFER_AUTOSTART_NAME | 1ULL << OFFER_AUTOSTART);
	CHECK(!there_and_back(MSG_OFFER, o));
	CHECK_STR(message.offer.autostart_name, "");
	CHECK_EQ(message.offer.autostart_len, 0);
	CHECK(!there_and_back(MSG_READY, &ready));
	CHECK(!message.ready.autostart);
	ready.autostart = true;
	CHECK(!there_and_back(MSG_READY, &ready));
	CHECK(message.ready.autostart);
}

/* Of a vCPU that is bound it is said which it is; what it is not bound by is not. */
static void test_affinity(void)
{
	struct offer *o = an_offer();
	struct affinity *a = o->affinities;

	o->affinity_count = 1;
	a->have = 1ULL << XENMIG_A_DOMAIN_VCPU | 1ULL << XENMIG_A_DOMAIN_SOFT_AFFINITY;
	a->vcpu = 3;
	a->soft[0] = 0x0c;
	CHECK(!there_and_back(MSG_OFFER, o));
	CHECK_EQ(message.offer.affinity_count, 1);
	CHECK_EQ(message.offer.affinities[0].soft[0], 0x0c);
	CHECK(!HAS(&message.offer.affinities[0], XENMIG_A_DOMAIN_HARD_AFFINITY));
	a->vcpu = VCPUS_MAX;
	CHECK(there_and_back(MSG_OFFER, o));
	a->vcpu = 3;
	a->have = 1ULL << XENMIG_A_DOMAIN_HARD_AFFINITY;
	CHECK(there_and_back(MSG_OFFER, o));
}

static void test_findings(void)
{
	static struct findings f;

	findings_add(&f, VERDICT_FITS, "memory", "%d MiB are free.", 7);
	findings_add(&f, VERDICT_AGAINST, "name", "No.");
	CHECK(!there_and_back(MSG_FINDINGS, &f));
	CHECK_EQ(message.findings.count, 2);
	CHECK_EQ(message.findings.list[0].verdict, VERDICT_FITS);
	CHECK_STR(message.findings.list[0].text, "7 MiB are free.");
	CHECK_STR(message.findings.list[1].subject, "name");
	f.list[1].verdict = VERDICT_END;
	CHECK(there_and_back(MSG_FINDINGS, &f));
	f.list[1].verdict = VERDICT_AGAINST;
	f.list[1].have = ~(1ULL << FINDING_VERDICT);
	CHECK(there_and_back(MSG_FINDINGS, &f));
}

/* However many there are, what is against is among them. */
static void test_many_findings(void)
{
	static struct findings f, all;
	char text[32];
	int i;

	CHECK_EQ(findings_worst(&f), VERDICT_FITS);
	for (i = 0; i < FINDINGS_MAX + 5; i++)
		findings_add(&f, VERDICT_FITS, "disk", "It fits.");
	CHECK_EQ(f.count, FINDINGS_MAX);
	findings_append(&all, &f);
	findings_add(&f, VERDICT_WARNS, "disk", "Too late.");
	CHECK_EQ(findings_worst(&f), VERDICT_FITS);
	findings_add(&f, VERDICT_AGAINST, "disk", "No.");
	CHECK_EQ(findings_worst(&f), VERDICT_AGAINST);
	CHECK_EQ(f.count, FINDINGS_MAX);
	findings_append(&all, &f);
	CHECK_EQ(all.count, FINDINGS_MAX);
	findings_sentence(&all, VERDICT_AGAINST, text, sizeof(text));
	CHECK_STR(text, "No.");
	findings_sentence(&all, VERDICT_FITS, text, sizeof(text));
	CHECK_STR(text, "It fits. It fits. It fits. It f");
	CHECK(!there_and_back(MSG_FINDINGS, &all));
	CHECK_EQ(message.findings.count, FINDINGS_MAX);
	strcpy(all.list[3].text, "\x1b[2J");
	findings_printable(&all);
	CHECK(!strchr(all.list[3].text, 0x1b));
}

static void test_empty(void)
{
	CHECK(!there_and_back(MSG_KEEPALIVE, NULL));
	CHECK(!there_and_back(MSG_FORGOTTEN, NULL));
}

static void test_cause(void)
{
	struct cause cause = { .have = ~0ULL, .move = { 1 }, .guest = { 2 }, .journal = { 3 } };

	CHECK(!there_and_back(MSG_COMMIT, &cause));
	CHECK_EQ(message.cause.move[0], 1);
	CHECK_EQ(message.cause.journal[0], 3);
	CHECK(!there_and_back(MSG_FORGET, &cause));
	CHECK(!there_and_back(MSG_QUERY, &cause));
	/* Each part must be there: an answer about another move would be fatal. */
	for (int attr = CAUSE_MOVE; attr <= CAUSE_JOURNAL; attr++) {
		cause.have = ~(1ULL << attr);
		CHECK(there_and_back(MSG_COMMIT, &cause));
	}
}

static void test_outcome(void)
{
	struct outcome outcome = { .have = ~0ULL, .kind = OUTCOME_MAY_HAVE_RUN, .domid = 4 };

	CHECK(!there_and_back(MSG_OUTCOME, &outcome));
	CHECK_EQ(message.outcome.kind, OUTCOME_MAY_HAVE_RUN);
	outcome.kind = OUTCOME_END;
	CHECK(there_and_back(MSG_OUTCOME, &outcome));
}

static void test_octets(void)
{
	static struct octets o = { .have = ~0ULL, .len = OCTETS_MAX };

	memset(o.data, 'o', OCTETS_MAX);
	CHECK(!there_and_back(MSG_LOG, &o));
	CHECK_EQ(message.octets.len, OCTETS_MAX);
	CHECK_EQ(message.octets.data[OCTETS_MAX - 1], 'o');
	CHECK(!message.octets.more);
	o.more = true;
	o.len = 0;
	CHECK(!there_and_back(MSG_LOG, &o));
	CHECK(message.octets.more && !message.octets.len);
	o.have = 1ULL << OCTETS_MORE;
	CHECK(there_and_back(MSG_OUTPUT, &o));
}

/* One more than there is room for. */
static void test_too_many_octets(void)
{
	static uint8_t payload[4 + OCTETS_MAX + 4];
	uint16_t len = 4 + OCTETS_MAX + 1;

	payload[0] = len & 0xff;
	payload[1] = len >> 8;
	payload[2] = OCTETS_DATA;
	CHECK(parse(MSG_INPUT, payload, sizeof(payload)));
	payload[0]--;
	CHECK(!parse(MSG_INPUT, payload, 4 + OCTETS_MAX));
}

/* Mostly nobody is attached, and then nothing is said of it. */
static void test_final(void)
{
	static struct final f = { .have = ~0ULL, .settings.have = ~0ULL, .name = "web1" };

	CHECK(!there_and_back(MSG_FINAL, &f));
	CHECK(!message.final.followed);
	f.followed = true;
	CHECK(!there_and_back(MSG_FINAL, &f));
	CHECK(message.final.followed);
}

static void test_elsewhere(void)
{
	struct elsewhere e = { .have = ~0ULL, .cause = { .have = ~0ULL, .move = { 5 } },
			       .host = "gamma", .address = "gamma:8002" };

	CHECK(!there_and_back(MSG_ELSEWHERE, &e));
	CHECK_EQ(message.elsewhere.cause.move[0], 5);
	CHECK_STR(message.elsewhere.address, "gamma:8002");
	for (int attr = ELSEWHERE_CAUSE; attr <= ELSEWHERE_ADDRESS; attr++) {
		e.have = ~(1ULL << attr);
		CHECK(there_and_back(MSG_ELSEWHERE, &e));
	}
	e.have = ~0ULL;
	e.cause.have = 1ULL << CAUSE_MOVE;
	CHECK(there_and_back(MSG_ELSEWHERE, &e));
	/* Who asks for a console must say of which move it knows. */
	CHECK(there_and_back(MSG_CONSOLE, &e.cause));
	e.cause.have = ~0ULL;
	CHECK(!there_and_back(MSG_CONSOLE, &e.cause));
}

static void test_what_must_be_there(void)
{
	struct hello *h = a_hello();
	struct hello without = *h;

	without.have &= ~(1ULL << HELLO_PROTOCOL);
	CHECK(there_and_back(MSG_HELLO, &without));
	CHECK(parse(MSG_OFFER, (const uint8_t *)"", 0));
	CHECK(parse(MSG_DATA, (const uint8_t *)"", 0));
}

static void test_header(void)
{
	uint8_t header[PROTO_HEADER] = { 0, 0, 0, 4, 0, MSG_HELLO, 0, 0 };
	uint16_t type;
	uint32_t len;

	CHECK(!proto_header(header, &type, &len));
	header[7] = 1;
	CHECK(proto_header(header, &type, &len));
	header[7] = 0;
	header[5] = MSG_TYPE_END;
	CHECK(proto_header(header, &type, &len));
	header[5] = 0;
	CHECK(proto_header(header, &type, &len));
	header[5] = MSG_HELLO;
	header[1] = 0x10;	/* 1 MiB + 4 */
	CHECK(proto_header(header, &type, &len));
}

/* A string without its NUL, with one inside, and one that is too long. */
static void test_strings(void)
{
	const uint8_t no_end[] = { 6, 0, ABORT_TEXT, 0, 'n', 'o', 0, 0 };
	const uint8_t inside[] = { 8, 0, ABORT_TEXT, 0, 'n', 0, 'o', 0 };
	const uint8_t good[] = { 7, 0, ABORT_TEXT, 0, 'n', 'o', 0, 0 };
	uint8_t longer[4 + SENTENCE_LEN + 4] = { 0 };

	CHECK(parse(MSG_ABORT, no_end, sizeof(no_end)));
	CHECK(parse(MSG_ABORT, inside, sizeof(inside)));
	CHECK(!parse(MSG_ABORT, good, sizeof(good)));
	memset(longer, 'x', sizeof(longer));
	longer[0] = (4 + SENTENCE_LEN + 1) & 0xff;
	longer[1] = (4 + SENTENCE_LEN + 1) >> 8;
	longer[2] = ABORT_TEXT;
	longer[3] = 0;
	longer[4 + SENTENCE_LEN] = 0;
	CHECK(parse(MSG_ABORT, longer, sizeof(longer)));
}

static void test_numbers(void)
{
	const uint8_t shorter[] = { 6, 0, HELLO_PROTOCOL, 0, 1, 0, 0, 0 };
	const uint8_t twice[] = { 8, 0, HELLO_PROTOCOL, 0, 1, 0, 0, 0,
				  8, 0, HELLO_PROTOCOL, 0, 2, 0, 0, 0 };
	struct offer *o = an_offer();

	CHECK(parse(MSG_HELLO, shorter, sizeof(shorter)));
	CHECK(parse(MSG_HELLO, twice, sizeof(twice)));
	CHECK(!parse(MSG_HELLO, twice, 8));
	o->domain.vcpus = VCPUS_MAX + 1;
	CHECK(there_and_back(MSG_OFFER, o));
}

/* Good messages with some octets changed or cut off: any verdict, no fault. */
static void test_mutations(void)
{
	static const uint16_t types[] = { MSG_HELLO, MSG_OFFER };
	uint8_t *octets[2], *copy;
	size_t len[2], n;
	int i, k;

	len[0] = build(MSG_HELLO, a_hello(), &octets[0]) - PROTO_HEADER;
	len[1] = build(MSG_OFFER, an_offer(), &octets[1]) - PROTO_HEADER;
	for (i = 0; i < ROUNDS; i++) {
		int which = any_below(8) == 0;

		n = any_below(4) ? len[which] : any_below(len[which]);
		copy = malloc(n + 1);
		memcpy(copy, octets[which] + PROTO_HEADER, n);
		for (k = any_below(6); n && k; k--)
			copy[any_below(n)] = any();
		parse(any_below(8) ? types[which] : any_below(MSG_TYPE_END + 1), copy, n);
		free(copy);
	}
	free(octets[0]);
	free(octets[1]);
}

static const struct test tests[] = {
	TEST(test_hello), TEST(test_offer), TEST(test_largest_offer),
	TEST(test_offer_without_entry), TEST(test_affinity), TEST(test_findings), TEST(test_many_findings), TEST(test_empty), TEST(test_cause), TEST(test_outcome),
	TEST(test_octets), TEST(test_too_many_octets), TEST(test_final), TEST(test_elsewhere),
	TEST(test_what_must_be_there), TEST(test_header), TEST(test_strings),
	TEST(test_numbers), TEST(test_mutations),
};

HARNESS_MAIN(tests)
