// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "peer/ask.h"
#include "peer/peer.h"

#define CONNECT_MS	3000
#define HELLO_MS	5000
/* The other end may have to start the guest, or to destroy it, before it answers. */
#define ANSWER_MS	30000

/**
 * ask_cause() - which move, to its other end
 * @data: what the record of this end says
 *
 * Return: what COMMIT, QUERY, FORGET and ABORT carry.
 */
struct cause ask_cause(const struct record_data *data)
{
	struct cause cause = { .have = ~0ULL };

	memcpy(cause.move, data->move, sizeof(cause.move));
	memcpy(cause.guest, data->guest, sizeof(cause.guest));
	memcpy(cause.journal, data->peer_identity, sizeof(cause.journal));
	return cause;
}

static int answer_of(int fd, struct message *answer)
{
	uint64_t until = clock_ms() + ANSWER_MS;

	do {
		if (message_receive(fd, answer, clock_left(until)))
			return -1;
	} while (answer->type == MSG_KEEPALIVE);
	return 0;
}

static int converse(int fd, const struct hello *host, uint16_t type, const void *obj,
		    struct message *answer)
{
	if (message_send(fd, MSG_HELLO, host) || message_receive(fd, answer, HELLO_MS) ||
	    answer->type != MSG_HELLO || answer->hello.protocol != PROTO_VERSION)
		return -1;
	return message_send(fd, type, obj) || answer_of(fd, answer) ? -1 : 0;
}

/**
 * ask_stay() - ask the controller at another host something, and stay in touch
 * @place: where it listens
 * @config: of this host
 * @host: this host
 * @type: of the question, enum msg_type
 * @obj: the struct that goes with it, or NULL
 * @answer: filled in with any message but KEEPALIVE
 * @err: why there is none
 *
 * Takes 40 s at most.
 *
 * Return: the connection, or -1.
 */
int ask_stay(const struct place *place, const struct config *config, const struct hello *host,
	     uint16_t type, const void *obj, struct message *answer, struct error *err)
{
	int fd = connect_to(place, CONNECT_MS, !config->plain, err);

	if (fd < 0)
		return -1;
	if (!converse(fd, host, type, obj, answer))
		return fd;
	close(fd);
	return error_set(err, EXIT_UNKNOWN,
			 "%s was reached but did not answer: is 'migctl serve' of the same release running there?",
			 place->host);
}

/**
 * ask() - ask the controller at another host something
 * @place: where it listens
 * @config: of this host
 * @host: this host
 * @type: of the question, enum msg_type
 * @obj: the struct that goes with it, or NULL
 * @answer: filled in with any message but KEEPALIVE
 * @err: why there is none
 *
 * Takes 40 s at most.
 *
 * Return: 0 or -1.
 */
int ask(const struct place *place, const struct config *config, const struct hello *host,
	uint16_t type, const void *obj, struct message *answer, struct error *err)
{
	int fd = ask_stay(place, config, host, type, obj, answer, err);

	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}
