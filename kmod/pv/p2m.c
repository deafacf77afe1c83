// SPDX-License-Identifier: GPL-2.0-only
/*
 * Find the p2m of a PV guest. It says where it is in the page that it shares with Xen: in
 * its own address space from p2m_vaddr on (Linux since 3.19), or, where p2m_cr3 is 0, as a
 * tree of frames. All of that is the guest's word. What bounds it is Xen's: how many pages
 * the guest may own. A guest whose memory could grow reserves a list for all of it, half
 * a GiB for Linux, and lets what is not used be one and the same page: that is cut off
 * before anything is allocated.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "guest/domain.h"
#include "pv/p2m.h"
#include "pv/pagetable.h"

#define LEVELS		4
#define PER_PAGE	512
#define PER_TABLE	(PER_PAGE * PER_PAGE)	/* frames, of a page of p2m pages: 1 GiB */
#define MAX_NR		(1ULL << 31)		/* 8 TiB */
#define MAP_BATCH	512
#define XEN_START	0xffff800000000000ULL
#define XEN_END		0xffff880000000000ULL

/**
 * struct walk - what it takes to find a p2m, and no longer
 * @p: the p2m
 * @w: a slot through which tables are read
 * @table: copy of the last table of each level, 1 and up
 * @mfn: which that was, 0 for none
 * @nr: frames that the guest says it is about
 * @root: root of the page tables, or of the tree
 * @vaddr: where it is mapped by those
 * @tree: it is a tree
 * @tables: the pages that name pages of the p2m, PER_PAGE or fewer each
 * @count: how many of those
 * @failed: for a batch that is mapped
 */
struct walk {
	struct xenmig_p2m *p;
	struct xenmig_window w;
	u64 *table[LEVELS + 1];
	u64 mfn[LEVELS + 1];
	u64 nr;
	u64 root;
	u64 vaddr;
	bool tree;
	u64 *tables;
	u32 count;
	bool failed[MAP_BATCH];
};

static int refuse(const char **why, const char *what)
{
	*why = what;
	return -EINVAL;
}

/**
 * xenmig_p2m_pfn - the guest's number of a machine frame
 * @p: the guest's p2m
 * @mfn: machine frame
 * @pfn: set to the number
 *
 * Return: false where it is not the guest's, by its own word: Xen's note and the p2m
 * have to agree.
 */
bool xenmig_p2m_pfn(const struct xenmig_p2m *p, u64 mfn, u64 *pfn)
{
	return xenmig_mfn_pfn(mfn, pfn) && *pfn < p->nr && xenmig_p2m_mfn(p, *pfn) == mfn;
}

/**
 * xenmig_p2m_changed - has the guest moved its p2m?
 * @p: the guest's p2m
 *
 * Return: true when the list that was found may not be the list any more.
 */
bool xenmig_p2m_changed(const struct xenmig_p2m *p)
{
	return READ_ONCE(xenmig_p2m_shared(p)->p2m_generation) != p->generation;
}

/* Let @k->table[level] be a copy of that frame. */
static int read_table(struct walk *k, u32 level, u64 mfn, const char **why)
{
	int err;

	if (k->mfn[level] == mfn && mfn)
		return 0;
	if (!mfn || mfn >= machine_to_phys_nr)
		return refuse(why, "its p2m leads to a machine frame that there is not");
	err = xenmig_window_map_mfn(&k->w, k->p->dom, 0, mfn);
	if (err) {
		*why = "its p2m leads to a frame that is not its own";
		return err;
	}
	memcpy(k->table[level], xenmig_window_addr(&k->w, 0), PAGE_SIZE);
	k->mfn[level] = mfn;
	return 0;
}

/* The frame of the table of level @to on the way to @address. */
static int walk_down(struct walk *k, u64 address, u32 to, u64 *mfn, const char **why)
{
	u32 level;
	u64 entry;
	int err;

	*mfn = k->root;
	for (level = LEVELS; level > to; level--) {
		err = read_table(k, level, *mfn, why);
		if (err)
			return err;
		entry = k->table[level][xenmig_table_index(address, level)];
		if (!xenmig_table_present(entry))
			return refuse(why, "its p2m is not mapped");
		*mfn = xenmig_table_frame(entry);
	}
	return 0;
}

