// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devicemodel/arguments.h"

#define OPTS_MAX	16
#define IFNAME_MAX	15
#define DOMID_MAX	0x7fefu
#define UNKNOWN		0xffffffffu

/* One derivation under way. */
struct work {
	const struct dm_site *site;
	struct dm_arguments *out;
	struct error *err;
};

/**
 * struct opts - "model,key=value,flag" taken apart
 * @copy: the text, cut up
 * @key: keys; the first may be a model, with no value
 * @value: their values, NULL for none
 * @count: how many
 */
struct opts {
	char copy[1024];
	const char *key[OPTS_MAX];
	const char *value[OPTS_MAX];
	unsigned int count;
};

/* ---- what is said against it ---- */

static int unknown(struct work *w, const char *option, const char *value)
{
	char text[160];

	snprintf(text, sizeof(text), "%.80s%s%.70s", option, value ? " " : "",
		 value ? value : "");
	error_printable(text);
	return error_set(w->err, EXIT_REFUSED,
		"The guest's device model was started with '%s', which migctl cannot carry over: start the guest without it.",
		text);
}

static int has(struct work *w, const char *what)
{
	return error_set(w->err, EXIT_REFUSED,
		"The guest has %s, which cannot be moved: start it without that.", what);
}

/* ---- the new command line ---- */

__attribute__((format(printf, 2, 3)))
static int put(struct work *w, const char *fmt, ...)
{
	struct dm_arguments *out = w->out;
	size_t room = sizeof(out->room) - out->used;
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(out->room + out->used, room, fmt, ap);
	va_end(ap);
	if (len < 0 || (size_t)len >= room || out->count == DM_ARGUMENTS_MAX)
		return error_set(w->err, EXIT_REFUSED,
				 "The command line of the guest's device model is too long.");
	out->argv[out->count++] = out->room + out->used;
	out->argv[out->count] = NULL;
	out->used += len + 1;
	return 0;
}

static int keep(struct work *w, const char *option, const char *value)
{
	return put(w, "%s", option) || (value && put(w, "%s", value)) ? -1 : 0;
}

static int drop(struct work *w, const char *option, const char *value)
{
	(void)w;
	(void)option;
	(void)value;
	return 0;
}

/* ---- texts ---- */

static bool only(const char *text, const char *also)
{
	const unsigned char *c = (const unsigned char *)text;

	for (; *c; c++)
		if (!isalnum(*c) && !strchr(also, *c))
			return false;
	return c != (const unsigned char *)text;
}

static bool is_number(const char *text)
{
	size_t len = strspn(text, "0123456789");

	return len && !text[len] && len < 10;
}

static bool is_printable(const char *text)
{
	const unsigned char *c = (const unsigned char *)text;

	while (*c >= 0x20 && *c != 0x7f)
		c++;
	return !*c;
}

/* A doubled comma stands for one in a value: nothing that we know needs one. */
static int split(const char *text, struct opts *o)
{
	char *rest = o->copy, *word, *equals;

	memset(o, 0, sizeof(*o));
	if (strlen(text) >= sizeof(o->copy) || strstr(text, ",,"))
		return -1;
	strcpy(o->copy, text);
	while ((word = strsep(&rest, ","))) {
		if (!*word || o->count == OPTS_MAX)
			return -1;
		equals = strchr(word, '=');
		if (equals)
			*equals++ = '\0';
		o->key[o->count] = word;
		o->value[o->count++] = equals;
	}
	return 0;
}

static const char *value_of(const struct opts *o, const char *key)
{
	unsigned int i;

	for (i = 0; i < o->count; i++)
		if (!strcmp(o->key[i], key))
			return o->value[i];
	return NULL;
}

/* Is @word one of @list, which has a blank between two? */
static bool is_among(const char *word, const char *list)
{
	size_t len = strlen(word);
	const char *at;

	for (at = list; len && (at = strstr(at, word)); at += len)
		if ((at == list || at[-1] == ' ') && (!at[len] || at[len] == ' '))
			return true;
	return false;
}

