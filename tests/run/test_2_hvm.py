# SPDX-License-Identifier: GPL-2.0-or-later
"""HVM guests: with PV drivers, with emulated devices, and without PV drivers at all; their device models move along."""

import json
import re
import time

import pytest
from rig import await_
from rig.cases import long
from rig.complaint import CANCELLED, FAILED, REFUSED, Complaint
from rig.guests import Watch, light
from rig.hosts import ALPHA, HOSTS, SHARED
from rig.moves import Move, move
from rig.traces import Identity, Look, await_unchanged, look_around

pytestmark = pytest.mark.hvm

# What the guest then has are its emulated devices: an e1000 and an IDE disk.
EMULATED = "lab.emulated=1 xen_emul_unplug=never"
# It does not know that it runs on Xen.
WITHOUT = "lab.emulated=1 nopv console=ttyS0"


@pytest.fixture(scope="module", autouse=True)
def device_models_directory(lab):
    """The directory above those of device models: libxl leaves it behind the first guest that has one."""
    for host in HOSTS:
        host.sh("xenstore-exists /local/domain/0/device-model || xenstore-write /local/domain/0/device-model ''")


@pytest.fixture(scope="module")
def machine(new_module_guest):
    """An HVM guest with PV drivers and two vCPUs that writes all the time; at either host."""
    return new_module_guest(ALPHA, "machine", kind="hvm", mem=light(256), vcpus=2, fill=light(64, 16), dirty=4, script=None)


@pytest.fixture(scope="module")
def emulated(new_module_guest):
    """One whose network and disk are emulated."""
    return new_module_guest(ALPHA, "emulated", kind="hvm", mem=light(256), fill=light(48, 16), dirty=2, append=EMULATED,
                            disk=SHARED)


def one_model(host, guest):
    """Exactly one device model serves the guest, and none any other."""
    domid = host.domid(guest.name)
    models = Look(host).models
    assert models.count(domid) == 1, f"at {host} device models serve {models}, and {guest} is {domid}"


def assert_whole(guest, writes=0):
    guest.assert_goes_on()
    guest.assert_intact()
    assert guest.writes() >= writes


def test_it_moves_live(machine):
    """It moves while it runs and writes; a TCP connection stays open; its device model is there and no more here."""
    left, writes = Identity(machine.host, machine), machine.writes()
    record = machine.record()
    watch = Watch(machine)

    result = Move(machine, machine.host.other).wait().assert_moved().assert_live().result

    watch.end()
    watch.assert_forward()
    assert_whole(machine, writes)
    one_model(machine.host, machine)
    now = machine.record()
    assert (now["mem"], now["vcpus"]) == (record["mem"], record["vcpus"])
    assert re.search(r"\bvcpus=2\b", machine.ask("info"))
    times = result["downtime_ms"]
    assert result["device_model_bytes"] > 1000
    assert all(times[f"device_model_{part}"] > 0 for part in ("stop", "save", "load", "cont")), times
    left.await_gone()


def test_it_moves_regularly(machine):
    result = Move(machine, machine.host.other, verb="move").wait().assert_moved().result
    assert result["rounds"] == 0
    assert_whole(machine)
    one_model(machine.host, machine)


@pytest.mark.parametrize("moves", [2, *long(10)])
def test_back_and_forth(machine, moves):
    """Again and again; at the end there is one device model at one host. The last time all memory is compared before it
    goes on: nothing that the device model wrote is missing."""
    for _ in range(moves - 1):
        move(machine, machine.host.other)
    result = move(machine, machine.host.other, "--verify").result
    assert result["frames"] >= machine.mem * 256 * 9 // 10
    assert_whole(machine)
    one_model(machine.host, machine)
    assert machine.domid() not in Look(machine.host.other).models


def written(guest):
    """Blocks that its disk has acknowledged and given back as they were."""
    answer = guest.ask("disk verify")
    assert answer.startswith("ok "), answer
    return int(answer.split()[2])


def begin_to_write(guest):
    assert guest.ask("disk 10") == "disk 10"
    assert_writes(guest, 10)


def assert_writes(guest, already):
    """It goes on writing to its disk; what that has acknowledged is there."""
    await_(lambda: written(guest) > already, 30, "nothing is written to the disk")


@pytest.mark.long
def test_disk(new_guest):
    """What a disk of xen-blkback has acknowledged is there after a move; writing goes on."""
    guest = new_guest(ALPHA, "store", kind="hvm", mem=light(192), fill=16, disk=SHARED)
    begin_to_write(guest)
    move(guest, guest.host.other)
    assert_writes(guest, written(guest))
    assert_whole(guest)


@pytest.mark.long
def test_xl_migrate_in_between(machine):
    """A stock `xl migrate` moves on what we have moved, and we what it has moved."""
    host = machine.host
    before = machine.counter()
    done = host.run("xl", "migrate", "-s", "", machine.name, f"socat - TCP:{host.other.ip}:8003", timeout=500)
    assert done.code == 0, f"xl migrate gave {done.code}: {done.err}"
    machine.assert_goes_on(before)
    move(machine, machine.host.other)
    assert_whole(machine)
    one_model(machine.host, machine)


