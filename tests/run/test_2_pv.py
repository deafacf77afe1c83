# SPDX-License-Identifier: GPL-2.0-or-later
"""PV guests: `migctl move` takes them on any hypervisor; their page tables are made anew where they go on."""

import json
import re

import pytest
from rig import wire
from rig.complaint import CANCELLED, REFUSED, Complaint
from rig.guests import Watch, light
from rig.hosts import ALPHA, BETA
from rig.moves import Move
from rig.traces import Identity, await_unchanged, look_around

pytestmark = pytest.mark.pv


@pytest.fixture(scope="module")
def para(new_module_guest):
    """A PV guest of two vCPUs that writes all the time; at either host."""
    return new_module_guest(ALPHA, "para", kind="pv", mem=light(192), vcpus=2, fill=light(48, 16), dirty=4)


def moved(guest, *options):
    return Move(guest, guest.host.other, *options, verb="move").wait().assert_moved()


@pytest.mark.everywhere
def test_it_moves(para):
    """It is suspended, sent once and goes on, with its memory, its counter and both vCPUs; nothing stays behind."""
    left = Identity(para.host, para)
    record, writes = para.record(), para.writes()
    watch = Watch(para)

    result = moved(para).result

    assert result["rounds"] == 0 and result["frames_sent"] == result["frames"]
    para.assert_goes_on()
    watch.end()
    watch.assert_forward()
    para.assert_intact()
    assert para.writes() >= writes
    now = para.record()
    assert (now["mem"], now["vcpus"]) == (record["mem"], record["vcpus"])
    assert re.search(r"\bvcpus=2\b", para.ask("info")), para.ask("info")
    left.await_gone()


def test_it_moves_back_and_forth(para):
    """A guest that has moved moves again: what the first move has left of its p2m is as good as the first."""
    for _ in range(3):
        moved(para)
        para.assert_goes_on()
    para.assert_intact()


def test_its_memory_is_digested(para):
    """With --verify all its memory is compared before it goes on, but for what has to differ from host to host."""
    result = moved(para, "--verify").result
    para.assert_intact()
    assert result["frames"] >= para.mem * 256 * 9 // 10


def test_it_is_shut_down_by_xl(new_guest):
    """At its new host a stock `xl shutdown` ends it, and nothing stays."""
    guest = new_guest(ALPHA, "para-ends", kind="pv", mem=light(128), fill=16)
    moved(guest)
    left = Identity(guest.host, guest)
    assert guest.host.run("xl", "shutdown", "-w", guest.name, timeout=120).code == 0
    left.await_gone()


def test_it_reboots(new_guest):
    """A reboot at its new host starts it anew, as a PV guest."""
    guest = new_guest(ALPHA, "again-pv", kind="pv", mem=light(96))
    Move(guest, BETA, verb="move").wait().assert_moved()
    guest.reboot()
    notes = json.loads(BETA.sh(f"xl list -l {guest.name}"))
    assert guest.host is BETA and notes[0]["config"]["c_info"]["type"] == "pv", notes


def test_xl_saves_it(para):
    """A stock `xl save` reads at its new host what we have made of it, and `xl restore` brings it back."""
    moved(para)
    host = para.host
    file = "/dev/shm/para.save"     # there is more room than in the root, which is in RAM too
    try:
        host.sh(f"xl save {para.name} {file}", timeout=240)
        host.sh(f"xl restore {file}", timeout=240)
    finally:
        host.run("rm", "-f", file)
    para.assert_goes_on()
    para.assert_intact()


@pytest.mark.everywhere
def test_cancel(para, stop_at):
    """Cancelled when it is suspended it goes on where it was."""
    here, there = para.host, para.host.other
    around = look_around((there,))
    counter = para.counter()
    stop_at.arm(here, "suspended")
    under_way = Move(para, there, verb="move")
    stop_at.await_reached(here, "suspended")
    under_way.cancel_by_signal()
    stop_at.let_go(here, "suspended")
    under_way.wait()
    assert under_way.code == CANCELLED, under_way.stderr
    para.assert_goes_on(counter)
    para.assert_intact()
    await_unchanged(around)


@pytest.mark.without_shadow
def test_live_needs_shadow_paging(para):
    """Where the hypervisor has none `migctl live` says so and names what does without; the guest notices nothing."""
    counter = para.counter()
    refused = Move(para, para.host.other).wait()
    assert refused.code == REFUSED, refused.stderr
    Complaint(refused.stderr).assert_one_sentence(["PV guest", "shadow paging", "migctl move"])
    listed = [line for line in para.host.sh("migctl list").splitlines() if line.startswith(para.name)]
    assert listed and listed[0].endswith("can be moved, but not live"), listed
    para.assert_goes_on(counter)


@pytest.mark.without_shadow
def test_evacuated(para):
    """An evacuation moves it as it can be moved, and a check tells beforehand that this is not live."""
    here, there = para.host, para.host.other
    checked = json.loads(here.sh(f"migctl check {para.name} {there} --json"))
    warnings = [one["text"] for one in checked["findings"] if one["subject"] == "live"]
    assert checked["movable"] and len(warnings) == 1 and "migctl move" in warnings[0], checked
    done = here.run("migctl", "evacuate", there.name, "--json", timeout=240)
    assert done.code == 0, done.err
    results = {event["name"]: event for event in map(json.loads, done.out.splitlines()) if event["event"] == "result"}
    assert results[para.name]["rounds"] == 0 and para.host is there
    para.assert_intact()


def test_xen_accepts_the_stream(para, tmp_path):
    """verify-stream-v2 of Debian's xen-utils-4.17 finds nothing wrong in what was sent, to the last octet."""
    with wire.Capture(para.host, tmp_path / "capture") as capture:
        done = moved(para)
    stream = wire.stream_of(capture)
    code, words = wire.verify(wire.write(tmp_path / "stream", stream))
    assert code == 0, f"verify-stream-v2 gave {code}:\n{words}"
    for record in ("x86 PV info", "x86 PV P2M frames", "Shared info", "x86 PV vcpu basic", "x86 PV vcpu extended", "TSC info", "End"):
        assert f"Libxc Record: {record}," in words, f"the verifier saw no record {record}:\n{words}"
    assert len(stream) == done.result["bytes"]
    assert wire.pages_in(stream) == done.result["frames_sent"]
