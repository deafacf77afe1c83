// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "cli/quantiles.h"

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/**
 * quantiles_of() - median and ends
 * @values: the values, in any order; sorted afterwards
 * @count: how many, one at least
 *
 * Return: the spread.
 */
struct quantiles quantiles_of(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), ascending);
	return (struct quantiles){
		.median = (values[(count - 1) / 2] + values[count / 2]) / 2,
		.least = values[0],
		.most = values[count - 1],
	};
}