static int read_word(struct walk *k, const char **why)
{
	const struct xenmig_shared_info *said = xenmig_p2m_shared(k->p);
	u64 cr3 = READ_ONCE(said->p2m_cr3), pages;

	k->p->generation = READ_ONCE(said->p2m_generation);
	k->nr = READ_ONCE(said->max_pfn);
	k->vaddr = READ_ONCE(said->p2m_vaddr);
	k->tree = !cr3;
	k->root = k->tree ? READ_ONCE(said->p2m_tree) : cr3 >> PAGE_SHIFT;
	if (!k->nr || k->nr > MAX_NR)
		return refuse(why, "it says of itself that it has no memory, or more than can be");
	if (k->tree)
		return 0;
	pages = DIV_ROUND_UP(k->nr, PER_PAGE);
	if (k->vaddr & ~PAGE_MASK || (s64)k->vaddr >> 47 != (s64)k->vaddr >> 63 ||
	    k->vaddr + (pages << PAGE_SHIFT) < k->vaddr ||
	    (k->vaddr < XEN_END && k->vaddr + (pages << PAGE_SHIFT) > XEN_START))
		return refuse(why, "it says of its p2m that it is where none can be");
	return 0;
}

/* Which pages name the pages of the p2m; those at the end that are all one are cut off. */
static int find_tables(struct walk *k, u64 limit, const char **why)
{
	u64 first = k->vaddr >> 21, end = k->vaddr + (DIV_ROUND_UP(k->nr, PER_PAGE) << PAGE_SHIFT);
	u32 i, kept = 0;
	int err = 0;

	k->count = k->tree ? DIV_ROUND_UP(k->nr, PER_TABLE) : DIV_ROUND_UP(end, 1ULL << 21) - first;
	k->tables = kvcalloc(k->count, sizeof(*k->tables), GFP_KERNEL);
	if (!k->tables)
		return -ENOMEM;
	if (k->tree && k->count > PER_PAGE)
		return refuse(why, "its p2m is larger than the tree that it says it is");
	if (k->tree)
		err = read_table(k, LEVELS, k->root, why);
	for (i = 0; i < k->count && !err; i++) {
		if (k->tree)
			k->tables[i] = k->table[LEVELS][i];
		else
			err = walk_down(k, (first + i) << 21, 1, &k->tables[i], why);
		if (i && k->tables[i] != k->tables[i - 1])
			kept = i;
	}
	if (err)
		return err;
	/* A run of two or more. */
	if (kept + 1 < k->count && kept)
		k->count = kept;
	if (k->tree)
		k->nr = min_t(u64, k->nr, (u64)k->count * PER_TABLE);
	else
		k->nr = min_t(u64, k->nr,
			      (((first + k->count) << 21) - k->vaddr) / sizeof(u64));
	if (k->nr > limit)
		return refuse(why, "it says of itself that it has more memory than the hypervisor lets it have");
	return 0;
}

/* Machine frames of the pages of the p2m, into @p->pfn for now. */
static int find_pages(struct walk *k, const char **why)
{
	struct xenmig_p2m *p = k->p;
	u64 address = k->vaddr;
	u32 i, table, index;
	int err = 0;

	p->nr = k->nr;
	p->count = DIV_ROUND_UP(k->nr, PER_PAGE);
	p->pfn = kvcalloc(p->count, sizeof(*p->pfn), GFP_KERNEL);
	if (!p->pfn)
		return -ENOMEM;
	for (i = 0; i < p->count && !err; i++, address += PAGE_SIZE) {
		table = k->tree ? i / PER_PAGE : (address >> 21) - (k->vaddr >> 21);
		index = k->tree ? i % PER_PAGE : xenmig_table_index(address, 1);
		err = read_table(k, 1, k->tables[table], why);
		if (err)
			break;
		if (!k->tree && !xenmig_table_present(k->table[1][index]))
			return refuse(why, "its p2m is not mapped");
		p->pfn[i] = k->tree ? k->table[1][index] : xenmig_table_frame(k->table[1][index]);
	}
	return err;
}

