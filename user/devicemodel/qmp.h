/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Talking to a device model (QEMU's machine protocol), bounded in time and in what is read. */
#ifndef MIGCTL_QMP_H
#define MIGCTL_QMP_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/json.h"

#define QMP_LINE_MAX	(256u << 10)
#define QMP_PATH	"/var/run/xen/qmp-libxl-%u"

/**
 * struct qmp - a connection to a device model
 * @fd: -1 for none
 * @last: id of the last command
 * @line: what came and is no whole line yet
 * @have: octets in it
 */
struct qmp {
	int fd;
	uint32_t last;
	char *line;
	size_t have;
};

int qmp_open(struct qmp *q, uint32_t domid, uint64_t until, struct error *err);
void qmp_close(struct qmp *q);
int qmp_run(struct qmp *q, const char *command, const char *arguments, int fd, uint64_t until,
	    yajl_val *answer, struct error *err);
int qmp_status(struct qmp *q, uint64_t until, char *status, size_t size, struct error *err);

#endif /* MIGCTL_QMP_H */
