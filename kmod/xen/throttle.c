// SPDX-License-Identifier: GPL-2.0-only
/*
 * Slow a guest, and let it go again. Where its scheduler has a cap (credit,
 * credit2) that is lowered; elsewhere a thread pauses the guest for a part of
 * each period.
 */
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/minmax.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>
#include <linux/sched.h>

#include "xen/throttle.h"

#define PERIOD_MS	50

static bool throttle_by_pauses;
module_param(throttle_by_pauses, bool, 0644);
MODULE_PARM_DESC(throttle_by_pauses, "Slow guests by pausing them in turns, also where the scheduler has a cap (default: no)");

static void rest(unsigned int ms)
{
	if (ms && !kthread_should_stop())
		schedule_timeout_idle(msecs_to_jiffies(ms));
}

/*
 * Each pause is ended by the turn that made it. A guest that is gone is left
 * alone for good: its id may be another's.
 */
static int pause_in_turns(void *arg)
{
	struct xenmig_throttle *t = arg;
	struct xenmig_dom dom = { .id = t->domid };
	bool gone = false;

	while (!kthread_should_stop()) {
		unsigned int paused = PERIOD_MS * READ_ONCE(t->percent) / 100;

		gone = gone || xenmig_dom_pause(&dom);
		rest(paused);
		if (!gone)
			gone = xenmig_dom_unpause(&dom);
		rest(PERIOD_MS - paused);
	}
	return 0;
}

static int pauser_start(struct xenmig_throttle *t)
{
	struct task_struct *task = kthread_run(pause_in_turns, t, "xenmig-slow/%u", t->domid);

	if (IS_ERR(task))
		return PTR_ERR(task);
	t->pauser = task;
	return 0;
}

/**
 * xenmig_throttle_set - deny a guest a part of its CPU time
 * @t: zeroed before the first time
 * @dom: the guest, which runs
 * @vcpus: its vCPUs
 * @percent: how much, 1 to 99
 *
 * What it had is noted the first time.
 *
 * Context: the session's thread; makes hypercalls, sleeps.
 * Return: 0, -ENOMEM or -EINTR without a thread, or what Xen says; then it is
 * slowed as before.
 */
int xenmig_throttle_set(struct xenmig_throttle *t, struct xenmig_dom *dom, u32 vcpus, u32 percent)
{
	struct xenmig_share share;
	u32 all, before = t->percent;
	int err;

	if (!before) {
		t->domid = dom->id;
		err = xenmig_dom_get_share(dom, &t->share);
		if (err)
			return err;
		if (READ_ONCE(throttle_by_pauses))
			t->share.scheduler = 0;
	}
	WRITE_ONCE(t->percent, percent);
	if (t->share.scheduler) {
		all = min(vcpus * 100, t->share.cap ?: U16_MAX);
		share = t->share;
		share.cap = max(all * (100 - percent) / 100, 1U);
		err = xenmig_dom_set_share(dom, &share);
		if (!err)
			t->cap = share.cap;
	} else {
		err = t->pauser ? 0 : pauser_start(t);
	}
	if (err)
		WRITE_ONCE(t->percent, before);
	return err;
}

/**
 * xenmig_throttle_end - let a guest have what it had before
 * @t: slowed or not; zeroed afterwards
 * @dom: the guest; one that is gone will do
 *
 * A cap that is not ours any more was set by another tool meanwhile, and stays.
 *
 * Context: the session's thread; makes hypercalls, sleeps for a period at most.
 */
void xenmig_throttle_end(struct xenmig_throttle *t, struct xenmig_dom *dom)
{
	struct xenmig_share now;

	if (t->pauser)
		kthread_stop(t->pauser);
	else if (t->percent && !xenmig_dom_get_share(dom, &now) &&
		 now.scheduler == t->share.scheduler && now.cap == t->cap &&
		 xenmig_dom_set_share(dom, &t->share))
		pr_err("xenmig: domain %u could not be given its CPU time back; `xl sched-credit2 -d %u -c %u` does it\n",
		       t->domid, t->domid, t->share.cap);
	*t = (struct xenmig_throttle){};
}