/* Keys of @o from the one of number @from on: all of them of @keys, with plain values. */
static bool all_known(const struct opts *o, unsigned int from, const char *keys)
{
	for (; from < o->count; from++)
		if (!is_among(o->key[from], keys) || !o->value[from] ||
		    !only(o->value[from], "_.:-"))
			return false;
	return true;
}

/* ---- the options, one by one ---- */

static int take_domid(struct work *w, const char *option, const char *value)
{
	if (!is_number(value) || strtoul(value, NULL, 10) > DOMID_MAX || w->out->from != UNKNOWN)
		return unknown(w, option, value);
	w->out->from = strtoul(value, NULL, 10);
	return put(w, "%s", option) || put(w, "%u", w->site->domid) ? -1 : 0;
}

/* libxl's two sockets, by a path or by a descriptor that it had opened. */
static int take_chardev(struct work *w, const char *option, const char *value)
{
	const char *id;
	struct opts o;

	if (split(value, &o) || strcmp(o.key[0], "socket") || o.value[0])
		return unknown(w, option, value);
	id = value_of(&o, "id");
	if (!id || (strcmp(id, "libxl-cmd") && strcmp(id, "libxenstat-cmd")))
		return unknown(w, option, value);
	if (put(w, "%s", option))
		return -1;
	return put(w, "socket,id=%s,path=" DM_RUN_DIR "/qmp-%.*s-%u,server=on,wait=off", id,
		   (int)(strlen(id) - strlen("-cmd")), id, w->site->domid);
}

static int take_mon(struct work *w, const char *option, const char *value)
{
	if (strcmp(value, "chardev=libxl-cmd,mode=control") &&
	    strcmp(value, "chardev=libxenstat-cmd,mode=control"))
		return unknown(w, option, value);
	return keep(w, option, value);
}

/* Of its name a comma would end it. */
static int take_name(struct work *w, const char *option, const char *value)
{
	char name[2 * NAME_LEN], *to = name;
	const char *c = w->site->name;

	(void)value;
	for (; *c && to < name + sizeof(name) - 2; c++) {
		*to++ = *c;
		if (*c == ',')
			*to++ = ',';
	}
	*to = '\0';
	return keep(w, option, name);
}

static int take_vnc(struct work *w, const char *option, const char *value)
{
	const char *to, *password;
	struct opts o;
	unsigned int i;

	if (!strcmp(value, "none"))
		return keep(w, option, value);
	if (split(value, &o) || o.value[0] || !only(o.key[0], ".:[]-_"))
		return unknown(w, option, value);
	for (i = 1; i < o.count; i++)
		if (!is_among(o.key[i], "password to"))
			return unknown(w, option, value);
	to = value_of(&o, "to");
	password = value_of(&o, "password");
	if ((to && !is_number(to)) || (password && strcmp(password, "on")))
		return unknown(w, option, value);
	return keep(w, option, value);
}

static int take_display(struct work *w, const char *option, const char *value)
{
	return strcmp(value, "none") ? has(w, "a window on its host's own screen") :
				       keep(w, option, value);
}

static int take_word(struct work *w, const char *option, const char *value)
{
	return only(value, "_-,=") ? keep(w, option, value) : unknown(w, option, value);
}

static int take_number(struct work *w, const char *option, const char *value)
{
	return is_number(value) ? keep(w, option, value) : unknown(w, option, value);
}

static int take_text(struct work *w, const char *option, const char *value)
{
	return is_printable(value) ? keep(w, option, value) : unknown(w, option, value);
}

static int take_file(struct work *w, const char *option, const char *value)
{
	struct dm_arguments *out = w->out;

	if (*value != '/' || !is_printable(value) || out->file_count == DM_FILES_MAX)
		return unknown(w, option, value);
	if (keep(w, option, value))
		return -1;
	out->files[out->file_count++] = out->argv[out->count - 1];
	return 0;
}

static int take_serial(struct work *w, const char *option, const char *value)
{
	return is_among(value, "pty none null") ? keep(w, option, value) :
						  unknown(w, option, value);
}

static int take_usbdevice(struct work *w, const char *option, const char *value)
{
	return is_among(value, "tablet mouse keyboard") ? keep(w, option, value) :
							  unknown(w, option, value);
}

