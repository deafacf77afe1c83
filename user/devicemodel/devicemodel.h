/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The device model of an HVM guest: the process beside it that emulates its devices. At the
 * source it is asked for its state and its command line; process.h starts another one at the
 * destination, which takes the state over.
 */
#ifndef MIGCTL_DEVICEMODEL_H
#define MIGCTL_DEVICEMODEL_H

#include "devicemodel/qmp.h"
#include "offer/offer.h"
#include "peer/proto.h"
#include "xenstore/store.h"

#define DM_STATE_MAX	(8u << 20)
#define DM_NOTE		"/local/domain/0/device-model/%u"
#define DM_PID_NODE	"/local/domain/%u/image/device-model-pid"

/**
 * struct dm_state - what a device model knows of the guest's devices
 * @octets: malloc()ed
 * @len: of them
 */
struct dm_state {
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
int devicemodel_file(struct error *err);
int devicemodel_save(struct qmp *q, int fd, bool confined, struct dm_state *state,
		     struct error *err);
int devicemodel_cont(struct qmp *q, struct error *err);
int devicemodel_resume(struct store *s, uint32_t domid, struct error *err);

/* At the destination */
int devicemodel_take(struct dm_state *state, const struct octets *piece);

/* At both */
void devicemodel_end(struct store *s, uint32_t domid);

#endif /* MIGCTL_DEVICEMODEL_H */
