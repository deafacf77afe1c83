# SPDX-License-Identifier: GPL-2.0-or-later
"""For test programs: talk to the lab's guests and hosts from inside its network namespace.

    with labnet.Guest("10.77.0.100") as guest:
        guest.ask("counter")        # "counter 1234"
"""

from lablib import namespace
from lablib.command import patient
from lablib.namespace import call_inside, connect, inside   # noqa: F401, part of the interface

GUEST_PORT = 7000


class Guest:
    """One open connection to the line protocol of the lab's guest."""

    def __init__(self, ip, timeout=10):
        self.ip = ip
        self._socket = namespace.connect(ip, GUEST_PORT, timeout)
        self._lines = self._socket.makefile("r", encoding="utf-8")

    def ask(self, line, timeout=60):
        """Send one line and return the answer; ConnectionError when the guest closes instead."""
        self._socket.settimeout(patient(timeout))
        self._socket.sendall(line.encode() + b"\n")
        answer = self._lines.readline()
        if not answer.endswith("\n"):
            raise ConnectionError(f"{self.ip} closed the connection before it answered `{line}`")
        return answer.rstrip("\n")

    def close(self):
        self._lines.close()
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def call(ip, line, timeout=60):
    """One line of the protocol on a connection of its own."""
    with Guest(ip) as guest:
        return guest.ask(line, timeout)
