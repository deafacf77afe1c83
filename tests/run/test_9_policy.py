# SPDX-License-Identifier: GPL-2.0-or-later
"""When rounds end, how fast they go, and what is done about a guest that writes too fast."""

import pytest
from rig import await_
from rig.cases import long
from rig.guests import light
from rig.hosts import ALPHA, BETA
from rig.moves import HOPELESS, Move
from rig.sessions import Watch

MIB = 1 << 20
WEIGHT, CAP = 300, 90
# The pause asked for cannot be had, so that only a limit ends the rounds.
ENDLESS = ("--downtime", 1, "--max-rounds", 10000)
# 24 MiB are written over and over faster than that carries them away, on the slowest of hosts: no round brings a gain.
NARROW = ("--bandwidth", 4)


@pytest.fixture(scope="module")
def writer(new_module_guest):
    """A guest that writes faster than a narrow wire carries, with a weight and a cap of its own."""
    guest = new_module_guest(ALPHA, "writer", mem=128, fill=24, dirty=60)
    ALPHA.sh(f"xl sched-credit2 -d {guest.domid()} -w {WEIGHT} -c {CAP}")
    return guest


def share(host, domid):
    """(weight, cap) of a domain, by xl."""
    fields = host.sh(f"xl sched-credit2 -d {domid}").splitlines()[-1].split()
    return int(fields[-2]), int(fields[-1])


def begin_hopeless(writer):
    """A move that slows the guest, soon: the wire is narrow only once all of memory has crossed."""
    under_way = Move(writer, writer.host.other, *ENDLESS, "--on-limit", "throttle")
    await_(lambda: any(event.get("round", 0) > 1 for event in under_way.events) or under_way.is_over(), 120,
           "the first round does not end")
    done = under_way.source.run("migctl", "set", writer.name, *map(str, NARROW))
    assert done.code == 0, done.err
    return under_way


def await_slowed(under_way):
    await_(lambda: any(event.get("throttle") for event in under_way.events) or under_way.is_over(), 120,
           "the guest is not slowed")
    assert not under_way.is_over(), under_way.stderr


def assert_share_is_back(host, guest):
    assert share(host, guest.domid()) == (WEIGHT, CAP)
    guest.assert_goes_on()
    assert "p" not in guest.record()["state"]


def test_bandwidth(writer):
    """No more is sent in a second than was allowed, and the guest's weight and cap move along."""
    there = writer.host.other
    result = Move(writer, there, "--bandwidth", 40, "--max-rounds", 2, "--downtime", 1).wait().assert_moved().result
    first = result["first_round_frames"] * 4096 / (40 * MIB)
    assert result["first_round_ms"] / 1000 >= 0.95 * first, result
    writer.assert_intact()
    assert_share_is_back(there, writer)


def test_set_while_it_moves(writer):
    """Limits are changed under way: a narrow wire is widened, endless rounds are ended."""
    here = writer.host
    under_way = Move(writer, here.other, "--bandwidth", 1, "--max-rounds", 10000, "--downtime", 1)
    under_way.await_rounds()
    done = here.run("migctl", "set", writer.name, "--bandwidth", "0", "--max-rounds", "3", "--on-limit", "stop")
    assert done.code == 0, done.err
    result = under_way.wait().assert_moved().result
    # At 1 MiB/s the first round alone would have taken two minutes.
    assert result["rounds"] - result["held_rounds"] <= 4 and under_way.seconds < 100, result
    writer.assert_intact()
    late = under_way.to.run("migctl", "set", writer.name, "--bandwidth", "1")
    assert late.code == 6 and "not being moved" in late.err, late


@pytest.fixture
def slow_script(undo):
    """Lets the hotplug script of a host's interfaces take some seconds more."""
    script = "/etc/xen/scripts/vif-bridge"

    def slow(host, seconds):
        undo(lambda: host.sh(f"mv {script}.kept {script}"))
        host.sh(f"mv {script} {script}.kept && printf '#!/bin/sh\\nsleep {seconds}\\nexec {script}.kept \"$@\"\\n' "
                f">{script} && chmod 755 {script}")
    return slow


@pytest.mark.long
def test_rounds_go_on_while_the_destination_is_not_ready(new_guest, slow_script, undo):
    """What a guest writes while its interfaces are made is sent while it runs, not in the pause."""
    rate, seconds = 10, 18
    guest = new_guest(ALPHA, "waiting", mem=light(192), fill=light(64, 24), dirty=rate, script=None)
    slow_script(BETA, seconds)
    watch = Watch(ALPHA)
    undo(watch.end)
    result = Move(guest, BETA).wait().assert_moved().result
    running = watch.last_in("suspending")["frames_sent"]
    assert result["move_ms"] > seconds * 1000
    assert result["held_rounds"] > 2, result
    # As much as it writes in four seconds; its whole pattern else.
    assert result["frames_sent"] - running < 4 * rate * 256, result
    guest.assert_intact()


@pytest.fixture(params=["cap", *long("pauses")])
def by(request, undo):
    """By what guests are slowed."""
    def choose(value):
        for host in (ALPHA, BETA):
            host.sh(f"echo {value} >/sys/module/xenmig/parameters/throttle_by_pauses")
    choose("Y" if request.param == "pauses" else "N")
    undo(lambda: choose("N"))
    return request.param


def test_throttle(writer, by):
    """A guest that writes too fast is slowed, after a word on it, until it cannot be slowed more; then it has its share again."""
    here = writer.host
    domid = writer.domid()
    under_way = Move(writer, here.other, *ENDLESS, *NARROW, "--on-limit", "throttle")
    await_slowed(under_way)
    if by == "cap":
        # Slowed as it is until the limit below is set.
        assert share(here, domid)[1] < CAP
    done = here.run("migctl", "set", writer.name, "--max-rounds", "1")
    assert done.code == 0, done.err
    result = under_way.wait().assert_moved().result
    assert HOPELESS in under_way.stderr, under_way.stderr
    assert result["most_throttle"] >= 30, result
    writer.assert_intact()
    assert_share_is_back(under_way.to, writer)


@pytest.mark.parametrize("how", ["killed", *long("cancelled")])
def test_throttle_is_taken_back(writer, by, how):
    """A move that ends while the guest is slowed gives it its share back: the module does, so also when migctl is killed."""
    here = writer.host
    under_way = begin_hopeless(writer)
    await_slowed(under_way)
    if how == "killed":
        here.sh("pkill -KILL -xf 'migctl live .*'")
    else:
        under_way.cancel_by_signal()
    under_way.wait()
    await_(lambda: '"session"' not in here.run("migctl", "status", "--json").out, 20, "the session stays")
    assert_share_is_back(here, writer)
    writer.assert_intact()
