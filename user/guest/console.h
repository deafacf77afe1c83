/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The console of a guest of this host: what xenconsoled makes of it. */
#ifndef MIGCTL_CONSOLE_H
#define MIGCTL_CONSOLE_H

#include "module/link.h"
#include "xenstore/store.h"

/* xenconsoled looks at the console of a guest that writes without end every 200 ms. */
#define CONSOLE_PAUSE_MS	250

/**
 * struct console - a guest's console, attached to
 * @fd: its terminal, not blocking
 * @lock: keeps others from it
 * @lock_path: its file
 */
struct console {
	int fd;
	int lock;
	char lock_path[64];
};

int console_attach(struct store *s, uint32_t domid, struct console *console, struct error *err);
void console_detach(struct console *console);
bool console_is_followed(struct store *s, uint32_t domid);
void console_expect(uint32_t domid);
void console_await_taken(struct link *link, uint32_t domid, const uint8_t *uuid, int timeout_ms);
void console_await_read(struct link *link, struct store *s, uint32_t domid, const uint8_t *uuid);

#endif /* MIGCTL_CONSOLE_H */
