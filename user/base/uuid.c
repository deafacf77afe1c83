// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <stdio.h>

#include "base/uuid.h"

/**
 * uuid_format() - a UUID in its canonical form
 * @uuid: 16 octets
 * @text: receives UUID_TEXT characters
 */
void uuid_format(const uint8_t *uuid, char *text)
{
	int i;

	for (i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*text++ = '-';
		text += sprintf(text, "%02x", uuid[i]);
	}
}

/**
 * uuid_parse() - the octets of a UUID in canonical form
 * @text: the form
 * @uuid: receives 16 octets
 *
 * Return: 0, or -1 when @text is not a UUID.
 */
int uuid_parse(const char *text, uint8_t *uuid)
{
	unsigned int octet;
	int i;

	for (i = 0; i < 16; i++) {
		if ((i == 4 || i == 6 || i == 8 || i == 10) && *text++ != '-')
			return -1;
		if (!isxdigit((unsigned char)text[0]) || !isxdigit((unsigned char)text[1]) ||
		    sscanf(text, "%2x", &octet) != 1)
			return -1;
		uuid[i] = octet;
		text += 2;
	}
	return *text ? -1 : 0;
}