static int take_net(struct work *w, const char *option, const char *value)
{
	return strcmp(value, "none") ? unknown(w, option, value) : keep(w, option, value);
}

static int take_smp(struct work *w, const char *option, const char *value)
{
	const char *most;
	struct opts o;

	if (split(value, &o) || o.value[0] || !is_number(o.key[0]) || o.count > 2)
		return unknown(w, option, value);
	most = value_of(&o, "maxcpus");
	return o.count == 2 && (!most || !is_number(most)) ? unknown(w, option, value) :
							    keep(w, option, value);
}

static int take_machine(struct work *w, const char *option, const char *value)
{
	struct opts o;

	if (split(value, &o) || o.value[0] || !is_among(o.key[0], "xenfv pc"))
		return unknown(w, option, value);
	if (value_of(&o, "igd-passthru"))
		return has(w, "a passed-through graphics card");
	return all_known(&o, 1, "accel suppress-vmdesc max-ram-below-4g") ?
	       keep(w, option, value) : unknown(w, option, value);
}

/* Models of devices whose state the device model saves, and the properties that libxl gives them. */
static const struct {
	const char *model;
	const char *keys;
} devices[] = {
	{ "VGA", "vgamem_mb" }, { "cirrus-vga", "vgamem_mb" },
	{ "e1000", "id netdev mac" }, { "rtl8139", "id netdev mac" },
	{ "ne2k_pci", "id netdev mac" }, { "pcnet", "id netdev mac" },
	{ "virtio-net-pci", "id netdev mac" },
	{ "ide-cd", "id drive bus unit" }, { "ide-hd", "drive bus unit" }, { "ahci", "id" },
	{ "lsi53c895a", "" }, { "scsi-hd", "drive scsi-id" },
	{ "piix3-usb-uhci", "id" }, { "ich9-usb-ehci1", "id addr multifunction" },
	{ "ich9-usb-uhci1", "masterbus firstport addr multifunction" },
	{ "ich9-usb-uhci2", "masterbus firstport addr multifunction" },
	{ "ich9-usb-uhci3", "masterbus firstport addr multifunction" },
	{ "nec-usb-xhci", "id" }, { "usb-tablet", "bus port" }, { "usb-mouse", "bus port" },
	{ "usb-kbd", "bus port" }, { "xen-pvdevice", "device-id" },
};

