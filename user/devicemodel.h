/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The device model of an HVM guest: the process beside it that emulates its devices. At the
 * source it is asked for its state and its command line; at the destination another one is
 * started that takes the state over.
 */
#ifndef MIGCTL_DEVICEMODEL_H
#define MIGCTL_DEVICEMODEL_H

#include "findings.h"
#include "proto.h"
#include "qmp.h"
#include "store.h"

#define DM_STATE_MAX	(8u << 20)

/**
 * struct dmprocess - a device model that was started here
 * @domid: its guest
 * @pid: of it, 0 for none
 * @pidfd: tells of its end, -1 for none
 * @incoming: where its state is written to, -1 for none
 * @qmp: connection to it
 */
struct dmprocess {
	uint32_t domid;
	pid_t pid;
	int pidfd;
	int incoming;
	struct qmp qmp;
};

/**
 * struct dmstate - what a device model knows of the guest's devices
 * @octets: malloc()ed
 * @len: of them
 */
struct dmstate {
	uint8_t *octets;
	size_t len;
};

bool devicemodel_is_wanted(const struct offer *offer);
bool devicemodel_exists(struct store *s, uint32_t domid);

/* At the source */
int devicemodel_describe(struct store *s, uint32_t domid, struct device_model *dm,
			 struct error *err);
int devicemodel_check(const struct offer *offer, struct error *err);
int devicemodel_log(uint32_t domid, bool on, struct error *err);
int devicemodel_connect(struct qmp *q, uint32_t domid, struct error *err);
int devicemodel_stop(struct qmp *q, struct error *err);
int devicemodel_save(struct qmp *q, struct dmstate *state, struct error *err);
int devicemodel_cont(struct qmp *q, struct error *err);
int devicemodel_resume(struct store *s, uint32_t domid, struct error *err);

/* At the destination */
void devicemodel_program(const char *path);
void devicemodel_admit(const struct offer *offer, struct findings *findings);
int devicemodel_start(struct dmprocess *p, struct store *s, uint32_t domid,
		      const struct offer *offer, struct error *err);
int devicemodel_take(struct dmstate *state, const struct octets *piece);
int devicemodel_load(struct dmprocess *p, const struct dmstate *state, struct error *err);
bool devicemodel_lives(const struct dmprocess *p);
void devicemodel_leave(struct dmprocess *p);

/* At both */
void devicemodel_end(struct store *s, uint32_t domid);

#endif /* MIGCTL_DEVICEMODEL_H */
