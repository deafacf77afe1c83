/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all parts of the guest share. */
#ifndef LAB_GUEST_H
#define LAB_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define PAGE_BYTES	4096u
#define PAGE_WORDS	(PAGE_BYTES / sizeof(uint64_t))
#define MIB_PAGES	(1048576u / PAGE_BYTES)
#define TICKS_PER_S	20

/* What the lab asked for. */
extern struct config {
	char name[64];
	char ip[32];
	unsigned int nics;
	unsigned int fill_mib;
	unsigned int spare_mib;
	unsigned int dirty_mib;
	unsigned int emulated;	/* drivers of emulated devices, and not of PV ones */
} config;

/* Ticks since the guest is up. */
extern volatile uint64_t counter;

bool thread_start(void *(*run)(void *), void *arg);
void await_turn(const volatile unsigned int *rate);
void *map_bytes(size_t bytes);
unsigned int free_mib(void);
long long now_ns(clockid_t clock);
void module_load(const char *path);
void end_poweroff(void);
void end_reboot(void);

#endif /* LAB_GUEST_H */
