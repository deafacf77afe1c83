// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a PV guest finds changed when it goes on in another domain: machine frames,
 * event channels, the addresses of pages that are the hypervisor's.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "pv/pvstate.h"

#define FRAME_SHIFT		12
#define GDT_PER_FRAME		512
#define CR_USER_ROOT		1
#define CR_KERNEL_ROOT		3
#define USER_ROOT_PRESENT	1ULL	/* in the stream, where frame 0 would look like none */

static void add(struct xenmig_vcpu_frames *f, u64 frame, bool root)
{
	f->frame[f->nr] = frame;
	f->root[f->nr++] = root;
}

static bool has_user_root(const struct xenmig_vcpu_context *c, bool stream)
{
	return stream ? c->ctrlreg[CR_USER_ROOT] & USER_ROOT_PRESENT : c->ctrlreg[CR_USER_ROOT];
}

static u32 gdt_frames(const struct xenmig_vcpu_context *c)
{
	return DIV_ROUND_UP(c->gdt_ents, GDT_PER_FRAME);
}

/**
 * xenmig_vcpu_frames() - the frames that a vCPU's context names
 * @c: the context
 * @vcpu: whose: rdx of the first one, which has suspended the guest, names its start info
 * @stream: as it is in the stream, not as Xen has it
 * @f: filled
 * @why: set to a sentence fragment on an error
 *
 * Return: 0, or -EPROTO for a GDT that is larger than any can be.
 */
int xenmig_vcpu_frames(const struct xenmig_vcpu_context *c, u32 vcpu, bool stream,
		       struct xenmig_vcpu_frames *f, const char **why)
{
	u32 i;

	f->nr = 0;
	if (c->gdt_ents > XENMIG_MAX_GDT_ENTRIES) {
		*why = "a vCPU has more segments than there can be";
		return -EPROTO;
	}
	if (!vcpu)
		add(f, c->rdx, false);
	for (i = 0; i < gdt_frames(c); i++)
		add(f, c->gdt_frames[i], false);
	add(f, c->ctrlreg[CR_KERNEL_ROOT] >> FRAME_SHIFT, true);
	if (has_user_root(c, stream))
		add(f, c->ctrlreg[CR_USER_ROOT] >> FRAME_SHIFT, true);
	return 0;
}

/**
 * xenmig_vcpu_replace() - let a vCPU's context name other frames
 * @c: the context
 * @vcpu: whose
 * @stream: make it as it is in the stream, from what Xen has; else the reverse
 * @f: filled by xenmig_vcpu_frames(), then each frame replaced
 *
 * What comes from the stream is brought online.
 */
void xenmig_vcpu_replace(struct xenmig_vcpu_context *c, u32 vcpu, bool stream,
			 const struct xenmig_vcpu_frames *f)
{
	bool user = has_user_root(c, !stream);
	u32 i, n = 0;

	if (!vcpu)
		c->rdx = f->frame[n++];
	for (i = 0; i < gdt_frames(c); i++)
		c->gdt_frames[i] = f->frame[n++];
	c->ctrlreg[CR_KERNEL_ROOT] = f->frame[n++] << FRAME_SHIFT;
	if (user)
		c->ctrlreg[CR_USER_ROOT] = f->frame[n] << FRAME_SHIFT |
					   (stream ? USER_ROOT_PRESENT : 0);
	if (!stream)
		c->flags |= XENMIG_VGCF_ONLINE;
}

/**
 * xenmig_shared_info_take() - go on with what a guest shared with another hypervisor
 * @here: of the new domain
 * @sent: of the old one
 *
 * No event is pending, and none interrupts before the guest wants it to. Where its p2m
 * is it has to say anew. Time is the hypervisor's.
 */
void xenmig_shared_info_take(struct xenmig_shared_info *here,
			     const struct xenmig_shared_info *sent)
{
	u32 i;

	memcpy(here->vcpu_info, sent->vcpu_info, sizeof(here->vcpu_info));
	for (i = 0; i < ARRAY_SIZE(here->vcpu_info); i++)
		here->vcpu_info[i].evtchn_pending_sel = 0;
	memset(here->evtchn_pending, 0, sizeof(here->evtchn_pending));
	memset(here->evtchn_mask, 0xff, sizeof(here->evtchn_mask));
	here->max_pfn = sent->max_pfn;
	here->nmi_reason = sent->nmi_reason;
	here->p2m_vaddr = sent->p2m_vaddr;
	here->p2m_generation = sent->p2m_generation;
	here->p2m_tree = 0;
	here->p2m_cr3 = 0;
}

/**
 * xenmig_start_info_set() - tell a suspended guest what it is to find when it goes on
 * @info: its start info
 * @start: what to say
 */
void xenmig_start_info_set(struct xenmig_start_info *info, const struct xenmig_start *start)
{
	info->nr_pages = start->pages;
	info->shared_info = start->shared_info;
	info->flags = 0;
	info->store_mfn = start->store_mfn;
	info->store_evtchn = start->store_port;
	info->console_mfn = start->console_mfn;
	info->console_evtchn = start->console_port;
}
