// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <netinet/icmp6.h>
#include <netinet/ip6.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/child.h"
#include "device/announce.h"

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

/* A neighbour advertisement that nobody has asked for (RFC 4861, 7.2.6). */
struct neighbour_frame {
	struct ether_header eth;
	struct ip6_hdr ip;
	struct nd_neighbor_advert advert;
	uint8_t option;
	uint8_t option_len;	/* in 8 octets */
	uint8_t mac[6];
} __attribute__((packed));

static void transmit(int fd, const char *device, const void *frame, size_t len)
{
	const struct ether_header *eth = frame;
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET, .sll_protocol = eth->ether_type, .sll_halen = 6,
		.sll_ifindex = (int)if_nametoindex(device),
	};

	memcpy(to.sll_addr, eth->ether_dhost, 6);
	if (to.sll_ifindex)
		sendto(fd, frame, len, 0, (struct sockaddr *)&to, sizeof(to));
}

static uint32_t sum_words(uint32_t sum, const void *octets, size_t len)
{
	const uint8_t *o = octets;
	size_t i;

	for (i = 0; i < len; i += 2)
		sum += o[i] << 8 | o[i + 1];
	return sum;
}

/* RFC 4443, 2.3: over a pseudo-header and the message, which has an even length. */
static uint16_t checksum(const struct neighbour_frame *f)
{
	size_t len = sizeof(*f) - offsetof(struct neighbour_frame, advert);
	uint32_t sum = sum_words(len + IPPROTO_ICMPV6, &f->ip.ip6_src, 2 * sizeof(f->ip.ip6_src));

	sum = sum_words(sum, &f->advert, len);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum & 0xffff);
}

static void fill_neighbour(struct neighbour_frame *f, const uint8_t *mac, const struct in6_addr *ip)
{
	static const uint8_t all_nodes[] = { 0x33, 0x33, 0, 0, 0, 1 };

	memset(f, 0, sizeof(*f));
	memcpy(f->eth.ether_dhost, all_nodes, 6);
	memcpy(f->eth.ether_shost, mac, 6);
	f->eth.ether_type = htons(ETHERTYPE_IPV6);
	f->ip.ip6_flow = htonl(6u << 28);
	f->ip.ip6_plen = htons(sizeof(*f) - offsetof(struct neighbour_frame, advert));
	f->ip.ip6_nxt = IPPROTO_ICMPV6;
	f->ip.ip6_hlim = 255;
	f->ip.ip6_src = *ip;
	inet_pton(AF_INET6, "ff02::1", &f->ip.ip6_dst);
	f->advert.nd_na_type = ND_NEIGHBOR_ADVERT;
	f->advert.nd_na_flags_reserved = ND_NA_FLAG_OVERRIDE;
	f->advert.nd_na_target = *ip;
	f->option = ND_OPT_TARGET_LINKADDR;
	f->option_len = 1;
	memcpy(f->mac, mac, 6);
	f->advert.nd_na_cksum = checksum(f);
}

static void tell_address(int fd, const struct vif *vif, const uint8_t *mac, const char *word)
{
	struct neighbour_frame n;
	struct arp_frame f;
	struct in6_addr ip6;
	struct in_addr ip;

	if (inet_pton(AF_INET, word, &ip) == 1) {
		fill(&f, mac, ETHERTYPE_ARP, ARPOP_REQUEST);
		memcpy(f.sender_ip, &ip, 4);
		memcpy(f.target_ip, &ip, 4);
		transmit(fd, vif->bridge, &f, sizeof(f));
	} else if (inet_pton(AF_INET6, word, &ip6) == 1) {
		fill_neighbour(&n, mac, &ip6);
		transmit(fd, vif->bridge, &n, sizeof(n));
	}
}

/* Every address that the toolstack knows of. */
static void tell_addresses(int fd, const struct vif *vif, const uint8_t *mac)
{
	char copy[sizeof(vif->ip)], *rest = copy, *word;

	strcpy(copy, vif->ip);
	while ((word = strsep(&rest, " ,"))) {
		word[strcspn(word, "/")] = '\0';
		tell_address(fd, vif, mac, word);
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
	transmit(fd, vif->bridge, &f, sizeof(f));
	tell_addresses(fd, vif, mac);
}

/**
 * struct crier - what the process that repeats it knows
 * @vifs: the interfaces
 * @count: how many
 */
struct crier {
	const struct vif *vifs;
	unsigned int count;
};

static int repeat(void *arg)
{
	static const unsigned int distances_ms[] = { 0, 50, 100, 200, 400, 800, 1600 };
	const struct crier *c = arg;
	unsigned int i, k;
	int fd;

	/* Whoever reads what our starter says must not have to wait for this process. */
	child_close_but(-1, -1);
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return 1;
	for (i = 0; i < sizeof(distances_ms) / sizeof(distances_ms[0]); i++) {
		usleep(distances_ms[i] * 1000);
		for (k = 0; k < c->count; k++)
			tell(fd, &c->vifs[k]);
	}
	return 0;
}

/**
 * announce() - send RARP for a guest's interfaces, and ARP or its like for their addresses
 * @vifs: the interfaces
 * @count: how many
 *
 * So that switches send its frames here from now on. Call it only when the
 * guest runs here. A process of its own repeats it for some seconds, which nobody waits for.
 */
void announce(const struct vif *vifs, unsigned int count)
{
	struct crier c = { .vifs = vifs, .count = count };
	struct child child;

	if (count && !child_start(&child, "migctl-announce", repeat, &c))
		child_leave(&child);
}
