# SPDX-License-Identifier: GPL-2.0-or-later
"""What the guest itself has of its move: its clock goes on, and what a toolstack has noted for it is there."""

import time

import pytest
from rig import await_
from rig.guests import light
from rig.hosts import ALPHA, BETA, HOSTS
from rig.moves import Move, move

SLACK_S = 0.7       # of emulated hosts with other load: a question and its answer
# Linux takes less than this between its own and its host's clock for a clock that
# shows no more than seconds, and leaves it as it was: timekeeping_suspend().
LINUX_S = 2
AHEAD_S = 10


class Times:
    """What the clocks of a guest and of both hosts show at one moment, in seconds of ours."""

    def __init__(self, guest):
        self.monotonic, self.real = self._of_guest(guest)
        self.hosts = {host: self._of_host(host) for host in HOSTS}

    def _ask(self, question):
        """(the answer, the middle of the time that it took, half of that time)"""
        began = time.monotonic()
        answer = question()
        ended = time.monotonic()
        return answer, (began + ended) / 2, (ended - began) / 2

    def _of_guest(self, guest):
        answer, at, self.guest_width = self._ask(lambda: guest.ask("clock").split())
        return int(answer[1]) / 1e9 - at, int(answer[2]) / 1e9 - at

    def _of_host(self, host):
        answer, at, width = self._ask(lambda: host.sh("bash -c 'echo $EPOCHREALTIME'"))
        return float(answer) - at, width

    def apart(self, host):
        """How far the guest's wall clock is from a host's, and how exactly that is known."""
        offset, width = self.hosts[host]
        return self.real - offset, self.guest_width + width


def set_clock(host, ahead):
    """Set a host's clock, and its hypervisor's with it, to ours and so many seconds more."""
    host.sh(f"date -s @{int(time.time()) + ahead}")


def test_clock(guest_at_alpha, undo):
    """Its monotonic clock goes on and jumps by no more than the pause; its wall clock goes by its new host's as it went by its old one's.

    Emulated hosts that are kept waiting lose time, each its own (27 s apart were
    seen after ten minutes): both are set before each move, and none is held to ours after it. What a
    guest was apart from its host before (by moves to one whose clock was behind,
    where Linux stays at its own) it keeps.
    """
    guest = guest_at_alpha
    for host in HOSTS:
        undo(lambda at=host: set_clock(at, 0))
    # Always onwards: Linux does not go back.
    for times, host in enumerate((BETA, ALPHA)):
        set_clock(host.other, times * AHEAD_S)
        set_clock(host, (times + 1) * AHEAD_S)
        before = Times(guest)
        moved = move(guest, host)
        after = Times(guest)
        parts = moved.result["downtime_ms"]
        pause = (parts["requested_to_suspended"] + parts["suspended_to_unpaused"]) / 1000
        jump = after.monotonic - before.monotonic
        lost = max(before.hosts[each][0] - after.hosts[each][0] for each in HOSTS)
        width = before.guest_width + after.guest_width + SLACK_S
        assert jump <= width, f"monotonic: {jump:+.3f} s"
        assert jump >= -(pause + max(lost, 0) + width), f"monotonic: {jump:+.3f} s, paused for {pause:.3f} s, hosts lost {lost:.3f} s"
        was, was_width = before.apart(host.other)
        apart, width = after.apart(host)
        width += was_width
        assert abs(apart - was) <= width + LINUX_S, \
            f"wall clock: {apart:+.3f} s from that of {host}, {was:+.3f} s from that of {host.other} before, known to {width:.3f} s"
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
    """What its hypervisor said of it before, it says after: memory and its limit, vCPUs and that these may run anywhere, share of the CPU."""
    guest = guest_at_alpha
    ALPHA.sh(f"xl sched-credit2 -d {guest.domid()} -w 300")

    def numbers(host):
        domid = guest.domid()
        xen = host.xen_domains()[domid]
        return {"limit": xen["max_pages"], "vcpus": guest.record()["vcpus"],
                "affinity": host.affinities(domid), "share": host.sh(f"xl sched-credit2 -d {domid}").splitlines()[-1].split()[2:],
                "target": host.store(f"/local/domain/{domid}/memory/target"),
                "static-max": host.store(f"/local/domain/{domid}/memory/static-max")}

    before = numbers(ALPHA)
    move(guest, BETA)
    await_(lambda: numbers(BETA) == before, 10, f"they were {before} and are {numbers(BETA)}")


@pytest.mark.smp
@pytest.mark.two_cpus
@pytest.mark.parametrize("kind, verb", [("pvh", "live"), pytest.param("pv", "move", marks=pytest.mark.long)])
def test_affinity(new_guest, kind, verb):
    """A vCPU that is bound to a CPU is bound to it at the other host, each for itself, hard or soft; and so it comes back."""
    guest = new_guest(ALPHA, f"bound-{kind}", kind=kind, mem=light(160), vcpus=2, fill=light(48, 16), dirty=4)
    assert ALPHA.affinities(guest.domid()) == ["all / all", "all / all"]
    ALPHA.sh(f"xl vcpu-pin {guest.name} 0 1 && xl vcpu-pin {guest.name} 1 - 0")
    bound = ["1 / all", "all / 0"]
    assert ALPHA.affinities(guest.domid()) == bound
    for host in (BETA, ALPHA):
        assert Move(guest, host, verb=verb).wait().assert_moved().complaints == []
        assert host.affinities(guest.domid()) == bound
        guest.assert_goes_on()
        runs_on = [line.split()[3] for line in host.sh(f"xl vcpu-list {guest.domid()}").splitlines()[1:]]
        assert runs_on[0] == "1", f"vCPU 0 runs on {runs_on[0]}"
    guest.assert_intact()
