# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest that has moved is to stock tools like any other."""

import json

import pytest
from rig import await_, patient
from rig.cases import long
from rig.guests import light
from rig.hosts import ALPHA, BETA
from rig.moves import move
from rig.traces import Identity, await_unchanged, look_around


@pytest.fixture
def at_beta(guest):
    """The guest, moved to beta by us."""
    if guest.host is BETA:
        move(guest, ALPHA)
    move(guest, BETA)
    return guest


def test_xl_list_shows_it(guest_at_alpha):
    """`xl list` and its long form say of it at beta what they said at alpha."""
    guest = guest_at_alpha
    here, notes_here = guest.record(), notes(ALPHA, guest)
    move(guest, BETA)
    there, notes_there = guest.record(), notes(BETA, guest)
    for key in ("name", "mem", "vcpus"):
        assert there[key] == here[key]
    assert set(there["state"]) <= set("rb-"), f"it is neither running nor blocked: {there['state']}"
    assert notes_there["config"] == notes_here["config"], "its configuration has changed on the way"


def notes(host, guest):
    found = json.loads(host.sh(f"xl list -l {guest.name}"))
    found = found[0] if isinstance(found, list) else found
    # A domain has no id in the long form's configuration; what differs by nature is the id alone.
    return found


def test_xl_console_shows_it(guest):
    """`xl console` at where it has moved to prints what the guest says now."""
    host = guest.host.other
    move(guest, host)
    now = guest.counter()
    # Without a terminal xenconsole does not end by itself.
    shown = host.run(f"sleep {patient(4)} | timeout {patient(5)} xl console {guest.name}")
    counters = [int(line.split()[1]) for line in shown.out.replace("\r", "").splitlines()
                if line.startswith("counter ") and line.split()[1].isdigit()]
    assert counters and max(counters) >= now, f"after counter {now} the console says {shown}"


def test_xl_migrate_takes_it_back(at_beta):
    """A stock `xl migrate` moves it on, to alpha, where it is intact; at beta nothing is left of it."""
    guest, left = at_beta, Identity(BETA, at_beta)
    before = guest.counter()
    # The third argument is what xl runs in place of ssh; xl migrate-receive listens at the other host.
    done = BETA.run("xl", "migrate", "-s", "", guest.name, f"socat - TCP:{ALPHA.ip}:8003", timeout=500)
    assert done.code == 0, f"xl migrate gave {done.code}: {done.err}"
    assert guest.host is ALPHA
    guest.assert_goes_on(before)
    guest.assert_intact()
    left.await_gone()
    # And what xl has moved we move again.
    move(guest, BETA)
    guest.assert_intact()


@pytest.mark.parametrize("verb", ["shutdown", *long("destroy")])
def test_xl_ends_it(new_guest, verb):
    """`xl shutdown` and `xl destroy` end a guest that has moved, and nothing is left of it at either host."""
    before = look_around()
    guest = new_guest(ALPHA, f"to-{verb}", mem=light(128), script=None)
    left = Identity(ALPHA, guest)
    move(guest, BETA)
    arrived = Identity(BETA, guest)
    assert arrived.present(), "the test would not notice what is left"
    done = BETA.run("xl", verb, guest.name)
    assert done.code == 0, f"xl {verb} gave {done.code}: {done.err}"
    arrived.await_gone(timeout=40)
    left.await_gone()
    await_unchanged(before)


def test_reboot_starts_it_anew(new_guest):
    """A guest that reboots after its move is started anew where it is, as the xl that created it would have done."""
    guest = new_guest(ALPHA, "to-reboot", mem=light(128), script=None)
    move(guest, BETA)
    guest.reboot()
    assert guest.host is BETA
