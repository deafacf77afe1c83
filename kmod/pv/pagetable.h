/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Page tables of a 64-bit PV guest name machine frames; in the stream they name the
 * guest's own. Pure: which is which, the caller knows.
 */
#ifndef _XENMIG_PAGETABLE_H
#define _XENMIG_PAGETABLE_H

#include <linux/types.h>

#define XENMIG_TABLE_ENTRIES	512

int xenmig_table_frames(const u64 *table, u32 level, u64 *frames);
void xenmig_table_replace(u64 *table, u32 level, const u64 *frames);
u32 xenmig_table_index(u64 address, u32 level);

/**
 * xenmig_table_frame() - frame that an entry names
 * @entry: of a page table
 *
 * Return: the frame; nothing where the entry is not present.
 */
static inline u64 xenmig_table_frame(u64 entry)
{
	return entry >> 12 & 0xffffffffffULL;
}

/**
 * xenmig_table_present() - is there anything behind an entry?
 * @entry: of a page table
 *
 * Return: true if so.
 */
static inline bool xenmig_table_present(u64 entry)
{
	return entry & 1;
}

#endif /* _XENMIG_PAGETABLE_H */
