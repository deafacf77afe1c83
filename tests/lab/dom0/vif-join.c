// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A hotplug script that only joins the bridge: what makes an interface work of what
 * Xen's vif-bridge does, in one program instead of some 35, each of which takes 20 to
 * 60 ms of an emulated processor. For guests of tests that are not about scripts; by
 * `script=vif-join` in a vif, as any other.
 *
 * Called as libxl does: the action is the first argument, XENBUS_PATH the backend's
 * directory, vif the interface, INTERFACE that of a device model.
 */
#include <errno.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/sockios.h>
#include <xenstore.h>

static struct xs_handle *store;

static void put(const char *node, const char *value)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", getenv("XENBUS_PATH"), node);
	xs_write(store, XBT_NULL, path, value, strlen(value));
}

/* As the scripts of Xen do: libxl shows the one, and sees by the other that it is over. */
static int fail(const char *what, const char *name)
{
	char words[160];

	snprintf(words, sizeof(words), "vif-join: %s %s: %s", what, name, strerror(errno));
	fprintf(stderr, "%s\n", words);
	if (store) {
		put("hotplug-error", words);
		put("hotplug-status", "error");
	}
	return 1;
}

static int flags(int fd, const char *name, short set, short clear)
{
	struct ifreq request = { 0 };

	strncpy(request.ifr_name, name, IFNAMSIZ - 1);
	if (ioctl(fd, SIOCGIFFLAGS, &request))
		return -1;
	request.ifr_flags = (request.ifr_flags & ~clear) | set;
	return ioctl(fd, SIOCSIFFLAGS, &request);
}

/* The address that no guest has, so that the bridge never takes it for one of its own. */
static int hide_address(int fd, const char *name)
{
	struct ifreq request = { .ifr_hwaddr = { ARPHRD_ETHER, { '\xfe', '\xff', '\xff', '\xff', '\xff', '\xff' } } };

	strncpy(request.ifr_name, name, IFNAMSIZ - 1);
	return ioctl(fd, SIOCSIFHWADDR, &request);
}

static int mtu(int fd, const char *name, const char *from)
{
	struct ifreq request = { 0 };

	strncpy(request.ifr_name, from, IFNAMSIZ - 1);
	if (ioctl(fd, SIOCGIFMTU, &request))
		return -1;
	memset(request.ifr_name, 0, IFNAMSIZ);
	strncpy(request.ifr_name, name, IFNAMSIZ - 1);
	return ioctl(fd, SIOCSIFMTU, &request);
}

static int port(int fd, unsigned long verb, const char *bridge, const char *name)
{
	struct ifreq request = { .ifr_ifindex = (int)if_nametoindex(name) };

	strncpy(request.ifr_name, bridge, IFNAMSIZ - 1);
	return ioctl(fd, verb, &request);
}

static int join(int fd, const char *bridge, const char *name)
{
	if (flags(fd, name, 0, IFF_UP) || hide_address(fd, name))
		return fail("cannot prepare", name);
	if (mtu(fd, name, bridge) || (port(fd, SIOCBRADDIF, bridge, name) && errno != EBUSY))
		return fail("cannot join the bridge with", name);
	return flags(fd, name, IFF_UP, 0) ? fail("cannot set up", name) : 0;
}

/* It may be gone by now, and with it what is to be undone. */
static int leave(int fd, const char *bridge, const char *name)
{
	port(fd, SIOCBRDELIF, bridge, name);
	flags(fd, name, 0, IFF_UP);
	return 0;
}

int main(int argc, char **argv)
{
	const char *back = getenv("XENBUS_PATH");
	bool tap = argc > 2 && !strcmp(argv[2], "type_if=tap");
	const char *name = getenv(tap ? "INTERFACE" : "vif");
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char path[256], *bridge;
	int rc;

	if (argc < 2 || !back || !name || fd < 0) {
		fprintf(stderr, "usage: vif-join ACTION [type_if=TYPE], as libxl calls it\n");
		return 2;
	}
	store = xs_open(0);
	if (!store)
		return fail("cannot open", "xenstore");
	snprintf(path, sizeof(path), "%s/bridge", back);
	bridge = xs_read(store, XBT_NULL, path, NULL);
	if (!bridge)
		return fail("cannot read", path);
	if (strcmp(argv[1], "online") && strcmp(argv[1], "add"))
		return leave(fd, bridge, name);
	rc = join(fd, bridge, name);
	if (!rc && !tap)
		put("hotplug-status", "connected");
	return rc;
}
