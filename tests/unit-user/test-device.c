// SPDX-License-Identifier: GPL-2.0-or-later
/* Devices of guests: what is refused, when a disk is drained, what is written for them. */
#include <unistd.h>

#include "harness.h"

#include "fake-xenstore.h"

#include "base/clock.h"
#include "xenstore/toolstack-nodes.h"
#include "device/vbd.h"
#include "device/vif.h"

#define DOMID	5
#define DEVID	51712
#define BACK	"/local/domain/0/backend/vbd/5/51712"
#define FRONT	"/local/domain/5/device/vbd/51712"
#define SHORT_MS	50
#define LONG_MS		20000

static char disk[64];
static struct store store;
static struct error err;

/* ---- the module, which reads rings ---- */

static unsigned int looks;	/* so many rings were looked at */
static uint32_t last_ref;
static uint32_t busy_ref;	/* the ring that has requests without an answer */

int link_ring(struct link *link, uint32_t domid, const uint8_t *uuid, uint32_t ref,
	      uint32_t *unanswered, struct error *why)
{
	(void)link;
	(void)uuid;
	(void)why;
	CHECK_EQ(domid, DOMID);
	looks++;
	last_ref = ref;
	*unanswered = ref == busy_ref;
	return 0;
}

/* ---- a guest with a disk ---- */

static void begin(void)
{
	int fd;

	alarm(60);
	strcpy(disk, "/tmp/test-device.XXXXXX");
	fd = mkstemp(disk);
	CHECK(fd >= 0 && !ftruncate(fd, 1 << 20));
	close(fd);
	fake_begin();
	error_clear(&err);
	CHECK(!store_open(&store, &err));
	looks = 0;
	busy_ref = 0;
	fake_put("xvda", BACK "/dev");
	fake_put("phy", BACK "/type");
	fake_put(disk, BACK "/params");
	fake_put("w", BACK "/mode");
	fake_put("disk", BACK "/device-type");
}

static void end(void)
{
	store_close(&store);
	unlink(disk);
}

/* As a frontend does it: the first ring has the reference 100. */
static void put_queues(unsigned int count)
{
	char text[16], path[96];
	unsigned int q;

	snprintf(text, sizeof(text), "%u", count);
	fake_put(text, FRONT "/multi-queue-num-queues");
	for (q = 0; q < count && q < 100; q++) {
		snprintf(text, sizeof(text), "%u", 100 + q);
		/* One of several pages has another name. */
		snprintf(path, sizeof(path), FRONT "/queue-%u/ring-ref%s", q, q % 2 ? "0" : "");
		fake_put(text, path);
	}
}

static int read_disk(struct vbd *vbd)
{
	error_clear(&err);
	return vbd_read(&store, DOMID, DEVID, vbd, &err);
}

static int drain(const struct vbd *vbd, unsigned int limit_ms)
{
	static const uint8_t uuid[16];

	error_clear(&err);
	looks = 0;
	return vbd_drain(NULL, &store, DOMID, uuid, vbd, clock_ms() + limit_ms, &err);
}

static void test_drain(void)
{
	struct vbd vbd;

	begin();
	CHECK(!read_disk(&vbd));
	CHECK_STR(vbd.params, disk);
	/* Without a frontend there is no ring, with an old one there is one. */
	CHECK(!drain(&vbd, LONG_MS));
	CHECK_EQ(looks, 0);
	fake_put("9", FRONT "/ring-ref");
	CHECK(!drain(&vbd, LONG_MS));
	CHECK_EQ(looks, 1);
	CHECK_EQ(last_ref, 9);
	busy_ref = 9;
	CHECK(drain(&vbd, SHORT_MS));
	CHECK(strstr(err.text, "did not answer all that the guest had written in time"));
	CHECK_EQ(err.code, EXIT_FAILED);
	/* What was answered is flushed too. */
	busy_ref = 0;
	unlink(disk);
	CHECK(drain(&vbd, LONG_MS));
	CHECK(strstr(err.text, "cannot be flushed: No such file or directory."));
	end();
}

static void test_queues(void)
{
	struct vbd vbd;

	begin();
	put_queues(64);
	CHECK(!read_disk(&vbd));
	CHECK(!drain(&vbd, LONG_MS));
	CHECK_EQ(looks, 64);
	CHECK_EQ(last_ref, 163);
	busy_ref = 163;
	CHECK(drain(&vbd, SHORT_MS));
	CHECK(strstr(err.text, "did not answer"));
	end();
}

