# SPDX-License-Identifier: GPL-2.0-or-later
"""Regular migration: `migctl move` suspends the guest, copies it once and lets it go on at the other host."""

import pytest
from rig import await_
from rig.complaint import CANCELLED
from rig.moves import Move

PAGE = 4096


@pytest.fixture
def regular(guest):
    """The guest, moved so."""
    writes = guest.writes()
    move = Move(guest, guest.host.other, verb="move").wait().assert_moved()
    return guest, move.result, writes


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


def test_log_dirty_mode_is_not_needed(guest):
    """Xen marks nothing meanwhile: it moves where the hypervisor cannot track pages."""
    here = guest.host
    move = Move(guest, here.other, verb="move")
    domid = move.domid
    seen = await_(lambda: move.is_over() or move.phase() == "pause" and here.xen_domains().get(domid), 60,
                  "it is not paused")
    move.wait().assert_moved()
    assert seen is not True, "the move was over before it was looked at"
    assert not seen["log_dirty"]


def test_cancel(guest):
    """Cancelled in the middle of the copy it goes on where it was, and nothing is left there."""
    here, there = guest.host, guest.host.other
    counter = guest.counter()
    move = Move(guest, there, verb="move")
    await_(lambda: move.phase() == "pause" or move.is_over(), 60, "it is not paused")
    move.cancel_by_signal()
    move.wait()
    assert move.code == CANCELLED, move.stderr
    guest.assert_goes_on(counter)
    guest.assert_intact()
    assert guest.host is here
    assert there.domid(guest.name) is None
