// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "device/device.h"
#include "device/vif.h"
#include "offer/findings.h"

#define SCRIPT_DIR	DEVICE_SCRIPT_DIR

#define BACK		"/local/domain/0/backend/vif/%u/%u"

static bool only(const char *text, const char *also)
{
	for (; *text; text++)
		if (!isalnum((unsigned char)*text) && !strchr(also, *text))
			return false;
	return true;
}

static bool good_mac(const char *mac)
{
	unsigned int i;

	for (i = 0; i < 17; i++)
		if (i % 3 == 2 ? mac[i] != ':' : !isxdigit((unsigned char)mac[i]))
			return false;
	return !mac[17];
}

static bool good_name(const char *name)
{
	return *name && *name != '.' && *name != '-' && only(name, "._-+");
}

/**
 * vif_is_emulated() - does a device model offer an interface too?
 * @vif: the interface
 *
 * It is of no use any more once the guest has the PV driver, and has another name.
 *
 * Return: true if so.
 */
bool vif_is_emulated(const struct vif *vif)
{
	return !strcmp(vif->type, "vif_ioemu");
}

/* Names of files become paths and environment here, so nothing odd may be in them. */
static bool well_formed(const struct vif *vif)
{
	return good_mac(vif->mac) && good_name(vif->script) &&
	       (!vif->bridge[0] || good_name(vif->bridge)) &&
	       (!vif->vifname[0] || good_name(vif->vifname)) &&
	       (!vif->gatewaydev[0] || good_name(vif->gatewaydev)) &&
	       only(vif->ip, ".:/ ,") && only(vif->rate, ",") &&
	       (!vif->type[0] || !strcmp(vif->type, "vif") || vif_is_emulated(vif));
}

static int read_script(struct store *s, uint32_t domid, uint32_t devid, struct vif *vif,
		       struct error *err)
{
	char path[256] = SCRIPT_DIR "vif-bridge";
	const char *base;

	store_get_text(s, path, sizeof(path), BACK "/script", domid, devid);
	base = strrchr(path, '/');
	if (base && strncmp(path, SCRIPT_DIR, base + 1 - path))
		return error_set(err, EXIT_REFUSED,
			"Interface %u of the guest uses the script %s, which is not in " SCRIPT_DIR ": only scripts from there can be run at the destination.",
			devid, path);
	base = base ? base + 1 : path;
	if (strlen(base) >= sizeof(vif->script))
		return error_set(err, EXIT_REFUSED,
			"Interface %u of the guest has a script with too long a name.", devid);
	strcpy(vif->script, base);
	return 0;
}

/**
 * vif_read() - describe an interface of a guest of this host
 * @s: the store
 * @domid: the guest
 * @devid: the interface
 * @vif: filled in, from what only the toolstack can write
 * @err: why not
 *
 * Return: 0 or -1.
 */
int vif_read(struct store *s, uint32_t domid, uint32_t devid, struct vif *vif, struct error *err)
{
	uint64_t number;

	memset(vif, 0, sizeof(*vif));
	vif->have = ~0ULL;
	vif->devid = devid;
	vif->mtu = 1500;
	if (!store_get_text(s, vif->mac, sizeof(vif->mac), BACK "/mac", domid, devid))
		return error_set(err, EXIT_REFUSED,
			"Interface %u of the guest has no backend in dom0: only interfaces served by dom0 can be moved.",
			devid);
	store_get_text(s, vif->bridge, sizeof(vif->bridge), BACK "/bridge", domid, devid);
	store_get_text(s, vif->ip, sizeof(vif->ip), BACK "/ip", domid, devid);
	store_get_text(s, vif->rate, sizeof(vif->rate), BACK "/rate", domid, devid);
	store_get_text(s, vif->vifname, sizeof(vif->vifname), BACK "/vifname", domid, devid);
	store_get_text(s, vif->gatewaydev, sizeof(vif->gatewaydev), BACK "/gatewaydev", domid,
		       devid);
	store_get_text(s, vif->type, sizeof(vif->type), BACK "/type", domid, devid);
	if (store_get_number(s, &number, BACK "/mtu", domid, devid) && number <= 65535)
		vif->mtu = number;
	if (read_script(s, domid, devid, vif, err))
		return -1;
	if (!well_formed(vif))
		return error_set(err, EXIT_REFUSED,
			"Interface %u of the guest is described in a way that migctl does not understand (mac %s, type %s).",
			devid, vif->mac, vif->type[0] ? vif->type : "vif");
	return 0;
}

