/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of a guest share: guest.c finds and removes it, guest-survey.c looks for what
 * stands against its move, guest-offer.c describes it.
 */
#ifndef MIGCTL_GUEST_PARTS_H
#define MIGCTL_GUEST_PARTS_H

#include "guest/guest.h"

#define DOM	"/local/domain/%u"

/* guest.c */
unsigned int guest_device_numbers(struct store *s, uint32_t domid, const char *kind,
				  uint32_t *numbers, unsigned int max);

/* guest-survey.c */
void guest_survey_libxl_devices(struct store *s, uint32_t domid, struct findings *f);
void guest_survey_backends(struct store *s, uint32_t domid, struct findings *f);
int guest_first_against(const struct findings *f, struct error *err);

#endif /* MIGCTL_GUEST_PARTS_H */
