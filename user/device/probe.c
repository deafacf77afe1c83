// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "device/probe.h"
#include "offer/findings.h"

#define ETHERTYPE_LOCAL	0x88b5	/* IEEE 802: local experiments */

/* Padded to Ethernet's least length. */
struct probe_frame {
	struct ether_header eth;
	char magic[8];
	uint8_t token[PROBE_TOKEN];
	char bridge[16];
	uint8_t padding[6];
} __attribute__((packed));

static const char magic[8] = "xenmig";

/* A bridge comes once, however many interfaces are on it. */
static bool is_first(const struct vif *vifs, unsigned int i)
{
	unsigned int k;

	for (k = 0; k < i; k++)
		if (!strcmp(vifs[k].bridge, vifs[i].bridge))
			return false;
	return vifs[i].bridge[0];
}

static int listen_at(const char *bridge)
{
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETHERTYPE_LOCAL),
		.sll_ifindex = (int)if_nametoindex(bridge),
	};
	int fd;

	if (!at.sll_ifindex)
		return -1;
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/**
 * probe_open() - listen at the bridges of a guest, before the destination is asked
 * @p: to be closed with probe_close()
 * @token: PROBE_TOKEN octets that the destination is told
 * @vifs: the guest's interfaces
 * @count: how many
 */
void probe_open(struct probe *p, const uint8_t *token, const struct vif *vifs, unsigned int count)
{
	unsigned int i;

	memset(p, 0, sizeof(*p));
	memcpy(p->token, token, PROBE_TOKEN);
	for (i = 0; i < count; i++) {
		if (!is_first(vifs, i))
			continue;
		memcpy(p->on[p->count].bridge, vifs[i].bridge, sizeof(p->on[0].bridge));
		p->on[p->count++].fd = listen_at(vifs[i].bridge);
	}
}

static bool is_ours(const struct probe *p, unsigned int i, const struct probe_frame *f, ssize_t len)
{
	return len >= (ssize_t)offsetof(struct probe_frame, padding) &&
	       !memcmp(f->magic, magic, sizeof(magic)) &&
	       !memcmp(f->token, p->token, PROBE_TOKEN) &&
	       !strncmp(f->bridge, p->on[i].bridge, sizeof(f->bridge));
}

/* Whatever else is sent with that type of frame is passed over. */
static bool is_heard(const struct probe *p, unsigned int i, uint64_t until)
{
	struct pollfd pfd = { .fd = p->on[i].fd, .events = POLLIN };
	struct probe_frame frame;
	ssize_t len;

	do {
		len = recv(p->on[i].fd, &frame, sizeof(frame), 0);
		if (is_ours(p, i, &frame, len))
			return true;
		if (len < 0)
			poll(&pfd, 1, clock_left(until));
	} while (clock_ms() < until);
	return false;
}

/**
 * probe_result() - which bridges are on one network with those of the destination
 * @p: opened before the destination was asked
 * @timeout_ms: how long to wait for all of them, now that it has answered
 * @findings: takes what is found
 */
void probe_result(struct probe *p, int timeout_ms, struct findings *findings)
{
	uint64_t until = clock_ms() + timeout_ms;
	unsigned int i;

	for (i = 0; i < p->count; i++) {
		if (p->on[i].fd < 0)
			continue;
		if (is_heard(p, i, until))
			findings_add(findings, VERDICT_FITS, "network",
				     "A frame from the bridge %s there was seen at the one here.",
				     p->on[i].bridge);
		else
			findings_add(findings, VERDICT_WARNS, "network",
				     "No frame from the bridge %s there was seen at the one here: if they are not on one L2 network the guest's connections break.",
				     p->on[i].bridge);
	}
}

/**
 * probe_close() - listen no longer
 * @p: opened; or zeroed
 */
void probe_close(struct probe *p)
{
	unsigned int i;

	for (i = 0; i < p->count; i++)
		if (p->on[i].fd >= 0)
			close(p->on[i].fd);
	p->count = 0;
}

static void send_from(int fd, const uint8_t *token, const char *bridge)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETHERTYPE_LOCAL), .sll_halen = 6,
		.sll_ifindex = (int)if_nametoindex(bridge),
	};
	struct probe_frame f = { .eth.ether_type = htons(ETHERTYPE_LOCAL) };
	struct ifreq ifr = { 0 };

	strncpy(ifr.ifr_name, bridge, sizeof(ifr.ifr_name) - 1);
	if (!to.sll_ifindex || ioctl(fd, SIOCGIFHWADDR, &ifr))
		return;
	memset(f.eth.ether_dhost, 0xff, 6);
	memset(to.sll_addr, 0xff, 6);
	memcpy(f.eth.ether_shost, ifr.ifr_hwaddr.sa_data, 6);
	memcpy(f.magic, magic, sizeof(magic));
	memcpy(f.token, token, PROBE_TOKEN);
	memcpy(f.bridge, ifr.ifr_name, sizeof(f.bridge));
	sendto(fd, &f, sizeof(f), 0, (struct sockaddr *)&to, sizeof(to));
}

/**
 * probe_send() - let whoever listens at the same networks know of this host's bridges
 * @token: PROBE_TOKEN octets that came from there
 * @vifs: interfaces, well-formed; a bridge that is not there is left out
 * @count: how many
 */
void probe_send(const uint8_t *token, const struct vif *vifs, unsigned int count)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	unsigned int i;

	if (fd < 0)
		return;
	for (i = 0; i < count; i++)
		if (is_first(vifs, i))
			send_from(fd, token, vifs[i].bridge);
	close(fd);
}
