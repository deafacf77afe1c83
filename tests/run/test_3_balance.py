# SPDX-License-Identifier: GPL-2.0-or-later
"""Moving back and forth costs the hosts nothing that stays, and the guest none of its 2 MiB mappings."""

import pytest
from rig import npt
from rig.hosts import BETA, HOSTS
from rig.moves import move
from rig.traces import Look

pytestmark = pytest.mark.smp

# What a host may have less of, or more of, after any number of moves.  One frame of a
# 256 MiB guest lost in every thousand would be 260 KiB a move, one window 8 MiB a move.
TOLERANCE_KIB = {
    "free memory of Xen": 1024,         # its own unit is 1 MiB
    "used memory of dom0": 6144,        # logs are in RAM here, and caches of the kernel fill
    "slab of dom0": 2048,
}


class Balance:
    """What moves could take from a host and not give back."""

    def __init__(self, host):
        host.sh("sync; echo 3 >/proc/sys/vm/drop_caches")
        memory = host.meminfo()
        self.host = host
        self.kib = {
            "free memory of Xen": host.free_kib(),
            "used memory of dom0": memory["MemTotal"] - memory["MemFree"] - memory["Buffers"] - memory["Cached"],
            "slab of dom0": memory["Slab"],
        }
        now = Look(host)
        self.exact = {
            "references to the module": host.sh("cat /sys/module/xenmig/refcnt").strip(),
            "open files of the daemon": len(host.sh("ls /proc/$(cat /run/migctl-serve.pid)/fd").split()),
            "processes of the daemon": now.children,
            "sessions": len(now.sessions),
            "pages in quarantine": now.quarantined,
            "domains": sorted(name for name, _ in now.domains),
        }

    def assert_like(self, before):
        for what, allowed in TOLERANCE_KIB.items():
            change = self.kib[what] - before.kib[what]
            assert abs(change) <= allowed, f"{self.host}: {what} has changed by {change} KiB"
        assert self.exact == before.exact, f"at {self.host}"


def back_and_forth(guest, moves):
    """@moves moves (an even number), after two that fill the caches; returns the moves."""
    for _ in range(2):
        move(guest, guest.host.other)
    home, before = guest.host, {host: Balance(host) for host in HOSTS}
    done = [move(guest, guest.host.other) for _ in range(moves)]
    assert guest.host is home
    for host in HOSTS:
        Balance(host).assert_like(before[host])
        assert "(null)" not in host.domains(), f"{host} has a domain that cannot die: something still maps its memory"
    guest.assert_intact()
    return done


@pytest.mark.long(2)
def test_nothing_leaks(guest_at_alpha, request):
    """After N moves back and forth both hosts have what they had, and the guest all its memory.

    Xen's free memory, dom0's memory and slab within the tolerances above (which
    do not grow with N); module references, sessions, quarantined pages, open
    files and processes of the daemon exactly; no dying `(null)` domain, the
    sign of a mapping of foreign memory that was left behind.
    """
    moves = 20 if request.config.getoption("--long") else 4
    for one in back_and_forth(guest_at_alpha, moves):
        one.assert_live()


def test_superpages_survive(guest):
    """The guest has as many 2 MiB mappings after its moves as `xl create` gave it.

    Two witnesses: the module's own count of the 2 MiB extents it populated, and
    the nested page tables themselves, as the emulated processor walks them,
    read from outside through QEMU's monitor (rig/npt.py).  libxl gives a PVH
    guest all but the first 2 MiB so, which have a hole: 127 of 256 MiB.
    """
    host = guest.host.other
    result = move(guest, host).result
    there = npt.mappings(host, guest.domid())
    assert result["superpages"] == there.super + 512 * there.huge == guest.mem // 2 - 1, \
        f"the module populated {result['superpages']} superpages and Xen maps {there}"
    # Nothing but the holey first 2 MiB and the special frames is mapped by small pages.
    assert there.small < 600 and there.super * 512 + there.small >= result["frames"], there


def test_superpages_were_there_before(new_guest):
    """The count that the test above holds a moved guest to is that of a guest fresh from `xl create`."""
    fresh = new_guest(BETA, "fresh", mem=256)
    assert npt.mappings(BETA, fresh.domid()).super == 127
