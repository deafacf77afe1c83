/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the guest answers on its TCP port. */
#ifndef LAB_PROTOCOL_H
#define LAB_PROTOCOL_H

int listen_open(void);
void *listen_thread(void *arg);

#endif /* LAB_PROTOCOL_H */
