# SPDX-License-Identifier: GPL-2.0-or-later
"""After the moves: neither host's kernel has anything to report, and it has watched all the time."""

import judge

# Of /proc/sys/kernel/tainted: what a report of any kind leaves. (Ours is out of tree, and that is all.)
OUT_OF_TREE = 1 << 12


def assert_none(reports):
    found = judge.not_allowed(reports)
    assert not found, f"{len(found)} reports:\n{judge.words(found)}"


def test_log_is_whole(log):
    """Nothing that was reported has been pushed out of it."""
    assert "Linux version" in log.partition("\n")[0], log[:200]


def test_log(log):
    """No report of KASAN, lockdep, atomic sleep, no warning, no oops."""
    assert_none(judge.in_log(log))


def test_console(host):
    """Nor in a life that ended meanwhile."""
    assert_none(judge.in_log(host.lab.console_text(previous=True)))
    assert_none(judge.in_log(host.lab.console_text()))


def test_no_leak(host, scans):
    """Nothing is allocated that nobody knows of."""
    assert_none(judge.in_kmemleak(scans[host].with_module))


def test_no_leak_without_module(host, scans):
    """It can be unloaded, and leaves nothing behind."""
    assert scans[host].unloaded.code == 0, scans[host].unloaded
    assert_none(judge.in_kmemleak(scans[host].without_module))


def test_lockdep_watches(host, scans):
    """It switches itself off at its first report, or when its tables are full."""
    assert "debug_locks:                             1" in host.sh("cat /proc/lockdep_stats")


def test_kmemleak_watches(host, scans):
    """It switches itself off when it runs out of memory; then it takes no order."""
    host.sh("echo scan=off >/sys/kernel/debug/kmemleak")


def test_not_tainted(host, scans):
    """A second witness: what is reported taints the kernel.  Where something is let pass it can say nothing."""
    tainted = int(host.sh("cat /proc/sys/kernel/tainted"))
    assert judge.ALLOWED or tainted & ~OUT_OF_TREE == 0, f"tainted is {tainted}"