static int take_device(struct work *w, const char *option, const char *value)
{
	struct opts o;
	size_t i;

	if (split(value, &o) || o.value[0])
		return unknown(w, option, value);
	if (strstr(o.key[0], "passthrough") || strstr(o.key[0], "vfio"))
		return has(w, "a passed-through PCI device");
	if (!strcmp(o.key[0], "usb-host"))
		return has(w, "a passed-through USB device");
	for (i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
		if (!strcmp(o.key[0], devices[i].model))
			return all_known(&o, 1, devices[i].keys) ? keep(w, option, value) :
								   unknown(w, option, value);
	return unknown(w, option, value);
}

static bool is_disk(const struct work *w, const char *path)
{
	unsigned int i;

	for (i = 0; i < w->site->vbd_count; i++)
		if (!strcmp(path, w->site->vbds[i].params))
			return true;
	return false;
}

/*
 * QEMU opens a disk for writing only while something writes, and opens it anew by its name when
 * that changes: when it begins with a state that it was sent, and when it lets go of its disks.
 * One that is confined finds no name any more. So it keeps them open for writing, and since the
 * one at the source has not let go of them either, it does not ask for their locks.
 */
#define HOLDING " auto-read-only file.locking"

static int take_drive(struct work *w, const char *option, const char *value)
{
	const char *file, *format;
	struct opts o;
	unsigned int i;

	if (split(value, &o))
		return unknown(w, option, value);
	for (i = 0; i < o.count; i++)
		if (!is_among(o.key[i], "file if index media format cache id readonly" HOLDING) ||
		    !o.value[i] || !is_printable(o.value[i]) ||
		    (is_among(o.key[i], HOLDING) && strcmp(o.value[i], "off")))
			return unknown(w, option, value);
	file = value_of(&o, "file");
	format = value_of(&o, "format");
	if (!file || !format || strcmp(format, "raw"))
		return unknown(w, option, value);
	if (!is_disk(w, file))
		return error_set(w->err, EXIT_REFUSED,
			"The guest's device model has a disk (%s) that the guest has not got in xenstore as well, and such a disk cannot be moved.",
			file);
	if (!w->out->confined || value_of(&o, "auto-read-only"))
		return keep(w, option, value);
	return put(w, "%s", option) ||
	       put(w, "%s,auto-read-only=off,file.locking=off", value) ? -1 : 0;
}

/* vifN.K-emu, or the name that its interface was given, with "-emu" behind it. */
static int new_ifname(const struct work *w, const char *name, char *to, size_t size)
{
	char old[32], named[32];
	unsigned int i;

	for (i = 0; i < w->site->vif_count; i++) {
		const struct vif *vif = &w->site->vifs[i];

		snprintf(old, sizeof(old), "vif%u.%u-emu", w->out->from, vif->devid);
		snprintf(named, sizeof(named), "%s-emu", vif->vifname);
		if (vif->vifname[0] && !strcmp(name, named))
			return snprintf(to, size, "%s", name) <= IFNAME_MAX ? 0 : -1;
		if (!vif->vifname[0] && !strcmp(name, old))
			return snprintf(to, size, "vif%u.%u-emu", w->site->domid,
					vif->devid) <= IFNAME_MAX ? 0 : -1;
	}
	return -1;
}

static int take_netdev(struct work *w, const char *option, const char *value)
{
	const char *type, *id, *ifname, *bridge;
	char name[32];
	struct opts o;

	if (split(value, &o) || !all_known(&o, 0, "type id ifname br script downscript"))
		return unknown(w, option, value);
	type = value_of(&o, "type");
	id = value_of(&o, "id");
	ifname = value_of(&o, "ifname");
	bridge = value_of(&o, "br");
	/* Scripts are run by us, as by libxl. */
	if (!type || strcmp(type, "tap") || !id || !ifname ||
	    strcmp(value_of(&o, "script") ?: "", "no") ||
	    strcmp(value_of(&o, "downscript") ?: "", "no"))
		return unknown(w, option, value);
	if (new_ifname(w, ifname, name, sizeof(name)))
		return error_set(w->err, EXIT_REFUSED,
			"The guest's device model has a network interface (%s) that the guest has not got in xenstore as well, and such an interface cannot be moved.",
			ifname);
	if (put(w, "%s", option))
		return -1;
	return put(w, "type=tap,id=%s,ifname=%s%s%s,script=no,downscript=no", id, name,
		   bridge ? ",br=" : "", bridge ? bridge : "");
}

static int take_chroot(struct work *w, const char *option, const char *value)
{
	char old[64];

	snprintf(old, sizeof(old), DM_RUN_DIR "/qemu-root-%u", w->out->from);
	if (strcmp(value, old) && strcmp(value, old + strlen("/var")))
		return unknown(w, option, value);
	snprintf(w->out->chroot, sizeof(w->out->chroot), DM_RUN_DIR "/qemu-root-%u",
		 w->site->domid);
	return keep(w, option, w->out->chroot);
}

/* A name, or the number of the user that libxl keeps for this guest alone. */
static int take_user(struct work *w, const char *option, const char *value)
{
	struct dm_arguments *out = w->out;

	if (strchr(value, ':')) {
		out->own_user = true;
		if (!w->site->range_user[0])
			return error_set(w->err, EXIT_REFUSED,
				"The guest's device model is confined to a user of its own, and there is no user xen-qemuuser-range-base there: create it, as the Xen documentation tells (qemu-deprivilege).");
		snprintf(out->user, sizeof(out->user), "%s", w->site->range_user);
	} else {
		if (!only(value, "_-") || strlen(value) >= sizeof(out->user))
			return unknown(w, option, value);
		strcpy(out->user, value);
	}
	return keep(w, option, out->user);
}

/* In the order in which libxl gives them; what it leaves to the guest's configuration is refused. */
static const struct {
	const char *option;
	bool has_value;
	int (*take)(struct work *w, const char *option, const char *value);
} rules[] = {
	{ "-xen-domid", true, take_domid },
	{ "-no-shutdown", false, keep },
	{ "-chardev", true, take_chardev },
	{ "-S", false, drop },
	{ "-mon", true, take_mon },
	{ "-nodefaults", false, keep },
	{ "-no-user-config", false, keep },
	{ "-name", true, take_name },
	{ "-vnc", true, take_vnc },
	{ "-display", true, take_display },
	{ "-k", true, take_word },
	{ "-kernel", true, take_file },
	{ "-initrd", true, take_file },
	{ "-append", true, take_text },
	{ "-serial", true, take_serial },
	{ "-nographic", false, keep },
	{ "-device", true, take_device },
	{ "-boot", true, take_word },
	{ "-usb", false, keep },
	{ "-usbdevice", true, take_usbdevice },
	{ "-no-acpi", false, keep },
	{ "-smp", true, take_smp },
	{ "-netdev", true, take_netdev },
	{ "-net", true, take_net },
	{ "-xen-domid-restrict", false, keep },
	{ "-chroot", true, take_chroot },
	{ "-incoming", true, drop },
	{ "-machine", true, take_machine },
	{ "-m", true, take_number },
	{ "-drive", true, take_drive },
	{ "-runas", true, take_user },
};

static const char *next_word(const struct device_model *dm, size_t *at)
{
	const char *word = dm->args + *at;

	if (*at >= dm->args_len)
		return NULL;
	*at += strlen(word) + 1;
	return word;
}

static int take_option(struct work *w, const struct device_model *dm, size_t *at)
{
	const char *option = next_word(dm, at), *value = NULL;
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (strcmp(option, rules[i].option))
			continue;
		if (rules[i].has_value)
			value = next_word(dm, at);
		if (rules[i].has_value && !value)
			return unknown(w, option, NULL);
		/* All that depends on the guest's id needs to know it. */
		if (i && w->out->from == UNKNOWN)
			return unknown(w, option, value);
		return rules[i].take(w, option, value);
	}
	return unknown(w, option, NULL);
}

