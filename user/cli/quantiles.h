/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of a measurement that was made several times. */
#ifndef MIGCTL_QUANTILES_H
#define MIGCTL_QUANTILES_H

#include <stddef.h>

/**
 * struct quantiles - several values of one thing
 * @median: the one in the middle; of an even number, between those two
 * @least: the smallest
 * @most: the largest
 */
struct quantiles {
	double median;
	double least;
	double most;
};

struct quantiles quantiles_of(double *values, size_t count);

#endif /* MIGCTL_QUANTILES_H */
