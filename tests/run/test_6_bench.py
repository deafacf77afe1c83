# SPDX-License-Identifier: GPL-2.0-or-later
"""`migctl bench`: each piece of a page's way alone, with and without a hypervisor.

How fast the pieces are is nobody's promise; what they take in hypercalls and copies
is, and that they leave nothing behind.
"""

import json
import re

import pytest
from rig import await_, plain
from rig.complaint import FAILED, REFUSED, USAGE, Complaint
from rig.hosts import ALPHA, HOSTS
from rig.moves import move

PORT = 8004
PORTION = 512
OWN = ["take", "encode", "check", "copy", "send", "send-copied", "receive"]
OF_A_DOMAIN = ["types", "map", "unmap", "harvest"]
QUICK = "--frames 2048 --repetitions 3"


def measured(text):
    """piece -> its line, from --json."""
    return {line["piece"]: line for line in map(json.loads, text.splitlines())}


def check(pieces, names):
    assert list(pieces) == names
    for name, piece in pieces.items():
        ns = piece["ns_per_page"]
        assert 0 < ns["least"] <= ns["median"] <= ns["most"], f"{name}: {ns}"
        assert piece["mib_s"] == pytest.approx(1e9 / ns["median"] / 256, rel=0.01)


@pytest.fixture(scope="module")
def loaded(lab):
    """The module that measures is loaded at both hosts, and afterwards it is not."""
    for host in HOSTS:
        host.sh("insmod /lib/modules/*/updates/xenmig-bench.ko")
    yield
    for host in HOSTS:
        host.sh("[ ! -e /sys/module/xenmig_bench ] || rmmod xenmig_bench")


@pytest.fixture
def other_end(undo, loaded):
    """Starts `migctl bench --serve` on a host and returns where that is."""
    def start(host):
        process = host.start(f"exec migctl bench --serve --port {PORT}")
        undo(lambda: (host.run("pkill", "-f", "migctl bench --serve"), process.wait(10)))
        await_(lambda: host.run(f"netstat -ltn | grep -q :{PORT}").code == 0, 10, f"{host}: nothing listens")
        return f"{host}:{PORT}"
    return start


def test_of_a_domain(guest, other_end):
    """A running guest's memory, over the wire: hypercalls as in a move, no copy but where copies are asked for."""
    here, there = guest.host, guest.host.other
    text = here.sh(f"migctl bench --domain {guest.name} --to {other_end(there)} {QUICK} --json")

    pieces = measured(text)
    check(pieces, OWN + OF_A_DOMAIN)
    hypercalls = {name: piece["hypercalls_per_1000_pages"] * PORTION / 1000 for name, piece in pieces.items()}
    # Slots are emptied 32 by 32.
    expected = {"types": 1, "map": 2, "unmap": PORTION / 32 + 1}
    assert {name: hypercalls[name] for name in expected} == pytest.approx(expected, rel=0.01)
    assert all(not hypercalls[name] for name in OWN)
    assert pieces["harvest"]["frames"] == here.xen_domains()[guest.domid()]["pages"]
    assert {name: pieces[name]["copied_percent"] for name in ("send", "send-copied")} == {"send": 0, "send-copied": 100}
    assert pieces["send"]["memory"] == guest.name and pieces["receive"]["memory"] == "own"

    guest.assert_intact()
    assert not here.xen_domains()[guest.domid()]["log_dirty"]
    assert left(here) == 0
    # Nothing of it is mapped any more, so it can move and be freed.
    move(guest, there)


def left(host):
    """Pages in quarantine and references to the module that nobody accounts for."""
    status = json.loads(host.sh("migctl status --json").splitlines()[0])
    return status["quarantined"] + status["sessions"]


def test_without_a_hypervisor(lab):
    """On a machine that does not run on Xen the module loads, and everything but a domain's pieces is measured."""
    text = plain.run("insmod /lib/modules/*/updates/xenmig.ko; insmod /lib/modules/*/updates/xenmig-bench.ko; "
                     f"migctl bench {QUICK} --json; echo ended $?; "
                     "migctl status; echo ended $?; migctl bench --domain web; echo ended $?; "
                     "rmmod xenmig_bench && rmmod xenmig; echo ended $?")

    lines = text.splitlines()
    pieces = measured("\n".join(line for line in lines if line.startswith("{")))
    check(pieces, OWN)
    # Loopback copies what was sent by reference, and the figures say so.
    assert pieces["send"]["copied_percent"] == pytest.approx(100, abs=1)
    assert [line for line in lines if line.startswith("ended")] == ["ended 0", "ended 6", "ended 6", "ended 0"], text
    assert text.count("This machine does not run on Xen") == 2, text


@pytest.mark.parametrize("line, code, words", [
    ("--pieces map", USAGE, ["map", "--domain"]),
    ("--domain nobody", REFUSED, ["nobody"]),
    ("--pieces send --to beta:9", REFUSED, ["beta", "9"]),
    ("--pieces send --to beta:8002 --frames 512", FAILED, ["connection"]),
])
def test_mistakes(loaded, line, code, words):
    """One sentence with the cause and the cure, and the right exit code."""
    done = ALPHA.run(f"migctl bench {line}")
    assert done.code == code, f"{done}"
    Complaint(done.err).assert_one_sentence(words)


def test_no_memory(loaded):
    """A measurement that finds no memory says so and leaves nothing."""
    ALPHA.sh("echo no-memory-bench >/sys/module/xenmig/parameters/fault")
    done = ALPHA.run("migctl bench --pieces copy")
    assert done.code == FAILED
    Complaint(done.err).assert_one_sentence(["memory"])
    assert left(ALPHA) == 0


def test_interrupted(guest, other_end):
    """A measurement under way keeps both modules; a signal ends it at once: the domain is let go, also out of log-dirty mode."""
    here = guest.host
    where = other_end(here.other)
    process = here.start(f"exec migctl bench --domain {guest.name} --to {where} --frames 1048576 --pieces send")
    await_(lambda: sockets(here), 10, "nothing is sent")
    for module in ("xenmig_bench", "xenmig"):
        refused = here.run("rmmod", module)
        # EAGAIN: busybox's words for a module in use.
        assert refused.code != 0 and "temporarily unavailable" in refused.err, f"{refused}"
    here.sh("pkill -INT -f 'migctl bench --domain'")
    process.wait(15)
    await_(lambda: not sockets(here), 10, "the connection is there still")
    assert left(here) == 0
    guest.assert_intact()


def test_not_loaded(guest, loaded, undo):
    """Without the module that measures: what to load; a move does not miss it."""
    for host in HOSTS:
        host.sh("[ ! -e /sys/module/xenmig_bench ] || rmmod xenmig_bench")
    undo(lambda: [host.sh("insmod /lib/modules/*/updates/xenmig-bench.ko") for host in HOSTS])
    done = guest.host.run("migctl bench --pieces copy")
    assert done.code == REFUSED
    Complaint(done.err).assert_one_sentence(["xenmig-bench", "modprobe"])
    move(guest, guest.host.other)


def sockets(host):
    """Connections of a measurement."""
    return re.findall(rf":{PORT} +ESTABLISHED", host.sh("netstat -tn"))
