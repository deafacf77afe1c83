# SPDX-License-Identifier: GPL-2.0-or-later
"""A second copy does not start by itself: the autostart entry is reported, moved along, or held back."""

import json

import pytest
from rig import await_
from rig.hosts import ALPHA, BETA, HOSTS
from rig.moves import Move, move

REFUSED = 6
NAME = "moving"
ENTRY = f"/etc/xen/auto/{NAME}"
CONFIG = f"/etc/xen/{NAME}.cfg"
# The daemon looks at least this often for what can be put back.
SETTLE_LIMIT = 60


@pytest.fixture
def entry(guest_at_alpha, undo):
    """The guest's entry at alpha, a link to its configuration; the text of that."""
    guest = guest_at_alpha
    undo(clear)
    clear()
    text = f"# made by a test\nname = '{guest.name}'\nuuid = \"{guest.uuid}\"\nmemory = {guest.mem}\n"
    for host in HOSTS:
        host.sh("mkdir -p /etc/xen/auto")
    ALPHA.sh(f"cat >{CONFIG}", stdin=text)
    ALPHA.sh(f"ln -s ../{NAME}.cfg {ENTRY}")
    return text


def clear():
    for host in HOSTS:
        host.sh(f"rm -rf {ENTRY} {CONFIG} /var/lib/migctl/held-back /var/lib/migctl/autostart")


def content(host, path=ENTRY):
    """What is in a file, or None."""
    done = host.run("cat", path)
    return done.out if done.code == 0 else None


def is_there(host, path):
    """Is there anything, a link to nowhere included?"""
    return host.run(f"[ -e {path} ] || [ -L {path} ]").code == 0


def held(guest):
    return f"/var/lib/migctl/held-back/{guest.uuid}/{NAME}"


def told_by_history(host, guest):
    """The entries that the history says are held back."""
    lines = [json.loads(line) for line in host.sh(f"migctl history --json {guest.name}").splitlines()]
    return [line["held_back"] for line in lines if "held_back" in line]


def test_reported_held_back_and_put_back(guest_at_alpha, entry):
    """Without --autostart the entry stays, a warning says so, the next start of the daemon takes it out of the way."""
    guest = guest_at_alpha
    over = move(guest, BETA)
    assert len(over.complaints) == 1, over.stderr
    for word in (ENTRY, "next boot", "migctl serve", "--autostart"):
        assert word in over.complaints[0], over.stderr
    assert over.result["autostart"] == ENTRY and not over.result["autostart_moved"]
    assert content(ALPHA) == entry and not is_there(BETA, ENTRY)

    ALPHA.restart_parts()
    assert not is_there(ALPHA, ENTRY), "the daemon has left the entry where xendomains finds it"
    assert is_there(ALPHA, held(guest)) and content(ALPHA, CONFIG) == entry
    assert told_by_history(ALPHA, guest) == [held(guest)]
    assert ENTRY in ALPHA.sh("grep 'held back' /var/log/migctl.log | tail -n 1")
    # Nothing but that is done by the form for init scripts, and it may be done twice.
    ALPHA.sh("migctl serve --hold-back")
    assert is_there(ALPHA, held(guest)) and not is_there(ALPHA, ENTRY)

    back = move(guest, ALPHA)
    assert not back.complaints and "autostart" not in back.result
    await_(lambda: content(ALPHA) == entry, SETTLE_LIMIT, "the entry is not put back")
    assert not is_there(ALPHA, held(guest)) and not told_by_history(ALPHA, guest)
    ALPHA.restart_parts()
    assert content(ALPHA) == entry, "the entry of a guest that is here was held back"
    guest.assert_intact()


def test_moved_along(guest_at_alpha, entry):
    """With --autostart the guest is started at the destination from now on, and not here; and back again."""
    guest = guest_at_alpha
    over = move(guest, BETA, "--autostart")
    assert not over.complaints, over.stderr
    assert over.result["autostart"] == ENTRY and over.result["autostart_moved"]
    assert content(BETA) == entry
    assert not is_there(ALPHA, ENTRY)
    assert content(ALPHA, CONFIG) == entry, "the configuration itself is gone, and not only the link to it"
    BETA.restart_parts()
    assert content(BETA) == entry, "the entry of a guest that is here was held back"

    move(guest, ALPHA, "--autostart")
    assert content(ALPHA) == entry and not is_there(BETA, ENTRY)
    for host in HOSTS:
        assert not host.sh("ls /var/lib/migctl/autostart 2>/dev/null || true").strip()


def test_nothing_to_move_along(guest_at_alpha, undo):
    """--autostart with a guest that has no entry moves the guest, and says that there was none."""
    undo(clear)
    clear()
    over = move(guest_at_alpha, BETA, "--autostart")
    assert len(over.complaints) == 1 and "no autostart entry" in over.complaints[0], over.stderr
    assert not is_there(BETA, ENTRY)


def test_place_is_taken(guest_at_alpha, entry):
    """An entry of another guest is not overwritten: refused before anything is touched."""
    guest = guest_at_alpha
    other = "name = 'other'\n"
    BETA.sh(f"cat >{ENTRY}", stdin=other)
    before = guest.counter()
    over = Move(guest, BETA, "--autostart").wait()
    assert over.code == REFUSED, f"exit code {over.code}: {over.stderr}"
    assert len(over.complaints) == 1 and ENTRY in over.complaints[0], over.stderr
    assert content(BETA) == other and content(ALPHA) == entry
    assert guest.host is ALPHA
    guest.assert_goes_on(before)
