# SPDX-License-Identifier: GPL-2.0-or-later
"""The network learns where the guest is: from its host, by the time it says a word itself, and never too early."""

import socket

import pytest
from lablib import domain
from rig import await_, wire
from rig.guests import Watch
from rig.hosts import ALPHA, BETA, HOSTS
from rig.moves import Move, move

RARP, ARP, IPV6 = 0x8035, 0x0806, 0x86dd
ADDRESS, ADDRESS6 = "10.77.99.7", "fd00:77::7"      # the toolstack knows of them, the guest itself does not
ANNOUNCEMENTS = 7


def octets(mac):
    return bytes.fromhex(mac.replace(":", ""))


def kind(frame):
    return int.from_bytes(frame[12:14], "big")


def cables(tmp_path, macs):
    """A capture of what guests with these MACs say, for each host's cable."""
    what = " or ".join(f"ether src {mac}" for mac in macs)
    return [wire.Capture(host, tmp_path / host.name, what, direction="in") for host in HOSTS]


@pytest.fixture
def two_interfaces(new_guest):
    """A guest with two interfaces, of which the toolstack has noted addresses for the first."""
    guest = new_guest(ALPHA, "announced", mem=112, fill=8, nics=2, script=None)
    ALPHA.sh(f"xenstore-write /local/domain/0/backend/vif/{guest.domid()}/0/ip '{ADDRESS} {ADDRESS6}'")
    return guest


def test_announced(two_interfaces, tmp_path):
    """For each interface the first frame at the new port is its host's RARP, after the last at the old one; then there are
    more, with ARP and its IPv6 like for the addresses that the toolstack knows of."""
    guest = two_interfaces
    macs = [domain.mac_of(guest.name, nic) for nic in range(2)]
    watch = Watch(guest, every=0.02)
    before, after = cables(tmp_path, macs)
    with before, after:
        move(guest, BETA)
        await_(lambda: guest.port_seen() == "beta", 10, "the switch does not find it")
        watch.end()
        # The last distance is the longest: 1.6 s.
        await_(lambda: len([1 for _, frame in after.frames() if kind(frame) == RARP]) >= 2 * ANNOUNCEMENTS, 20,
               "the announcements are not repeated")
    watch.assert_forward()
    old, new = before.frames(), after.frames()
    assert [frame for _, frame in old if kind(frame) not in (RARP, ARP)], "it said nothing at the old port"
    for mac in macs:
        mine = [(at, frame) for at, frame in new if frame[6:12] == octets(mac)]
        assert kind(mine[0][1]) == RARP, f"{mac} begins with {mine[0][1].hex()}"
        assert mine[0][1][:6] == b"\xff" * 6, "who is to hear of it?"
        gone = [at for at, frame in old if frame[6:12] == octets(mac)]
        assert not gone or mine[0][0] > gone[-1], "it was announced while the guest still spoke at the old port"
    first = [frame for _, frame in new if frame[6:12] == octets(macs[0])]
    arp = [f for f in first if kind(f) == ARP and f[28:32] == f[38:42] == socket.inet_aton(ADDRESS)]
    assert len(arp) >= ANNOUNCEMENTS, f"gratuitous ARP for {ADDRESS}: {len(arp)}"
    target = socket.inet_pton(socket.AF_INET6, ADDRESS6)
    advertised = [f for f in first if kind(f) == IPV6 and f[54] == 136 and f[62:78] == target]
    assert len(advertised) >= ANNOUNCEMENTS, f"neighbour advertisements for {ADDRESS6}: {len(advertised)}"
    assert all(icmp6_is_whole(f) for f in advertised), "their checksum is wrong"
    assert not [f for _, f in new if f[6:12] == octets(macs[1]) and kind(f) == ARP and f[28:32] == socket.inet_aton(ADDRESS)]
    await_(lambda: guest.ask("echo there") == "there", 10, "it does not answer")


def icmp6_is_whole(frame):
    """RFC 4443, 2.3."""
    body = frame[54:54 + int.from_bytes(frame[18:20], "big")]
    words = frame[22:54] + len(body).to_bytes(4, "big") + b"\0\0\0\x3a" + body
    total = sum(int.from_bytes(words[i:i + 2], "big") for i in range(0, len(words), 2))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total == 0xffff


def test_announced_where_it_stays(two_interfaces, stop_at, tmp_path):
    """A move that fails in the pause: the guest is announced at its old port, once it goes on there, and never at the other."""
    guest = two_interfaces
    macs = [domain.mac_of(guest.name, nic) for nic in range(2)]
    stop_at.arm(BETA, "ready")
    before, after = cables(tmp_path, macs)
    with before, after:
        under_way = Move(guest, BETA)
        receiver = stop_at.await_reached(BETA, "ready")
        assert not [1 for _, frame in before.frames() + after.frames() if kind(frame) == RARP]
        BETA.sh(f"kill -9 {receiver}")
        stop_at.let_go(BETA, "ready")
        assert under_way.wait().code == 1, under_way.stderr
        await_(lambda: len([1 for _, frame in before.frames() if kind(frame) == RARP]) >= 2 * ANNOUNCEMENTS, 20,
               "it is not announced where it stays")
    assert not after.frames(), "it was announced where it never ran"
    guest.assert_goes_on()


SCRIPT = """#!/bin/sh
echo "$1 $vif" >>/tmp/vif-own.log
exec /etc/xen/scripts/vif-bridge "$@"
"""


def test_any_script(guest_at_alpha, undo):
    """An interface with a script of its own is brought up by it at the destination, and taken down by it at the source."""
    guest = guest_at_alpha
    for host in HOSTS:
        host.sh("cat >/etc/xen/scripts/vif-own; chmod 755 /etc/xen/scripts/vif-own; rm -f /tmp/vif-own.log", stdin=SCRIPT)
        undo(lambda h=host: h.sh("rm -f /etc/xen/scripts/vif-own /tmp/vif-own.log"))
    ALPHA.sh(f"xl network-attach {guest.name} mac=00:16:3e:4d:00:04 bridge=xenbr0 script=vif-own")
    here = guest.domid()
    move(guest, BETA)
    there = guest.domid()
    try:
        calls = {host: host.sh("cat /tmp/vif-own.log").splitlines() for host in HOSTS}
        assert calls[ALPHA] == [f"online vif{here}.1", f"offline vif{here}.1"], calls
        assert calls[BETA] == [f"online vif{there}.1"], calls
        assert BETA.store(f"/local/domain/0/backend/vif/{there}/1/script") == "/etc/xen/scripts/vif-own"
        await_(lambda: BETA.store(f"/local/domain/0/backend/vif/{there}/1/state") == "4", 30, "the interface does not work")
        assert f"vif{there}.1" in BETA.sh("ls /sys/class/net/xenbr0/brif")
    finally:
        BETA.sh(f"xl network-detach {guest.name} 1")
        await_(lambda: BETA.store(f"/local/domain/0/backend/vif/{there}/1/mac") is None, 20, "the interface does not go")
