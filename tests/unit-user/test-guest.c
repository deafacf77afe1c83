// SPDX-License-Identifier: GPL-2.0-or-later
/* Which guests can be moved, by what xenstore and the hypervisor have of them. */
#include <stdlib.h>

#include "harness.h"

#include "fake-xenstore.h"

#include "module/domain.h"
#include "guest/guest.h"

#define GUEST	5
#define STUB	6

static struct store store;
static struct error err;

/* ---- the module, which nobody asks ---- */

static int asked(const void *link)
{
	(void)link;
	CHECK(!"the module was asked");
	return -1;
}

int link_domain(struct link *link, uint32_t domid, struct domain *domain, struct error *why)
{
	(void)domid;
	(void)domain;
	(void)why;
	return asked(link);
}

int link_domains(struct link *link, struct domain **list, unsigned int *count, struct error *why)
{
	(void)list;
	(void)count;
	(void)why;
	return asked(link);
}

int link_ring(struct link *link, uint32_t domid, const uint8_t *uuid, uint32_t ref,
	      uint32_t *unanswered, struct error *why)
{
	(void)domid;
	(void)uuid;
	(void)ref;
	(void)unanswered;
	(void)why;
	return asked(link);
}

int link_affinity(struct link *link, uint32_t domid, const uint8_t *uuid, uint32_t vcpu,
		  struct affinity *affinity, struct error *why)
{
	(void)domid;
	(void)uuid;
	(void)vcpu;
	(void)affinity;
	(void)why;
	return asked(link);
}

int link_affinity_set(struct link *link, uint32_t domid, const uint8_t *uuid,
		      const struct affinity *affinity, struct error *why)
{
	(void)domid;
	(void)uuid;
	(void)affinity;
	(void)why;
	return asked(link);
}

int link_destroy(struct link *link, uint32_t domid, const uint8_t *uuid, struct error *why)
{
	(void)domid;
	(void)uuid;
	(void)why;
	return asked(link);
}

/* ---- two guests ---- */

static void begin(void)
{
	fake_begin();
	error_clear(&err);
	CHECK(!store_open(&store, &err));
	fake_put("guest", "/local/domain/5/name");
	fake_put("guest-dm", "/local/domain/6/name");
	fake_put("65536", "/local/domain/6/memory/target");
}

static void end(void)
{
	store_close(&store);
}

static const char *refusal(uint32_t domid, uint32_t flags)
{
	struct domain domain = { .domid = domid, .dominf_flags = flags };

	error_clear(&err);
	if (!guest_check(&store, &domain, &err))
		CHECK_STR(err.text, "");
	else
		CHECK_EQ(err.code, EXIT_REFUSED);
	return err.text;
}

static void test_guest_can_be_moved(void)
{
	begin();
	CHECK_STR(refusal(GUEST, 0), "");
	CHECK_STR(refusal(STUB, 0), "");
	end();
}

/* Whatever else there is against it. */
static void test_stub_domain_stays(void)
{
	static const char sentence[] =
		"The domain is a stub domain, in which the device model of domain 5 runs: neither of the two can be moved, unless that guest is started without one.";

	begin();
	fake_put("5", "/local/domain/6/target");
	CHECK_STR(refusal(STUB, 0), sentence);
	CHECK_STR(refusal(STUB, DOMINF_PAUSED), sentence);
	fake_put("/local/domain/0/backend/vfb/6/0", "/libxl/6/device/vfb/0/backend");
	CHECK_STR(refusal(STUB, 0), sentence);
	end();
}

static void test_first_reason_is_told(void)
{
	begin();
	fake_put("/local/domain/0/backend/pci/5/0", "/libxl/5/device/pci/0/backend");
	CHECK(strstr(refusal(GUEST, 0), "a passed-through PCI device (pci 0)"));
	CHECK(strstr(refusal(GUEST, DOMINF_PAUSED), "is paused"));
	end();
}

static const struct test tests[] = {
	TEST(test_guest_can_be_moved), TEST(test_stub_domain_stays),
	TEST(test_first_reason_is_told),
};

HARNESS_MAIN(tests)
