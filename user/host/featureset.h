/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CPU features by name. */
#ifndef MIGCTL_FEATURESET_H
#define MIGCTL_FEATURESET_H

#include <stddef.h>
#include <stdint.h>

unsigned int features_lacking(const uint32_t *seen, const uint32_t *there, char *names,
			      size_t size);

#endif /* MIGCTL_FEATURESET_H */
