// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/xenmig.h>

#include "module/domain.h"

#define D(attr, kind, member) FIELD(XENMIG_A_DOMAIN_##attr, kind, struct domain, member)
static const struct field domain_fields[] = {
	D(DOMID, FIELD_U32, domid),
	D(UUID, FIELD_BINARY, uuid),
	D(CREATE_FLAGS, FIELD_U32, create_flags),
	D(DOMINF_FLAGS, FIELD_U32, dominf_flags),
	D(PAGES, FIELD_U64, pages),
	D(MAX_PAGES, FIELD_U64, max_pages),
	D(MAX_GFN, FIELD_U64, max_gfn),
	FIELD_MAX(XENMIG_A_DOMAIN_VCPUS, FIELD_U32, struct domain, vcpus, VCPUS_MAX),
	D(VCPUS_ONLINE, FIELD_U32, vcpus_online),
	D(CPUPOOL, FIELD_U32, cpupool),
	D(SSIDREF, FIELD_U32, ssidref),
	D(EMULATION_FLAGS, FIELD_U32, emulation_flags),
	D(MISC_FLAGS, FIELD_U32, misc_flags),
	D(EVTCHN_PORTS, FIELD_U32, evtchn_ports),
	D(GRANT_FRAMES, FIELD_U32, grant_frames),
	D(MAPTRACK_FRAMES, FIELD_S32, maptrack_frames),
	D(GRANT_VERSION, FIELD_U32, grant_version),
	D(PAGING_BYTES, FIELD_U64, paging_bytes),
	D(TIMER_MODE, FIELD_U32, timer_mode),
	D(TSC_MODE, FIELD_U32, tsc_mode),
	D(POD_ENTRIES, FIELD_U64, pod_entries),
	D(STORE_GFN, FIELD_U64, store_gfn),
	D(CONSOLE_GFN, FIELD_U64, console_gfn),
	D(STORE_DOMID, FIELD_U32, store_domid),
	D(CONSOLE_DOMID, FIELD_U32, console_domid),
	D(STORE_PORT, FIELD_U32, store_port),
	D(CONSOLE_PORT, FIELD_U32, console_port),
	D(REFUSAL, FIELD_STRING, refusal),
	D(SCHEDULER, FIELD_U32, scheduler),
	FIELD_MAX(XENMIG_A_DOMAIN_SCHED_WEIGHT, FIELD_U32, struct domain, sched_weight, 65535),
	FIELD_MAX(XENMIG_A_DOMAIN_SCHED_CAP, FIELD_U32, struct domain, sched_cap, 65535),
	D(RING_REF, FIELD_U32, ring_ref),
	D(UNANSWERED, FIELD_U32, unanswered),
	D(FEATURES, FIELD_BINARY, features),
	D(STORE_MFN, FIELD_U64, store_mfn),
	D(CONSOLE_MFN, FIELD_U64, console_mfn),
	FIELD_MAX(XENMIG_A_DOMAIN_HPET, FIELD_U32, struct domain, hpet, 1),
	FIELD_MAX(XENMIG_A_DOMAIN_VPT_ALIGN, FIELD_U32, struct domain, vpt_align, 1),
	D(TIME_OFFSET, FIELD_S32, time_offset),
	D(PV_DRIVERS, FIELD_U32, pv_drivers),
	D(UNPAUSED_NS, FIELD_U64, unpaused_ns),
};
#undef D

LAYOUT(domain_layout, domain_fields, 0);

#define A(attr, kind, member) FIELD(XENMIG_A_DOMAIN_##attr, kind, struct affinity, member)
static const struct field affinity_fields[] = {
	A(DOMID, FIELD_U32, domid),
	A(UUID, FIELD_BINARY, uuid),
	FIELD_MAX(XENMIG_A_DOMAIN_VCPU, FIELD_U32, struct affinity, vcpu, VCPUS_MAX - 1),
	A(HARD_AFFINITY, FIELD_BINARY, hard),
	A(SOFT_AFFINITY, FIELD_BINARY, soft),
};
#undef A

LAYOUT(affinity_layout, affinity_fields, 1ULL << XENMIG_A_DOMAIN_VCPU);

/**
 * domain_type() - libxl's word for the kind of a domain
 * @domain: as the hypervisor describes it
 *
 * Return: "pv", "pvh" or "hvm".
 */
const char *domain_type(const struct domain *domain)
{
	if (!(domain->dominf_flags & DOMINF_HVM))
		return "pv";
	if (HAS(domain, XENMIG_A_DOMAIN_EMULATION_FLAGS) &&
	    domain->emulation_flags == EMU_LAPIC_ONLY)
		return "pvh";
	return "hvm";
}
