// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Makes one mistake, which a kernel that watches itself has to report:
 * insmod provoke.ko mistake=NAME. None does harm that lasts.
 */
#include <linux/bug.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/string.h>

static char *mistake = "";
module_param(mistake, charp, 0444);

/* What the compiler must not know, or it would complain, or leave the mistake out. */
static volatile int beyond = 40;

static void heap(void)
{
	volatile char *p = kmalloc(beyond, GFP_KERNEL);

	if (p)
		p[beyond] = 1;
	kfree((void *)p);
}

static void freed(void)
{
	volatile char *p = kmalloc(beyond, GFP_KERNEL);

	kfree((void *)p);
	if (p)
		(void)p[8];
}

static void stack(void)
{
	volatile char buffer[40];

	buffer[0] = 0;
	(void)((volatile char *)buffer)[beyond];
}

static void leak(void)
{
	int i;

	for (i = 0; i < 10; i++)
		(void)!kmalloc(3000, GFP_KERNEL);
}

static void sleeps(void)
{
	preempt_disable();
	might_sleep();
	preempt_enable();
}

static DEFINE_MUTEX(one);
static DEFINE_MUTEX(other);

static void order(void)
{
	mutex_lock(&one);
	mutex_lock(&other);
	mutex_unlock(&other);
	mutex_unlock(&one);
	mutex_lock(&other);
	mutex_lock(&one);
	mutex_unlock(&one);
	mutex_unlock(&other);
}

static void warning(void)
{
	WARN_ON(beyond);
}

static void shift(void)
{
	volatile int result = 1 << beyond;

	(void)result;
}

static void list(void)
{
	struct list_head head, entry;

	INIT_LIST_HEAD(&head);
	list_add(&entry, &head);
	head.next = &head;
	list_del(&entry);
}

static void underflow(void)
{
	refcount_t count = REFCOUNT_INIT(0);

	refcount_dec(&count);
}

static const struct {
	const char *name;
	void (*make)(void);
} mistakes[] = {
	{ "heap", heap }, { "freed", freed }, { "stack", stack }, { "leak", leak },
	{ "sleeps", sleeps }, { "order", order }, { "warning", warning },
	{ "shift", shift }, { "list", list }, { "underflow", underflow },
};

static int __init provoke_init(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(mistakes); i++) {
		if (!strcmp(mistakes[i].name, mistake)) {
			mistakes[i].make();
			return 0;
		}
	}
	return -EINVAL;
}

static void __exit provoke_exit(void)
{
}

module_init(provoke_init);
module_exit(provoke_exit);
MODULE_DESCRIPTION("Mistakes that the lab's debug kernel has to report");
MODULE_LICENSE("GPL");
