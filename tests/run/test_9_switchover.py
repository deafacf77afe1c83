# SPDX-License-Identifier: GPL-2.0-or-later
"""What the switch-over promises beyond the places of the fault matrix."""

import pytest
from rig import await_, guests
from rig.cases import long
from rig.complaint import CANCELLED, FAILED, Complaint
from rig.hosts import ALPHA, BETA, HOSTS
from rig.moves import Move
from rig.traces import await_unchanged, look_around


@pytest.mark.parametrize("place", ["suspend-requested", *long("later-round")])
def test_renamed_on_its_way(guest_at_alpha, stop_at, undo, place):
    """A guest that is renamed while it moves has its new name, even if its receiver dies before it has given it.

    In the rounds, and when all that may change has been read.
    """
    guest, old = guest_at_alpha, guest_at_alpha.name

    def name_back():
        domid = guest.host.domid("renamed")
        if domid is not None:
            guest.host.sh(f"xl rename {domid} {old}")

    stop_at.arm(ALPHA, place)
    stop_at.arm(BETA, "unpaused")
    under_way = Move(guest, BETA, "--downtime", 1, "--max-rounds", 3)
    stop_at.await_reached(ALPHA, place)
    ALPHA.sh(f"xl rename {under_way.domid} renamed")
    guest.name = "renamed"
    undo(lambda: setattr(guest, "name", old))
    undo(name_back)
    stop_at.let_go(ALPHA, place)
    BETA.sh(f"kill -9 {stop_at.await_reached(BETA, 'unpaused')}")
    stop_at.let_go(BETA, "unpaused")
    assert under_way.wait().code == 0, under_way.stderr
    await_(lambda: BETA.domid("renamed") is not None, 20, f"it is not called so: {BETA.domains()}")
    assert list(BETA.domains()) == ["renamed"]
    assert BETA.store(f"/vm/{guest.uuid}/name") == "renamed"
    guest.assert_goes_on()
    guest.assert_intact()


def test_receiver_dies_while_it_clears_up(guest_at_alpha, stop_at):
    """A receiver that is killed between its refusal and the end of its clearing up: the daemon does the rest."""
    guest = guest_at_alpha
    before = look_around([BETA])
    for host, place in ((ALPHA, "state-sent"), (BETA, "discarding")):
        stop_at.arm(host, place)
    under_way = Move(guest, BETA)
    ALPHA.sh(f"kill -9 {stop_at.await_reached(ALPHA, 'state-sent')}")
    BETA.sh(f"kill -9 {stop_at.await_reached(BETA, 'discarding')}")
    for host, place in ((ALPHA, "state-sent"), (BETA, "discarding")):
        stop_at.let_go(host, place)
    assert under_way.wait().code != 0
    guest.assert_goes_on()
    await_unchanged(before, timeout=45)     # it looks every half minute
    guest.assert_intact()


def test_module_stays_while_it_is_needed(guest_at_alpha, stop_at):
    """The module cannot be unloaded while a session lives, at either end; it can when nothing is left."""
    stop_at.arm(ALPHA, "ready-received")
    under_way = Move(guest_at_alpha, BETA)
    stop_at.await_reached(ALPHA, "ready-received")
    for host in HOSTS:
        refused = host.run("rmmod xenmig")
        # EAGAIN: busybox's words for a module in use.
        assert refused.code != 0 and "temporarily unavailable" in refused.err, f"{host}: {refused}"
    stop_at.let_go(ALPHA, "ready-received")
    under_way.wait().assert_moved()
    guest_at_alpha.assert_intact()
    for host in HOSTS:
        host.restart_parts()


@pytest.mark.long
def test_other_guest_dies_in_the_pause(new_guest, stop_at):
    """Any guest's end makes xenstored look at all, and a suspended one looks dead: ours is watched and reboots later.

    The monitor that `xl create` of 4.17 has left behind may go then; if it does, `migctl serve` takes its place.
    """
    guest = new_guest(ALPHA, "watched", mem=128, fill=16)
    other = guests.create(ALPHA, "passing", mem=96)
    try:
        stop_at.arm(ALPHA, "state-sent")
        under_way = Move(guest, BETA)
        stop_at.await_reached(ALPHA, "state-sent")
        ALPHA.sh(f"xl destroy {other.name}")
    finally:
        guests.remove(other)
    under_way.cancel_by_signal()
    stop_at.let_go(ALPHA, "state-sent")
    assert under_way.wait().code == CANCELLED, under_way.stderr
    guest.assert_goes_on()
    guest.assert_intact()
    before = guest.domid()
    assert guest.ask("reboot") == "ok"
    await_(lambda: ALPHA.domid(guest.name) not in (None, before), 60, "nobody has started it again")
    await_(lambda: guest.counter() >= 0, 60, "it does not come up")
    # It can be moved as before.
    Move(guest, BETA).wait().assert_moved()


@pytest.mark.parametrize("place", ["suspended", *long("later-round")])
def test_device_comes_on_its_way(guest_at_alpha, stop_at, undo, place):
    """A device that is attached while the guest moves ends the move, in the rounds and in the pause; the guest has it here."""
    guest = guest_at_alpha
    before = look_around([BETA])
    back = f"/local/domain/0/backend/vif/{guest.domid()}/1"

    def detach():
        ALPHA.run("xl", "network-detach", guest.name, "1")
        await_(lambda: ALPHA.store(f"{back}/mac") is None, 20, "the second interface does not go")

    stop_at.arm(ALPHA, place)
    under_way = Move(guest, BETA, "--downtime", 1, "--max-rounds", 3)
    stop_at.await_reached(ALPHA, place)
    ALPHA.sh(f"xl network-attach {guest.name} mac=00:16:3e:4d:00:03 bridge=xenbr0")
    undo(detach)
    stop_at.let_go(ALPHA, place)
    failed = under_way.wait()
    assert failed.code == FAILED, failed.stderr
    Complaint(failed.stderr).assert_one_sentence(["network interface", "attached", "try again"])
    guest.assert_goes_on()
    await_(lambda: ALPHA.store(f"{back}/state") == "4", 30, "the new interface does not work")
    guest.assert_intact()
    await_unchanged(before)
