/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MIGCTL_VERSION_H
#define MIGCTL_VERSION_H

#define MIGCTL_VERSION	"0.1.0"

#endif /* MIGCTL_VERSION_H */