/**
 * dm_arguments_site() - where a guest's device model is to run
 * @site: filled in, but for the users there and where the state comes from
 * @offer: the guest; @site refers to it
 * @domid: its id there
 */
void dm_arguments_site(struct dm_site *site, const struct offer *offer, uint32_t domid)
{
	*site = (struct dm_site){
		.domid = domid, .name = offer->name,
		.vbds = offer->vbds, .vbd_count = offer->vbd_count,
		.vifs = offer->vifs, .vif_count = offer->vif_count,
	};
}

/**
 * dm_arguments_confined() - has a device model given up its rights over all but its guest?
 * @dm: the device model
 */
bool dm_arguments_confined(const struct device_model *dm)
{
	size_t at = 0;

	while (at < dm->args_len)
		if (!strcmp(next_word(dm, &at), "-xen-domid-restrict"))
			return true;
	return false;
}

/**
 * dm_arguments_derive() - the command line for another host
 * @dm: the device model at the guest's source, of unknown origin
 * @site: where it is to run
 * @args: filled in
 * @err: what stands against it, in words for whoever is at the source
 *
 * It is stopped (-S) until it is told to go on, and expects its state.
 *
 * Return: 0 or -1.
 */
int dm_arguments_derive(const struct device_model *dm, const struct dm_site *site,
			struct dm_arguments *args, struct error *err)
{
	struct work w = { .site = site, .out = args, .err = err };
	size_t at = 0;

	memset(args, 0, sizeof(*args));
	args->from = UNKNOWN;
	if (!dm->args_len || dm->args_len > sizeof(dm->args) || dm->args[dm->args_len - 1])
		return error_set(err, EXIT_REFUSED,
				 "The command line of the guest's device model is not known.");
	args->confined = dm_arguments_confined(dm);
	while (at < dm->args_len)
		if (take_option(&w, dm, &at))
			return -1;
	if (put(&w, "-S") || put(&w, "-incoming") || put(&w, "fd:%d", site->incoming))
		return -1;
	return 0;
}
