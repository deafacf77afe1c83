// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peer/config.h"

static char *trim(char *text)
{
	char *end;

	while (isspace((unsigned char)*text))
		text++;
	end = text + strlen(text);
	while (end > text && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return text;
}

static int set(char *to, size_t size, const char *value)
{
	if (strlen(value) >= size)
		return -1;
	strcpy(to, value);
	return 0;
}

static int set_seconds(unsigned int *to, const char *value)
{
	char *end;
	unsigned long n = strtoul(value, &end, 10);

	if (!isdigit((unsigned char)*value) || *end || !n || n > 86400)
		return -1;
	*to = n;
	return 0;
}

/**
 * config_parse_line() - take one line of the file
 * @config: changed by it
 * @line: "key = value", a comment or nothing; changed
 *
 * Return: 0, or -1 when the line means nothing.
 */
int config_parse_line(struct config *config, char *line)
{
	char *hash = strchr(line, '#'), *equals, *key, *value;

	if (hash)
		*hash = '\0';
	key = trim(line);
	if (!*key)
		return 0;
	equals = strchr(key, '=');
	if (!equals)
		return -1;
	*equals = '\0';
	key = trim(key);
	value = trim(equals + 1);
	if (!strcmp(key, "security") && !strcmp(value, "none")) {
		config->plain = true;
		return 0;
	}
	if (!strcmp(key, "port"))
		return set(config->port, sizeof(config->port), value);
	if (!strcmp(key, "bind"))
		return set(config->bind, sizeof(config->bind), value);
	if (!strcmp(key, "device-model"))
		return *value == '/' ? set(config->device_model, sizeof(config->device_model), value) : -1;
	if (!strcmp(key, "silence-limit"))
		return set_seconds(&config->silence_limit, value);
	if (!strcmp(key, "ready-limit"))
		return set_seconds(&config->ready_limit, value);
	if (!strcmp(key, "script-limit"))
		return set_seconds(&config->script_limit, value);
	return -1;
}

/**
 * config_read() - read CONFIG_FILE
 * @config: filled in; the defaults when there is no such file
 * @err: why not
 *
 * Return: 0 or -1.
 */
int config_read(struct config *config, struct error *err)
{
	FILE *file = fopen(CONFIG_FILE, "re");
	char line[512];
	int number = 0, rc = 0;

	memset(config, 0, sizeof(*config));
	config->silence_limit = CONFIG_SILENCE_LIMIT;
	config->ready_limit = CONFIG_READY_LIMIT;
	config->script_limit = CONFIG_SCRIPT_LIMIT;
	if (!file)
		return errno == ENOENT ? 0 : error_set(err, EXIT_REFUSED,
			CONFIG_FILE " cannot be read: %s.", strerror(errno));
	while (!rc && fgets(line, sizeof(line), file)) {
		number++;
		if (config_parse_line(config, line))
			rc = error_set(err, EXIT_REFUSED,
				CONFIG_FILE " line %d is not understood: only 'security = none', 'port', 'bind', 'device-model', 'silence-limit', 'ready-limit' and 'script-limit' (in seconds) can be set.",
				number);
	}
	fclose(file);
	return rc;
}