@pytest.mark.long
def test_emulated_devices(emulated):
    """A guest with an emulated network card and disk moves live: its connection stays open, and its disk has all that
    it has acknowledged."""
    begin_to_write(emulated)
    watch = Watch(emulated)
    for _ in range(2):
        Move(emulated, emulated.host.other).wait().assert_moved().assert_live()
        assert_writes(emulated, written(emulated))
    watch.end()
    watch.assert_forward()
    assert_whole(emulated)
    one_model(emulated.host, emulated)


@pytest.mark.long
def test_confined(new_guest):
    """A device model that has given up its rights, and that has the guest's disk open, which it could not open anew: the
    disk has all that it has acknowledged, at the new host and back, and the device model is confined there too."""
    guest = new_guest(ALPHA, "confined", kind="hvm", mem=light(192), fill=16, append=EMULATED, disk=SHARED,
                      settings=["dm_restrict = 1"])
    begin_to_write(guest)
    for _ in range(2):
        move(guest, guest.host.other)
        assert_writes(guest, written(guest))
        pid = guest.host.store(f"/local/domain/{guest.domid()}/image/device-model-pid")
        assert guest.host.sh(f"stat -c %u /proc/{pid}").strip() != "0"
        assert f"qemu-root-{guest.domid()}" in guest.host.sh(f"readlink /proc/{pid}/root")
    assert_whole(guest)


def test_without_pv_drivers(new_guest):
    """A guest that knows nothing of Xen cannot be asked to suspend; it moves, and its clock and devices go on."""
    guest = new_guest(ALPHA, "alone", kind="hvm", mem=light(192), fill=16, dirty=2, append=WITHOUT, disk=SHARED)
    begin_to_write(guest)
    watch = Watch(guest)
    clock = int(guest.ask("clock").split()[1])
    move(guest, guest.host.other)
    assert_writes(guest, written(guest))
    watch.end()
    watch.assert_forward()
    assert int(guest.ask("clock").split()[1]) > clock
    assert_whole(guest)


def begin(guest, stop_at, place):
    """A move that is held up at a place of its source, and the number of its process."""
    stop_at.arm(guest.host, place)
    under_way = Move(guest, guest.host.other)
    return under_way, stop_at.await_reached(guest.host, place)


@pytest.mark.parametrize("place", ["device-model-stopped", *long("suspending", "device-model-saved", "state-sent")])
def test_cancel(machine, stop_at, place):
    """Cancelled at any place, guest and device model go on where they were, and nothing stays at the other host."""
    here, there = machine.host, machine.host.other
    around, counter = look_around((there,)), machine.counter()
    under_way, _ = begin(machine, stop_at, place)
    under_way.cancel_by_signal()
    stop_at.let_go(here, place)
    under_way.wait()
    assert under_way.code == CANCELLED, under_way.stderr
    assert machine.host is here
    machine.assert_goes_on(counter)
    assert_whole(machine)
    one_model(here, machine)
    assert_runs(here, machine)
    await_unchanged(around)


def test_cancelled_by_another(machine, stop_at):
    """`migctl cancel` while its device model stands still: the guest goes on when that does, and not before."""
    here, counter = machine.host, machine.counter()
    under_way, _ = begin(machine, stop_at, "device-model-stopped")
    cancel = here.start("migctl", "cancel", machine.name)
    time.sleep(3)
    assert "s" in machine.record()["state"], "the guest goes on, and its device model stands still"
    assert cancel.poll() is None, "the move is said to be over"
    stop_at.let_go(here, "device-model-stopped")
    under_way.wait()
    assert under_way.code == CANCELLED, under_way.stderr
    assert cancel.wait(30) == 0
    assert machine.host is here
    machine.assert_goes_on(counter)
    assert_whole(machine)
    assert_runs(here, machine)


def status(host, guest):
    """What its device model says of itself; None when it has not answered within a second."""
    domid = host.domid(guest.name)
    lines = r'{\"execute\":\"qmp_capabilities\"}\n{\"execute\":\"query-status\"}\n'
    said = host.sh(f'(printf "{lines}"; sleep 1) | socat - UNIX-CONNECT:/run/xen/qmp-libxl-{domid}')
    return next((answer["return"]["status"] for answer in map(json.loads, said.splitlines())
                 if "status" in (answer.get("return") or {})), None)


def assert_runs(host, guest):
    await_(lambda: status(host, guest) == "running", 20, lambda: f"the device model of {guest} is {status(host, guest)}")


@pytest.mark.parametrize("place", ["device-model-saved", *long("first-round", "suspending", "device-model-stopped")])
def test_controller_killed(machine, stop_at, place):
    """Its controller killed before the commit, the guest goes on with its device model, and soon nothing is left of the move."""
    here, there = machine.host, machine.host.other
    around, counter = look_around((there,)), machine.counter()
    under_way, pid = begin(machine, stop_at, place)
    here.sh(f"kill -KILL {pid}")
    stop_at.let_go(here, place)
    under_way.wait()
    machine.assert_goes_on(counter)
    assert_whole(machine)
    assert_runs(here, machine)
    one_model(here, machine)
    await_unchanged(around, 60)


