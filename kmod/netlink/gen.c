// SPDX-License-Identifier: GPL-2.0-only
/* Do not edit: generated from Documentation/netlink/specs/xenmig.yaml by `make spec`. */
#include "netlink/gen.h"

static struct netlink_range_validation range_1_65535 = {
	.min = 1,
	.max = 65535,
};

static struct netlink_range_validation range_0_65535 = {
	.max = 65535,
};

const struct nla_policy xenmig_domain_policy[XENMIG_A_DOMAIN_MAX + 1] = {
	[XENMIG_A_DOMAIN_DOMID] = { .type = NLA_U32 },
	[XENMIG_A_DOMAIN_UUID] = NLA_POLICY_EXACT_LEN(16),
	[XENMIG_A_DOMAIN_CREATE_FLAGS] = NLA_POLICY_MASK(NLA_U32, 0x1f),
	[XENMIG_A_DOMAIN_DOMINF_FLAGS] = { .type = NLA_U32 },
	[XENMIG_A_DOMAIN_PAGES] = { .type = NLA_U64 },
	[XENMIG_A_DOMAIN_MAX_PAGES] = { .type = NLA_U64 },
	[XENMIG_A_DOMAIN_MAX_GFN] = { .type = NLA_U64 },
	[XENMIG_A_DOMAIN_VCPUS] = NLA_POLICY_RANGE(NLA_U32, 1, 512),
	[XENMIG_A_DOMAIN_VCPUS_ONLINE] = { .type = NLA_U32 },
	[XENMIG_A_DOMAIN_CPUPOOL] = { .type = NLA_U32 },
	[XENMIG_A_DOMAIN_SSIDREF] = { .type = NLA_U32 },
	[XENMIG_A_DOMAIN_EMULATION_FLAGS] = { .type = NLA_U32 },
	[XENMIG_A_DOMAIN_MISC_FLAGS] = { .type = NLA_U32 },
	[XENMIG_A_DOMAIN_EVTCHN_PORTS] = { .type = NLA_U32 },
	[XENMIG_A_DOMAIN_GRANT_FRAMES] = { .type = NLA_U32 },
	[XENMIG_A_DOMAIN_MAPTRACK_FRAMES] = { .type = NLA_S32 },
	[XENMIG_A_DOMAIN_GRANT_VERSION] = NLA_POLICY_RANGE(NLA_U32, 1, 2),
	[XENMIG_A_DOMAIN_PAGING_BYTES] = { .type = NLA_U64 },
	[XENMIG_A_DOMAIN_TIMER_MODE] = { .type = NLA_U32 },
	[XENMIG_A_DOMAIN_TSC_MODE] = { .type = NLA_U32 },
	[XENMIG_A_DOMAIN_POD_ENTRIES] = { .type = NLA_U64 },
	[XENMIG_A_DOMAIN_STORE_GFN] = { .type = NLA_U64 },
	[XENMIG_A_DOMAIN_CONSOLE_GFN] = { .type = NLA_U64 },
	[XENMIG_A_DOMAIN_STORE_DOMID] = { .type = NLA_U32 },
	[XENMIG_A_DOMAIN_CONSOLE_DOMID] = { .type = NLA_U32 },
	[XENMIG_A_DOMAIN_STORE_PORT] = { .type = NLA_U32 },
	[XENMIG_A_DOMAIN_CONSOLE_PORT] = { .type = NLA_U32 },
	[XENMIG_A_DOMAIN_REFUSAL] = { .type = NLA_NUL_STRING, .len = 255 },
	[XENMIG_A_DOMAIN_RING_REF] = { .type = NLA_U32 },
	[XENMIG_A_DOMAIN_UNANSWERED] = { .type = NLA_U32 },
	[XENMIG_A_DOMAIN_SCHEDULER] = { .type = NLA_U32 },
	[XENMIG_A_DOMAIN_SCHED_WEIGHT] = NLA_POLICY_FULL_RANGE(NLA_U32, &range_1_65535),
	[XENMIG_A_DOMAIN_SCHED_CAP] = NLA_POLICY_FULL_RANGE(NLA_U32, &range_0_65535),
	[XENMIG_A_DOMAIN_FEATURES] = NLA_POLICY_EXACT_LEN(64),
	[XENMIG_A_DOMAIN_STORE_MFN] = { .type = NLA_U64 },
	[XENMIG_A_DOMAIN_CONSOLE_MFN] = { .type = NLA_U64 },
	[XENMIG_A_DOMAIN_VCPU] = NLA_POLICY_RANGE(NLA_U32, 0, 511),
	[XENMIG_A_DOMAIN_HARD_AFFINITY] = NLA_POLICY_EXACT_LEN(128),
	[XENMIG_A_DOMAIN_SOFT_AFFINITY] = NLA_POLICY_EXACT_LEN(128),
	[XENMIG_A_DOMAIN_HPET] = NLA_POLICY_RANGE(NLA_U32, 0, 1),
	[XENMIG_A_DOMAIN_VPT_ALIGN] = NLA_POLICY_RANGE(NLA_U32, 0, 1),
	[XENMIG_A_DOMAIN_TIME_OFFSET] = { .type = NLA_S32 },
	[XENMIG_A_DOMAIN_PV_DRIVERS] = { .type = NLA_U32 },
	[XENMIG_A_DOMAIN_UNPAUSED_NS] = { .type = NLA_U64 },
};

