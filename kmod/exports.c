// SPDX-License-Identifier: GPL-2.0-only
/*
 * What xenmig-bench.ko measures and what it needs for that, and nothing else: no other
 * module has business here. All in one place, so that it can be seen how much it is, and
 * so that the pure files stay free of it.
 */
#include <linux/export.h>

#include "base/fault.h"
#include "compat/compat.h"
#include "frames/dirty.h"
#include "frames/flight.h"
#include "frames/window.h"
#include "guest/domain.h"
#include "session/session.h"
#include "wire/record.h"
#include "wire/sock.h"
#include "xen/hypercall.h"

#define EXPORT(symbol)	EXPORT_SYMBOL_NS_GPL(symbol, XENMIG_NAMESPACE)

/* The pieces */
EXPORT(xenmig_check_entries);
EXPORT(xenmig_dirty_take);
EXPORT(xenmig_dom_logdirty_clean);
EXPORT(xenmig_dom_page_types);
EXPORT(xenmig_flight_next);
EXPORT(xenmig_flight_send);
EXPORT(xenmig_put_page_data);
EXPORT(xenmig_sock_receive_pages);
EXPORT(xenmig_sock_send);
EXPORT(xenmig_sock_send_message);
EXPORT(xenmig_window_map);
EXPORT(xenmig_window_unmap);

/* What is made before them, and undone after */
EXPORT(xenmig_dirty_add);
EXPORT(xenmig_dirty_free);
EXPORT(xenmig_dirty_init);
EXPORT(xenmig_dom_logdirty_off);
EXPORT(xenmig_dom_logdirty_on);
EXPORT(xenmig_domain_read);
EXPORT(xenmig_domain_refusal);
EXPORT(xenmig_hypercall_refusal);
EXPORT(xenmig_inflight_count);
EXPORT(xenmig_inflight_end);
EXPORT(xenmig_inflight_init);
EXPORT(xenmig_session_domain_free);
EXPORT(xenmig_sock_adopt);
EXPORT(xenmig_sock_init);
EXPORT(xenmig_sock_receive);
EXPORT(xenmig_sock_stall);
EXPORT(xenmig_window_init);

#ifdef XENMIG_FAULT_POINTS
EXPORT(xenmig_fault);
#endif
