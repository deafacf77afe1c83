// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * kmod/xen/abi.h against Xen's own headers, whichever version of them is installed.
 * All is asserted by the compiler; when this runs, it has passed.
 */
#include <stdint.h>

#define __XEN_TOOLS__ 1
#include <xen/xen.h>
#include <xen/domctl.h>
#include <xen/sysctl.h>
#include <xen/hvm/dm_op.h>

#include "xen/abi.h"
#include "harness.h"

#define SAME_VALUE(ours, theirs)	_Static_assert((ours) == (theirs), #ours)
#define SAME_SIZE(ours, theirs)		_Static_assert(sizeof(ours) == sizeof(theirs), #ours)
#define SAME_FIELD(ours, a, theirs, b)						\
	_Static_assert(offsetof(ours, a) == offsetof(theirs, b) &&		\
		       sizeof(((ours *)0)->a) == sizeof(((theirs *)0)->b), #ours "." #a)

#define DOMCTL(name)	SAME_VALUE(XENMIG_DOMCTL_##name, XEN_DOMCTL_##name)
#define SYSCTL(name)	SAME_VALUE(XENMIG_SYSCTL_##name, XEN_SYSCTL_##name)

DOMCTL(createdomain);
DOMCTL(destroydomain);
DOMCTL(pausedomain);
DOMCTL(unpausedomain);
DOMCTL(getdomaininfo);
DOMCTL(setvcpuaffinity);
DOMCTL(shadow_op);
DOMCTL(max_mem);
DOMCTL(setvcpucontext);
DOMCTL(getvcpucontext);
DOMCTL(getvcpuinfo);
DOMCTL(max_vcpus);
DOMCTL(scheduler_op);
DOMCTL(getvcpuaffinity);
DOMCTL(resumedomain);
DOMCTL(subscribe);
DOMCTL(gethvmcontext);
DOMCTL(sethvmcontext);
DOMCTL(get_address_size);
DOMCTL(set_ext_vcpucontext);
DOMCTL(get_ext_vcpucontext);
DOMCTL(setvcpuextstate);
DOMCTL(getvcpuextstate);
DOMCTL(get_vcpu_msrs);
DOMCTL(set_vcpu_msrs);
DOMCTL(gettscinfo);
DOMCTL(settscinfo);
DOMCTL(getpageframeinfo3);
DOMCTL(get_cpu_policy);
DOMCTL(set_cpu_policy);
DOMCTL(get_paging_mempool_size);
DOMCTL(set_paging_mempool_size);

SAME_VALUE(XENMIG_SCHEDULER_CREDIT, XEN_SCHEDULER_CREDIT);
SAME_VALUE(XENMIG_SCHEDULER_CREDIT2, XEN_SCHEDULER_CREDIT2);
SAME_VALUE(XENMIG_SCHEDOP_putinfo, XEN_DOMCTL_SCHEDOP_putinfo);
SAME_VALUE(XENMIG_SCHEDOP_getinfo, XEN_DOMCTL_SCHEDOP_getinfo);
SAME_FIELD(struct xenmig_domctl_scheduler_op, sched_id, struct xen_domctl_scheduler_op, sched_id);
SAME_FIELD(struct xenmig_domctl_scheduler_op, cmd, struct xen_domctl_scheduler_op, cmd);
SAME_FIELD(struct xenmig_domctl_scheduler_op, weight, struct xen_domctl_scheduler_op, u.credit.weight);
SAME_FIELD(struct xenmig_domctl_scheduler_op, cap, struct xen_domctl_scheduler_op, u.credit.cap);
SAME_FIELD(struct xenmig_domctl_scheduler_op, weight, struct xen_domctl_scheduler_op, u.credit2.weight);
SAME_FIELD(struct xenmig_domctl_scheduler_op, cap, struct xen_domctl_scheduler_op, u.credit2.cap);

SAME_VALUE(XENMIG_AFFINITY_HARD, XEN_VCPUAFFINITY_HARD);
SAME_VALUE(XENMIG_AFFINITY_SOFT, XEN_VCPUAFFINITY_SOFT);
SAME_SIZE(struct xenmig_bitmap, struct xenctl_bitmap);
SAME_FIELD(struct xenmig_bitmap, bitmap, struct xenctl_bitmap, bitmap);
SAME_FIELD(struct xenmig_bitmap, nr_bits, struct xenctl_bitmap, nr_bits);
#define AFFINITY(ours, theirs) \
	SAME_FIELD(struct xenmig_domctl_vcpuaffinity, ours, struct xen_domctl_vcpuaffinity, theirs)
SAME_SIZE(struct xenmig_domctl_vcpuaffinity, struct xen_domctl_vcpuaffinity);
AFFINITY(vcpu, vcpu);
AFFINITY(flags, flags);
AFFINITY(hard, cpumap_hard);
AFFINITY(soft, cpumap_soft);

SAME_VALUE(XENMIG_DMOP_modified_memory, XEN_DMOP_modified_memory);
SAME_FIELD(struct xenmig_dm_op, op, struct xen_dm_op, op);
SAME_FIELD(struct xenmig_dm_op, nr_extents, struct xen_dm_op, u.modified_memory.nr_extents);
SAME_FIELD(struct xenmig_dm_op, opaque, struct xen_dm_op, u.modified_memory.opaque);
SAME_SIZE(struct xenmig_dm_extent, struct xen_dm_op_modified_memory_extent);
SAME_FIELD(struct xenmig_dm_extent, nr, struct xen_dm_op_modified_memory_extent, nr);
SAME_FIELD(struct xenmig_dm_extent, first, struct xen_dm_op_modified_memory_extent, first_pfn);
SAME_SIZE(struct xenmig_dm_buf, struct xen_dm_op_buf);
SAME_FIELD(struct xenmig_dm_buf, size, struct xen_dm_op_buf, size);

SYSCTL(physinfo);
SYSCTL(getdomaininfolist);
SYSCTL(cpupool_op);
SYSCTL(get_cpu_policy);

SAME_VALUE(XENMIG_DOMID_SELF, DOMID_SELF);
SAME_VALUE(XENMIG_DOMID_FIRST_RESERVED, DOMID_FIRST_RESERVED);
#ifdef DOMID_ANY
SAME_VALUE(XENMIG_DOMID_ANY, DOMID_ANY);
#endif

SAME_VALUE(XENMIG_DOMINF_DYING, XEN_DOMINF_dying);
SAME_VALUE(XENMIG_DOMINF_HVM, XEN_DOMINF_hvm_guest);
SAME_VALUE(XENMIG_DOMINF_SHUTDOWN, XEN_DOMINF_shutdown);
SAME_VALUE(XENMIG_DOMINF_PAUSED, XEN_DOMINF_paused);
SAME_VALUE(XENMIG_DOMINF_HAP, XEN_DOMINF_hap);
SAME_VALUE(XENMIG_DOMINF_SHUTDOWN_SHIFT, XEN_DOMINF_shutdownshift);
SAME_VALUE(XENMIG_DOMINF_SHUTDOWN_MASK, XEN_DOMINF_shutdownmask);

SAME_VALUE(XENMIG_CDF_HVM, XEN_DOMCTL_CDF_hvm);
SAME_VALUE(XENMIG_CDF_HAP, XEN_DOMCTL_CDF_hap);
SAME_VALUE(XENMIG_CDF_OOS_OFF, XEN_DOMCTL_CDF_oos_off);
SAME_VALUE(XENMIG_CDF_NESTED_VIRT, XEN_DOMCTL_CDF_nested_virt);
SAME_VALUE(XENMIG_CDF_VPMU, XEN_DOMCTL_CDF_vpmu);
SAME_VALUE(XENMIG_EMU_LAPIC, XEN_X86_EMU_LAPIC);

SAME_VALUE(XENMIG_SHADOW_OP_OFF, XEN_DOMCTL_SHADOW_OP_OFF);
SAME_VALUE(XENMIG_SHADOW_OP_ENABLE_LOGDIRTY, XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY);
SAME_VALUE(XENMIG_SHADOW_OP_CLEAN, XEN_DOMCTL_SHADOW_OP_CLEAN);
SAME_VALUE(XENMIG_SHADOW_OP_PEEK, XEN_DOMCTL_SHADOW_OP_PEEK);
SAME_VALUE(XENMIG_SHADOW_LOGDIRTY_FINAL, XEN_DOMCTL_SHADOW_LOGDIRTY_FINAL);
#ifdef XEN_DOMCTL_PFINFO_LTAB_SHIFT
SAME_VALUE(XENMIG_PFINFO_SHIFT, XEN_DOMCTL_PFINFO_LTAB_SHIFT);
#endif
SAME_VALUE(XENMIG_PHYSCAP_GNTTAB_V2, XEN_SYSCTL_PHYSCAP_gnttab_v2);

#define INFO(ours, theirs) \
	SAME_FIELD(struct xenmig_domctl_getdomaininfo, ours, struct xen_domctl_getdomaininfo, theirs)
SAME_SIZE(struct xenmig_domctl_getdomaininfo, struct xen_domctl_getdomaininfo);
INFO(domain, domain);
INFO(flags, flags);
INFO(tot_pages, tot_pages);
INFO(max_pages, max_pages);
INFO(outstanding_pages, outstanding_pages);
INFO(shr_pages, shr_pages);
INFO(paged_pages, paged_pages);
INFO(shared_info_frame, shared_info_frame);
INFO(cpu_time, cpu_time);
INFO(nr_online_vcpus, nr_online_vcpus);
INFO(max_vcpu_id, max_vcpu_id);
INFO(ssidref, ssidref);
INFO(handle, handle);
INFO(cpupool, cpupool);
INFO(gpaddr_bits, gpaddr_bits);
INFO(emulation_flags, arch_config.emulation_flags);
INFO(misc_flags, arch_config.misc_flags);

/* The header describes one of the two layouts; the interface version says which. */
#if XEN_DOMCTL_INTERFACE_VERSION >= 0x17
#define OUR_CREATE struct xenmig_domctl_createdomain_4_19
#else
#define OUR_CREATE struct xenmig_domctl_createdomain
#endif
#define CREATE(ours, theirs) \
	SAME_FIELD(OUR_CREATE, ours, struct xen_domctl_createdomain, theirs)
SAME_SIZE(OUR_CREATE, struct xen_domctl_createdomain);
CREATE(ssidref, ssidref);
CREATE(handle, handle);
CREATE(flags, flags);
CREATE(iommu_opts, iommu_opts);
CREATE(max_vcpus, max_vcpus);
CREATE(max_evtchn_port, max_evtchn_port);
CREATE(max_grant_frames, max_grant_frames);
CREATE(max_maptrack_frames, max_maptrack_frames);
CREATE(grant_opts, grant_opts);
CREATE(vmtrace_size, vmtrace_size);
CREATE(cpupool_id, cpupool_id);
CREATE(emulation_flags, arch.emulation_flags);
CREATE(misc_flags, arch.misc_flags);

/* The other layout: a word for altp2m before vmtrace_size, nothing else. */
#define LATER(field, by) \
	_Static_assert(offsetof(struct xenmig_domctl_createdomain_4_19, field) == \
		       offsetof(struct xenmig_domctl_createdomain, field) + (by), #field)
LATER(grant_opts, 0);
LATER(vmtrace_size, 4);
LATER(cpupool_id, 4);
LATER(emulation_flags, 4);
LATER(misc_flags, 4);
_Static_assert(offsetof(struct xenmig_domctl_createdomain_4_19, altp2m) == 48, "altp2m");
_Static_assert(sizeof(struct xenmig_domctl_createdomain) == 64, "4.17 and 4.18");
_Static_assert(sizeof(struct xenmig_domctl_createdomain_4_19) == 68, "4.19 and later");

#define SHADOW(ours, theirs) \
	SAME_FIELD(struct xenmig_domctl_shadow_op, ours, struct xen_domctl_shadow_op, theirs)
SAME_SIZE(struct xenmig_domctl_shadow_op, struct xen_domctl_shadow_op);
SHADOW(op, op);
SHADOW(mode, mode);
SHADOW(mb, mb);
SHADOW(dirty_bitmap, dirty_bitmap);
SHADOW(pages, pages);
SHADOW(fault_count, stats.fault_count);
SHADOW(dirty_count, stats.dirty_count);

SAME_SIZE(struct xenmig_domctl_getpageframeinfo3, struct xen_domctl_getpageframeinfo3);
SAME_FIELD(struct xenmig_domctl_getpageframeinfo3, num, struct xen_domctl_getpageframeinfo3, num);
SAME_FIELD(struct xenmig_domctl_getpageframeinfo3, array,
	   struct xen_domctl_getpageframeinfo3, array);

SAME_SIZE(struct xenmig_domctl_hvmcontext, struct xen_domctl_hvmcontext);
SAME_FIELD(struct xenmig_domctl_hvmcontext, size, struct xen_domctl_hvmcontext, size);
SAME_FIELD(struct xenmig_domctl_hvmcontext, buffer, struct xen_domctl_hvmcontext, buffer);

#define TSC(field) \
	SAME_FIELD(struct xenmig_domctl_tsc_info, field, struct xen_domctl_tsc_info, field)
SAME_SIZE(struct xenmig_domctl_tsc_info, struct xen_domctl_tsc_info);
TSC(tsc_mode);
TSC(gtsc_khz);
TSC(incarnation);
TSC(elapsed_nsec);

/* Xen 4.18 shortened the names of the two handles; take their places, not their names. */
#define POLICY(field) \
	SAME_FIELD(struct xenmig_domctl_cpu_policy, field, struct xen_domctl_cpu_policy, field)
SAME_SIZE(struct xenmig_domctl_cpu_policy, struct xen_domctl_cpu_policy);
POLICY(nr_leaves);
POLICY(nr_msrs);
POLICY(err_leaf);
POLICY(err_subleaf);
POLICY(err_msr);
_Static_assert(offsetof(struct xenmig_domctl_cpu_policy, leaves) == 8, "leaves");
_Static_assert(offsetof(struct xenmig_domctl_cpu_policy, msrs) == 16, "msrs");

#define LEAF(field)	SAME_FIELD(struct xenmig_cpuid_leaf, field, xen_cpuid_leaf_t, field)
SAME_SIZE(struct xenmig_cpuid_leaf, xen_cpuid_leaf_t);
LEAF(leaf);
LEAF(subleaf);
LEAF(a);
LEAF(b);
LEAF(c);
LEAF(d);

#define MSR(field)	SAME_FIELD(struct xenmig_msr_entry, field, xen_msr_entry_t, field)
SAME_SIZE(struct xenmig_msr_entry, xen_msr_entry_t);
MSR(idx);
MSR(flags);
MSR(val);

SAME_SIZE(struct xenmig_domctl_vcpucontext, struct xen_domctl_vcpucontext);
SAME_FIELD(struct xenmig_domctl_vcpucontext, vcpu, struct xen_domctl_vcpucontext, vcpu);
SAME_FIELD(struct xenmig_domctl_vcpucontext, ctxt, struct xen_domctl_vcpucontext, ctxt);

SAME_SIZE(struct xenmig_domctl_getvcpuinfo, struct xen_domctl_getvcpuinfo);
SAME_FIELD(struct xenmig_domctl_getvcpuinfo, vcpu, struct xen_domctl_getvcpuinfo, vcpu);
SAME_FIELD(struct xenmig_domctl_getvcpuinfo, online, struct xen_domctl_getvcpuinfo, online);
SAME_FIELD(struct xenmig_domctl_ext_vcpucontext, vcpu, struct xen_domctl_ext_vcpucontext, vcpu);
SAME_FIELD(struct xenmig_domctl_ext_vcpucontext, size, struct xen_domctl_ext_vcpucontext, size);
SAME_SIZE(struct xenmig_domctl_vcpuextstate, struct xen_domctl_vcpuextstate);
SAME_FIELD(struct xenmig_domctl_vcpuextstate, vcpu, struct xen_domctl_vcpuextstate, vcpu);
SAME_FIELD(struct xenmig_domctl_vcpuextstate, xfeature_mask, struct xen_domctl_vcpuextstate,
	   xfeature_mask);
SAME_FIELD(struct xenmig_domctl_vcpuextstate, size, struct xen_domctl_vcpuextstate, size);
SAME_FIELD(struct xenmig_domctl_vcpuextstate, buffer, struct xen_domctl_vcpuextstate, buffer);
SAME_SIZE(struct xenmig_domctl_vcpu_msrs, struct xen_domctl_vcpu_msrs);
SAME_FIELD(struct xenmig_domctl_vcpu_msrs, vcpu, struct xen_domctl_vcpu_msrs, vcpu);
SAME_FIELD(struct xenmig_domctl_vcpu_msrs, count, struct xen_domctl_vcpu_msrs, msr_count);
SAME_FIELD(struct xenmig_domctl_vcpu_msrs, msrs, struct xen_domctl_vcpu_msrs, msrs);

#define CONTEXT(ours, theirs) \
	SAME_FIELD(struct xenmig_vcpu_context, ours, struct vcpu_guest_context, theirs)
SAME_SIZE(struct xenmig_vcpu_context, struct vcpu_guest_context);
CONTEXT(fpu, fpu_ctxt);
CONTEXT(flags, flags);
CONTEXT(rax, user_regs.rax);
CONTEXT(rdx, user_regs.rdx);
CONTEXT(rdi, user_regs.rdi);
CONTEXT(traps, trap_ctxt);
CONTEXT(ldt_base, ldt_base);
CONTEXT(gdt_frames, gdt_frames);
CONTEXT(gdt_ents, gdt_ents);
CONTEXT(kernel_sp, kernel_sp);
CONTEXT(ctrlreg, ctrlreg);
CONTEXT(debugreg, debugreg);
SAME_VALUE(XENMIG_VGCF_ONLINE, VGCF_online);
SAME_VALUE(XENMIG_MAX_GDT_ENTRIES, FIRST_RESERVED_GDT_ENTRY);

#define SHARED(ours, theirs) \
	SAME_FIELD(struct xenmig_shared_info, ours, struct shared_info, theirs)
SAME_SIZE(struct xenmig_shared_info, struct shared_info);
SHARED(vcpu_info, vcpu_info);
SAME_SIZE(struct xenmig_vcpu_info, struct vcpu_info);
SAME_FIELD(struct xenmig_vcpu_info, evtchn_pending_sel, struct vcpu_info, evtchn_pending_sel);
SHARED(evtchn_pending, evtchn_pending);
SHARED(evtchn_mask, evtchn_mask);
SHARED(max_pfn, arch.max_pfn);
SHARED(p2m_tree, arch.pfn_to_mfn_frame_list_list);
SHARED(nmi_reason, arch.nmi_reason);
SHARED(p2m_cr3, arch.p2m_cr3);
SHARED(p2m_vaddr, arch.p2m_vaddr);
SHARED(p2m_generation, arch.p2m_generation);

#define START(ours, theirs) \
	SAME_FIELD(struct xenmig_start_info, ours, struct start_info, theirs)
START(magic, magic);
START(nr_pages, nr_pages);
START(shared_info, shared_info);
START(flags, flags);
START(store_mfn, store_mfn);
START(store_evtchn, store_evtchn);
START(console_mfn, console.domU.mfn);
START(console_evtchn, console.domU.evtchn);

#define IN_DOMCTL(ours, theirs)	SAME_FIELD(struct xenmig_domctl, ours, struct xen_domctl, theirs)
SAME_SIZE(struct xenmig_domctl, struct xen_domctl);
IN_DOMCTL(cmd, cmd);
IN_DOMCTL(interface_version, interface_version);
IN_DOMCTL(domain, domain);
IN_DOMCTL(u.raw, u.pad);
IN_DOMCTL(u.getdomaininfo, u.getdomaininfo);
IN_DOMCTL(u.shadow_op, u.shadow_op);
IN_DOMCTL(u.getpageframeinfo3, u.getpageframeinfo3);
IN_DOMCTL(u.hvmcontext, u.hvmcontext);
IN_DOMCTL(u.tsc_info, u.tsc_info);
IN_DOMCTL(u.cpu_policy, u.cpu_policy);
IN_DOMCTL(u.vcpucontext, u.vcpucontext);
IN_DOMCTL(u.vcpuinfo, u.getvcpuinfo);
IN_DOMCTL(u.vcpuextstate, u.vcpuextstate);
IN_DOMCTL(u.vcpu_msrs, u.vcpu_msrs);
IN_DOMCTL(u.address_bits, u.address_size.size);
IN_DOMCTL(u.max_memkb, u.max_mem.max_memkb);
IN_DOMCTL(u.paging_bytes, u.paging_mempool.size);
IN_DOMCTL(u.max_vcpus, u.max_vcpus.max);

#define PHYS(field) \
	SAME_FIELD(struct xenmig_sysctl_physinfo, field, struct xen_sysctl_physinfo, field)
SAME_SIZE(struct xenmig_sysctl_physinfo, struct xen_sysctl_physinfo);
PHYS(threads_per_core);
PHYS(cores_per_socket);
PHYS(nr_cpus);
PHYS(max_cpu_id);
PHYS(nr_nodes);
PHYS(max_node_id);
PHYS(cpu_khz);
PHYS(capabilities);
PHYS(arch_capabilities);
PHYS(total_pages);
PHYS(free_pages);
PHYS(scrub_pages);
PHYS(outstanding_pages);
PHYS(max_mfn);
PHYS(hw_cap);

#define LIST(field)							\
	SAME_FIELD(struct xenmig_sysctl_getdomaininfolist, field,	\
		   struct xen_sysctl_getdomaininfolist, field)
SAME_SIZE(struct xenmig_sysctl_getdomaininfolist, struct xen_sysctl_getdomaininfolist);
LIST(first_domain);
LIST(max_domains);
LIST(buffer);
LIST(num_domains);

#define HOST_POLICY(ours, theirs) \
	SAME_FIELD(struct xenmig_sysctl_cpu_policy, ours, struct xen_sysctl_cpu_policy, theirs)
SAME_SIZE(struct xenmig_sysctl_cpu_policy, struct xen_sysctl_cpu_policy);
HOST_POLICY(index, index);
HOST_POLICY(nr_leaves, nr_leaves);
HOST_POLICY(nr_msrs, nr_msrs);
_Static_assert(offsetof(struct xenmig_sysctl_cpu_policy, leaves) == 16, "leaves");
_Static_assert(offsetof(struct xenmig_sysctl_cpu_policy, msrs) == 24, "msrs");

SAME_VALUE(XENMIG_CPUPOOL_OP_INFO, XEN_SYSCTL_CPUPOOL_OP_INFO);
#define POOL(field) \
	SAME_FIELD(struct xenmig_sysctl_cpupool_op, field, struct xen_sysctl_cpupool_op, field)
SAME_SIZE(struct xenmig_sysctl_cpupool_op, struct xen_sysctl_cpupool_op);
POOL(op);
POOL(cpupool_id);
POOL(sched_id);
POOL(n_dom);
POOL(cpumap);

#define IN_SYSCTL(ours, theirs)	SAME_FIELD(struct xenmig_sysctl, ours, struct xen_sysctl, theirs)
SAME_SIZE(struct xenmig_sysctl, struct xen_sysctl);
IN_SYSCTL(cmd, cmd);
IN_SYSCTL(interface_version, interface_version);
IN_SYSCTL(u.raw, u.pad);
IN_SYSCTL(u.physinfo, u.physinfo);
IN_SYSCTL(u.cpupool_op, u.cpupool_op);
IN_SYSCTL(u.getdomaininfolist, u.getdomaininfolist);
IN_SYSCTL(u.cpu_policy, u.cpu_policy);

static void layouts_and_numbers_agree(void)
{
}

static const struct test tests[] = {
	TEST(layouts_and_numbers_agree),
};

HARNESS_MAIN(tests)
