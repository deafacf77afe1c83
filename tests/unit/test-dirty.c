// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The set of frames, against one byte per frame. */
#include <errno.h>
#include <stdlib.h>

#include <linux/bits.h>
#include <linux/limits.h>

#include "frames/dirty.h"
#include "harness.h"

/* Sizes at, under and over the ends of words. */
static const u64 sizes[] = { 0, 1, 2, 63, 64, 65, 127, 128, 129, 1000, 4096, 4099 };

#define FOR_EACH_SIZE(i) for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)

static struct xenmig_dirty new_set(u64 nr)
{
	struct xenmig_dirty d;

	CHECK_EQ(xenmig_dirty_init(&d, nr), 0);
	return d;
}

static u64 members(const struct xenmig_dirty *d)
{
	u64 gfn, n = 0;

	for (gfn = 0; gfn < d->nr; gfn++)
		n += xenmig_dirty_test(d, gfn);
	return n;
}

/* The invariant: count is exact and no bit beyond the end is set. */
static void check_exact(const struct xenmig_dirty *d)
{
	u64 bit, end = (d->nr + 63) / 64 * 64;

	CHECK_EQ(d->count, members(d));
	for (bit = d->nr; bit < end; bit++)
		CHECK(!(d->bits[bit / 64] >> bit % 64 & 1));
}

static void a_new_set_is_empty(void)
{
	size_t i;

	FOR_EACH_SIZE(i) {
		struct xenmig_dirty d = new_set(sizes[i]);
		u64 gfn;

		CHECK_EQ(d.nr, sizes[i]);
		check_exact(&d);
		CHECK_EQ(d.count, 0);
		CHECK_EQ(xenmig_dirty_take(&d, &gfn, 1), 0);
		xenmig_dirty_free(&d);
	}
}

static void no_memory(void)
{
	struct xenmig_dirty d = new_set(100);

	xenmig_dirty_add(&d, 99);
	shim_alloc_fails = true;
	CHECK_EQ(xenmig_dirty_grow(&d, 200, true), -ENOMEM);
	CHECK_EQ(d.nr, 100);
	check_exact(&d);
	CHECK(xenmig_dirty_test(&d, 99));
	xenmig_dirty_free(&d);
	CHECK_EQ(xenmig_dirty_init(&d, 100), -ENOMEM);
	CHECK(!d.bits && !d.nr);
	xenmig_dirty_free(&d);
}

static void absurd_sizes_are_refused(void)
{
	static const u64 absurd[] = { 1ULL << 34, 1ULL << 52, U64_MAX - 63, U64_MAX };
	struct xenmig_dirty d;
	size_t i;

	for (i = 0; i < sizeof(absurd) / sizeof(absurd[0]); i++) {
		CHECK_EQ(xenmig_dirty_init(&d, absurd[i]), -ENOMEM);
		CHECK_EQ(xenmig_dirty_grow(&d, absurd[i], true), -ENOMEM);
	}
}

static void free_twice(void)
{
	struct xenmig_dirty d = new_set(10);

	xenmig_dirty_free(&d);
	CHECK(!d.bits && !d.nr && !d.count && !d.cursor);
	xenmig_dirty_free(&d);
}

static void add_and_remove(void)
{
	struct xenmig_dirty d = new_set(130);

	xenmig_dirty_add(&d, 0);
	xenmig_dirty_add(&d, 129);
	xenmig_dirty_add(&d, 64);
	xenmig_dirty_add(&d, 64);
	CHECK_EQ(d.count, 3);
	xenmig_dirty_remove(&d, 64);
	xenmig_dirty_remove(&d, 64);
	xenmig_dirty_remove(&d, 65);
	CHECK_EQ(d.count, 2);
	CHECK(xenmig_dirty_test(&d, 0) && xenmig_dirty_test(&d, 129));
	CHECK(!xenmig_dirty_test(&d, 64));
	check_exact(&d);
	xenmig_dirty_free(&d);
}

static void out_of_range(void)
{
	struct xenmig_dirty d = new_set(70);
	unsigned long before = shim_warnings;

	xenmig_dirty_fill(&d);
	xenmig_dirty_remove(&d, 70);
	xenmig_dirty_remove(&d, U64_MAX);
	CHECK(!xenmig_dirty_test(&d, 70) && !xenmig_dirty_test(&d, U64_MAX));
	CHECK_EQ(shim_warnings, before);
	xenmig_dirty_add(&d, 70);
	xenmig_dirty_add(&d, U64_MAX);
	CHECK_EQ(shim_warnings, before + 2);
	CHECK_EQ(d.count, 70);
	check_exact(&d);
	xenmig_dirty_free(&d);
}