static bool is_bridge(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/class/net/%s/bridge", name);
	if (!access(path, F_OK))
		return true;
	snprintf(path, sizeof(path), "/sys/class/net/%s", name);
	return !access(path, F_OK) && !access("/var/run/openvswitch/db.sock", F_OK);
}

/**
 * vif_check() - whether an interface can be made at this host
 * @vif: as the peer describes it
 * @findings: takes what is found
 */
void vif_check(const struct vif *vif, struct findings *findings)
{
	const char *bridge = vif->bridge[0] ? vif->bridge : "no bridge";
	char subject[32], path[128];
	bool good = true;

	snprintf(subject, sizeof(subject), "interface %u", vif->devid);
	if (!well_formed(vif)) {
		findings_add(findings, VERDICT_AGAINST, subject,
			     "Interface %u of the guest is described in a way that migctl does not understand.",
			     vif->devid);
		return;
	}
	snprintf(path, sizeof(path), SCRIPT_DIR "%s", vif->script);
	if (access(path, X_OK)) {
		findings_add(findings, VERDICT_AGAINST, subject,
			     "The hotplug script %s of interface %u is missing there: install it, or give the interface another.",
			     path, vif->devid);
		good = false;
	}
	if (vif->bridge[0] && !is_bridge(vif->bridge)) {
		findings_add(findings, VERDICT_AGAINST, subject,
			     "The bridge %s of interface %u does not exist there: create it, or attach the interface to one that exists at both hosts.",
			     vif->bridge, vif->devid);
		good = false;
	}
	snprintf(path, sizeof(path), "/sys/class/net/%s", vif->vifname);
	if (vif->vifname[0] && !access(path, F_OK)) {
		findings_add(findings, VERDICT_AGAINST, subject,
			     "A network device named %s exists there already, and interface %u is to have that name.",
			     vif->vifname, vif->devid);
		good = false;
	}
	if (good)
		findings_add(findings, VERDICT_FITS, subject, "%s is there, and so is %s.",
			     bridge, vif->script);
}

static void put_back(struct store *s, const struct device *d, const char *dir, const void *arg)
{
	const struct vif *vif = arg;
	char script[sizeof(SCRIPT_DIR) + sizeof(vif->script)];

	snprintf(script, sizeof(script), SCRIPT_DIR "%s", vif->script);
	store_put(s, script, "%s/script", dir);
	if (vif->vifname[0])
		store_put(s, vif->vifname, "%s/vifname", dir);
	store_put(s, vif->mac, "%s/mac", dir);
	if (vif->ip[0])
		store_put(s, vif->ip, "%s/ip", dir);
	if (vif->gatewaydev[0])
		store_put(s, vif->gatewaydev, "%s/gatewaydev", dir);
	if (vif->rate[0])
		store_put(s, vif->rate, "%s/rate", dir);
	if (vif->mtu && vif->mtu != 1500)
		store_put_number(s, vif->mtu, "%s/mtu", dir);
	if (vif->bridge[0])
		store_put(s, vif->bridge, "%s/bridge", dir);
	store_put_number(s, d->devid, "%s/handle", dir);
	store_put(s, vif_is_emulated(vif) ? vif->type : "vif", "%s/type", dir);
	store_put(s, "", "%s/hotplug-status", dir);
}

static void put_front(struct store *s, const struct device *d, const char *dir, const void *arg)
{
	const struct vif *vif = arg;

	store_put_number(s, d->devid, "%s/handle", dir);
	store_put(s, vif->mac, "%s/mac", dir);
	store_put(s, vif->untrusted ? "0" : "1", "%s/trusted", dir);
	store_put_number(s, vif->mtu ? vif->mtu : 1500, "%s/mtu", dir);
	store_access(s, ACCESS_GUEST_READS, d->domid, "%s/mtu", dir);
}

/**
 * vif_create() - ask for a backend
 * @s: the store
 * @domid: the guest
 * @vif: the interface
 * @err: why not
 *
 * Return: 0 or -1.
 */
int vif_create(struct store *s, uint32_t domid, const struct vif *vif, struct error *err)
{
	struct device_nodes nodes = { .front = put_front, .back = put_back, .arg = vif };
	struct device device = { domid, "vif", vif->devid };
	int rc = device_create(s, &device, &nodes);

	if (rc)
		return error_set(err, EXIT_FAILED,
				 "The nodes of interface %u could not be written: %s.", vif->devid,
				 strerror(-rc));
	return 0;
}

/* What the script of an interface wants to know beside what all of them do. */
struct vif_words {
	char vif[48];
	char netdev[32];
	char tap[48];
	char *env[4];
	char *args[2];
};

