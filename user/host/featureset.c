// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <stdio.h>

#include "host/featureset.h"
#include "module/model.h"

static const char *const known[] = {
#define XEN_CPUFEATURE(name, value)	[value] = #name,
#include <xen/arch-x86/cpufeatureset.h>
#undef XEN_CPUFEATURE
};

static void describe(unsigned int feature, char *text, size_t size)
{
	const char *name = feature < sizeof(known) / sizeof(known[0]) ? known[feature] : NULL;
	char *c;

	if (name)
		snprintf(text, size, "%s", name);
	else
		snprintf(text, size, "%u:%u", feature / 32, feature % 32);
	for (c = text; *c; c++)
		*c = tolower((unsigned char)*c);
}

/**
 * features_lacking() - what a guest has seen that a host does not have
 * @seen: FEATURE_WORDS words of a featureset: the guest's
 * @there: the host's
 * @names: filled in with the features' names, those of Xen's headers; one that they do not
 *         know is WORD:BIT; cut where there is no more room
 * @size: of @names, at least 1
 *
 * Return: how many.
 */
unsigned int features_lacking(const uint32_t *seen, const uint32_t *there, char *names,
			      size_t size)
{
	unsigned int feature, count = 0;
	size_t len = 0;
	char word[32];

	names[0] = '\0';
	for (feature = 0; feature < FEATURE_WORDS * 32; feature++) {
		if (!((seen[feature / 32] & ~there[feature / 32]) >> feature % 32 & 1))
			continue;
		describe(feature, word, sizeof(word));
		if (len < size)
			len += snprintf(names + len, size - len, "%s%s", count ? ", " : "", word);
		count++;
	}
	return count;
}
