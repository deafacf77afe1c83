// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The smallest guest: no Linux, no interface, one vCPU, as little memory as is
 * asked for.  Debian's kernel needs more than 64 MiB to start, this a few KiB.
 *
 * It fills its memory above 4 MiB with a pattern, rewrites 1 MiB of it a second,
 * verifies all of it over and over, counts on its console, and suspends and
 * powers off when xenstore tells it to.  32-bit code without paging: a PVH
 * guest begins like that, and every frame is at its own address.
 */
#include <stdint.h>

#define PAGE		4096u
#define WORDS		(PAGE / sizeof(uint32_t))
#define PATTERN_START	(4u << 20)
#define WRITES_PER_TICK	26u	/* 1 MiB a second at 10 Hz */
#define TICK_NS		100000000u
#define TICKS_PER_S	10u
#define LAP_TICKS	10u	/* verifying everything takes a second */
#define MAX_PAGES	16384u

/* ---- the hypervisor's interface (xen/include/public) ---- */

#define HYPERCALL_memory_op		12
#define HYPERCALL_sched_op		29
#define HYPERCALL_event_channel_op	32
#define HYPERCALL_hvm_op		34
#define DOMID_SELF			0x7ff0
#define XENMEM_add_to_physmap		7
#define SCHEDOP_yield			0
#define SCHEDOP_shutdown		2
#define SCHEDOP_poll			3
#define SHUTDOWN_poweroff		0
#define SHUTDOWN_suspend		2
#define EVTCHNOP_send			4
#define HVMOP_get_param			1
#define PARAM_STORE_PFN			1
#define PARAM_STORE_EVTCHN		2
#define PARAM_CONSOLE_PFN		17
#define PARAM_CONSOLE_EVTCHN		18

struct start_info {
	uint32_t magic, version, flags, nr_modules;
	uint64_t modules, cmdline, rsdp, memmap;
	uint32_t memmap_entries, reserved;
};

struct memmap_entry {
	uint64_t address, size;
	uint32_t type, reserved;
};

struct console_ring {
	char in[1024], out[2048];
	volatile uint32_t in_cons, in_prod, out_cons, out_prod;
};

struct store_ring {
	char request[1024], response[1024];
	volatile uint32_t request_cons, request_prod, response_cons, response_prod;
};

struct store_message {
	uint32_t type, id, transaction, length;
};

enum { STORE_READ = 2, STORE_WATCH = 4, STORE_WRITE = 11, STORE_EVENT = 15 };

struct shared_info {
	uint8_t upcall[32];
	volatile uint32_t time_version, pad;
	volatile uint64_t tsc_timestamp, system_time;
	volatile uint32_t tsc_to_system_mul;
	volatile int8_t tsc_shift;
	uint8_t rest[0x800 - 61];
	volatile uint32_t pending[32], mask[32];
};

/* A note tells the domain builder where to enter. */
asm(".section .note, \"a\", @note\n"
    "	.long 4, 4, 18\n"
    "	.asciz \"Xen\"\n"
    "	.long start\n"
    ".text\n"
    ".global start\n"
    "start:\n"
    "	mov $stack_top, %esp\n"
    "	push %ebx\n"
    "	call run\n"
    "1:	hlt\n"
    "	jmp 1b\n"
    ".bss\n"
    ".align 4096\n"
    "hypercall_page:\n"
    "	.skip 4096\n"
    "	.skip 16384\n"
    "stack_top:\n"
    ".text\n");

extern char hypercall_page[];
/* Where Linux has it as well: no RAM is there that would be lost. */
#define shared (*(struct shared_info *)0xfe700000)

static long hypercall(uint32_t number, uint32_t operation, void *argument)
{
	long result = (long)(hypercall_page + number * 32);

	asm volatile("call *%%eax" : "+a"(result), "+b"(operation), "+c"(argument)
		     : : "edx", "esi", "edi", "memory");
	return result;
}

static void cpuid(uint32_t leaf, uint32_t *a, uint32_t *b)
{
	uint32_t c = 0, d;

	asm volatile("cpuid" : "=a"(*a), "=b"(*b), "+c"(c), "=d"(d) : "0"(leaf));
}

static void hypercalls_begin(void)
{
	uint32_t base = 0x40000000, a, b, name;

	for (;; base += 0x100) {
		cpuid(base, &a, &name);
		if (name == 0x566e6558)		/* "XenV" */
			break;
	}
	cpuid(base + 2, &a, &b);
	asm volatile("wrmsr" : : "c"(b), "a"(hypercall_page), "d"(0) : "memory");
}

