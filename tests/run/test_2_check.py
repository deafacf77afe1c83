# SPDX-License-Identifier: GPL-2.0-or-later
"""`migctl check`: everything that fits and everything that does not, in one table, with nothing touched."""

import contextlib
import json
import re
from types import SimpleNamespace

import pytest
from rig import await_
from rig.complaint import REFUSED
from rig.guests import light
from rig.hosts import ALPHA, BETA, HOSTS
from rig.moves import Move, move
from rig.traces import await_unchanged, look_around


class Findings:
    """What `migctl check` said of moving a guest from alpha."""

    def __init__(self, guest, to="beta"):
        done = ALPHA.run("migctl", "check", guest.name, to, "--json")
        assert not done.err, done.err
        self.code = done.code
        self.said = json.loads(done.out)

    def of(self, subject):
        return [one for one in self.said["findings"] if one["subject"] == subject]

    def verdict(self, subject):
        """The verdict on a subject of which there is one finding."""
        found = self.of(subject)
        assert len(found) == 1, f"{subject}: {self.said['findings']}"
        return found[0]["verdict"]

    def against(self):
        return {one["subject"]: one["text"] for one in self.said["findings"] if one["verdict"] == "against"}


def test_fits(guest_at_alpha):
    """Of a guest that can be moved everything is looked at and fits, and neither host is changed by that."""
    guest = guest_at_alpha
    around = look_around()
    before = guest.counter()
    free = BETA.free_kib() // 1024

    found = Findings(guest)

    assert found.code == 0 and found.said["movable"], found.said
    for subject in ("versions", "hypervisor", "name", "configuration", "memory", "CPU", "clock", "interface 0",
                    "domain", "network"):
        assert found.verdict(subject) == "fits", found.of(subject)
    assert found.verdict("security") == "warns", "the lab's hosts are not configured for encryption"
    needed, there = map(int, re.findall(r"(\d+) MiB", found.of("memory")[0]["text"]))
    assert guest.mem <= needed <= guest.mem + 32 and abs(there - free) <= 1, (needed, there, free)
    assert found.said["host"] == "beta" and found.said["domid"] == guest.domid()
    table = ALPHA.sh(f"migctl check {guest.name} beta").splitlines()
    assert table[0].startswith(f"{guest.name} (domain ") and table[-1] == "It can be moved."
    assert len(table) == len(found.said["findings"]) + 2
    guest.assert_goes_on(before)
    await_unchanged(around)


@contextlib.contextmanager
def bridge(name, *hosts):
    for host in hosts:
        host.sh(f"ip link add {name} type bridge && ip link set {name} up")
    try:
        yield
    finally:
        for host in hosts:
            host.run(f"ip link del {name}")


@contextlib.contextmanager
def second_interface(guest, on):
    """Attached at alpha, and detached wherever the guest is then."""
    def is_there(host):
        return host.store(f"/local/domain/0/backend/vif/{guest.domid()}/1/mac")
    ALPHA.sh(f"xl network-attach {guest.name} mac=00:16:3e:4d:00:02 bridge={on}")
    await_(lambda: is_there(ALPHA), 10, "no second interface")
    try:
        yield
    finally:
        host = guest.host
        host.sh(f"xl network-detach {guest.name} 1")
        await_(lambda: not is_there(host), 20, "the second interface does not go")


def test_all_that_is_against_it(guest_at_alpha, undo):
    """Several things that do not fit are named in one table, those of the source and those of the destination."""
    guest = guest_at_alpha
    tpm = f"/local/domain/0/backend/vtpm/{guest.domid()}"
    BETA.sh("cat >/etc/xen/twin.cfg", stdin='name = "twin"\ntype = "pvh"\nkernel = "/usr/lib/lab/vmlinux"\n'
            f'memory = 80\nuuid = "{guest.uuid}"\n')
    BETA.sh("xl create -p -q /etc/xen/twin.cfg", timeout=180)
    undo(lambda: BETA.sh("xl destroy twin"))
    ALPHA.sh(f"xenstore-write {tpm}/0/frontend-id {guest.domid()} {tpm}/0/state 1")
    undo(lambda: ALPHA.sh(f"xenstore-rm {tpm}; xenstore-rm /local/domain/0/backend/vtpm"))
    with bridge("onlyhere", ALPHA), second_interface(guest, "onlyhere"):
        found = Findings(guest)
        table = ALPHA.run("migctl", "check", guest.name, "beta")
    against = found.against()
    assert found.code == REFUSED and not found.said["movable"]
    assert against.keys() == {"device vtpm 0", "UUID", "interface 1"}, against
    assert "TPM" in against["device vtpm 0"] and "bridge onlyhere" in against["interface 1"]
    assert found.verdict("interface 0") == "fits", "what fits is not told when something is against it"
    assert table.code == REFUSED and table.out.endswith("It cannot be moved: 3 of these are against it.\n"), table


