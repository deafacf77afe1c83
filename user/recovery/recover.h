/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A move whose controller died or lost its peer comes to its end. */
#ifndef MIGCTL_RECOVER_H
#define MIGCTL_RECOVER_H

#include "journal/writer.h"
#include "move/move.h"
#include "peer/config.h"

enum recovered {
	RECOVERED_SETTLED,	/* nothing is left to do */
	RECOVERED_LATER,	/* no answer yet: try again */
	RECOVERED_PERSON,	/* only `migctl resolve` helps */
};

enum recovered recover(struct move *m, const struct config *config, struct writer *writer,
		       struct error *err);
enum recovered recover_withdraw(struct move *m, const struct config *config, struct writer *writer,
				struct error *err);
int recover_resume(struct move *m, struct writer *writer, const char *outcome, const char *why,
		   struct error *err);
int recover_discard(struct move *m, struct writer *writer, struct error *err);
int recover_destroy(struct move *m, struct writer *writer, uint32_t there, struct error *err);
int recover_older(struct move *m, const struct config *config, const uint8_t *guest,
		  struct error *err);

#endif /* MIGCTL_RECOVER_H */
