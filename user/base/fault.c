// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fault.h"

#define FAULT_DIR	"/run/migctl/fault"
#define LIMIT_MS	60000

/**
 * fault_point() - be held up here if a test asks for it
 * @name: of the place
 *
 * Does nothing unless there is a file FAULT_DIR/@name. Then it makes
 * FAULT_DIR/@name.reached with its process id and goes on when the former is
 * gone, after LIMIT_MS at the latest: meanwhile the test does its harm.
 */
void fault_point(const char *name)
{
	char path[128], reached[140];
	uint64_t until = clock_ms() + LIMIT_MS;
	struct stat st;
	FILE *file;

	snprintf(path, sizeof(path), FAULT_DIR "/%s", name);
	if (stat(path, &st))
		return;
	snprintf(reached, sizeof(reached), "%s.reached", path);
	file = fopen(reached, "we");
	if (!file)
		return;
	fprintf(file, "%d\n", getpid());
	fclose(file);
	while (!stat(path, &st) && clock_ms() < until)
		usleep(20000);
}
