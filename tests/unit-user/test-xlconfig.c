// SPDX-License-Identifier: GPL-2.0-or-later
/* What a guest is started anew from: libxl's notes, in the words of xl. */
#include <stdlib.h>
#include <unistd.h>

#include "harness.h"

#include "xenstore/xlconfig.h"

static char text[8192];

/* As libxl writes them, with these more words of their kind; false when they do not do. */
static bool configure(const char *type, const char *b_info, const char *more)
{
	char path[] = "/tmp/test-xlconfig.XXXXXX";
	struct rebirth *guest = calloc(1, sizeof(*guest));
	int fd = mkstemp(path), rc;
	ssize_t len;

	CHECK(guest && fd >= 0);
	strcpy(guest->name, "again");
	strcpy(guest->uuid, "5b1422a2-0ec6-47a6-b693-44af24c35d43");
	snprintf(guest->json, sizeof(guest->json),
		 "{\"c_info\":{\"type\":\"%s\",\"name\":\"other\"},"
		 "\"b_info\":{\"max_vcpus\":2,\"avail_vcpus\":[0,1],\"max_memkb\":98304,"
		 "\"target_memkb\":98304,\"kernel\":\"/boot/vmlinux\",\"type.%s\":{}%s}"
		 "%s,\"on_reboot\":\"restart\"}", type, type, b_info, more);
	rc = xlconfig_write(path, guest);
	free(guest);
	len = read(fd, text, sizeof(text) - 1);
	text[len > 0 ? len : 0] = '\0';
	close(fd);
	unlink(path);
	return !rc;
}

static bool says(const char *line)
{
	return strstr(text, line) != NULL;
}

static void test_each_stays_what_it_is(void)
{
	CHECK(configure("pvh", "", "") && says("type = \"pvh\"\n"));
	CHECK(configure("pv", "", "") && says("type = \"pv\"\n"));
	CHECK(configure("hvm", "", "") && says("type = \"hvm\"\n"));
	CHECK(says("name = \"again\"\n") && says("vcpus = 2\n") && says("memory = 96\n"));
	CHECK(!configure("other", "", ""));
	CHECK(!configure("", "", ""));
}

static void test_disks_of_any_kind_of_guest(void)
{
	static const char *const types[] = { "pvh", "pv", "hvm" };
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		CHECK(configure(types[i], "", ",\"disks\":["
			"{\"pdev_path\":\"/dev/a,b\",\"vdev\":\"xvda\",\"format\":\"raw\",\"readwrite\":1,"
			"\"backend\":\"phy\"},"
			"{\"pdev_path\":\"/srv/x.iso\",\"vdev\":\"xvdc\",\"format\":\"raw\",\"is_cdrom\":1,"
			"\"script\":\"/etc/xen/scripts/block\"}]"));
		CHECK(says("\t\"vdev=xvda,format=raw,access=rw,backendtype=phy,target=/dev/a,b\",\n"));
		CHECK(says("\t\"vdev=xvdc,format=raw,access=ro,script=/etc/xen/scripts/block,devtype=cdrom,target=/srv/x.iso\",\n"));
	}
	CHECK(configure("pvh", "", "") && says("disk = [\n]\n"));
}

/* What would be something else to xl is no configuration. */
static void test_odd_disks(void)
{
	CHECK(!configure("pvh", "", ",\"disks\":[{\"pdev_path\":\"/dev/a\\\"b\",\"vdev\":\"xvda\"}]"));
	CHECK(!configure("pvh", "", ",\"disks\":[{\"pdev_path\":\"/dev/a\\nb\",\"vdev\":\"xvda\"}]"));
	CHECK(!configure("pvh", "", ",\"disks\":[{\"pdev_path\":\"/dev/a\",\"vdev\":\"xvda,x\"}]"));
	CHECK(!configure("pvh", "", ",\"disks\":[{\"pdev_path\":\"/dev/a\"}]"));
	CHECK(!configure("pvh", "", ",\"disks\":[{\"vdev\":\"xvda\",\"script\":\"a,target=b\"}]"));
}

static void test_cpus(void)
{
	CHECK(configure("pvh", ",\"vcpu_hard_affinity\":[[1,3],[]],\"vcpu_soft_affinity\":[[0]],"
			"\"sched_params\":{\"weight\":300,\"cap\":50}", ""));
	CHECK(says("cpus = [\n\t\"1,3\",\n\t\"all\",\n]\n"));
	CHECK(says("cpus_soft = [\n\t\"0\",\n]\n"));
	CHECK(says("cpu_weight = 300\n") && says("cap = 50\n"));
	CHECK(configure("pvh", "", "") && !says("\ncpus") && !says("weight") && !says("cap"));
}

static const struct test tests[] = {
	TEST(test_each_stays_what_it_is), TEST(test_disks_of_any_kind_of_guest), TEST(test_odd_disks),
	TEST(test_cpus),
};

HARNESS_MAIN(tests)
