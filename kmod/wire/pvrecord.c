// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The records of a PV guest, both ways. Documentation/stream.rst is what this file
 * implements; their lengths are checked by record.c before.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <asm/byteorder.h>

#include "wire/pvrecord.h"
#include "wire/record.h"

static int refuse(const char **why, const char *what)
{
	*why = what;
	return -EPROTO;
}

/**
 * xenmig_put_pv_info() - write a PV_INFO record
 * @buf: room for a record header and struct xenmig_pv_info, any alignment
 *
 * Return: bytes written.
 */
size_t xenmig_put_pv_info(void *buf)
{
	struct xenmig_pv_info body = { .width = XENMIG_PV_WIDTH, .levels = XENMIG_PV_LEVELS };
	size_t n = xenmig_put_record(buf, XENMIG_RECORD_PV_INFO, sizeof(body));

	memcpy(buf + n, &body, sizeof(body));
	return n + sizeof(body);
}

/**
 * xenmig_put_p2m_frames() - write a PV_P2M_FRAMES record up to its first frame
 * @buf: room for a record header and struct xenmig_p2m_frames, any alignment
 * @end: the guest's last frame
 * @count: frames that hold its p2m, 1 .. XENMIG_MAX_P2M_FRAMES
 *
 * Their numbers are to follow, little-endian, 8 octets each; no padding follows.
 *
 * Return: bytes written.
 */
size_t xenmig_put_p2m_frames(void *buf, u64 end, u32 count)
{
	struct xenmig_p2m_frames head = { .end = cpu_to_le32(end) };
	size_t n = xenmig_put_record(buf, XENMIG_RECORD_PV_P2M_FRAMES,
				     sizeof(head) + count * sizeof(u64));

	memcpy(buf + n, &head, sizeof(head));
	return n + sizeof(head);
}

/**
 * xenmig_put_vcpu() - write a PV_VCPU_* record up to the state
 * @buf: room for a record header and struct xenmig_pv_vcpu, any alignment
 * @type: XENMIG_RECORD_PV_VCPU_*
 * @vcpu: which vCPU
 * @length: octets of its state, which are to follow, and padding after them
 *
 * Return: bytes written.
 */
size_t xenmig_put_vcpu(void *buf, u32 type, u32 vcpu, u32 length)
{
	struct xenmig_pv_vcpu head = { .vcpu = cpu_to_le32(vcpu) };
	size_t n = xenmig_put_record(buf, type, sizeof(head) + length);

	memcpy(buf + n, &head, sizeof(head));
	return n + sizeof(head);
}

static bool is_zero(const u8 *octets, size_t n)
{
	while (n && !octets[n - 1])
		n--;
	return !n;
}

/**
 * xenmig_check_pv_info() - check a PV_INFO record
 * @body: as received
 * @why: set to a sentence fragment on an error
 *
 * Return: 0, -EPROTO, or -EPROTONOSUPPORT for a guest that has not got 64 bits.
 */
int xenmig_check_pv_info(const struct xenmig_pv_info *body, const char **why)
{
	if (!is_zero(body->reserved, sizeof(body->reserved)))
		return refuse(why, "reserved bits of PV_INFO are set");
	if (body->width == XENMIG_PV_WIDTH && body->levels == XENMIG_PV_LEVELS)
		return 0;
	*why = "the PV guest has not got 64 bits and page tables of 4 levels";
	return -EPROTONOSUPPORT;
}

/**
 * xenmig_check_p2m_frames() - check a PV_P2M_FRAMES record
 * @body: as received; its frames are converted to CPU order in place, on an error
 *	only some of them
 * @length: of the body, from xenmig_check_record()
 * @max_pfn: highest frame that the domain may have
 * @end: set to the guest's last frame
 * @count: set to the number of frames that hold its p2m
 * @why: set to a sentence fragment on an error
 *
 * Return: 0 or -EPROTO.
 */
int xenmig_check_p2m_frames(struct xenmig_p2m_frames *body, u32 length, u64 max_pfn, u64 *end,
			    u32 *count, const char **why)
{
	u32 i, n = (length - sizeof(*body)) / sizeof(body->pfn[0]);
	u64 last = le32_to_cpu(body->end), pfn;

	if (body->start)
		return refuse(why, "the p2m does not begin at the first frame");
	if (last > max_pfn)
		return refuse(why, "the p2m goes beyond the end of the domain's memory");
	if (n != last / XENMIG_P2M_PER_FRAME + 1)
		return refuse(why, "the length of PV_P2M_FRAMES does not fit its last frame");
	for (i = 0; i < n; i++) {
		pfn = le64_to_cpu(body->pfn[i]);
		if (pfn > last)
			return refuse(why, "a frame of the p2m lies beyond the end of the p2m");
		body->pfn[i] = (__force __le64)pfn;
	}
	*end = last;
	*count = n;
	return 0;
}

/**
 * xenmig_check_vcpu() - check the head of a PV_VCPU_* record
 * @body: as received
 * @vcpus: how many the domain has
 * @vcpu: set to the number of the vCPU
 * @why: set to a sentence fragment on an error
 *
 * Return: 0 or -EPROTO.
 */
int xenmig_check_vcpu(const struct xenmig_pv_vcpu *body, u32 vcpus, u32 *vcpu, const char **why)
{
	if (body->reserved)
		return refuse(why, "reserved bits of a vCPU's record are set");
	if (le32_to_cpu(body->vcpu) >= vcpus)
		return refuse(why, "a record is about a vCPU that the domain has not got");
	*vcpu = le32_to_cpu(body->vcpu);
	return 0;
}
