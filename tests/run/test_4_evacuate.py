# SPDX-License-Identifier: GPL-2.0-or-later
"""`migctl evacuate`: every guest that can be moved leaves, and of the others it is said why they stay."""

import json

import pytest
from rig import await_
from rig.complaint import CANCELLED, FAILED, REFUSED, Complaint
from rig.guests import light
from rig.hosts import ALPHA, BETA, HOSTS
from rig.traces import await_unchanged, look_around


def evacuate(*options):
    """(exit code, events, stderr)"""
    done = ALPHA.run("migctl", "evacuate", "beta", "--json", *map(str, options), timeout=600)
    return done.code, [json.loads(line) for line in done.out.splitlines()], done.err


def favour_dom0(undo):
    """On hosts with one CPU and four guests dom0 goes first, or hotplug scripts take longer than libxl waits for them."""
    for host in HOSTS:
        undo(lambda at=host: at.sh("xl sched-credit2 -d 0 -w 256"))
        host.sh("xl sched-credit2 -d 0 -w 2048")


def test_host_is_emptied(guest_at_alpha, new_guest, undo):
    """Two at once, the largest first; a guest that cannot be moved stays and runs on, and is named with the reason."""
    favour_dom0(undo)
    resident = guest_at_alpha
    small = new_guest(ALPHA, "small", mem=light(96), fill=8)
    middle = new_guest(ALPHA, "middle", mem=light(128) + 8, fill=8, script=None)
    stays = new_guest(ALPHA, "stays", mem=light(96), fill=8)
    tpm = f"/local/domain/0/backend/vtpm/{stays.domid()}"
    ALPHA.sh(f"xenstore-write {tpm}/0/frontend-id {stays.domid()} {tpm}/0/state 1")
    try:
        code, events, err = evacuate("--parallel", 2)
    finally:
        ALPHA.sh(f"xenstore-rm {tpm}; xenstore-rm /local/domain/0/backend/vtpm")
    assert code == FAILED, err
    results = {event["name"]: event for event in events if event["event"] == "result"}
    assert results.keys() == {"resident", "small", "middle"}
    assert not any(one["exit_code"] for one in results.values()), (results, err)
    last = events[-1]
    assert last["event"] == "evacuated" and last["moved"] == 3 and last["exit_code"] == FAILED
    assert [one["name"] for one in last["stay"]] == ["stays"] and "TPM" in last["stay"][0]["message"]
    assert ALPHA.domains().keys() == {"stays"} and BETA.domains().keys() == {"resident", "small", "middle"}
    assert [event["name"] for event in events[:-1]][-1] == "small", "the smallest was not the last"
    for guest in (resident, small, middle, stays):
        guest.assert_goes_on()
        guest.assert_intact()


@pytest.mark.long
def test_bandwidth_is_shared(new_guest):
    """One limit of bandwidth holds for all that are under way at once."""
    pair = [new_guest(ALPHA, f"shares-{n}", mem=light(96), fill=8) for n in (1, 2)]
    began = float(ALPHA.sh("cut -d' ' -f1 /proc/uptime"))
    code, events, err = evacuate("--parallel", 2, "--bandwidth", 20)
    took = float(ALPHA.sh("cut -d' ' -f1 /proc/uptime")) - began
    assert code == 0, err
    sent = sum(event["bytes"] for event in events if event["event"] == "result") / 2**20
    assert sent > 2 * 0.8 * light(96), "the guests' memory was not sent"
    # The pause is not held up, but what it sends is little.
    assert sent / took < 24, f"{sent:.0f} MiB in {took:.1f} s"
    for guest in pair:
        guest.assert_intact()


def test_nobody_there(guest_at_alpha):
    """A host that cannot be reached is said once, before any guest is tried."""
    done = ALPHA.run("migctl evacuate beta:8999")
    assert done.code == REFUSED and not done.out, done
    Complaint(done.err).assert_one_sentence(["8999"])


@pytest.mark.long
def test_cancel(guest_at_alpha, new_guest, stop_at):
    """Cancelled, it ends the move under way and begins no other; both guests run on, and nothing stays at the destination."""
    resident, other = guest_at_alpha, new_guest(ALPHA, "later", mem=light(96), fill=8)
    there = look_around([BETA])
    stop_at.arm(ALPHA, "later-round")
    under_way = ALPHA.start("migctl evacuate beta --json --downtime 1 --max-rounds 10000")
    stop_at.await_reached(ALPHA, "later-round")
    ALPHA.sh("pkill -TERM -of 'migctl evacuate'")
    stop_at.let_go(ALPHA, "later-round")
    out, err = under_way.communicate(timeout=120)
    assert under_way.returncode == CANCELLED, err
    stay = {one["name"]: one["message"] for one in json.loads(out.splitlines()[-1])["stay"]}
    assert stay.keys() == {"resident", "later"} and "before its turn" in stay["later"], stay
    await_(lambda: ALPHA.domains().keys() >= {"resident", "later"}, 10, f"{ALPHA.domains()}")
    for guest in (resident, other):
        guest.assert_goes_on()
        guest.assert_intact()
    await_unchanged(there)
