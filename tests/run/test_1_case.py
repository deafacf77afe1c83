# SPDX-License-Identifier: GPL-2.0-or-later
"""The case that the project is for: a guest that writes and talks moves from alpha to beta.

One move serves all tests of this file.  While it lasts a connection that was
opened before asks the guest for its counter twenty times a second.
"""

import pytest
from rig import await_
from rig.guests import Watch
from rig.hosts import ALPHA, BETA
from rig.moves import Move, move
from rig.traces import Identity

pytestmark = pytest.mark.smp


class Case:
    """What was seen before, during and after the move."""


@pytest.fixture(scope="module")
def case(resident):
    c = Case()
    guest = c.guest = resident.get()
    if guest.host is BETA:
        move(guest, ALPHA)
    c.mac = guest.mac_seen()
    c.port = guest.port_seen()
    c.writes = guest.writes()
    c.console = await_(lambda: guest.console_counters(ALPHA), 20, "no counter on the console at alpha")
    c.record = guest.record()
    c.identity = Identity(ALPHA, guest)
    c.watch = Watch(guest)
    c.move = Move(guest, BETA).wait()
    c.ended = c.watch.samples[-1] if c.watch.samples else None
    if c.move.code == 0:
        # It must be seen counting at the other side, still on the same connection.
        await_(lambda: c.watch.error or (c.watch.samples and c.watch.samples[-1][1] > c.ended[1]), 30,
               "the open connection brings no more counters after the move")
    return c


def test_it_moves_while_it_runs(case):
    """migctl says 0 and the guest is at beta alone; it ran and wrote while its memory was sent."""
    case.move.assert_moved().assert_live()
    sampled = [value for when, value in case.watch.samples if case.move.began <= when]
    assert sampled[-1] - sampled[0] > 20, "the guest has hardly run while it moved"
    assert case.guest.writes() > case.writes, "the guest has written nothing while it moved"


def test_its_memory_is_intact(case):
    """Every page of the pattern is there in its latest generation: none stale, lost, torn or swapped."""
    case.guest.assert_intact()


def test_its_counter_never_goes_back(case):
    """The guest was suspended and went on; it was not started anew, nor from an earlier state."""
    samples = case.watch.samples
    case.watch.assert_forward()
    # Twenty ticks a second; none are made up for the pause and none are lost.
    seconds = samples[-1][0] - samples[0][0]
    assert samples[-1][1] - samples[0][1] <= 20 * seconds + 5


def test_an_open_connection_survives(case):
    """A TCP connection opened at alpha is answered at beta, without being opened again."""
    samples = case.watch.end()
    assert samples[0][0] < case.move.began, "the connection was not open before the move"
    assert samples[-1][1] > case.ended[1]


def test_it_keeps_mac_and_address(case):
    """The same MAC answers for the same IP, now behind the other host's port of the bridge."""
    assert (case.mac, case.port) == (case.guest.mac, "alpha")
    assert case.guest.mac_seen() == case.mac
    assert case.guest.port_seen() == "beta"


def test_its_console_goes_on(case):
    """At beta the console has a log under the guest's own name; it begins as the one at alpha did, and goes on."""
    last = max(case.console)
    there = await_(lambda: [value for value in case.guest.console_counters(BETA) if value > last][1:] and
                   case.guest.console_counters(BETA), 20,
                   lambda: f"no counter beyond {last} in the log; {BETA.sh('ls -l /var/log/xen/console')}")
    assert there[:len(case.console)] == case.console
    assert there == sorted(set(there)), f"counters came twice, or back: {there}"


def test_nothing_is_left_behind(case):
    """At alpha nothing is left of it: domain, xenstore, vif and its bridge port, userdata, mappings, session."""
    case.identity.await_gone()


def test_it_is_the_same_domain(case):
    """Name, UUID, memory and vCPUs are as they were."""
    now = case.guest.record()
    assert BETA.uuid(now["domid"]) == case.guest.uuid
    assert (now["mem"], now["vcpus"]) == (case.record["mem"], case.record["vcpus"])
