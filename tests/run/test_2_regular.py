# SPDX-License-Identifier: GPL-2.0-or-later
"""Regular migration: `migctl move` suspends the guest, copies it once and lets it go on at the other host."""

import pytest
from rig.complaint import CANCELLED
from rig.moves import Move


@pytest.fixture
def regular(guest):
    """The guest, moved so."""
    writes = guest.writes()
    done = Move(guest, guest.host.other, verb="move").wait().assert_moved()
    return guest, done.result, writes


def test_each_page_crosses_once(regular):
    """It is moved in one copy while it is suspended, and goes on with its memory as it was."""
    guest, result, writes = regular
    assert result["rounds"] == 0
    assert result["frames_sent"] == result["frames"], "a page was sent twice, or not at all"
    pause = result["downtime_ms"]["suspended_to_unpaused"]
    assert pause > result["downtime_ms"]["suspended_to_sent"] > 0
    assert result["missed_zerocopy_bytes"] == 0
    assert guest.writes() >= writes
    guest.assert_intact()
    guest.assert_goes_on()


def test_log_dirty_mode_is_not_needed(guest, stop_at):
    """Xen marks nothing meanwhile: it moves where the hypervisor cannot track pages."""
    here = guest.host
    stop_at.arm(here, "suspended")
    under_way = Move(guest, here.other, verb="move")
    stop_at.await_reached(here, "suspended")
    assert not here.xen_domains()[under_way.domid]["log_dirty"]
    stop_at.let_go(here, "suspended")
    under_way.wait().assert_moved()


def test_cancel(guest, stop_at):
    """Cancelled when it is suspended it goes on where it was, and nothing is left there."""
    here, there = guest.host, guest.host.other
    counter = guest.counter()
    stop_at.arm(here, "suspended")
    under_way = Move(guest, there, verb="move")
    stop_at.await_reached(here, "suspended")
    under_way.cancel_by_signal()
    stop_at.let_go(here, "suspended")
    under_way.wait()
    assert under_way.code == CANCELLED, under_way.stderr
    guest.assert_goes_on(counter)
    guest.assert_intact()
    assert guest.host is here
    assert there.domid(guest.name) is None
