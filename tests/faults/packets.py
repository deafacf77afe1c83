# SPDX-License-Identifier: GPL-2.0-or-later
"""FINs that no end of a connection has sent, put on the cable between the hosts."""

import socket
import struct
import time

from rig.wire import PORT
from lablib import namespace

ETH_P_ALL = 3
FIN_ACK = 0x11


def _sum(octets):
    if len(octets) % 2:
        octets += b"\0"
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def _answer(frame):
    """A FIN for the sender of @frame, as its peer would say it: (its address and port, octets)."""
    if len(frame) < 54 or frame[12:14] != b"\x08\x00" or frame[23] != 6:
        return None
    ip, tcp = 14, 14 + (frame[14] & 15) * 4
    length = struct.unpack_from(">H", frame, ip + 2)[0]
    sport, dport, seq, ack = struct.unpack_from(">HHII", frame, tcp)
    if PORT not in (sport, dport) or not frame[tcp + 13] & 0x10 or frame[tcp + 13] & 7:
        return None
    seq = (seq + ip + length - tcp - (frame[tcp + 12] >> 4) * 4) % 2 ** 32
    options = b""
    if frame[tcp + 12] >> 4 == 8:       # timestamps, without which a segment of such a connection is dropped
        value, echo = struct.unpack_from(">II", frame, tcp + 24)
        options = struct.pack(">BBBBII", 1, 1, 8, 10, echo, value)
    size = 20 + len(options)
    header = struct.pack(">HHIIBBHHH", dport, sport, ack, seq, size // 4 << 4, FIN_ACK, 512, 0, 0) + options
    addresses = frame[ip + 16:ip + 20] + frame[ip + 12:ip + 16]
    check = _sum(addresses + struct.pack(">BBH", 0, 6, size) + header)
    header = header[:16] + struct.pack(">H", check) + header[18:]
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + size, 0, 0x4000, 64, 6, 0) + addresses
    head = head[:10] + struct.pack(">H", _sum(head)) + head[12:]
    return (frame[ip + 12:ip + 16], sport), frame[6:12] + frame[:6] + b"\x08\x00" + head + header


def forge_fins(hosts, timeout=8):
    """To both ends of every connection that says something: as if the other had closed it; how many were sent."""
    def sniffer(host):
        device = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        device.bind((namespace.tap(host.name), 0))
        device.settimeout(0.2)
        return device
    told, limit = set(), time.monotonic() + timeout
    devices = [(host, namespace.call_inside(lambda h=host: sniffer(h))) for host in hosts]
    while time.monotonic() < limit and len(told) < 2:
        for host, device in devices:
            try:
                frame = device.recv(65535)
            except TimeoutError:
                continue
            made = _answer(frame)
            # Both ends pass both taps: answer where the sender is.
            if made and made[0] not in told and socket.inet_ntoa(made[0][0]) == host.ip:
                device.send(made[1])
                told.add(made[0])
    for _, device in devices:
        device.close()
    return len(told)