static int map_pages(struct walk *k, const char **why)
{
	struct xenmig_p2m *p = k->p;
	u32 at, i, n;
	int err;

	err = xenmig_window_init(&p->list, p->count, false);
	for (at = 0; at < p->count && !err; at += n) {
		n = min_t(u32, p->count - at, MAP_BATCH);
		*why = "the hypervisor refused to map its p2m";
		err = xenmig_window_map(&p->list, p->dom, at, p->pfn + at, n, k->failed);
		for (i = 0; i < n && !err; i++)
			if (k->failed[i])
				return refuse(why, "a page of its p2m is not its own");
		cond_resched();
	}
	return err;
}

/* The guest's own numbers of those pages. */
static int number_pages(struct xenmig_p2m *p, const char **why)
{
	u64 pfn;
	u32 i;

	for (i = 0; i < p->count; i++) {
		if (!xenmig_p2m_pfn(p, p->pfn[i], &pfn))
			return refuse(why, "a page of its p2m is not in its p2m");
		p->pfn[i] = pfn;
	}
	return 0;
}

static int map_shared(struct xenmig_p2m *p, const char **why)
{
	struct xenmig_domctl_getdomaininfo info;
	int err;

	err = xenmig_window_init(&p->shared, 1, false);
	if (err)
		return err;
	*why = "the hypervisor refused to map the page that the guest shares with it";
	err = xenmig_dom_info(p->dom, &info);
	if (!err)
		err = xenmig_window_map_mfn(&p->shared, p->dom, 0, info.shared_info_frame);
	return err;
}

static void end_walk(struct walk *k)
{
	u32 level;

	xenmig_window_free(&k->w);
	for (level = 1; level <= LEVELS; level++)
		kfree(k->table[level]);
	kvfree(k->tables);
	kvfree(k);
}

static struct walk *begin_walk(struct xenmig_p2m *p)
{
	struct walk *k = kvzalloc(sizeof(*k), GFP_KERNEL);
	u32 level;

	if (!k)
		return NULL;
	k->p = p;
	for (level = 1; level <= LEVELS; level++) {
		k->table[level] = kmalloc(PAGE_SIZE, GFP_KERNEL);
		if (!k->table[level])
			goto err;
	}
	if (!xenmig_window_init(&k->w, 1, false))
		return k;
err:
	end_walk(k);
	return NULL;
}

static int find(struct walk *k, u64 pages, const char **why)
{
	int err;

	err = map_shared(k->p, why);
	if (!err)
		err = read_word(k, why);
	if (!err)
		err = find_tables(k, xenmig_pv_limit(pages), why);
	if (!err)
		err = find_pages(k, why);
	if (!err)
		err = map_pages(k, why);
	if (!err)
		err = number_pages(k->p, why);
	if (!err && xenmig_p2m_changed(k->p)) {
		*why = "it changed its p2m just now; try again";
		err = -EAGAIN;
	}
	return err;
}

/**
 * xenmig_p2m_open - find and map the p2m of a PV guest
 * @p: zeroed; filled
 * @dom: the guest, of 64 bits; it may run
 * @pages: the most it may own, by Xen's word
 * @why: on failure, a static sentence fragment, "it" is the guest; else not to be read
 *
 * Costs a hundredth of a percent of the guest's memory, most of it for the struct pages of
 * the mapping.
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM, -EINVAL for a p2m that cannot be one, -EAGAIN, or what Xen says.
 */
int xenmig_p2m_open(struct xenmig_p2m *p, struct xenmig_dom *dom, u64 pages, const char **why)
{
	struct walk *k = begin_walk(p);
	int err = -ENOMEM;

	p->dom = dom;
	*why = "dom0 has not enough memory to map its p2m";
	if (k) {
		err = find(k, pages, why);
		end_walk(k);
	}
	if (err)
		xenmig_p2m_close(p);
	return err;
}

/**
 * xenmig_p2m_close - let go of a p2m
 * @p: the p2m; one that is zeroed or was not opened is fine; is zeroed
 *
 * Context: may sleep.
 */
void xenmig_p2m_close(struct xenmig_p2m *p)
{
	xenmig_window_free(&p->list);
	xenmig_window_free(&p->shared);
	kvfree(p->pfn);
	memset(p, 0, sizeof(*p));
}
