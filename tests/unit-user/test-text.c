// SPDX-License-Identifier: GPL-2.0-or-later
/* What people type and write into files. */
#include "harness.h"

#include "base/uuid.h"
#include "peer/config.h"
#include "peer/connect.h"
#include "module/domain.h"
#include "host/featureset.h"
#include "module/model.h"

static void check_place(const char *text, const char *host, const char *port)
{
	struct place place;

	CHECK(!place_parse(text, DEFAULT_PORT, &place));
	CHECK_STR(place.host, host);
	CHECK_STR(place.port, port);
}

static void test_places(void)
{
	check_place("beta", "beta", "8002");
	check_place("beta:9", "beta", "9");
	check_place("10.0.0.1:65535", "10.0.0.1", "65535");
	check_place("fe80::1", "fe80::1", "8002");
	check_place("[fe80::1]", "fe80::1", "8002");
	check_place("[fe80::1]:7", "fe80::1", "7");
}

static void test_no_places(void)
{
	static const char *const bad[] = {
		"", ":8002", "beta:", "beta:0", "beta:65536", "beta:http", "[::1", "[::1]x", "[]:1",
	};
	struct place place;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(place_parse(bad[i], DEFAULT_PORT, &place));
}

static int config_line(struct config *config, const char *text)
{
	char line[128];

	strcpy(line, text);
	return config_parse_line(config, line);
}

static void test_config(void)
{
	struct config config = { 0 };

	CHECK(!config_line(&config, "# nothing"));
	CHECK(!config_line(&config, "   "));
	CHECK(!config_line(&config, "port=8003 # why not"));
	CHECK_STR(config.port, "8003");
	CHECK(!config.plain);
	CHECK(!config_line(&config, "  security =  none "));
	CHECK(config.plain);
	CHECK(config_line(&config, "security = some"));
	CHECK(config_line(&config, "securty = none"));
	CHECK(config_line(&config, "security"));
	CHECK(config_line(&config, "port = 123456789"));
}

static void test_uuids(void)
{
	const char *text = "a961d722-d62c-4446-ad9d-6207a065ea1e";
	char again[UUID_TEXT];
	uint8_t uuid[16];

	CHECK(!uuid_parse(text, uuid));
	uuid_format(uuid, again);
	CHECK_STR(again, text);
	CHECK(uuid_parse("a961d722-d62c-4446-ad9d-6207a065ea1", uuid));
	CHECK(uuid_parse("a961d722-d62c-4446-ad9d-6207a065ea1e0", uuid));
	CHECK(uuid_parse("a961d722xd62c-4446-ad9d-6207a065ea1e", uuid));
	CHECK(uuid_parse("../../etc", uuid));
	CHECK(uuid_parse("", uuid));
}

static void test_features(void)
{
	uint32_t seen[FEATURE_WORDS] = { 0 }, there[FEATURE_WORDS] = { 0 };
	char names[64], few[12];

	seen[5] = 1 << 5 | 1 << 3;	/* AVX2, BMI1 */
	there[5] = 1 << 5 | 1 << 8;
	CHECK_EQ(features_lacking(seen, there, names, sizeof(names)), 1);
	CHECK_STR(names, "bmi1");
	there[5] = 0;
	seen[14] = 1U << 31;		/* a word of which nothing has a name yet */
	CHECK_EQ(features_lacking(seen, there, names, sizeof(names)), 3);
	CHECK_STR(names, "bmi1, avx2, 14:31");
	CHECK_EQ(features_lacking(seen, there, few, sizeof(few)), 3);
	CHECK_STR(few, "bmi1, avx2,");
	memset(seen, 0xff, sizeof(seen));
	CHECK_EQ(features_lacking(seen, there, names, sizeof(names)), FEATURE_WORDS * 32);
	CHECK_EQ(features_lacking(seen, seen, names, sizeof(names)), 0);
	CHECK_STR(names, "");
}

static const struct test tests[] = {
	TEST(test_places), TEST(test_no_places), TEST(test_config), TEST(test_uuids), TEST(test_features),
};

HARNESS_MAIN(tests)
