// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "xlconfig.h"

#define SCRIPT_DIR	"/etc/xen/scripts/"

/* A string that would need escapes is none that xl ever wrote. */
static int put_string(FILE *f, const char *key, const char *value)
{
	const unsigned char *c;

	if (!value)
		return 0;
	for (c = (const unsigned char *)value; *c; c++)
		if (*c < 0x20 || *c == '"' || *c == '\\')
			return -1;
	return fprintf(f, "%s = \"%s\"\n", key, value) < 0 ? -1 : 0;
}

static void put_number(FILE *f, const char *key, yajl_val tree, const char *path, uint64_t divisor)
{
	uint64_t value;

	if (json_number(tree, path, &value) && value)
		fprintf(f, "%s = %" PRIu64 "\n", key, value / divisor);
}

/* JSON has "coredump_destroy" where xl says "coredump-destroy". */
static void put_action(FILE *f, const char *key, yajl_val tree)
{
	const char *value = json_text(tree, key);
	char word[32], *c;

	if (!value || strlen(value) >= sizeof(word))
		return;
	strcpy(word, strcmp(value, "restart_rename") ? value : "rename_restart");
	for (c = word; *c; c++)
		if (*c == '_')
			*c = '-';
	put_string(f, key, word);
}

static void put_rate(FILE *f, const char *rate)
{
	uint64_t bytes, usecs;

	if (sscanf(rate, "%" SCNu64 ",%" SCNu64, &bytes, &usecs) == 2 && usecs)
		fprintf(f, ",rate=%" PRIu64 "B/s@%" PRIu64 "us", bytes * 1000000 / usecs, usecs);
}

/* The element of a list that has this number as devid. */
static yajl_val by_devid(yajl_val list, uint64_t devid)
{
	uint64_t number;
	size_t i;

	for (i = 0; YAJL_IS_ARRAY(list) && i < YAJL_GET_ARRAY(list)->len; i++)
		if (json_number(YAJL_GET_ARRAY(list)->values[i], "devid", &number) &&
		    number == devid)
			return YAJL_GET_ARRAY(list)->values[i];
	return NULL;
}

static bool is_word(const char *text)
{
	return text && *text && !text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")];
}

/* Of the interface that a device model emulates beside it. */
static void put_model(FILE *f, const struct vif *vif, yajl_val tree)
{
	yajl_val nic = by_devid(json_at(tree, "nics"), vif->devid);

	if (strcmp(vif->type, "vif_ioemu"))
		return;
	fprintf(f, ",type=ioemu");
	if (is_word(json_text(nic, "model")))
		fprintf(f, ",model=%s", json_text(nic, "model"));
}

static void put_vif(FILE *f, const struct vif *vif, yajl_val tree)
{
	fprintf(f, "\t\"mac=%s,script=" SCRIPT_DIR "%s", vif->mac, vif->script);
	if (vif->bridge[0])
		fprintf(f, ",bridge=%s", vif->bridge);
	if (vif->ip[0])
		fprintf(f, ",ip=%s", vif->ip);
	if (vif->vifname[0])
		fprintf(f, ",vifname=%s", vif->vifname);
	if (vif->gatewaydev[0])
		fprintf(f, ",gatewaydev=%s", vif->gatewaydev);
	if (vif->mtu && vif->mtu != 1500)
		fprintf(f, ",mtu=%u", vif->mtu);
	put_rate(f, vif->rate);
	put_model(f, vif, tree);
	fprintf(f, "\",\n");
}

static int count_vcpus(yajl_val tree)
{
	yajl_val list = json_at(tree, "b_info/avail_vcpus");

	return YAJL_IS_ARRAY(list) ? (int)YAJL_GET_ARRAY(list)->len : 0;
}

#define HVM	"b_info/type.hvm/"

static void put_switch(FILE *f, const char *key, yajl_val tree, const char *path)
{
	int value = json_defbool(tree, path);

	if (value >= 0)
		fprintf(f, "%s = %d\n", key, value);
}

/* xl's words differ from libxl's. */
static void put_vga(FILE *f, yajl_val tree)
{
	const char *kind = json_text(tree, HVM "vga/kind");

	if (kind && (!strcmp(kind, "std") || !strcmp(kind, "none") || !strcmp(kind, "cirrus")))
		fprintf(f, "vga = \"%s\"\n", strcmp(kind, "std") ? kind : "stdvga");
}

static int put_serial(FILE *f, yajl_val tree)
{
	yajl_val list = json_at(tree, HVM "serial_list");
	const char *first = json_text(tree, HVM "serial");

	/* One word or a list of one: xl takes both for the same. */
	if (!first && YAJL_IS_ARRAY(list) && YAJL_GET_ARRAY(list)->len)
		first = YAJL_GET_STRING(YAJL_GET_ARRAY(list)->values[0]);
	return put_string(f, "serial", first);
}