static const struct nla_policy info_get_policy[] = {
	[XENMIG_A_INFO_PAD] = { .type = NLA_REJECT },
};

static const struct nla_policy domain_get_policy[XENMIG_A_DOMAIN_DOMID + 1] = {
	[XENMIG_A_DOMAIN_DOMID] = { .type = NLA_U32 },
};

static const struct nla_policy domain_unpause_policy[XENMIG_A_DOMAIN_UUID + 1] = {
	[XENMIG_A_DOMAIN_DOMID] = { .type = NLA_U32 },
	[XENMIG_A_DOMAIN_UUID] = NLA_POLICY_EXACT_LEN(16),
};

static const struct nla_policy domain_destroy_policy[XENMIG_A_DOMAIN_UUID + 1] = {
	[XENMIG_A_DOMAIN_DOMID] = { .type = NLA_U32 },
	[XENMIG_A_DOMAIN_UUID] = NLA_POLICY_EXACT_LEN(16),
};

static const struct nla_policy session_new_policy[XENMIG_A_SESSION_DOMAIN + 1] = {
	[XENMIG_A_SESSION_ROLE] = NLA_POLICY_MAX(NLA_U32, 1),
	[XENMIG_A_SESSION_DOMID] = { .type = NLA_U32 },
	[XENMIG_A_SESSION_DOMAIN] = NLA_POLICY_NESTED(xenmig_domain_policy),
};

static const struct nla_policy session_start_policy[XENMIG_A_SESSION_HOLD_PAUSE + 1] = {
	[XENMIG_A_SESSION_ID] = { .type = NLA_U32 },
	[XENMIG_A_SESSION_SOCKET] = { .type = NLA_U32 },
	[XENMIG_A_SESSION_VERIFY] = { .type = NLA_FLAG },
	[XENMIG_A_SESSION_NO_LIVE] = { .type = NLA_FLAG },
	[XENMIG_A_SESSION_DOWNTIME_MS] = { .type = NLA_U32 },
	[XENMIG_A_SESSION_MAX_ROUNDS] = NLA_POLICY_RANGE(NLA_U32, 1, 10000),
	[XENMIG_A_SESSION_MAX_SECONDS] = { .type = NLA_U32 },
	[XENMIG_A_SESSION_ON_LIMIT] = NLA_POLICY_MAX(NLA_U32, 2),
	[XENMIG_A_SESSION_FIXED_COST_US] = { .type = NLA_U32 },
	[XENMIG_A_SESSION_BANDWIDTH_MIB] = { .type = NLA_U32 },
	[XENMIG_A_SESSION_HOLD_PAUSE] = NLA_POLICY_RANGE(NLA_U32, 0, 1),
};

static const struct nla_policy session_get_policy[XENMIG_A_SESSION_ID + 1] = {
	[XENMIG_A_SESSION_ID] = { .type = NLA_U32 },
};

