// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/xenmig-bench.h>

#include "module/link-parts.h"

#define B(attr, kind, member) \
	FIELD(XENMIG_BENCH_A_MEASUREMENT_##attr, kind, struct measurement, member)
static const struct field measurement_fields[] = {
	B(PIECE, FIELD_U32, piece),
	B(DOMID, FIELD_U32, domid),
	B(FRAMES, FIELD_U32, frames),
	B(SOCKET, FIELD_U32, socket),
	B(NS, FIELD_U64, ns),
	B(HYPERCALLS, FIELD_U64, hypercalls),
	B(COPIED, FIELD_U64, copied),
};
#undef B

static LAYOUT(measurement_layout, measurement_fields, 0);

/**
 * link_open_bench() - find the module that measures
 * @err: says what is missing
 *
 * Return: a link for link_measure() alone, or NULL.
 */
struct link *link_open_bench(struct error *err)
{
	return link_open_family(XENMIG_BENCH_FAMILY_NAME, XENMIG_BENCH_FAMILY_VERSION, err);
}

/**
 * link_measure() - measure a piece once
 * @link: from link_open_bench()
 * @wanted: piece and frames; domain and socket where it needs them
 * @measured: the result; may be @wanted
 * @err: why not
 *
 * Return: 0 or -1.
 */
int link_measure(struct link *link, const struct measurement *wanted,
		 struct measurement *measured, struct error *err)
{
	struct measurement result;
	struct sink sink = {
		.layout = &measurement_layout, .size = sizeof(result), .one = &result,
	};

	if (link_explain(link,
			 link_call(link, XENMIG_BENCH_CMD_MEASURE, 0, &measurement_layout, wanted,
				   ~0ULL, &sink),
			 "measure this", err))
		return -1;
	*measured = result;
	return 0;
}