static uint32_t parameter(uint32_t index)
{
	struct { uint16_t domain, pad; uint32_t index; uint64_t value; } get = {
		.domain = DOMID_SELF, .index = index,
	};

	hypercall(HYPERCALL_hvm_op, HVMOP_get_param, &get);
	return get.value;
}

static void notify(uint32_t port)
{
	hypercall(HYPERCALL_event_channel_op, EVTCHNOP_send, &port);
}

static void yield(void)
{
	hypercall(HYPERCALL_sched_op, SCHEDOP_yield, 0);
}

static void shut_down(uint32_t reason)
{
	hypercall(HYPERCALL_sched_op, SCHEDOP_shutdown, &reason);
}

/* ---- what the host gives: set anew where it has moved to ---- */

static struct console_ring *console;
static struct store_ring *store;
static uint32_t console_port, store_port;

static void host_meet(void)
{
	struct { uint16_t domain, size; uint32_t space, index, frame; } map = {
		.domain = DOMID_SELF, .frame = (uint32_t)&shared / PAGE,
	};

	console = (void *)(parameter(PARAM_CONSOLE_PFN) * PAGE);
	store = (void *)(parameter(PARAM_STORE_PFN) * PAGE);
	console_port = parameter(PARAM_CONSOLE_EVTCHN);
	store_port = parameter(PARAM_STORE_EVTCHN);
	hypercall(HYPERCALL_memory_op, XENMEM_add_to_physmap, &map);
}

/* ---- console ---- */

static void put(const char *text)
{
	for (; *text && console->out_prod - console->out_cons < sizeof(console->out); text++) {
		console->out[console->out_prod % sizeof(console->out)] = *text;
		console->out_prod++;
	}
}

static void say(const char *word, uint32_t number)
{
	char digits[12], *c = digits + sizeof(digits) - 1;

	*c = '\0';
	do
		*--c = '0' + number % 10;
	while (number /= 10);
	put(word);
	put(" ");
	put(c);
	put("\r\n");
	notify(console_port);
}

/* ---- xenstore: one request at a time ---- */

static char answer[256];
static int told;	/* a watch has fired */

static void store_put(const void *octets, uint32_t length)
{
	const char *c = octets;

	for (; length--; c++) {
		while (store->request_prod - store->request_cons == sizeof(store->request))
			yield();
		store->request[store->request_prod % sizeof(store->request)] = *c;
		store->request_prod++;
	}
}

static void store_get(void *octets, uint32_t length)
{
	char *c = octets;

	for (; length--; c++) {
		while (store->response_prod == store->response_cons)
			yield();
		*c = store->response[store->response_cons % sizeof(store->response)];
		store->response_cons++;
	}
}

/* Take one message; its text, cut to fit, is in @answer. */
static uint32_t store_take(void)
{
	struct store_message head;
	char excess;

	store_get(&head, sizeof(head));
	for (uint32_t i = 0; i < head.length; i++)
		store_get(i < sizeof(answer) - 1 ? &answer[i] : &excess, 1);
	answer[head.length < sizeof(answer) - 1 ? head.length : sizeof(answer) - 1] = '\0';
	notify(store_port);
	if (head.type == STORE_EVENT)
		told = 1;
	return head.type;
}

static void store_ask(uint32_t type, const char *text, uint32_t length)
{
	struct store_message head = { .type = type, .length = length };

	store_put(&head, sizeof(head));
	store_put(text, length);
	notify(store_port);
	while (store_take() == STORE_EVENT)
		;
}

#define STORE_ASK(type, text) store_ask(type, text, sizeof(text))		/* with its NUL */
#define STORE_WRITE_TO(text) store_ask(STORE_WRITE, text, sizeof(text) - 1)	/* path NUL value */

static void watch(void)
{
	STORE_WRITE_TO("control/feature-suspend\0" "1");
	STORE_WRITE_TO("control/feature-poweroff\0" "1");
	STORE_ASK(STORE_WATCH, "control/shutdown\0" "x");
}

static int answer_is(const char *text)
{
	const char *c = answer;

	while (*text && *c == *text)
		c++, text++;
	return *c == *text;
}

