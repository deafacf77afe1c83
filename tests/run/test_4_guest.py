# SPDX-License-Identifier: GPL-2.0-or-later
"""What the guest itself has of its move: its clock goes on, and what a toolstack has noted for it is there."""

import time

from rig import await_
from rig.hosts import ALPHA, BETA
from rig.moves import move

SLACK_S = 0.5       # of emulated hosts with other load: a question and its answer


class Clock:
    """A guest's clocks and ours at one moment, in seconds; the moment is known to half of @width."""

    def __init__(self, guest):
        began = time.monotonic()
        word, monotonic, real = guest.ask("clock").split()
        ended = time.monotonic()
        assert word == "clock"
        self.ours, self.width = (began + ended) / 2, ended - began
        self.monotonic, self.real = int(monotonic) / 1e9, int(real) / 1e9

    def since(self, earlier):
        """How much more of each of its clocks has gone by than of ours."""
        ours = self.ours - earlier.ours
        return self.monotonic - earlier.monotonic - ours, self.real - earlier.real - ours


def test_clock(guest_at_alpha):
    """Wall clock and monotonic clock go on: neither has jumped by more than the pause, there or back again."""
    guest = guest_at_alpha
    before = Clock(guest)
    for host in (BETA, ALPHA):
        moved = move(guest, host)
        after = Clock(guest)
        parts = moved.result["downtime_ms"]
        pause = (parts["requested_to_suspended"] + parts["suspended_to_unpaused"]) / 1000
        monotonic, real = after.since(before)
        most = pause + SLACK_S + (before.width + after.width) / 2
        assert -most <= monotonic <= SLACK_S + after.width, f"monotonic: {monotonic:+.3f} s, paused for {pause:.3f} s"
        assert abs(real) <= most, f"wall clock: {real:+.3f} s, paused for {pause:.3f} s"
        before = after
    guest.assert_goes_on()


def test_nodes_of_a_toolstack(guest_at_alpha):
    """What a toolstack has written into the guest's home is there after the move, for the guest to read and not to write."""
    guest = guest_at_alpha
    home = f"/local/domain/{guest.domid()}"
    nodes = {"description": "a web server, of the shop", "vm-data/role": "web", "vm-data/deep/er": "x" * 900}
    for path, value in nodes.items():
        ALPHA.sh(f"xenstore-write {home}/{path} '{value}'")
        ALPHA.sh(f"xenstore-chmod {home}/{path} n0 r{guest.domid()}")
    move(guest, BETA)
    home = f"/local/domain/{guest.domid()}"
    assert {path: BETA.store(f"{home}/{path}") for path in nodes} == nodes
    access = BETA.sh(f"xenstore-ls -p {home}/vm-data")
    assert f"(n0,r{guest.domid()})" in access, access
    for path in ("description", "vm-data"):
        BETA.sh(f"xenstore-rm {home}/{path}")
    guest.assert_goes_on()


def test_weight_and_numbers(guest_at_alpha):
    """What its hypervisor said of it before, it says after: memory and its limit, vCPUs, share of the CPU."""
    guest = guest_at_alpha
    ALPHA.sh(f"xl sched-credit2 -d {guest.domid()} -w 300")

    def numbers(host):
        domid = guest.domid()
        xen = host.xen_domains()[domid]
        return {"limit": xen["max_pages"], "vcpus": guest.record()["vcpus"],
                "share": host.sh(f"xl sched-credit2 -d {domid}").splitlines()[-1].split()[2:],
                "target": host.store(f"/local/domain/{domid}/memory/target"),
                "static-max": host.store(f"/local/domain/{domid}/memory/static-max")}

    before = numbers(ALPHA)
    move(guest, BETA)
    await_(lambda: numbers(BETA) == before, 10, f"they were {before} and are {numbers(BETA)}")