/* Of the interface itself, or of that of the device model (@tap). */
static void hotplug_of(uint32_t domid, const struct vif *vif, bool tap, struct vif_words *words,
		       struct hotplug *hotplug)
{
	snprintf(words->vif, sizeof(words->vif), "vif=vif%u.%u", domid, vif->devid);
	snprintf(words->netdev, sizeof(words->netdev), "netdev=%s", vif->gatewaydev);
	if (vif->vifname[0])
		snprintf(words->tap, sizeof(words->tap), "INTERFACE=%s-emu", vif->vifname);
	else
		snprintf(words->tap, sizeof(words->tap), "INTERFACE=vif%u.%u-emu", domid,
			 vif->devid);
	words->env[0] = words->vif;
	words->env[1] = words->netdev;
	words->env[2] = vif_is_emulated(vif) ? words->tap : NULL;
	words->env[3] = NULL;
	words->args[0] = tap ? "type_if=tap" : "type_if=vif";
	words->args[1] = NULL;
	hotplug->haste = HASTE_NONE;
	hotplug->module = "xen-netback";
	hotplug->script = vif->script;
	hotplug->env = words->env;
	hotplug->args = words->args;
}

/**
 * vif_online() - wait for the backend and attach it to the network
 * @s: the store
 * @domid: the guest
 * @vif: the interface, created
 * @err: why not
 *
 * Return: 0 or -1.
 */
int vif_online(struct store *s, uint32_t domid, const struct vif *vif, struct error *err)
{
	struct device device = { domid, "vif", vif->devid };
	struct vif_words words;
	struct hotplug hotplug;
	char what[32];

	hotplug_of(domid, vif, false, &words, &hotplug);
	snprintf(what, sizeof(what), "interface %u", vif->devid);
	hotplug.what = what;
	return device_online(s, &device, &hotplug, "online", err);
}

/**
 * vif_emulated_online() - attach what a device model has opened to the network
 * @s: the store
 * @domid: the guest
 * @vif: the interface, online; nothing is done for one that is not emulated
 * @err: why not
 *
 * Return: 0 or -1.
 */
int vif_emulated_online(struct store *s, uint32_t domid, const struct vif *vif,
			struct error *err)
{
	struct device device = { domid, "vif", vif->devid };
	struct vif_words words;
	struct hotplug hotplug;
	int rc;

	if (!vif_is_emulated(vif))
		return 0;
	hotplug_of(domid, vif, true, &words, &hotplug);
	rc = device_script(s, &device, &hotplug, "add");
	if (!rc)
		return 0;
	return error_set(err, EXIT_FAILED,
			 "The hotplug script " SCRIPT_DIR "%s of the device model's interface %u failed with %d: see its output.",
			 vif->script, vif->devid, rc);
}

struct removal {
	uint32_t domid;
	const struct vif *vif;
};

static int offline(struct store *s, void *arg)
{
	const struct removal *r = arg;
	struct device device = { r->domid, "vif", r->vif->devid };
	struct vif_words words;
	struct hotplug hotplug;

	hotplug_of(r->domid, r->vif, false, &words, &hotplug);
	return device_script(s, &device, &hotplug, "offline");
}

/**
 * vif_remove() - detach an interface from the network and remove every trace of it
 * @s: the store
 * @domid: the guest
 * @vif: the interface, created wholly or not
 */
void vif_remove(struct store *s, uint32_t domid, const struct vif *vif)
{
	struct device device = { domid, "vif", vif->devid };
	struct removal r = { .domid = domid, .vif = vif };

	device_remove(s, &device, offline, &r);
}

/**
 * vif_carry() - let a backend carry packets, or stop it
 * @domid: the guest
 * @vif: the interface
 * @carry: whether it is to carry
 *
 * A backend that is down puts nothing more into the guest's memory; the guest
 * does not notice. An interface of another name or kind than Linux's netback
 * gives is left alone.
 */
void vif_carry(uint32_t domid, const struct vif *vif, bool carry)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = { 0 };

	if (fd < 0)
		return;
	if (vif->vifname[0])
		snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", vif->vifname);
	else
		snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "vif%u.%u", domid, vif->devid);
	if (!ioctl(fd, SIOCGIFFLAGS, &ifr)) {
		ifr.ifr_flags = carry ? ifr.ifr_flags | IFF_UP : ifr.ifr_flags & ~IFF_UP;
		ioctl(fd, SIOCSIFFLAGS, &ifr);
	}
	close(fd);
}
