# SPDX-License-Identifier: GPL-2.0-or-later
"""`migctl live --verify` compares the guest's memory at both hosts before it runs at the second."""

import pytest
from rig.moves import Move, move
from rig.traces import await_unchanged, look_around

pytestmark = pytest.mark.smp
FAULT = "/sys/module/xenmig/parameters/fault"


def test_equal_memory_is_accepted(guest):
    """With --verify a guest that writes all the time moves, and both ends have digested all of its memory."""
    host = guest.host
    done = move(guest, host.other, "--verify").assert_live()
    guest.assert_intact()
    assert done.result["frames"] >= guest.mem * 256 - 512


def test_one_wrong_byte_is_noticed(guest, undo):
    """One byte flipped at the destination: exit code 1, the guest runs on at the source, nothing is left there."""
    source = guest.host
    destination = source.other
    around = look_around()
    undo(lambda: destination.run(f"echo >{FAULT}"))
    destination.sh(f"echo flip-byte >{FAULT}")
    before = guest.counter()

    failed = Move(guest, destination, "--verify").wait()

    assert destination.sh(f"cat {FAULT}").strip() == "", "the fault point did not fire: nothing was tried"
    assert failed.code == 1, failed.stderr
    assert len(failed.complaints) == 1 and "digest" in failed.complaints[0], failed.stderr
    assert failed.result["reason"] == "digest" and failed.result["exit_code"] == 1
    assert guest.host is source and source.domid(guest.name) == failed.domid
    guest.assert_goes_on(before)
    guest.assert_intact()
    await_unchanged(around)


def test_it_moves_after_that(guest):
    """The failed move has left nothing at either end that would be in the way of the next."""
    move(guest, guest.host.other, "--verify")
    guest.assert_intact()
