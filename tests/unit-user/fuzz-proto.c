// SPDX-License-Identifier: GPL-2.0-or-later
/* Whatever a peer may send: the first two octets choose the type, the rest is payload. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "peer/proto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void build_again(const struct message *message)
{
	uint8_t *octets = NULL;
	size_t len;

	if (!proto_build(message->type, &message->hello, &octets, &len))
		free(octets);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct message message;
	uint8_t *payload;
	uint16_t type;

	if (size < 2)
		return 0;
	type = data[0] % (MSG_TYPE_END + 1);
	payload = malloc(size - 2 + 1);	/* aligned, and with nothing readable behind it */
	memcpy(payload, data + 2, size - 2);
	if (!proto_parse(type, payload, size - 2, &message))
		build_again(&message);
	free(payload);
	return 0;
}