def test_nobody_there(guest_at_alpha):
    """A destination that does not answer is one thing against it."""
    found = Findings(guest_at_alpha, "beta:8999")
    assert found.code == REFUSED and found.against().keys() == {"destination"}, found.said
    assert "8999" in found.against()["destination"]


def test_another_network(guest_at_alpha):
    """Bridges of one name that are not connected: a warning, of the check and of the move, which is made all the same."""
    guest = guest_at_alpha
    with bridge("apart", *HOSTS), second_interface(guest, "apart"):
        found = Findings(guest)
        verdicts = {one["text"].split("bridge ")[1].split()[0]: one["verdict"] for one in found.of("network")}
        assert found.code == 0 and verdicts == {"xenbr0": "fits", "apart": "warns"}, found.said
        moved = move(guest, BETA)
        warnings = [line for line in moved.complaints if "L2 network" in line]
        assert len(warnings) == 1 and "apart" in warnings[0], moved.stderr
    guest.assert_goes_on()


@pytest.mark.long
def test_memory_is_counted_once(new_guest, stop_at, undo):
    """Memory that a guest on its way will need is not there for another."""
    mem = light(128)
    first, second = (new_guest(ALPHA, f"fits-{n}", mem=mem, fill=light(16, 8)) for n in ("first", "second"))
    filler = BETA.free_kib() // 1024 - mem - mem // 2
    BETA.sh("cat >/etc/xen/filler.cfg",
            stdin=f'name = "filler"\ntype = "pvh"\nkernel = "/usr/lib/lab/vmlinux"\nmemory = {filler}\n')
    BETA.sh("xl create -p -q /etc/xen/filler.cfg", timeout=180)
    undo(lambda: BETA.sh("xl destroy filler"))
    assert Findings(second).code == 0, "there is no room even for one"
    stop_at.arm(BETA, "preparing")
    under_way = Move(first, BETA)
    stop_at.await_reached(BETA, "preparing")
    found = Findings(second)
    assert found.code == REFUSED and found.against().keys() == {"memory"}, found.said
    refused = Move(second, BETA).wait()
    assert refused.code == REFUSED and "memory" in refused.stderr, refused.stderr
    stop_at.let_go(BETA, "preparing")
    under_way.wait().assert_moved()
    second.assert_goes_on()


@pytest.mark.smp
@pytest.mark.two_cpus
def test_cpus_that_are_not_there(new_guest, undo):
    """A vCPU that is bound to a CPU which the other host has not is a warning, of the check and of the move; it may run anywhere there."""
    guest = new_guest(ALPHA, "bound", mem=light(128), fill=light(16, 8))
    ALPHA.sh(f"xl vcpu-pin {guest.name} 0 1")
    assert Findings(guest).verdict("affinity") == "fits"
    BETA.sh("xl cpupool-cpu-remove Pool-0 1")
    undo(lambda: BETA.sh("xl cpupool-cpu-add Pool-0 1"))
    found = Findings(guest)
    assert found.code == 0 and found.verdict("affinity") == "warns", found.said
    text = found.of("affinity")[0]["text"]
    assert "hard affinity of vCPU 0 (CPU 1)" in text and "all CPUs" in text, text
    assert not found.of("reboot"), found.said
    assert move(guest, BETA).complaints == [f"migctl: warning: {text}"]
    assert BETA.affinities(guest.domid()) == ["all / all"]
    guest.assert_goes_on()


@pytest.mark.smp
@pytest.mark.two_cpus
def test_configuration_of_cpus_that_are_not_there(lab, undo):
    """That a guest would not start again after a reboot, since its configuration binds it to a CPU which is not there, is a warning."""
    ALPHA.sh("cat >/etc/xen/pinned.cfg", stdin='name = "pinned"\ntype = "pvh"\nkernel = "/usr/lib/lab/vmlinux"\n'
             'memory = 80\nvcpus = 1\ncpus = "1"\n')
    ALPHA.sh("xl create -p -q /etc/xen/pinned.cfg", timeout=180)
    undo(lambda: ALPHA.sh("xl destroy pinned"))
    pinned = SimpleNamespace(name="pinned")
    assert not Findings(pinned).of("reboot")
    BETA.sh("xl cpupool-cpu-remove Pool-0 1")
    undo(lambda: BETA.sh("xl cpupool-cpu-add Pool-0 1"))
    found = Findings(pinned)
    assert found.verdict("affinity") == "warns" and found.verdict("reboot") == "warns", found.said
