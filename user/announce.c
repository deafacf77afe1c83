// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "announce.h"

#define RARP_REQUEST_REVERSE	3

/* An ARP packet for IPv4 over Ethernet (RFC 826), padded to Ethernet's least length. */
struct arp_frame {
	struct ether_header eth;
	uint16_t hardware;
	uint16_t protocol;
	uint8_t hardware_len;
	uint8_t protocol_len;
	uint16_t operation;
	uint8_t sender_mac[6];
	uint8_t sender_ip[4];
	uint8_t target_mac[6];
	uint8_t target_ip[4];
	uint8_t padding[18];
} __attribute__((packed));

static void fill(struct arp_frame *f, const uint8_t *mac, uint16_t ethertype, uint16_t operation)
{
	memset(f, 0, sizeof(*f));
	memset(f->eth.ether_dhost, 0xff, 6);
	memcpy(f->eth.ether_shost, mac, 6);
	f->eth.ether_type = htons(ethertype);
	f->hardware = htons(ARPHRD_ETHER);
	f->protocol = htons(ETHERTYPE_IP);
	f->hardware_len = 6;
	f->protocol_len = 4;
	f->operation = htons(operation);
	memcpy(f->sender_mac, mac, 6);
}

static void transmit(int fd, const char *device, const struct arp_frame *f)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET, .sll_protocol = f->eth.ether_type, .sll_halen = 6,
		.sll_ifindex = (int)if_nametoindex(device),
	};

	memcpy(to.sll_addr, f->eth.ether_dhost, 6);
	if (to.sll_ifindex)
		sendto(fd, f, sizeof(*f), 0, (struct sockaddr *)&to, sizeof(to));
}

/* Gratuitous ARP for every IPv4 address that the toolstack knows of. */
static void tell_addresses(int fd, const struct vif *vif, const uint8_t *mac)
{
	char copy[sizeof(vif->ip)], *rest = copy, *word;
	struct arp_frame f;
	struct in_addr ip;

	strcpy(copy, vif->ip);
	while ((word = strsep(&rest, " ,"))) {
		word[strcspn(word, "/")] = '\0';
		if (inet_pton(AF_INET, word, &ip) != 1)
			continue;
		fill(&f, mac, ETHERTYPE_ARP, ARPOP_REQUEST);
		memcpy(f.sender_ip, &ip, 4);
		memcpy(f.target_ip, &ip, 4);
		transmit(fd, vif->bridge, &f);
	}
}

static void tell(int fd, const struct vif *vif)
{
	struct arp_frame f;
	uint8_t mac[6];

	if (!vif->bridge[0] ||
	    sscanf(vif->mac, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", &mac[0], &mac[1], &mac[2],
		   &mac[3], &mac[4], &mac[5]) != 6)
		return;
	fill(&f, mac, ETHERTYPE_REVARP, RARP_REQUEST_REVERSE);
	memcpy(f.target_mac, mac, 6);
	transmit(fd, vif->bridge, &f);
	tell_addresses(fd, vif, mac);
}

static void repeat(int fd, const struct vif *vifs, unsigned int count)
{
	static const unsigned int distances_ms[] = { 0, 50, 100, 200, 400, 800, 1600 };
	unsigned int i, k;

	for (i = 0; i < sizeof(distances_ms) / sizeof(distances_ms[0]); i++) {
		usleep(distances_ms[i] * 1000);
		for (k = 0; k < count; k++)
			tell(fd, &vifs[k]);
	}
}

/**
 * announce() - send RARP and gratuitous ARP for a guest's interfaces
 * @vifs: the interfaces
 * @count: how many
 *
 * So that switches send its frames here from now on. Call it only when the
 * guest runs here. A process of its own repeats it for some seconds.
 */
void announce(const struct vif *vifs, unsigned int count)
{
	int fd;

	if (!count || fork())
		return;
	close_range(3, ~0U, 0);
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		repeat(fd, vifs, count);
	_exit(0);
}
