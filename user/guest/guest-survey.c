// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/xenmig.h>

#include "device/vkbd.h"
#include "guest/guest-parts.h"
#include "module/domain.h"

#define PHYSCAP_SHADOW		(1u << 4)

/* libxl notes of a stub domain whom it serves. */
static int check_stub(struct store *s, uint32_t domid, struct error *err)
{
	uint64_t served;

	if (!store_get_number(s, &served, DOM "/target", domid))
		return 0;
	return error_set(err, EXIT_REFUSED,
		"The domain is a stub domain, in which the device model of domain %" PRIu64 " runs: neither of the two can be moved, unless that guest is started without one.",
		served);
}

static int check_state(const struct domain *d, struct error *err)
{
	if (d->dominf_flags & DOMINF_DYING)
		return error_set(err, EXIT_REFUSED, "The domain is being destroyed already.");
	if (d->dominf_flags & DOMINF_SHUTDOWN)
		return error_set(err, EXIT_REFUSED,
			"The domain has shut down (code %u) and there is nothing left to move.",
			DOMINF_CODE(d->dominf_flags));
	if (d->dominf_flags & DOMINF_PAUSED)
		return error_set(err, EXIT_REFUSED,
			"The domain is paused and could not answer the request to suspend: 'xl unpause' it first.");
	return 0;
}

static int refuse_by_module(const struct domain *d, struct error *err)
{
	char text[SENTENCE_LEN];

	strcpy(text, d->refusal);
	error_sentence(text, sizeof(text));
	text[0] = tolower((unsigned char)text[0]);
	return error_set(err, EXIT_REFUSED, "The domain cannot be moved: %s", text);
}

static int check_type(const struct domain *d, struct error *err)
{
	if (HAS(d, XENMIG_A_DOMAIN_REFUSAL))
		return refuse_by_module(d, err);
	return 0;
}

static const char *kind_words(const char *kind)
{
	static const char *const words[][2] = {
		{ "qdisk", "a disk served by qemu (vbd" },
		{ "pci", "a passed-through PCI device (pci" }, { "vfb", "a framebuffer (vfb" },
		{ "vkbd", "a keyboard and mouse (vkbd" }, { "9pfs", "a shared directory (9pfs" },
		{ "vtpm", "a TPM (vtpm" }, { "vusb", "a USB controller (vusb" },
		{ "vscsi", "a SCSI controller (vscsi" }, { "vsnd", "a sound card (vsnd" },
		{ "vdispl", "a display (vdispl" }, { "pvcalls", "a PV socket device (pvcalls" },
		{ "xen_9pfs", "a shared directory (9pfs" },
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(kind, words[i][0]))
			return words[i][1];
	return "a device (";
}

static int refuse_device(const char *kind, const char *dev, struct error *err)
{
	const char *words = kind_words(kind);
	bool bare = words[strlen(words) - 1] == '(';

	return error_set(err, EXIT_REFUSED,
		"The domain has %s%s %s), and such a device cannot be moved yet: detach it first.",
		words, bare ? kind : "", dev);
}

static bool can_move(struct store *s, uint32_t domid, const char *kind, const char *dev)
{
	return !strcmp(kind, "vif") || !strcmp(kind, "vbd") ||
	       (!strcmp(kind, "console") && !strcmp(dev, "0")) || vkbd_moves(s, domid, kind, dev);
}

static int check_device(struct store *s, uint32_t domid, const char *kind, const char *dev,
			struct error *err)
{
	char back[256];

	if (!can_move(s, domid, kind, dev))
		return refuse_device(kind, dev, err);
	if (store_get_text(s, back, sizeof(back), "/libxl/%u/device/%s/%s/backend", domid, kind,
			   dev) && strncmp(back, "/local/domain/0/", 16))
		return error_set(err, EXIT_REFUSED,
			"The device %s %s of the domain is served by a driver domain (%s): only devices served by dom0 can be moved.",
			kind, dev, back);
	return 0;
}

static void survey_device(struct store *s, uint32_t domid, const char *kind, const char *dev,
			  struct findings *f)
{
	struct error err = { 0 };
	char subject[40];

	snprintf(subject, sizeof(subject), "device %s %s", kind, dev);
	if (check_device(s, domid, kind, dev, &err))
		findings_add(f, VERDICT_AGAINST, subject, "%s", err.text);
}