static const struct nla_policy session_suspend_policy[XENMIG_A_SESSION_FORCE + 1] = {
	[XENMIG_A_SESSION_ID] = { .type = NLA_U32 },
	[XENMIG_A_SESSION_FORCE] = { .type = NLA_FLAG },
};

static const struct nla_policy session_hold_policy[XENMIG_A_SESSION_ID + 1] = {
	[XENMIG_A_SESSION_ID] = { .type = NLA_U32 },
};

static const struct nla_policy session_keep_policy[XENMIG_A_SESSION_MAX_PAGES + 1] = {
	[XENMIG_A_SESSION_ID] = { .type = NLA_U32 },
	[XENMIG_A_SESSION_MAX_PAGES] = { .type = NLA_U64 },
};

static const struct nla_policy session_cancel_policy[XENMIG_A_SESSION_ID + 1] = {
	[XENMIG_A_SESSION_ID] = { .type = NLA_U32 },
};

static const struct nla_policy session_end_policy[XENMIG_A_SESSION_ID + 1] = {
	[XENMIG_A_SESSION_ID] = { .type = NLA_U32 },
};

static const struct nla_policy domain_ring_policy[XENMIG_A_DOMAIN_RING_REF + 1] = {
	[XENMIG_A_DOMAIN_DOMID] = { .type = NLA_U32 },
	[XENMIG_A_DOMAIN_UUID] = NLA_POLICY_EXACT_LEN(16),
	[XENMIG_A_DOMAIN_RING_REF] = { .type = NLA_U32 },
};

static const struct nla_policy session_resume_policy[XENMIG_A_SESSION_ID + 1] = {
	[XENMIG_A_SESSION_ID] = { .type = NLA_U32 },
};

static const struct nla_policy session_set_policy[XENMIG_A_SESSION_HOLD_PAUSE + 1] = {
	[XENMIG_A_SESSION_ID] = { .type = NLA_U32 },
	[XENMIG_A_SESSION_DOWNTIME_MS] = { .type = NLA_U32 },
	[XENMIG_A_SESSION_MAX_ROUNDS] = NLA_POLICY_RANGE(NLA_U32, 1, 10000),
	[XENMIG_A_SESSION_MAX_SECONDS] = { .type = NLA_U32 },
	[XENMIG_A_SESSION_ON_LIMIT] = NLA_POLICY_MAX(NLA_U32, 2),
	[XENMIG_A_SESSION_BANDWIDTH_MIB] = { .type = NLA_U32 },
	[XENMIG_A_SESSION_HOLD_PAUSE] = NLA_POLICY_RANGE(NLA_U32, 0, 1),
};

static const struct nla_policy affinity_get_policy[XENMIG_A_DOMAIN_VCPU + 1] = {
	[XENMIG_A_DOMAIN_DOMID] = { .type = NLA_U32 },
	[XENMIG_A_DOMAIN_UUID] = NLA_POLICY_EXACT_LEN(16),
	[XENMIG_A_DOMAIN_VCPU] = NLA_POLICY_RANGE(NLA_U32, 0, 511),
};

static const struct nla_policy affinity_set_policy[XENMIG_A_DOMAIN_SOFT_AFFINITY + 1] = {
	[XENMIG_A_DOMAIN_DOMID] = { .type = NLA_U32 },
	[XENMIG_A_DOMAIN_UUID] = NLA_POLICY_EXACT_LEN(16),
	[XENMIG_A_DOMAIN_VCPU] = NLA_POLICY_RANGE(NLA_U32, 0, 511),
	[XENMIG_A_DOMAIN_HARD_AFFINITY] = NLA_POLICY_EXACT_LEN(128),
	[XENMIG_A_DOMAIN_SOFT_AFFINITY] = NLA_POLICY_EXACT_LEN(128),
};

static const struct nla_policy session_device_model_policy[XENMIG_A_SESSION_RUNNING + 1] = {
	[XENMIG_A_SESSION_ID] = { .type = NLA_U32 },
	[XENMIG_A_SESSION_RUNNING] = NLA_POLICY_RANGE(NLA_U32, 0, 1),
};

