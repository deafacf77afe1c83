# SPDX-License-Identifier: GPL-2.0-or-later
"""Peers that are no migctl of this version."""

import contextlib
import re
import socket
import struct
import threading

from lablib import namespace

from . import REPOSITORY

HELLO, CONSOLE = 1, 20
PROTO_VERSION = int(re.search(r"define PROTO_VERSION\s+(\d+)", (REPOSITORY / "user/peer/proto.h").read_text())[1])
TYPES = {1: "HELLO", 15: "ABORT", 21: "ATTACHED", 22: "OUTPUT", 24: "ELSEWHERE"}
# Attributes of HELLO; user/peer/proto.h has the numbers.
PROTOCOL, MIGCTL, MODULE, XEN_MAJOR, XEN_MINOR, BOOT_ID, HOST = range(1, 8)


def attribute(kind, value):
    """A netlink attribute: an integer of 32 bits, a string, or octets."""
    body = struct.pack("<I", value) if isinstance(value, int) else value if isinstance(value, bytes) else \
        value.encode() + b"\0"
    return struct.pack("<HH", len(body) + 4, kind) + body + b"\0" * (-len(body) % 4)


def hello(protocol):
    """HELLO of a release that speaks another protocol."""
    payload = b"".join(attribute(kind, value) for kind, value in (
        (PROTOCOL, protocol), (MIGCTL, "99.0"), (MODULE, "99.0"), (XEN_MAJOR, 4), (XEN_MINOR, 17),
        (BOOT_ID, "00000000-1111-2222-3333-444444444444"), (HOST, "imposter")))
    return message(HELLO, payload)


def message(kind, payload):
    return struct.pack(">IHH", len(payload), kind, 0) + payload


def ask(host, words):
    """Say @words to a host's daemon, from outside both hosts; the names of the messages it answers until it hangs up."""
    connection = namespace.call_inside(lambda: socket.create_connection((host.ip, 8002), timeout=30))
    answer = b""
    with connection, contextlib.suppress(ConnectionResetError):
        connection.sendall(words)
        while octets := connection.recv(65536):
            answer += octets
    names = []
    while answer:
        length, kind, _ = struct.unpack(">IHH", answer[:8])
        names.append(TYPES.get(kind, kind))
        answer = answer[8 + length:]
    return names


@contextlib.contextmanager
def peer(words):
    """Listens outside both hosts and says @words to whoever connects; gives its `ADDRESS:PORT`."""
    listener = namespace.call_inside(lambda: socket.create_server((namespace.address(0, 1), 0)))

    def serve():
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection:
                    connection.settimeout(10)
                    connection.sendall(words)
                    while connection.recv(65536):
                        pass
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield "%s:%d" % listener.getsockname()
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(15)
