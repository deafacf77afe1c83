// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Page tables of a 64-bit PV guest. All their entries but those that are not present
 * name frames, and are otherwise left as they are; sixteen of each table of level 4
 * are the hypervisor's, which makes them anew wherever the guest is.
 */
#include <linux/errno.h>
#include <linux/kernel.h>

#include "pv/pagetable.h"

#define PRESENT		1ULL
#define SUPERPAGE	0x80ULL
#define FRAME_MASK	0x000ffffffffff000ULL
#define FRAME_SHIFT	12
#define INDEX_BITS	9
/* Xen, public/arch-x86/xen-x86_64.h: HYPERVISOR_VIRT_START and _END. */
#define XEN_FIRST	256
#define XEN_LAST	271

static bool is_xens(u32 level, u32 index)
{
	return level == 4 && index >= XEN_FIRST && index <= XEN_LAST;
}

/**
 * xenmig_table_frames() - the frames that a page table names
 * @table: XENMIG_TABLE_ENTRIES entries
 * @level: of the table, 1 to 4
 * @frames: room for as many; filled, in the order of the entries
 *
 * Return: how many, or -EOPNOTSUPP for a table with a superpage, which no PV guest
 * has but by a hypervisor that allows it.
 */
int xenmig_table_frames(const u64 *table, u32 level, u64 *frames)
{
	u32 i, n = 0;

	for (i = 0; i < XENMIG_TABLE_ENTRIES; i++) {
		if (!(table[i] & PRESENT) || is_xens(level, i))
			continue;
		if (level > 1 && table[i] & SUPERPAGE)
			return -EOPNOTSUPP;
		frames[n++] = (table[i] & FRAME_MASK) >> FRAME_SHIFT;
	}
	return n;
}

/**
 * xenmig_table_replace() - let a page table name other frames
 * @table: the table
 * @level: of the table
 * @frames: one for each that xenmig_table_frames() found, in the same order
 *
 * The hypervisor's entries are emptied.
 */
void xenmig_table_replace(u64 *table, u32 level, const u64 *frames)
{
	u32 i, n = 0;

	for (i = 0; i < XENMIG_TABLE_ENTRIES; i++) {
		if (is_xens(level, i))
			table[i] = 0;
		else if (table[i] & PRESENT)
			table[i] = (table[i] & ~FRAME_MASK) |
				   (frames[n++] << FRAME_SHIFT & FRAME_MASK);
	}
}

/**
 * xenmig_table_index() - which entry of a page table an address goes through
 * @address: virtual address
 * @level: of the table, 1 to 4
 *
 * Return: its number.
 */
u32 xenmig_table_index(u64 address, u32 level)
{
	return address >> (FRAME_SHIFT + (level - 1) * INDEX_BITS) & (XENMIG_TABLE_ENTRIES - 1);
}
