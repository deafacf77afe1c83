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

static void put_vif(FILE *f, const struct vif *vif)
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
	fprintf(f, "\",\n");
}

static int count_vcpus(yajl_val tree)
{
	yajl_val list = json_at(tree, "b_info/avail_vcpus");

	return YAJL_IS_ARRAY(list) ? (int)YAJL_GET_ARRAY(list)->len : 0;
}

static int put_all(FILE *f, const struct rebirth *guest, yajl_val tree)
{
	unsigned int i;
	int rc;

	rc = put_string(f, "name", guest->name) | put_string(f, "uuid", guest->uuid) |
	     put_string(f, "type", "pvh") |
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
		put_vif(f, &guest->vifs[i]);
	fprintf(f, "]\n");
	return rc;
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
