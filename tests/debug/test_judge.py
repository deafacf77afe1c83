# SPDX-License-Identifier: GPL-2.0-or-later
"""The judge finds reports where there are some, and none where there are none.  Needs no lab."""

import judge
import pytest

QUIET = """\
[    0.000000] Linux version 6.1.0-debug (gcc (Debian 12.2.0-14) 12.2.0) #1 SMP PREEMPT
[    0.000000] kmemleak: Kernel memory leak detector initialized (mem pool available: 60000)
[    1.100000] kasan: KernelAddressSanitizer initialized
[    1.200000] Running RCU self tests
[    2.000000] xenmig: loading out-of-tree module taints kernel.
[   70.000000] kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)
(XEN) arch/x86/mm.c:3222:d0v0 WARNING: something of Xen's own
"""

STACK = """\
[   12.000003] Call Trace:
[   12.000004]  <TASK>
[   12.000005]  dump_stack_lvl+0x57/0x7d
[   12.000006]  xenmig_window_map+0x40/0x100 [xenmig]
[   12.000007]  </TASK>
"""

# kind: how the kernel says it
REPORTS = {
    "KASAN": f"""\
[   12.000000] ==================================================================
[   12.000001] BUG: KASAN: slab-out-of-bounds in xenmig_window_map+0x40/0x100 [xenmig]
[   12.000002] Write of size 1 at addr ffff888010c5d168 by task xenmig/7/1234
{STACK}[   12.000008] Allocated by task 1234:
[   12.000009]  kasan_save_stack+0x1e/0x40
[   12.000010] The buggy address belongs to the physical page:
[   12.000011] page dumped because: kasan: bad access detected
[   12.000012] ==================================================================
""",
    "lockdep": f"""\
[   12.000000] ======================================================
[   12.000001] WARNING: possible circular locking dependency detected
[   12.000002] xenmig/7/1234 is trying to acquire lock:
{STACK}""",
    "atomic sleep": f"""\
[   12.000001] BUG: sleeping function called from invalid context at mm/page_alloc.c:5321
[   12.000002] in_atomic(): 1, irqs_disabled(): 0, non_block: 0, pid: 1234, name: xenmig/7
{STACK}""",
    "UBSAN": f"""\
[   12.000001] UBSAN: shift-out-of-bounds in kmod/frames/dirty.c:12:20
[   12.000002] shift exponent 40 is too large for 32-bit type 'int'
{STACK}""",
    "WARN": f"""\
[   12.000000] ------------[ cut here ]------------
[   12.000001] WARNING: CPU: 0 PID: 1234 at kmod/frames/window.c:31 flush+0x10/0x20 [xenmig]
{STACK}[   12.000008] ---[ end trace 0000000000000000 ]---
""",
    "corruption": f"""\
[   12.000000] refcount_t: underflow; use-after-free.
[   12.000001] WARNING: CPU: 0 PID: 1234 at lib/refcount.c:28 refcount_warn_saturate+0xba/0x110
{STACK}""",
    "BUG": f"""\
[   12.000000] BUG: kernel NULL pointer dereference, address: 0000000000000008
[   12.000001] #PF: supervisor read access in kernel mode
[   12.000002] Oops: 0000 [#1] PREEMPT SMP KASAN
{STACK}""",
    "hang": f"""\
[   12.000001] INFO: task xenmig/7:1234 blocked for more than 240 seconds.
{STACK}""",
    "kmemleak": "[   12.000001] kmemleak: Kernel memory leak detector disabled\n",
    "debug objects": f"[   12.000001] ODEBUG: free active (active state 0) object type: timer_list\n{STACK}",
    "stack": STACK,
}

LEAK = """\
unreferenced object 0xffff888012345000 (size 4096):
  comm "xenmig/7", pid 1234, jiffies 4294950000 (age 60.120s)
  hex dump (first 32 bytes):
    00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  ................
  backtrace:
    [<00000000a0b1c2d3>] kvmalloc_node+0x50/0x150
    [<00000000a0b1c2d4>] xenmig_window_init+0x60/0x200 [xenmig]
"""


def test_nothing():
    assert judge.in_log(QUIET) == [] and judge.in_kmemleak("") == []


@pytest.mark.parametrize("kind", judge.KINDS)
def test_report(kind):
    """Every kind is found, once, in the midst of other lines."""
    found = judge.in_log(QUIET + REPORTS[kind] + QUIET)
    assert [report.kind for report in found] == [kind]
    assert not found[0].allowed


def test_all_reports():
    """One does not hide the next."""
    text = "".join(report for kind, report in REPORTS.items() if kind != "stack")
    assert [report.kind for report in judge.in_log(text)] == [kind for kind in REPORTS if kind != "stack"]


def test_other_stamps():
    """With the level, with the caller, or with no time at all."""
    for stamp in ("<4>[   12.000001] ", "[   12.000001][ T1234] ", ""):
        found = judge.in_log(f"{stamp}BUG: KASAN: use-after-free in f+0x1/0x2\n")
        assert [report.kind for report in found] == ["KASAN"]


def test_leaks():
    found = judge.in_kmemleak(LEAK + LEAK)
    assert [report.kind for report in found] == ["kmemleak"] * 2 and "xenmig_window_init" in found[1].text


def test_allowed_only_by_name(monkeypatch):
    """What is let pass is let pass for its words, and nothing else with it."""
    monkeypatch.setattr(judge, "ALLOWED", [("WARN", r"at kmod/frames/window\.c:31", "a reason")])
    found = judge.in_log(REPORTS["WARN"] + REPORTS["KASAN"])
    assert [report.kind for report in judge.not_allowed(found)] == ["KASAN"]
