# SPDX-License-Identifier: GPL-2.0-or-later
"""What went over the wire: captured between the hosts, put together again, checked by Xen's own verifier."""

import os
import re
import signal
import struct
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from . import await_
from lablib import image, namespace

PORT = 8002
LARGEST = "66000"         # octets of a packet, as a card is given it; the buffer has places of that size
HEADER = 8                  # of a message between controllers: be32 length, be16 type, be16 zero
MSG_DATA, MSG_DATA_OK = 5, 6
PAGE_DATA = 1
END = 0


class Capture:
    """Records what crosses a host's cable, from the namespace, between `with` and its end: migctl's traffic, or by a filter
    of tcpdump's."""

    def __init__(self, host, file, what=f"tcp port {PORT}", direction="inout"):
        self.host = host
        self.file = str(file)
        self.what = what
        self.direction = direction      # `in`: only what the host says

    def __enter__(self):
        words = ["tcpdump", "-i", namespace.tap(self.host.name), "-n", "-U", "-s", LARGEST, "-B", "131072", "-Z", "root",
                 "-Q", self.direction, "-w", self.file, self.what]
        self.process = subprocess.Popen(namespace.inside(words), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True)
        await_(lambda: os.path.exists(self.file) and os.path.getsize(self.file) >= 24 or self.process.poll() is not None,
               20, "tcpdump does not begin")
        assert self.process.poll() is None, f"tcpdump: {self.process.stderr.read()}"
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        words = self.process.communicate(timeout=30)[1]
        lost = re.search(r"(\d+) packets? dropped by kernel", words)
        assert lost and lost[1] == "0", f"the capture is not whole: {words}"

    def connections(self):
        """Every connection in it, in the order in which they were opened."""
        return connections(self.file)

    def frames(self):
        """Every Ethernet frame in it: (seconds, octets)."""
        return list(packets(self.file))


class Connection(NamedTuple):
    """What both ends of a TCP connection said."""
    client: bytes
    server: bytes


# ---- packets ----

def packets(file):
    """The Ethernet frames of a pcap file: (seconds, octets)."""
    with open(file, "rb") as f:
        magic = f.read(24)[:4]
        order = {b"\xd4\xc3\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">"}[magic]
        while len(head := f.read(16)) == 16:
            seconds, micros, length, original = struct.unpack(order + "IIII", head)
            assert length == original, "the capture cut a packet short"
            frame = f.read(length)
            if len(frame) < length:
                return                  # tcpdump is writing it
            yield seconds + micros / 1e6, frame


class Segment(NamedTuple):
    source: tuple
    destination: tuple
    sequence: int
    syn: bool
    ack: bool
    payload: bytes


def segment(frame):
    """The TCP segment in an Ethernet frame, or None."""
    if len(frame) < 54 or frame[12:14] != b"\x08\x00" or frame[23] != 6:
        return None
    ip = 14
    tcp = ip + (frame[ip] & 15) * 4
    source_port, destination_port, sequence = struct.unpack_from(">HHI", frame, tcp)
    flags = frame[tcp + 13]
    # The IP length and not the frame's: short frames are padded.
    end = ip + struct.unpack_from(">H", frame, ip + 2)[0]
    payload = frame[tcp + (frame[tcp + 12] >> 4) * 4:end]
    return Segment((frame[ip + 12:ip + 16], source_port), (frame[ip + 16:ip + 20], destination_port), sequence,
                   bool(flags & 2), bool(flags & 16), payload)


# ---- connections ----

class Half:
    """One direction of a connection; octets in the order of their sequence numbers, each once."""

    def __init__(self):
        self.octets = bytearray()
        self.next = None        # the sequence number awaited
        self.early = {}         # what came before its time

    def begin(self, sequence):
        if self.next is None:
            self.next = (sequence + 1) % 2 ** 32

    def take(self, sequence, payload):
        if self.next is None or not payload:
            return
        self.early[sequence] = max(self.early.get(sequence, b""), payload, key=len)
        while self._advance():
            pass

    def _advance(self):
        for sequence in list(self.early):
            behind = (self.next - sequence) % 2 ** 32
            if behind >= 2 ** 31:
                continue                            # still ahead
            payload = self.early.pop(sequence)
            fresh = payload[behind:]                # a retransmission brings some of it again
            self.octets += fresh
            self.next = (self.next + len(fresh)) % 2 ** 32
            return True
        return False

    def whole(self):
        assert not self.early, f"the capture has a gap after {len(self.octets)} octets"
        return bytes(self.octets)


def connections(file):
    halves, clients = {}, []
    for _, frame in packets(file):
        s = segment(frame)
        if not s:
            continue
        key = (s.source, s.destination)
        if s.syn:
            halves.setdefault(key, Half()).begin(s.sequence)
            if not s.ack and key not in clients:
                clients.append(key)
        elif key in halves:
            halves[key].take(s.sequence, s.payload)
    return [Connection(halves[key].whole(), halves[key[::-1]].whole()) for key in clients if key[::-1] in halves]


# ---- between the controllers, and after them ----

def message(octets):
    """The first message in @octets: its type and its length with header, or (None, 0)."""
    if len(octets) < HEADER:
        return None, 0
    length, kind, zero = struct.unpack_from(">IHH", octets)
    return (kind, HEADER + length) if not zero and HEADER + length <= len(octets) else (None, 0)


def stream_of(capture):
    """What the sending kernel wrote: the data connection after the controllers have handed it over."""
    data = [one for one in capture.connections() if message(one.client)[0] == MSG_DATA]
    assert len(data) == 1, f"{len(data)} data connections were captured"
    kind, length = message(data[0].server)
    assert kind == MSG_DATA_OK and length == len(data[0].server), "the destination said more on it than DATA-OK"
    return data[0].client[message(data[0].client)[1]:]


class Record(NamedTuple):
    kind: int
    offset: int
    length: int


def records(stream):
    """The records of a stream, after its two headers of 40 octets together."""
    offset = 40
    while offset < len(stream):
        kind, length = struct.unpack_from("<II", stream, offset)
        yield Record(kind, offset, length)
        offset += 8 + (length + 7) // 8 * 8


def pages_in(stream):
    """How many pages its PAGE_DATA records carry."""
    total = 0
    for record in records(stream):
        if record.kind == PAGE_DATA:
            count = struct.unpack_from("<I", stream, record.offset + 8)[0]
            total += (record.length - 8 - 8 * count) // 4096
    return total


# ---- Xen's verifier ----

def verifier():
    """Where Debian's package of Xen's utilities lies, unpacked and not installed."""
    def build(directory):
        image.run_logged(["apt-get", "download", "xen-utils-4.17"], image.log("verifier"), cwd=directory, timeout=300)
        for package in directory.glob("*.deb"):
            image.run(["dpkg", "-x", str(package), str(directory)], timeout=120)
            package.unlink()
    image.CACHE.mkdir(parents=True, exist_ok=True)
    return image.cached("verifier-4.17", build) / "usr/lib/xen-4.17"


def verify(file):
    """Xen's verdict on a stream: (exit status, words)."""
    xen = verifier()
    environment = dict(os.environ, PYTHONPATH=str(xen / "lib/python"), PYTHONDONTWRITEBYTECODE="1")
    done = subprocess.run([sys.executable, str(xen / "bin/verify-stream-v2"), "--in", str(file), "--format", "libxc",
                           "--verbose"], capture_output=True, text=True, env=environment, timeout=300, check=False)
    return done.returncode, done.stdout + done.stderr


def write(path, octets):
    Path(path).write_bytes(octets)
    return path