static void fill_and_clear(void)
{
	size_t i;

	FOR_EACH_SIZE(i) {
		struct xenmig_dirty d = new_set(sizes[i]);

		xenmig_dirty_fill(&d);
		CHECK_EQ(d.count, sizes[i]);
		check_exact(&d);
		xenmig_dirty_clear(&d);
		CHECK_EQ(d.count, 0);
		check_exact(&d);
		xenmig_dirty_free(&d);
	}
}

/* From every size to every size, with set and with clear new frames. */
static void grow(void)
{
	size_t i, j;
	int set;

	FOR_EACH_SIZE(i) FOR_EACH_SIZE(j) for (set = 0; set < 2; set++) {
		struct xenmig_dirty d = new_set(sizes[i]);
		u64 gfn, last = sizes[i] ? sizes[i] - 1 : 0;

		if (sizes[i])
			xenmig_dirty_add(&d, last);
		CHECK_EQ(xenmig_dirty_grow(&d, sizes[j], set), 0);
		CHECK_EQ(d.nr, sizes[j] > sizes[i] ? sizes[j] : sizes[i]);
		check_exact(&d);
		for (gfn = 0; gfn < d.nr; gfn++)
			CHECK_EQ(xenmig_dirty_test(&d, gfn),
				 gfn < sizes[i] ? gfn == last : set);
		xenmig_dirty_free(&d);
	}
}

static void grow_a_zeroed_one(void)
{
	struct xenmig_dirty d = { 0 };

	CHECK_EQ(xenmig_dirty_grow(&d, 65, true), 0);
	CHECK_EQ(d.count, 65);
	check_exact(&d);
	xenmig_dirty_free(&d);
}

static void recount_trims(void)
{
	size_t i;

	FOR_EACH_SIZE(i) {
		struct xenmig_dirty d = new_set(sizes[i]);

		memset(d.bits, 0xff, (sizes[i] + 63) / 64 * 8);
		CHECK_EQ(xenmig_dirty_recount(&d), sizes[i]);
		CHECK_EQ(d.count, sizes[i]);
		check_exact(&d);
		memset(d.bits, 0, (sizes[i] + 63) / 64 * 8);
		CHECK_EQ(xenmig_dirty_recount(&d), 0);
		check_exact(&d);
		xenmig_dirty_free(&d);
	}
}

static void take_in_pieces(void)
{
	struct xenmig_dirty d = new_set(200);
	u64 gfns[8];

	xenmig_dirty_fill(&d);
	CHECK_EQ(xenmig_dirty_take(&d, gfns, 0), 0);
	CHECK_EQ(xenmig_dirty_take(&d, gfns, 8), 8);
	CHECK_EQ(gfns[0], 0);
	CHECK_EQ(gfns[7], 7);
	CHECK_EQ(d.count, 192);
	CHECK(!xenmig_dirty_test(&d, 7) && xenmig_dirty_test(&d, 8));
	d.cursor = 196;
	CHECK_EQ(xenmig_dirty_take(&d, gfns, 8), 4);
	CHECK_EQ(gfns[3], 199);
	CHECK_EQ(xenmig_dirty_take(&d, gfns, 8), 0);
	CHECK_EQ(xenmig_dirty_take(&d, gfns, 8), 0);
	check_exact(&d);
	xenmig_dirty_free(&d);
}

static void take_leaves_what_is_behind(void)
{
	struct xenmig_dirty d = new_set(100);
	u64 gfns[4];

	xenmig_dirty_add(&d, 50);
	CHECK_EQ(xenmig_dirty_take(&d, gfns, 1), 1);
	xenmig_dirty_add(&d, 50);
	xenmig_dirty_add(&d, 3);
	CHECK_EQ(xenmig_dirty_take(&d, gfns, 4), 0);
	CHECK_EQ(d.count, 2);
	xenmig_dirty_rewind(&d);
	CHECK_EQ(xenmig_dirty_take(&d, gfns, 4), 2);
	CHECK_EQ(gfns[0], 3);
	CHECK_EQ(gfns[1], 50);
	CHECK_EQ(d.count, 0);
	xenmig_dirty_free(&d);
}

static void growth_after_the_end_is_taken(void)
{
	struct xenmig_dirty d = new_set(70);
	u64 gfns[4];

	CHECK_EQ(xenmig_dirty_take(&d, gfns, 4), 0);
	CHECK_EQ(xenmig_dirty_grow(&d, 72, true), 0);
	CHECK_EQ(xenmig_dirty_take(&d, gfns, 4), 2);
	CHECK_EQ(gfns[0], 70);
	CHECK_EQ(gfns[1], 71);
	xenmig_dirty_free(&d);
}

