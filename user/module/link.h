/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Typed calls to xenmig.ko, and to xenmig-bench.ko. link.c is the only file that speaks generic netlink. */
#ifndef MIGCTL_LINK_H
#define MIGCTL_LINK_H

#include "base/error.h"
#include "module/model.h"

struct link;

/* link.c */
struct link *link_open(struct error *err);
void link_close(struct link *link);
int link_fd(const struct link *link);

int link_info(struct link *link, struct host_info *info, struct error *err);

int link_watch(struct link *link, struct error *err);
int link_watch_fd(const struct link *link);
int link_watch_read(struct link *link, struct session *session);

/* link-domain.c */
int link_domain(struct link *link, uint32_t domid, struct domain *domain, struct error *err);
int link_domains(struct link *link, struct domain **list, unsigned int *count,
		 struct error *err);
int link_find(struct link *link, uint32_t domid, const uint8_t *uuid, struct domain *domain,
	      struct error *err);
int link_id_free(struct link *link, uint32_t domid, struct error *err);
int link_find_uuid(struct link *link, const uint8_t *uuid, struct domain *domain,
		   struct error *err);
int link_unpause(struct link *link, uint32_t domid, const uint8_t *uuid, uint64_t *when_ns,
		 struct error *err);
int link_ring(struct link *link, uint32_t domid, const uint8_t *uuid, uint32_t ref,
	      uint32_t *unanswered, struct error *err);
int link_unread(struct link *link, uint32_t domid, const uint8_t *uuid, uint32_t *octets,
		struct error *err);
int link_affinity(struct link *link, uint32_t domid, const uint8_t *uuid, uint32_t vcpu,
		  struct affinity *affinity, struct error *err);
int link_affinity_set(struct link *link, uint32_t domid, const uint8_t *uuid,
		      const struct affinity *affinity, struct error *err);
int link_destroy(struct link *link, uint32_t domid, const uint8_t *uuid, struct error *err);

/* link-session.c */
int link_session_source(struct link *link, uint32_t domid, uint32_t *id, struct error *err);
int link_session_destination(struct link *link, const struct domain *wanted,
			     struct session *created, struct error *err);
int link_session_start(struct link *link, const struct limits *limits, struct error *err);
int link_session_set(struct link *link, const struct limits *limits, struct error *err);
int link_session(struct link *link, uint32_t id, struct session *session, struct error *err);
int link_sessions(struct link *link, struct session **list, unsigned int *count,
		  struct error *err);
int link_session_suspend(struct link *link, uint32_t id, bool force, struct error *err);
int link_session_device_model(struct link *link, uint32_t id, bool runs, struct error *err);
int link_session_hold(struct link *link, uint32_t id, struct error *err);
int link_session_keep(struct link *link, uint32_t id, uint64_t max_pages, struct error *err);
int link_session_resume(struct link *link, uint32_t id, struct error *err);
int link_session_cancel(struct link *link, uint32_t id, struct error *err);
int link_find_session(struct link *link, uint32_t domid, uint32_t state, uint32_t *id,
		      struct error *err);
int link_sessions_end(struct link *link, uint32_t domid, uint32_t state, struct error *err);
bool link_session_over(const struct session *session);
int link_session_end(struct link *link, uint32_t id, struct error *err);

/* link-bench.c */
struct link *link_open_bench(struct error *err);
int link_measure(struct link *link, const struct measurement *wanted,
		 struct measurement *measured, struct error *err);

#endif /* MIGCTL_LINK_H */