static void survey_kind(struct store *s, uint32_t domid, const char *dir, const char *kind,
			struct findings *f)
{
	unsigned int count, i;
	char **devs = store_list(s, &count, "%s/%s", dir, kind);

	for (i = 0; i < count; i++)
		survey_device(s, domid, kind, devs[i], f);
	free(devs);
}

/**
 * guest_survey_libxl_devices() - what there is of devices that libxl noted
 * @s: the store
 * @domid: the guest
 * @f: what is found is added
 */
void guest_survey_libxl_devices(struct store *s, uint32_t domid, struct findings *f)
{
	unsigned int count, i;
	char **kinds = store_list(s, &count, "/libxl/%u/device", domid);
	char dir[64];

	snprintf(dir, sizeof(dir), "/libxl/%u/device", domid);
	for (i = 0; i < count; i++)
		survey_kind(s, domid, dir, kinds[i], f);
	free(kinds);
}

/**
 * guest_survey_backends() - what there is that libxl never knew of
 * @s: the store
 * @domid: the guest
 * @f: what is found is added
 */
void guest_survey_backends(struct store *s, uint32_t domid, struct findings *f)
{
	unsigned int count, devs, i;
	char **kinds = store_list(s, &count, "/local/domain/0/backend");
	char **list, backend[256];

	for (i = 0; i < count; i++) {
		list = store_list(s, &devs, "/local/domain/0/backend/%s/%u", kinds[i], domid);
		while (devs--)
			if (!can_move(s, domid, kinds[i], list[devs]) &&
			    !store_get_text(s, backend, sizeof(backend),
					    "/libxl/%u/device/%s/%s/backend", domid, kinds[i],
					    list[devs]))
				survey_device(s, domid, kinds[i], list[devs], f);
		free(list);
	}
	free(kinds);
}

/**
 * guest_survey() - everything of a domain that decides whether it can be moved
 * @s: the store
 * @domain: the domain
 * @findings: takes what is found
 */
void guest_survey(struct store *s, const struct domain *domain, struct findings *findings)
{
	struct error err = { 0 };

	/* Before all else: a move is refused with the first reason, and this one nobody can mend. */
	if (check_stub(s, domain->domid, &err))
		findings_add(findings, VERDICT_AGAINST, "type", "%s", err.text);
	error_clear(&err);
	if (check_state(domain, &err))
		findings_add(findings, VERDICT_AGAINST, "state", "%s", err.text);
	error_clear(&err);
	if (check_type(domain, &err))
		findings_add(findings, VERDICT_AGAINST, "type", "%s", err.text);
	guest_survey_libxl_devices(s, domain->domid, findings);
	guest_survey_backends(s, domain->domid, findings);
}

/**
 * guest_first_against() - the first finding that is against a move, as an error
 * @f: what was found
 * @err: set to it
 *
 * Return: 0 when there is none, or -1.
 */
int guest_first_against(const struct findings *f, struct error *err)
{
	uint32_t i;

	for (i = 0; i < f->count; i++)
		if (f->list[i].verdict == VERDICT_AGAINST)
			return error_set(err, EXIT_REFUSED, "%s", f->list[i].text);
	return 0;
}

/**
 * guest_check() - whether a domain can be moved
 * @s: the store
 * @domain: the domain
 * @err: why not
 *
 * Return: 0 or -1.
 */
int guest_check(struct store *s, const struct domain *domain, struct error *err)
{
	struct findings found;

	found.count = 0;
	guest_survey(s, domain, &found);
	return guest_first_against(&found, err);
}

/**
 * guest_check_live() - whether a domain that can be moved can also run meanwhile
 * @domain: the domain
 * @host: where it runs
 * @err: why not
 *
 * Return: 0 or -1.
 */
int guest_check_live(const struct domain *domain, const struct host_info *host, struct error *err)
{
	if (strcmp(domain_type(domain), "pv") || host->capabilities & PHYSCAP_SHADOW)
		return 0;
	return error_set(err, EXIT_REFUSED,
		"The domain is a PV guest, and to move one live the hypervisor needs shadow paging, without which this host's was built: move it with 'migctl move', which suspends it first, or boot a hypervisor that has shadow paging.");
}