static void walk_removes_nothing(void)
{
	struct xenmig_dirty d = new_set(300);
	u64 gfns[2];

	xenmig_dirty_add(&d, 0);
	xenmig_dirty_add(&d, 64);
	xenmig_dirty_add(&d, 299);
	CHECK_EQ(xenmig_dirty_walk(&d, gfns, 2), 2);
	CHECK_EQ(gfns[1], 64);
	CHECK_EQ(xenmig_dirty_walk(&d, gfns, 2), 1);
	CHECK_EQ(gfns[0], 299);
	CHECK_EQ(xenmig_dirty_walk(&d, gfns, 2), 0);
	CHECK_EQ(d.count, 3);
	xenmig_dirty_rewind(&d);
	CHECK_EQ(xenmig_dirty_walk(&d, gfns, 1), 1);
	CHECK_EQ(gfns[0], 0);
	xenmig_dirty_free(&d);
}

/* The naive model: a byte per frame, and the same cursor rule. */
struct model {
	u8 in[700];
	u64 nr;
	u64 cursor;
};

static u64 model_count(const struct model *m)
{
	u64 i, n = 0;

	for (i = 0; i < m->nr; i++)
		n += m->in[i];
	return n;
}

static u32 model_take(struct model *m, u64 *gfns, u32 max, bool remove)
{
	u32 n = 0;

	for (; m->cursor < m->nr && n < max; m->cursor++) {
		if (!m->in[m->cursor])
			continue;
		gfns[n++] = m->cursor;
		if (remove)
			m->in[m->cursor] = 0;
	}
	return n;
}

static void both_take(struct xenmig_dirty *d, struct model *m, bool remove)
{
	u64 got[40], want[40];
	u32 max = any_below(41), n;

	n = remove ? xenmig_dirty_take(d, got, max) : xenmig_dirty_walk(d, got, max);
	CHECK_EQ(n, model_take(m, want, max, remove));
	CHECK(!memcmp(got, want, n * sizeof(*got)));
}

/* As a harvest does: whatever was in before is gone, and bits beyond the end may be set. */
static void both_recount(struct xenmig_dirty *d, struct model *m)
{
	u64 i, had = 0;

	for (i = 0; i < (m->nr + 63) / 64; i++)
		d->bits[i] = any() & any() & any();
	for (i = 0; i < m->nr; i++) {
		m->in[i] = d->bits[i / 64] >> i % 64 & 1;
		had += m->in[i];
	}
	CHECK_EQ(xenmig_dirty_recount(d), had);
}

static void both_grow(struct xenmig_dirty *d, struct model *m)
{
	u64 nr = m->nr + any_below(20), i;
	bool set = any_below(2);

	if (nr > sizeof(m->in))
		return;
	CHECK_EQ(xenmig_dirty_grow(d, nr, set), 0);
	for (i = m->nr; i < nr; i++)
		m->in[i] = set;
	m->nr = nr;
}

static void both_step(struct xenmig_dirty *d, struct model *m)
{
	u64 gfn = any_below(m->nr);

	switch (any_below(40)) {
	case 0 ... 12:
		xenmig_dirty_add(d, gfn);
		m->in[gfn] = 1;
		break;
	case 13 ... 18:
		xenmig_dirty_remove(d, gfn);
		m->in[gfn] = 0;
		break;
	case 19 ... 26:
		both_take(d, m, true);
		break;
	case 27 ... 31:
		both_take(d, m, false);
		break;
	case 32 ... 34:
		both_recount(d, m);
		break;
	case 35:
		both_grow(d, m);
		break;
	case 36:
		xenmig_dirty_fill(d);
		memset(m->in, 1, m->nr);
		break;
	case 37:
		xenmig_dirty_clear(d);
		memset(m->in, 0, m->nr);
		break;
	default:
		xenmig_dirty_rewind(d);
		m->cursor = 0;
	}
}

static void equal_to_the_model(void)
{
	int run, step;

	for (run = 0; run < 60 && !harness_failures; run++) {
		struct model m = { .nr = 1 + any_below(300) };
		struct xenmig_dirty d = new_set(m.nr);
		u64 i;

		for (step = 0; step < 1500; step++) {
			both_step(&d, &m);
			CHECK_EQ(d.count, model_count(&m));
		}
		for (i = 0; i < m.nr; i++)
			CHECK_EQ(xenmig_dirty_test(&d, i), m.in[i]);
		check_exact(&d);
		xenmig_dirty_free(&d);
	}
}

static const struct test tests[] = {
	TEST(a_new_set_is_empty),
	TEST(no_memory),
	TEST(absurd_sizes_are_refused),
	TEST(free_twice),
	TEST(add_and_remove),
	TEST(out_of_range),
	TEST(fill_and_clear),
	TEST(grow),
	TEST(grow_a_zeroed_one),
	TEST(recount_trims),
	TEST(take_in_pieces),
	TEST(take_leaves_what_is_behind),
	TEST(growth_after_the_end_is_taken),
	TEST(walk_removes_nothing),
	TEST(equal_to_the_model),
};

HARNESS_MAIN(tests)