/* The last ring may be where the writes are, so none is passed over. */
static void test_too_many_queues(void)
{
	static const char *const counts[] = { "65", "4294967296", "18446744073709551615" };
	struct vbd vbd;
	size_t i;

	begin();
	CHECK(!read_disk(&vbd));
	put_queues(65);
	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		fake_put(counts[i], FRONT "/multi-queue-num-queues");
		CHECK(drain(&vbd, LONG_MS));
		CHECK(strstr(err.text, "The disk xvda of the guest has more than 64 queues"));
		CHECK_EQ(err.code, EXIT_FAILED);
		CHECK_EQ(looks, 0);
		CHECK(read_disk(&vbd));
		CHECK(strstr(err.text, "The disk xvda of the guest has more than 64 queues"));
		CHECK_EQ(err.code, EXIT_REFUSED);
	}
	/* Nothing is written to one that is only read. */
	fake_put("r", BACK "/mode");
	CHECK(!read_disk(&vbd));
	CHECK(!drain(&vbd, LONG_MS));
	end();
}

/* ---- what is written for a device that is to be made ---- */

static const char vbd_front[] =
	"n5 r0\nbackend = /local/domain/0/backend/vbd/5/51712\nbackend-id = 0\n"
	"device-type = disk\nstate = 1\ntrusted = 1\nvirtual-device = 51712\n";

static const char vbd_back[] =
	"n0 r5\nbootable = 1\ndev = xvda\ndevice-type = disk\ndiscard-enable = 0\n"
	"frontend = /local/domain/5/device/vbd/51712\nfrontend-id = 5\nmode = w\nonline = 1\n"
	"params = /dev/disk\nremovable = 0\nscript = /etc/xen/scripts/block\n"
	"specification = xen\nstate = 1\ntype = phy\n";

static const char vbd_libxl[] =
	"n0\nbackend = /local/domain/0/backend/vbd/5/51712\nbootable = 1\ndev = xvda\n"
	"device-type = disk\ndiscard-enable = 0\n"
	"frontend = /local/domain/5/device/vbd/51712\nfrontend-id = 5\nmode = w\nonline = 1\n"
	"params = /dev/disk\nremovable = 0\nscript = /etc/xen/scripts/block\n"
	"specification = xen\nstate = 1\ntype = phy\n";

static const char vif_front[] =
	"n5 r0\nbackend = /local/domain/0/backend/vif/5/1\nbackend-id = 0\nhandle = 1\n"
	"mac = 00:16:3e:01:02:03\nmtu = 9000 (n0 r5)\nstate = 1\ntrusted = 0\n";

static const char vif_back[] =
	"n0 r5\nbridge = xenbr0\nfrontend = /local/domain/5/device/vif/1\nfrontend-id = 5\n"
	"gatewaydev = eth0\nhandle = 1\nhotplug-status = \nip = 10.0.0.1\n"
	"mac = 00:16:3e:01:02:03\nmtu = 9000\nonline = 1\nrate = 1,2\n"
	"script = /etc/xen/scripts/vif-bridge\nstate = 1\ntype = vif\nvifname = web0\n";

static const char vif_libxl[] =
	"n0\nbackend = /local/domain/0/backend/vif/5/1\nbridge = xenbr0\n"
	"frontend = /local/domain/5/device/vif/1\nfrontend-id = 5\ngatewaydev = eth0\n"
	"handle = 1\nhotplug-status = \nip = 10.0.0.1\nmac = 00:16:3e:01:02:03\nmtu = 9000\n"
	"online = 1\nrate = 1,2\nscript = /etc/xen/scripts/vif-bridge\nstate = 1\n"
	"type = vif\nvifname = web0\n";

/* The directories as the destination has them by then, and what an earlier device left. */
static void put_directories(const char *front, const char *back)
{
	fake_begin();
	store_make(&store, ACCESS_GUEST_READS, DOMID, "/local/domain/%u", DOMID);
	store_make(&store, ACCESS_GUEST_READS, DOMID, "/local/domain/%u/device", DOMID);
	store_make(&store, ACCESS_HOST, DOMID, "/libxl/%u/device", DOMID);
	fake_put("stale", front);
	fake_put("stale", back);
}

