# SPDX-License-Identifier: GPL-2.0-or-later
"""PV guests that run while they move: on a hypervisor with shadow paging."""

import pytest
from rig.complaint import CANCELLED
from rig.guests import Watch, light
from rig.hosts import ALPHA
from rig.moves import Move, move
from rig.traces import await_unchanged, look_around

pytestmark = pytest.mark.shadow


@pytest.fixture(scope="module")
def para(new_module_guest):
    """A PV guest of two vCPUs that writes all the time; at either host."""
    return new_module_guest(ALPHA, "para-live", kind="pv", mem=light(192), vcpus=2, fill=light(48, 16), dirty=4)


def test_it_moves_while_it_runs(para):
    """It writes and answers while its memory is sent, and loses nothing."""
    writes = para.writes()
    watch = Watch(para)
    move(para, para.host.other).assert_live()
    para.assert_goes_on()
    watch.end()
    watch.assert_forward()
    para.assert_intact()
    assert para.writes() > writes


def test_with_digest(para):
    """With --verify what has arrived in rounds is compared with what the guest had in the end."""
    for _ in range(2):
        move(para, para.host.other, "--verify").assert_live()
        para.assert_intact()


def test_it_moves_on_regularly(para):
    """What has moved live moves regularly too."""
    Move(para, para.host.other, verb="move").wait().assert_moved()
    para.assert_goes_on()
    para.assert_intact()


def test_cancel(para):
    """Cancelled while pages are sent: it runs on, out of log-dirty mode, and nothing stays at the other host."""
    here, there = para.host, para.host.other
    around = look_around((there,))
    assert para.ask("dirty 40") == "dirty 40"
    before = para.counter()
    under_way = Move(para, there, "--downtime", 1, "--max-rounds", 10000)
    under_way.await_rounds()
    under_way.cancel_by_signal()
    under_way.wait()
    assert para.ask("dirty 4") == "dirty 4"
    assert under_way.code == CANCELLED, under_way.stderr
    para.assert_goes_on(before)
    assert not here.xen_domains()[para.domid()]["log_dirty"]
    await_unchanged(around)
    para.assert_intact()
