// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "xenstore/xlconfig.h"

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

/* Without any of the characters of which @marks is; or not there at all. */
static bool is_without(const char *marks, const char *text)
{
	return !text || !text[strcspn(text, marks)];
}

static int put_disk(FILE *f, yajl_val disk)
{
	const char *path = json_text(disk, "pdev_path"), *vdev = json_text(disk, "vdev");
	const char *format = json_text(disk, "format"), *kind = json_text(disk, "backend");
	const char *script = json_text(disk, "script");
	uint64_t writable = 0, cdrom = 0;

	json_number(disk, "readwrite", &writable);
	json_number(disk, "is_cdrom", &cdrom);
	if (!is_word(vdev) || !is_without("\"\\\n", path) || !is_without("\"\\\n,", script))
		return -1;
	fprintf(f, "\t\"vdev=%s,format=%s,access=%s", vdev, is_word(format) ? format : "raw",
		writable ? "rw" : "ro");
	if (is_word(kind) && strcmp(kind, "unknown"))
		fprintf(f, ",backendtype=%s", kind);
	if (script)
		fprintf(f, ",script=%s", script);
	if (cdrom)
		fprintf(f, ",devtype=cdrom");
	/* It ends the line: a path may have commas. */
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

/* A set of CPUs; an empty one binds to nothing. */
static void put_set(FILE *f, yajl_val set)
{
	const char *between = "";
	size_t i;

	fprintf(f, "\t\"");
	for (i = 0; YAJL_IS_ARRAY(set) && i < YAJL_GET_ARRAY(set)->len; i++) {
		if (!YAJL_IS_INTEGER(YAJL_GET_ARRAY(set)->values[i]))
			continue;
		fprintf(f, "%s%lld", between, YAJL_GET_INTEGER(YAJL_GET_ARRAY(set)->values[i]));
		between = ",";
	}
	fprintf(f, "%s\",\n", *between ? "" : "all");
}

/* What each vCPU is bound to, one after the other. */
static void put_affinity(FILE *f, const char *key, yajl_val list)
{
	size_t i;

	if (!YAJL_IS_ARRAY(list) || !YAJL_GET_ARRAY(list)->len)
		return;
	fprintf(f, "%s = [\n", key);
	for (i = 0; i < YAJL_GET_ARRAY(list)->len; i++)
		put_set(f, YAJL_GET_ARRAY(list)->values[i]);
	fprintf(f, "]\n");
}

/* libxl's and xl's words for it are the same. */
static const char *type_of(yajl_val tree)
{
	static const char *const types[] = { "pvh", "pv", "hvm" };
	const char *word = json_text(tree, "c_info/type");
	size_t i;

	for (i = 0; word && i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(word, types[i]))
			return types[i];
	return NULL;
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
	       put_serial(f, tree);
}

static int put_all(FILE *f, const struct rebirth *guest, yajl_val tree)
{
	const char *type = type_of(tree);
	unsigned int i;
	int rc;

	if (!type)
		return -1;
	rc = put_string(f, "name", guest->name) | put_string(f, "uuid", guest->uuid) |
	     put_string(f, "type", type) |
	     put_string(f, "kernel", json_text(tree, "b_info/kernel")) |
	     put_string(f, "ramdisk", json_text(tree, "b_info/ramdisk")) |
	     put_string(f, "cmdline", json_text(tree, "b_info/cmdline")) |
	     put_string(f, "bootloader", json_text(tree, "b_info/bootloader")) |
	     put_string(f, "tsc_mode", json_text(tree, "b_info/tsc_mode"));
	put_number(f, "memory", tree, "b_info/target_memkb", 1024);
	put_number(f, "maxmem", tree, "b_info/max_memkb", 1024);
	put_number(f, "maxvcpus", tree, "b_info/max_vcpus", 1);
	if (count_vcpus(tree))
		fprintf(f, "vcpus = %d\n", count_vcpus(tree));
	put_affinity(f, "cpus", json_at(tree, "b_info/vcpu_hard_affinity"));
	put_affinity(f, "cpus_soft", json_at(tree, "b_info/vcpu_soft_affinity"));
	put_number(f, "cpu_weight", tree, "b_info/sched_params/weight", 1);
	put_number(f, "cap", tree, "b_info/sched_params/cap", 1);
	put_number(f, "event_channels", tree, "b_info/event_channels", 1);
	put_number(f, "max_grant_frames", tree, "b_info/max_grant_frames", 1);
	put_number(f, "max_maptrack_frames", tree, "b_info/max_maptrack_frames", 1);
	put_action(f, "on_poweroff", tree);
	put_action(f, "on_reboot", tree);
	put_action(f, "on_watchdog", tree);
	put_action(f, "on_crash", tree);
	fprintf(f, "vif = [\n");
	for (i = 0; i < guest->vif_count; i++)
		put_vif(f, &guest->vifs[i], tree);
	fprintf(f, "]\n");
	rc |= put_disks(f, tree);
	return rc | (strcmp(type, "hvm") ? 0 : put_hvm(f, tree));
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
