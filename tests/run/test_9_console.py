# SPDX-License-Identifier: GPL-2.0-or-later
"""Who looks at a guest's console goes on to do so when the guest moves, and so does its log."""

import time
import uuid

import pytest
from rig import await_, imposter, patient
from rig.cases import long
from rig.complaint import CANCELLED, ENDED, REFUSED
from rig.consoles import Console, assert_unbroken, numbers
from rig.guests import light
from rig.hosts import ALPHA, BETA, HOSTS
from rig.moves import Move, move

FAST = 400      # lines a second; more than xenconsoled reads at once


@pytest.fixture(scope="module")
def talkative(new_module_guest):
    """A guest that prints when it is told to; at either host."""
    return new_module_guest(ALPHA, "talkative", mem=light(128), fill=light(16), dirty=2)


@pytest.fixture
def talker(talkative):
    """The same, at alpha, and silent."""
    talkative.print_lines(0)
    if talkative.host is BETA:
        move(talkative, ALPHA)
    yield talkative
    if talkative.hosts():
        talkative.print_lines(0)


@pytest.fixture
def look(undo):
    """Attaches to consoles."""
    def attach(host, guest, **options):
        console = Console(host, guest, **options)
        undo(console.end)
        return console
    return attach


@pytest.mark.parametrize("moves", [2, *long(3)])
def test_there_and_back(talker, look, moves):
    """One who is attached before some moves sees every line once, in its order; so does the log at each host."""
    console = look(ALPHA, talker)
    first = talker.print_lines(FAST) + 1
    went = []
    for _ in range(moves):
        console.await_line((console.numbers(first) or [first])[-1] + FAST // 4)
        went.append(talker.host.other)
        move(talker, went[-1])
    console.await_line(console.numbers()[-1] + FAST // 4)
    last = talker.print_lines(0)
    console.await_line(last)
    seen = console.numbers(first)
    assert_unbroken(seen, FAST)
    assert (seen[0], seen[-1]) == (first, last)
    assert [line for line in console.said() if "has moved" in line] == [
        f"migctl: The guest has moved to {host}." for host in went]
    logged = {host: numbers(talker.console_log(host)) for host in HOSTS}
    for host in HOSTS:
        assert_unbroken(logged[host], FAST)
        assert logged[host][0] == 1, f"the log at {host} begins with line {logged[host][0]}"
    assert logged[talker.host][-1] == last
    up = [host for host in HOSTS if talker.console_log(host).count("up talkative") != 1]
    assert not up, f"the guest's start stands not once in the log at {up}"


def test_in_a_hurry(talker, look, stop_at):
    """A guest that moves on before one who looks has followed: what it printed on the way waits for who is coming."""
    console = look(ALPHA, talker)
    first = talker.print_lines(FAST) + 1
    console.await_line(first)
    stop_at.arm(ALPHA, "following")
    move(talker, BETA)
    stop_at.await_reached(ALPHA, "following")
    back = Move(talker, ALPHA)
    await_(lambda: ALPHA.domid(talker.name) is not None, 120, "it does not come back")
    time.sleep(patient(2))
    assert talker.uuid in BETA.sh("xenstore-ls /vm"), "nothing is kept for who is coming"
    stop_at.let_go(ALPHA, "following")
    back.wait().assert_moved()
    last = talker.print_lines(0)
    console.await_line(last)
    seen = console.numbers(first)
    assert_unbroken(seen, FAST // 2)
    assert (seen[0], seen[-1]) == (first, last)


def test_typing(talker, look):
    """What is typed reaches the guest, here and where it has moved to, once; its echo comes back."""
    console = look(ALPHA, talker)
    console.type("before\n")
    await_(lambda: "before" in console.text(), 20, "nothing typed here comes back")
    move(talker, BETA)
    await_(lambda: console.said(), 20, "it does not follow")
    console.type("after\n")
    await_(lambda: "after" in console.text(), 20, lambda: f"nothing typed there comes back: {console.said()}")
    assert console.text().count("before") == console.text().count("after") == 1


@pytest.mark.long
def test_at_a_terminal(talker):
    """Ctrl-] leaves, also after the guest has moved, and the terminal is then what it was."""
    line = (f"(sleep {patient(3)}; printf 'typed\\r'; sleep {patient(2)}; printf '\\035'; sleep {patient(3)}) | "
            f"socat -t 5 - SYSTEM:'stty -a; migctl console {talker.name}; echo left $?; stty -a',pty,setsid,ctty,stderr")
    for _ in range(2):
        seen = ALPHA.sh(line).replace("\r", "")
        assert "left 0\n" in seen, seen
        before, after = (part.split() for part in seen.split("left 0\n"))
        assert before[0] == "speed" and before.count("typed") == 1, f"it was lost, or echoed twice: {seen}"
        assert {"icanon", "echo", "isig"} <= set(after), seen
        if talker.host is ALPHA:
            move(talker, BETA)


@pytest.mark.long
def test_found_by_its_trail(talker, look):
    """It is found from the host that it has left."""
    move(talker, BETA)
    assert ALPHA.domid(talker.name) is None
    console = look(ALPHA, talker)
    first = talker.print_lines(20) + 1
    console.await_line(first + 20)
    last = talker.print_lines(0)
    console.await_line(last)
    assert_unbroken(console.numbers(first), 20)


@pytest.mark.parametrize("place", ["state-sent", *long("later-round")])
def test_failed_move(talker, look, stop_at, place):
    """A move that comes to nothing, in its rounds and in its pause: nothing is missing, and nobody is sent away."""
    console = look(ALPHA, talker)
    first = talker.print_lines(FAST) + 1
    stop_at.arm(ALPHA, place)
    under_way = Move(talker, BETA, "--downtime", 1, "--max-rounds", 3)
    stop_at.await_reached(ALPHA, place)
    under_way.cancel_by_signal()
    stop_at.let_go(ALPHA, place)
    assert under_way.wait().code == CANCELLED, under_way.stderr
    console.await_line(console.numbers()[-1] + FAST // 4)
    last = talker.print_lines(0)
    console.await_line(last)
    seen = console.numbers(first)
    assert_unbroken(seen, FAST // 2)
    assert seen[0] == first and console.said() == [] and not console.is_over()
    # What the move had sent of the log does not stand there twice after one that succeeds.
    move(talker, BETA)
    assert_unbroken(numbers(talker.console_log(BETA)), FAST)


@pytest.mark.long
def test_one_at_a_time(talker, look):
    """As with xl, which keeps off while it is looked at here, and the other way round."""
    console = look(ALPHA, talker)
    talker.print_lines(20)
    console.await_line(1)
    theirs = ALPHA.run(f"timeout 10 xl console {talker.name} </dev/null")
    assert theirs.code != 0 and "lock" in theirs.err, theirs
    second = ALPHA.run(f"timeout 10 migctl console {talker.name} </dev/null")
    assert second.code == REFUSED and "attached to the guest's console already" in second.err, second
    # Nor from another host, whoever came first.
    move(talker, BETA)
    console.await_line(talker.print_lines(20) + 20)
    theirs = BETA.run(f"timeout 10 xl console {talker.name} </dev/null")
    assert theirs.code != 0 and "lock" in theirs.err, theirs
    console.end()
    await_(lambda: BETA.run("test -e /var/lock/xenconsole.*").code, 20, "who has left keeps others off")
    theirs = BETA.run(f"timeout 3 xl console {talker.name} </dev/null")
    assert "lock" not in theirs.err, theirs


@pytest.mark.long
def test_unreachable(talker, look, stop_at):
    """Where the new host does not answer one who looks, that is said, and the guest does not care."""
    console = look(ALPHA, talker)
    stop_at.arm(ALPHA, "running-received")
    under_way = Move(talker, BETA)
    stop_at.await_reached(ALPHA, "running-received")
    BETA.sh("kill $(cat /run/migctl-serve.pid)")
    stop_at.let_go(ALPHA, "running-received")
    try:
        assert under_way.wait().code == 0, under_way.stderr
        assert console.wait() == REFUSED
        assert "The guest runs at beta, but its console cannot be shown from here: Nothing listens" in console.said()[-1]
        talker.assert_goes_on()
    finally:
        BETA.restart_parts()
    move(talker, ALPHA)


def ask_for(move_id, guest_id, journal):
    parts = ((1, move_id), (2, guest_id), (3, journal))
    return imposter.message(imposter.CONSOLE, b"".join(imposter.attribute(kind, value) for kind, value in parts))


def test_nobody_else(talker):
    """A console is shown to nobody who does not know the move by which the guest came; what is no question is no answer."""
    move(talker, BETA)
    guest = uuid.UUID(talker.uuid).bytes
    journal = uuid.UUID(BETA.sh("cut -d' ' -f1 /var/lib/migctl/journal/identity").strip()).bytes
    hello = imposter.hello(imposter.PROTO_VERSION)
    for question in (ask_for(uuid.uuid4().bytes, guest, journal), ask_for(bytes(16), guest, journal),
                     ask_for(uuid.uuid4().bytes, bytes(16), bytes(16))):
        assert imposter.ask(BETA, hello + question) == ["HELLO", "ABORT"]
    for nonsense in (imposter.message(imposter.CONSOLE, b""), imposter.message(imposter.CONSOLE, bytes(100)),
                     ask_for(guest, guest, bytes(15)), b"\xff" * 64):
        assert imposter.ask(BETA, hello + nonsense) == ["HELLO"]
    # Without an introduction there is nothing at all; and the daemon is as it was.
    assert imposter.ask(BETA, ask_for(guest, guest, journal)) == []
    move(talker, ALPHA)


@pytest.mark.long
@pytest.mark.parametrize("host", HOSTS, ids=str)
def test_guest_ends(new_guest, look, host):
    """The end of a guest is the end of looking, at its first host and at its second."""
    guest = new_guest(ALPHA, "short-lived", mem=light(128))
    console = look(ALPHA, guest)
    if host is BETA:
        move(guest, BETA)
        await_(lambda: console.said(), 20, "it does not follow")
    host.sh(f"xl destroy {guest.name}")
    assert console.wait() == ENDED
    assert "has ended" in console.said()[-1]