def kill_model(host, name):
    """The device model of a domain of that name, at a host."""
    domid = host.domid(name)
    pid = host.store(f"/local/domain/{domid}/image/device-model-pid")
    host.sh(f"kill -KILL {pid}")


@pytest.mark.parametrize("place", ["state-sent", *long("suspending", "device-model-stopped", "ready-received")])
def test_new_device_model_dies(machine, stop_at, place):
    """The device model at the destination dies before the commit: the guest stays where it is."""
    here, there = machine.host, machine.host.other
    around, counter = look_around((there,)), machine.counter()
    under_way, _ = begin(machine, stop_at, place)
    kill_model(there, f"{machine.name}--incoming")
    stop_at.let_go(here, place)
    under_way.wait()
    assert under_way.code == FAILED, under_way.stderr
    assert "device model" in under_way.stderr, under_way.stderr
    machine.assert_goes_on(counter)
    assert_whole(machine)
    assert_runs(here, machine)
    await_unchanged(around, 60)


@pytest.mark.parametrize("place", long("first-round", "device-model-stopped"))
def test_old_device_model_dies(new_guest, stop_at, place):
    """The device model at the source dies during the move: the guest stays, as it would be without one, and that is said."""
    guest = new_guest(ALPHA, "orphan", kind="hvm", mem=light(128), fill=16)
    there = guest.host.other
    around = look_around((there,))
    under_way, _ = begin(guest, stop_at, place)
    kill_model(ALPHA, guest.name)
    stop_at.let_go(ALPHA, place)
    under_way.wait()
    assert under_way.code == FAILED, under_way.stderr
    assert "device model" in under_way.stderr, under_way.stderr
    assert guest.host is ALPHA
    guest.assert_goes_on()
    await_unchanged(around, 60)


@pytest.mark.long
def test_destroyed_by_xl(new_guest):
    """`xl destroy` at its new host leaves nothing: no process, no socket, no node."""
    guest = new_guest(ALPHA, "brief", kind="hvm", mem=light(128), fill=8)
    before = Identity(ALPHA, guest)
    move(guest, ALPHA.other)
    before.await_gone()
    left = Identity(guest.host, guest)
    assert "device models" in left.present(), "the test would not notice what is left"
    guest.host.sh(f"xl destroy {guest.name}")
    left.await_gone()


@pytest.mark.long
def test_reboot(new_guest):
    """A reboot at its new host starts it anew, as an HVM guest with a device model."""
    guest = new_guest(ALPHA, "again", kind="hvm", mem=light(128), fill=8)
    move(guest, ALPHA.other)
    guest.reboot(240)
    one_model(guest.host, guest)


def test_serial_and_vnc(machine):
    """Its serial port and its screen can be had at its new host, where xenstore says."""
    move(machine, machine.host.other)
    host, domid = machine.host, machine.domid()
    tty = host.store(f"/local/domain/{domid}/serial/0/tty")
    assert tty and host.run("test", "-c", tty).code == 0, tty
    port = host.store(f"/local/domain/{domid}/console/vnc-port")
    assert port and port.isdigit()
    greeting = host.sh(f"(sleep 1) | socat - TCP:127.0.0.1:{port} | head -c 12")
    assert greeting.startswith("RFB "), greeting


@pytest.mark.long
def test_check_names_what_is_against_it(new_guest):
    """A device that cannot be carried over is named, before anything is touched."""
    guest = new_guest(ALPHA, "odd", kind="hvm", mem=light(128), settings=['device_model_args_hvm = ["-device", "pvpanic"]'])
    refused = Move(guest, ALPHA.other).wait()
    assert refused.code == REFUSED, refused.stderr
    Complaint(refused.stderr).assert_one_sentence(["device model", "-device pvpanic"])


def test_no_device_model_there(machine, undo):
    """A destination without one, or with another version, is refused, and both versions are named."""
    here, there = machine.host, machine.host.other
    program = "/usr/libexec/xen-qemu-system-i386"
    there.sh(f"mv {program} {program}.away")
    undo(lambda: there.sh(f"mv {program}.away {program}"))
    refused = Move(machine, there).wait()
    assert refused.code == REFUSED and "no device model there" in refused.stderr, refused.stderr
    there.sh(f"printf '#!/bin/sh\\necho \"QEMU emulator version 5.0.1 (other)\"\\n' >{program}; chmod +x {program}")
    refused = Move(machine, there).wait()
    assert refused.code == REFUSED and "5.0.1" in refused.stderr and "7.2." in refused.stderr, refused.stderr
    checked = here.run("migctl", "check", machine.name, there.name, "--json")
    findings = [one for one in json.loads(checked.out)["findings"] if one["subject"] == "device model"]
    assert any(one["verdict"] == "against" and "5.0.1" in one["text"] for one in findings), findings


@pytest.mark.closing
def test_nothing_was_left(lab):
    """At the end of all of that each device model has its domain."""
    for host in HOSTS:
        domids = set(host.domains().values())
        assert set(Look(host).models) <= domids, (Look(host).models, domids)
