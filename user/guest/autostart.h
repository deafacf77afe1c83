/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What starts a guest by itself when its host boots: xendomains makes a guest of every file in
 * /etc/xen/auto, which are xl configurations or links to such.
 *
 * An entry is a guest's when the configuration's uuid is the guest's or, where it has none, when
 * the name is.
 */
#ifndef MIGCTL_AUTOSTART_H
#define MIGCTL_AUTOSTART_H

#include <limits.h>

#include "base/context.h"
#include "base/error.h"
#include "offer/offer.h"

struct offer;

/**
 * struct autostart_dirs - where entries are, or wait
 * @entries: those that xendomains starts
 * @arriving: texts of guests that are on their way to this host, or have just come
 * @held: those that `migctl serve` keeps from xendomains; see autostart-hold.h
 */
struct autostart_dirs {
	const char *entries;
	const char *arriving;
	const char *held;
};

extern const struct autostart_dirs autostart_dirs;

/**
 * struct autostart_guest - who is meant
 * @has_uuid: @uuid is known
 * @uuid: of the guest
 * @name: of the guest, "" when not known
 */
struct autostart_guest {
	bool has_uuid;
	uint8_t uuid[16];
	char name[256];
};

/**
 * struct autostart - an entry
 * @name: of its file
 * @guest: whom it starts
 * @len: octets of @text
 * @text: the configuration, terminated
 */
struct autostart {
	char name[NAME_MAX + 1];
	struct autostart_guest guest;
	uint32_t len;
	char text[AUTOSTART_MAX + 1];
};

int autostart_parse(const char *text, size_t len, struct autostart_guest *guest);
bool autostart_same(const struct autostart_guest *a, const struct autostart_guest *b);
void autostart_guest(const uint8_t *uuid, const char *name, struct autostart_guest *guest);
bool autostart_good_name(const char *name);
int autostart_read(const char *name, struct autostart *entry);
int autostart_each(int (*fn)(void *arg, const struct autostart *entry), void *arg);
int autostart_find(const struct autostart_guest *guest, struct autostart *entry);

/* at the source */
int autostart_take(struct offer *offer, bool along, char *path, size_t size, struct error *err);
int autostart_remove(const struct offer *offer, struct error *err);

/* at the destination */
int autostart_admit(const struct offer *offer, struct error *err);
int autostart_keep(const struct offer *offer, struct error *err);
int autostart_install(const struct context *context, const uint8_t *move);
void autostart_drop(const uint8_t *move);
int autostart_arriving(int (*fn)(void *arg, const uint8_t *move), void *arg);

#endif /* MIGCTL_AUTOSTART_H */