static int put_disk(FILE *f, yajl_val disk)
{
	const char *path = json_text(disk, "pdev_path"), *vdev = json_text(disk, "vdev");
	const char *format = json_text(disk, "format");
	uint64_t writable = 0, cdrom;

	json_number(disk, "readwrite", &writable);
	if (!is_word(vdev) || (path && (strchr(path, '"') || strchr(path, '\\') || strchr(path, '\n'))))
		return -1;
	fprintf(f, "\t\"vdev=%s,format=%s,access=%s%s", vdev, is_word(format) ? format : "raw",
		writable ? "rw" : "ro",
		json_number(disk, "is_cdrom", &cdrom) && cdrom ? ",devtype=cdrom" : "");
	if (path && *path)
		fprintf(f, ",target=%s", path);
	fprintf(f, "\",\n");
	return 0;
}

static int put_disks(FILE *f, yajl_val tree)
{
	yajl_val list = json_at(tree, "disks");
	int rc = 0;
	size_t i;

	fprintf(f, "disk = [\n");
	for (i = 0; YAJL_IS_ARRAY(list) && i < YAJL_GET_ARRAY(list)->len; i++)
		rc |= put_disk(f, YAJL_GET_ARRAY(list)->values[i]);
	fprintf(f, "]\n");
	return rc;
}

/* What only guests with a device model have. */
static int put_hvm(FILE *f, yajl_val tree)
{
	static const char *const switches[][2] = {
		{ "pae", HVM "pae" }, { "apic", HVM "apic" }, { "acpi", HVM "acpi" },
		{ "acpi_s3", HVM "acpi_s3" }, { "acpi_s4", HVM "acpi_s4" }, { "hpet", HVM "hpet" },
		{ "vpt_align", HVM "vpt_align" }, { "viridian", HVM "viridian" },
		{ "xen_platform_pci", HVM "xen_platform_pci" }, { "usb", HVM "usb" },
		{ "nographic", HVM "nographic" }, { "vnc", HVM "vnc/enable" },
		{ "vncunused", HVM "vnc/findunused" }, { "localtime", "b_info/localtime" },
	};
	size_t i;

	for (i = 0; i < sizeof(switches) / sizeof(switches[0]); i++)
		put_switch(f, switches[i][0], tree, switches[i][1]);
	put_vga(f, tree);
	put_number(f, "videoram", tree, "b_info/video_memkb", 1024);
	put_number(f, "vncdisplay", tree, HVM "vnc/display", 1);
	return put_string(f, "boot", json_text(tree, HVM "boot")) |
	       put_string(f, "bios", json_text(tree, HVM "bios")) |
	       put_string(f, "keymap", json_text(tree, HVM "keymap")) |
	       put_string(f, "usbdevice", json_text(tree, HVM "usbdevice")) |
	       put_string(f, "vnclisten", json_text(tree, HVM "vnc/listen")) |
	       put_string(f, "vncpasswd", json_text(tree, HVM "vnc/passwd")) |
	       put_string(f, "device_model_override", json_text(tree, "b_info/device_model")) |
	       put_serial(f, tree) | put_disks(f, tree);
}

static int put_all(FILE *f, const struct rebirth *guest, yajl_val tree)
{
	bool hvm = json_at(tree, "b_info/type.hvm") != NULL;
	unsigned int i;
	int rc;

	rc = put_string(f, "name", guest->name) | put_string(f, "uuid", guest->uuid) |
	     put_string(f, "type", hvm ? "hvm" : "pvh") |
	     put_string(f, "kernel", json_text(tree, "b_info/kernel")) |
	     put_string(f, "ramdisk", json_text(tree, "b_info/ramdisk")) |
	     put_string(f, "cmdline", json_text(tree, "b_info/cmdline")) |
	     put_string(f, "bootloader", json_text(tree, "b_info/bootloader"));
	put_number(f, "memory", tree, "b_info/target_memkb", 1024);
	put_number(f, "maxmem", tree, "b_info/max_memkb", 1024);
	put_number(f, "maxvcpus", tree, "b_info/max_vcpus", 1);
	if (count_vcpus(tree))
		fprintf(f, "vcpus = %d\n", count_vcpus(tree));
	put_action(f, "on_poweroff", tree);
	put_action(f, "on_reboot", tree);
	put_action(f, "on_watchdog", tree);
	put_action(f, "on_crash", tree);
	fprintf(f, "vif = [\n");
	for (i = 0; i < guest->vif_count; i++)
		put_vif(f, &guest->vifs[i], tree);
	fprintf(f, "]\n");
	return rc | (hvm ? put_hvm(f, tree) : 0);
}

/**
 * xlconfig_write() - write what `xl create` needs to start a guest anew
 * @path: file to write
 * @guest: the guest
 *
 * Return: 0, or -1 when libxl's notes do not say enough.
 */
int xlconfig_write(const char *path, const struct rebirth *guest)
{
	yajl_val tree = json_parse(guest->json);
	FILE *f = tree ? fopen(path, "we") : NULL;
	int rc = -1;

	if (f)
		rc = put_all(f, guest, tree);
	if (f && fclose(f))
		rc = -1;
	yajl_tree_free(tree);
	return rc;
}
