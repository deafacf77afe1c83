# SPDX-License-Identifier: GPL-2.0-or-later
"""Peers that are no migctl of this version."""

import contextlib
import socket
import struct
import threading

from lablib import namespace

HELLO = 1
# Attributes of HELLO; user/proto.h has the numbers.
PROTOCOL, MIGCTL, MODULE, XEN_MAJOR, XEN_MINOR, BOOT_ID, HOST = range(1, 8)


def attribute(kind, value):
    """A netlink attribute: an integer of 32 bits or a string."""
    body = struct.pack("<I", value) if isinstance(value, int) else value.encode() + b"\0"
    return struct.pack("<HH", len(body) + 4, kind) + body + b"\0" * (-len(body) % 4)


def hello(protocol):
    """HELLO of a release that speaks another protocol."""
    payload = b"".join(attribute(kind, value) for kind, value in (
        (PROTOCOL, protocol), (MIGCTL, "99.0"), (MODULE, "99.0"), (XEN_MAJOR, 4), (XEN_MINOR, 17),
        (BOOT_ID, "00000000-1111-2222-3333-444444444444"), (HOST, "imposter")))
    return struct.pack(">IHH", len(payload), HELLO, 0) + payload


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