const struct genl_ops xenmig_nl_ops[XENMIG_NL_OPS] = {
	{
		.cmd = XENMIG_CMD_INFO_GET,
		.doit = xenmig_nl_info_get_doit,
		.policy = info_get_policy,
		.maxattr = XENMIG_A_INFO_PAD,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = XENMIG_CMD_DOMAIN_GET,
		.doit = xenmig_nl_domain_get_doit,
		.dumpit = xenmig_nl_domain_get_dumpit,
		.policy = domain_get_policy,
		.maxattr = XENMIG_A_DOMAIN_DOMID,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = XENMIG_CMD_DOMAIN_UNPAUSE,
		.doit = xenmig_nl_domain_unpause_doit,
		.policy = domain_unpause_policy,
		.maxattr = XENMIG_A_DOMAIN_UUID,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = XENMIG_CMD_DOMAIN_DESTROY,
		.doit = xenmig_nl_domain_destroy_doit,
		.policy = domain_destroy_policy,
		.maxattr = XENMIG_A_DOMAIN_UUID,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = XENMIG_CMD_SESSION_NEW,
		.doit = xenmig_nl_session_new_doit,
		.policy = session_new_policy,
		.maxattr = XENMIG_A_SESSION_DOMAIN,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = XENMIG_CMD_SESSION_START,
		.doit = xenmig_nl_session_start_doit,
		.policy = session_start_policy,
		.maxattr = XENMIG_A_SESSION_HOLD_PAUSE,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = XENMIG_CMD_SESSION_GET,
		.doit = xenmig_nl_session_get_doit,
		.dumpit = xenmig_nl_session_get_dumpit,
		.policy = session_get_policy,
		.maxattr = XENMIG_A_SESSION_ID,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = XENMIG_CMD_SESSION_SUSPEND,
		.doit = xenmig_nl_session_suspend_doit,
		.policy = session_suspend_policy,
		.maxattr = XENMIG_A_SESSION_FORCE,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = XENMIG_CMD_SESSION_HOLD,
		.doit = xenmig_nl_session_hold_doit,
		.policy = session_hold_policy,
		.maxattr = XENMIG_A_SESSION_ID,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = XENMIG_CMD_SESSION_KEEP,
		.doit = xenmig_nl_session_keep_doit,
		.policy = session_keep_policy,
		.maxattr = XENMIG_A_SESSION_MAX_PAGES,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = XENMIG_CMD_SESSION_CANCEL,
		.doit = xenmig_nl_session_cancel_doit,
		.policy = session_cancel_policy,
		.maxattr = XENMIG_A_SESSION_ID,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = XENMIG_CMD_SESSION_END,
		.doit = xenmig_nl_session_end_doit,
		.policy = session_end_policy,
		.maxattr = XENMIG_A_SESSION_ID,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = XENMIG_CMD_DOMAIN_RING,
		.doit = xenmig_nl_domain_ring_doit,
		.policy = domain_ring_policy,
		.maxattr = XENMIG_A_DOMAIN_RING_REF,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = XENMIG_CMD_SESSION_RESUME,
		.doit = xenmig_nl_session_resume_doit,
		.policy = session_resume_policy,
		.maxattr = XENMIG_A_SESSION_ID,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = XENMIG_CMD_SESSION_SET,
		.doit = xenmig_nl_session_set_doit,
		.policy = session_set_policy,
		.maxattr = XENMIG_A_SESSION_HOLD_PAUSE,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = XENMIG_CMD_AFFINITY_GET,
		.doit = xenmig_nl_affinity_get_doit,
		.policy = affinity_get_policy,
		.maxattr = XENMIG_A_DOMAIN_VCPU,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = XENMIG_CMD_AFFINITY_SET,
		.doit = xenmig_nl_affinity_set_doit,
		.policy = affinity_set_policy,
		.maxattr = XENMIG_A_DOMAIN_SOFT_AFFINITY,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = XENMIG_CMD_SESSION_DEVICE_MODEL,
		.doit = xenmig_nl_session_device_model_doit,
		.policy = session_device_model_policy,
		.maxattr = XENMIG_A_SESSION_RUNNING,
		.flags = GENL_ADMIN_PERM,
	},
};