static void obey(void)
{
	told = 0;
	STORE_ASK(STORE_READ, "control/shutdown");
	if (answer_is("poweroff"))
		shut_down(SHUTDOWN_poweroff);
	if (!answer_is("suspend"))
		return;
	STORE_WRITE_TO("control/shutdown\0");
	shut_down(SHUTDOWN_suspend);
	host_meet();
	watch();
}

/* ---- time ---- */

static uint64_t now(void)
{
	uint32_t version, low, high, mul;
	uint64_t system, delta;

	do {
		version = shared.time_version;
		asm volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
		delta = ((uint64_t)high << 32 | low) - shared.tsc_timestamp;
		mul = shared.tsc_to_system_mul;
		if (shared.tsc_shift < 0)
			delta >>= -shared.tsc_shift;
		else
			delta <<= shared.tsc_shift;
		system = shared.system_time;
	} while (version & 1 || version != shared.time_version);
	return system + (delta >> 32) * mul + ((delta & 0xffffffff) * mul >> 32);
}

/* Sleep until xenstore has something, or until @end. */
static void sleep_until(uint64_t end)
{
	struct { uint32_t *ports, nr; uint64_t timeout; } poll = {
		.ports = &store_port, .nr = 1, .timeout = end,
	};

	__atomic_and_fetch(&shared.pending[store_port / 32], ~(1u << store_port % 32),
			   __ATOMIC_SEQ_CST);
	if (store->response_prod == store->response_cons)
		hypercall(HYPERCALL_sched_op, SCHEDOP_poll, &poll);
}

/* ---- the pattern ---- */

static uint32_t generation[MAX_PAGES], pages, next, checked, laps, writes, sum;

static uint32_t *page_words(uint32_t page)
{
	return (uint32_t *)(PATTERN_START + page * PAGE);
}

static uint32_t page_base(uint32_t page)
{
	return (page + 1) * 2654435761u ^ generation[page] * 2246822519u;
}

static void page_write(uint32_t page)
{
	volatile uint32_t *word = page_words(page);
	uint32_t value;

	generation[page]++;
	writes++;
	value = page_base(page);
	for (uint32_t i = 0; i < WORDS; i++)
		word[i] = value + i * 40503u;
}

static void page_check(uint32_t page)
{
	volatile uint32_t *word = page_words(page);
	uint32_t value = page_base(page);

	for (uint32_t i = 0; i < WORDS; i++)
		if (word[i] != value + i * 40503u) {
			say("bad", page);
			return;
		}
}

static void pattern_fill(uint64_t memory)
{
	uint64_t room = memory > PATTERN_START ? memory - PATTERN_START : 0;

	pages = room / PAGE < MAX_PAGES ? room / PAGE : MAX_PAGES;
	for (uint32_t page = 0; page < pages; page++)
		page_write(page);
	next = 0;
}

static void pattern_tick(void)
{
	for (uint32_t i = 0; i < WRITES_PER_TICK && pages; i++) {
		page_write(next);
		next = (next + 7919) % pages;
	}
	for (uint32_t i = 0; i < pages / LAP_TICKS + 1 && pages; i++) {
		page_check(checked);
		if (++checked < pages)
			continue;
		/* A table that went stale with its pages would be noticed here. */
		sum = 0;
		for (uint32_t page = 0; page < pages; page++)
			sum += generation[page];
		if (sum != writes)
			say("bad table", sum);
		checked = 0;
		say("verified", ++laps);
	}
}

/* ---- */

static uint64_t memory_end(const struct start_info *info)
{
	const struct memmap_entry *entry = (void *)(uint32_t)info->memmap;

	/* RAM without a hole from the address where the pattern starts. */
	for (uint32_t i = 0; i < info->memmap_entries; i++, entry++)
		if (entry->type == 1 && entry->address <= PATTERN_START &&
		    entry->address + entry->size > PATTERN_START)
			return entry->address + entry->size;
	return 0;
}

__attribute__((used)) void run(const struct start_info *info)
{
	uint32_t ticks = 0;
	uint64_t tick;

	hypercalls_begin();
	host_meet();
	pattern_fill(memory_end(info));
	watch();
	say("up tiny, pages", pages);
	for (tick = now();;) {
		tick += TICK_NS;
		if (now() > tick)
			tick = now();		/* a pause is not made up for */
		while (now() < tick && !told) {
			sleep_until(tick);
			while (store->response_prod != store->response_cons)
				store_take();
		}
		if (told)
			obey();
		pattern_tick();
		if (!(++ticks % TICKS_PER_S))
			say("counter", ticks);
	}
}