static void test_nodes_of_disk(void)
{
	struct vbd vbd = {
		.devid = DEVID, .dev = "xvda", .params = "/dev/disk", .mode = "w",
		.device_type = "disk", .bootable = true,
	};

	begin();
	put_directories(FRONT "/ring-ref", BACK "/sectors");
	CHECK(!vbd_create(&store, DOMID, &vbd, &err));
	CHECK_STR(fake_dump(FRONT), vbd_front);
	CHECK_STR(fake_dump(BACK), vbd_back);
	CHECK_STR(fake_dump("/libxl/5/device/vbd/51712"), vbd_libxl);
	end();
}

static void test_nodes_of_interface(void)
{
	struct vif vif = {
		.devid = 1, .mac = "00:16:3e:01:02:03", .bridge = "xenbr0", .script = "vif-bridge",
		.ip = "10.0.0.1", .rate = "1,2", .mtu = 9000, .vifname = "web0",
		.gatewaydev = "eth0", .untrusted = true,
	};

	begin();
	put_directories("/local/domain/5/device/vif/1/tx-ring-ref",
			"/local/domain/0/backend/vif/5/1/feature-sg");
	CHECK(!vif_create(&store, DOMID, &vif, &err));
	CHECK_STR(fake_dump("/local/domain/5/device/vif/1"), vif_front);
	CHECK_STR(fake_dump("/local/domain/0/backend/vif/5/1"), vif_back);
	CHECK_STR(fake_dump("/libxl/5/device/vif/1"), vif_libxl);
	end();
}

/* ---- nodes of a toolstack's own ---- */

static struct toolstack_node nodes[TOOLSTACK_NODES_MAX];
static uint32_t node_count;

static void test_toolstack_nodes(void)
{
	begin();
	fake_put("guest", "/local/domain/5/name");
	fake_put("", "/local/domain/5/data");
	fake_put("1", "/local/domain/5/device/vif/0/state");
	fake_put("1", "/local/domain/5/platform/acpi");
	fake_put("", "/local/domain/5/platform/empty");
	fake_put("web \"server\"", "/local/domain/5/description");
	fake_put("mine", "/local/domain/5/agent/version");
	strcpy(fake_find("/local/domain/5/agent")->access, "n5");
	CHECK(!toolstack_nodes_read(&store, DOMID, nodes, &node_count, &err));
	CHECK_EQ(node_count, 4);
	CHECK(toolstack_nodes_well_formed(nodes, node_count));
	store.failed = false;
	toolstack_nodes_put(&store, 7, nodes, node_count);
	CHECK(!store.failed);
	CHECK_STR(fake_dump("/local/domain/7"), "n0\n"
		  "description = web \"server\" (n0 r7)\n"
		  "platform =  (n0 r7)\nplatform/acpi = 1 (n0 r7)\nplatform/empty =  (n0 r7)\n");
	end();
}

static void test_too_many_nodes(void)
{
	char path[64];
	int i;

	begin();
	for (i = 1; i < TOOLSTACK_NODES_MAX; i++) {
		snprintf(path, sizeof(path), "/local/domain/5/mine/%d", i);
		fake_put("x", path);
	}
	CHECK(!toolstack_nodes_read(&store, DOMID, nodes, &node_count, &err));
	CHECK_EQ(node_count, TOOLSTACK_NODES_MAX);
	fake_put("x", "/local/domain/5/mine/more");
	CHECK(toolstack_nodes_read(&store, DOMID, nodes, &node_count, &err));
	CHECK_EQ(err.code, EXIT_REFUSED);
	end();
}

static void test_nodes_that_cannot_be_kept(void)
{
	static const char *const bad[] = {
		"", "/", "/vm", "vm", "name", "device/vif/0", "console/tty", "x/", "x//y", "../7/name",
		"x y", "x.y", "x\ny",
	};
	size_t i;

	memset(nodes, 0, sizeof(nodes));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		strcpy(nodes[1].path, "platform/acpi");
		strcpy(nodes[0].path, bad[i]);
		CHECK(!toolstack_nodes_well_formed(nodes, 2));
	}
	strcpy(nodes[0].path, "devices/names@x_y-0");
	CHECK(toolstack_nodes_well_formed(nodes, 2));
}

static const struct test tests[] = {
	TEST(test_toolstack_nodes), TEST(test_too_many_nodes), TEST(test_nodes_that_cannot_be_kept),
	TEST(test_nodes_of_disk), TEST(test_nodes_of_interface), TEST(test_drain),
	TEST(test_queues), TEST(test_too_many_queues),
};

HARNESS_MAIN(tests)
