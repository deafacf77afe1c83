/* SPDX-License-Identifier: GPL-2.0-only */
/* Tracepoints. Arguments are plain values; Documentation/architecture.rst lists them. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM xenmig

#if !defined(_XENMIG_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _XENMIG_TRACE_H

#include <linux/tracepoint.h>

TRACE_EVENT(xenmig_state,
	TP_PROTO(u32 session, u16 domid, u32 from, u32 to, u32 reason),
	TP_ARGS(session, domid, from, to, reason),
	TP_STRUCT__entry(
		__field(u32, session)
		__field(u16, domid)
		__field(u32, from)
		__field(u32, to)
		__field(u32, reason)
	),
	TP_fast_assign(
		__entry->session = session;
		__entry->domid = domid;
		__entry->from = from;
		__entry->to = to;
		__entry->reason = reason;
	),
	TP_printk("session=%u domid=%u from=%u to=%u reason=%u", __entry->session,
		  __entry->domid, __entry->from, __entry->to, __entry->reason)
);

/* How much of its CPU time a guest is denied from now on. */
TRACE_EVENT(xenmig_throttle,
	TP_PROTO(u32 session, u16 domid, u32 percent),
	TP_ARGS(session, domid, percent),
	TP_STRUCT__entry(
		__field(u32, session)
		__field(u16, domid)
		__field(u32, percent)
	),
	TP_fast_assign(
		__entry->session = session;
		__entry->domid = domid;
		__entry->percent = percent;
	),
	TP_printk("session=%u domid=%u percent=%u", __entry->session, __entry->domid,
		  __entry->percent)
);

TRACE_EVENT(xenmig_round,
	TP_PROTO(u32 session, u32 round, u64 sent, u64 dirty, u64 rate, u64 expected_us),
	TP_ARGS(session, round, sent, dirty, rate, expected_us),
	TP_STRUCT__entry(
		__field(u32, session)
		__field(u32, round)
		__field(u64, sent)
		__field(u64, dirty)
		__field(u64, rate)
		__field(u64, expected_us)
	),
	TP_fast_assign(
		__entry->session = session;
		__entry->round = round;
		__entry->sent = sent;
		__entry->dirty = dirty;
		__entry->rate = rate;
		__entry->expected_us = expected_us;
	),
	TP_printk("session=%u round=%u sent=%llu dirty=%llu rate=%llu expected_us=%llu",
		  __entry->session, __entry->round, __entry->sent, __entry->dirty,
		  __entry->rate, __entry->expected_us)
);

TRACE_EVENT(xenmig_flight_sent,
	TP_PROTO(u32 slot, u32 frames, u32 pieces, u32 header),
	TP_ARGS(slot, frames, pieces, header),
	TP_STRUCT__entry(
		__field(u32, slot)
		__field(u32, frames)
		__field(u32, pieces)
		__field(u32, header)
	),
	TP_fast_assign(
		__entry->slot = slot;
		__entry->frames = frames;
		__entry->pieces = pieces;
		__entry->header = header;
	),
	TP_printk("slot=%u frames=%u pieces=%u header=%u", __entry->slot, __entry->frames,
		  __entry->pieces, __entry->header)
);

TRACE_EVENT(xenmig_flight_landed,
	TP_PROTO(u32 slot, u32 frames),
	TP_ARGS(slot, frames),
	TP_STRUCT__entry(
		__field(u32, slot)
		__field(u32, frames)
	),
	TP_fast_assign(
		__entry->slot = slot;
		__entry->frames = frames;
	),
	TP_printk("slot=%u frames=%u", __entry->slot, __entry->frames)
);

TRACE_EVENT(xenmig_record,
	TP_PROTO(u32 session, u32 type, u32 length),
	TP_ARGS(session, type, length),
	TP_STRUCT__entry(
		__field(u32, session)
		__field(u32, type)
		__field(u32, length)
	),
	TP_fast_assign(
		__entry->session = session;
		__entry->type = type;
		__entry->length = length;
	),
	TP_printk("session=%u type=%#x length=%u", __entry->session, __entry->type,
		  __entry->length)
);

/* A piece of a page's way: how many frames it was about, and how long it took. */
DECLARE_EVENT_CLASS(xenmig_work,
	TP_PROTO(u64 frames, u64 ns),
	TP_ARGS(frames, ns),
	TP_STRUCT__entry(
		__field(u64, frames)
		__field(u64, ns)
	),
	TP_fast_assign(
		__entry->frames = frames;
		__entry->ns = ns;
	),
	TP_printk("frames=%llu ns=%llu", __entry->frames, __entry->ns)
);

/* Xen was asked what frames are. */
DEFINE_EVENT(xenmig_work, xenmig_types, TP_PROTO(u64 frames, u64 ns), TP_ARGS(frames, ns));
/* Frames were mapped, and the TLB flushed. */
DEFINE_EVENT(xenmig_work, xenmig_map, TP_PROTO(u64 frames, u64 ns), TP_ARGS(frames, ns));
/* The log-dirty bitmap was harvested: frames it covers. */
DEFINE_EVENT(xenmig_work, xenmig_harvest, TP_PROTO(u64 frames, u64 ns), TP_ARGS(frames, ns));
/* A slot's flight had to land first. */
DEFINE_EVENT(xenmig_work, xenmig_wait, TP_PROTO(u64 frames, u64 ns), TP_ARGS(frames, ns));
/* TCP took pages, or waited for room to take them. */
DEFINE_EVENT(xenmig_work, xenmig_send, TP_PROTO(u64 frames, u64 ns), TP_ARGS(frames, ns));
/* Xen gave frames to a domain. */
DEFINE_EVENT(xenmig_work, xenmig_populate, TP_PROTO(u64 frames, u64 ns), TP_ARGS(frames, ns));
/* Pages were received, or waited for. */
DEFINE_EVENT(xenmig_work, xenmig_receive, TP_PROTO(u64 frames, u64 ns), TP_ARGS(frames, ns));

#endif /* _XENMIG_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH base
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
