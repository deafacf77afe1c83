// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest is asked to suspend by control/shutdown in its xenstore. It
 * acknowledges by emptying the node in a transaction, and suspends some time
 * later. The controller writes the request; taking it back is done here, so
 * that it happens even when the controller is gone.
 */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <xen/xenbus.h>

#include "xen/suspension.h"

#define CODE_SUSPEND		2	/* SHUTDOWN_suspend, public/sched.h */
#define TRANSACTION_TRIES	100
#define LATE_SECONDS		60
#define LATE_POLL_MS		20

static u32 code(u32 flags)
{
	return flags >> XENMIG_DOMINF_SHUTDOWN_SHIFT & XENMIG_DOMINF_SHUTDOWN_MASK;
}

/**
 * xenmig_is_suspended - has a domain shut down for suspend?
 * @flags: its XENMIG_DOMINF_*
 *
 * Context: any.
 * Return: true if so, whoever asked for it.
 */
bool xenmig_is_suspended(u32 flags)
{
	return flags & XENMIG_DOMINF_SHUTDOWN && code(flags) == CODE_SUSPEND;
}

/**
 * xenmig_shutdown_name - how a domain ended, for "The guest ... during the move"
 * @flags: its XENMIG_DOMINF_*, with SHUTDOWN set; codes of public/sched.h
 *
 * Context: any.
 * Return: a static string.
 */
const char *xenmig_shutdown_name(u32 flags)
{
	static const char * const name[] = {
		"powered off", "rebooted", "was suspended by somebody else", "crashed",
		"was ended by its watchdog",
	};

	return code(flags) < ARRAY_SIZE(name) ? name[code(flags)] : "shut down";
}

/* 1: taken back, 0: there is none, the guest has acknowledged it; or an errno. */
static int try_withdraw(const char *dir)
{
	struct xenbus_transaction tx;
	char *value;
	bool open;
	int err;

	err = xenbus_transaction_start(&tx);
	if (err)
		return err;
	value = xenbus_read(tx, dir, "shutdown", NULL);
	open = !IS_ERR(value) && !strcmp(value, "suspend");
	if (!IS_ERR(value))
		kfree(value);
	if (!open) {
		xenbus_transaction_end(tx, 1);
		return 0;
	}
	err = xenbus_write(tx, dir, "shutdown", "");
	if (err) {
		xenbus_transaction_end(tx, 1);
		return err;
	}
	err = xenbus_transaction_end(tx, 0);
	return err ?: 1;
}

static int withdraw(u16 domid)
{
	char dir[32];
	int ret, tries = TRANSACTION_TRIES;

	snprintf(dir, sizeof(dir), "/local/domain/%u/control", domid);
	do {
		ret = try_withdraw(dir);
	} while (ret == -EAGAIN && --tries);
	return ret;
}

/**
 * xenmig_suspension_await - wait for a suspension that nothing ends
 * @dom: the guest, which has acknowledged the request, or was told to suspend
 * @uuid: its handle: the id may be used again
 *
 * LATE_SECONDS at most.
 *
 * Context: the session's thread; sleeps.
 * Return: true when the guest has suspended and has to be resumed.
 */
bool xenmig_suspension_await(struct xenmig_dom *dom, const u8 *uuid)
{
	struct xenmig_domctl_getdomaininfo info;
	u32 tries = LATE_SECONDS * MSEC_PER_SEC / LATE_POLL_MS;

	for (; tries; tries--) {
		if (xenmig_dom_info(dom, &info) || info.flags & XENMIG_DOMINF_DYING ||
		    memcmp(info.handle, uuid, sizeof(info.handle)))
			return false;
		if (info.flags & XENMIG_DOMINF_SHUTDOWN)
			return xenmig_is_suspended(info.flags);
		msleep(LATE_POLL_MS);
	}
	return false;
}

/**
 * xenmig_suspension_undo - take a suspend request back
 * @dom: the guest; nobody else asks it
 * @uuid: its handle: the id may be used again
 *
 * In a transaction, so that the guest has either seen the request or never
 * will. One that has is waited for, LATE_SECONDS at most, and nothing ends that
 * wait: it would suspend with nobody to resume it. A request that could not be
 * taken back counts as seen.
 *
 * Context: the session's thread; sleeps.
 * Return: true when the guest has suspended and has to be resumed.
 */
bool xenmig_suspension_undo(struct xenmig_dom *dom, const u8 *uuid)
{
	return withdraw(dom->id) <= 0 && xenmig_suspension_await(dom, uuid);
}
