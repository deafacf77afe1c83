# SPDX-License-Identifier: GPL-2.0-or-later
"""QEMU's monitor of an emulated host: it sees the whole machine, and the machine does not see it."""

import socket

WAIT = 20
PROMPT = b"(qemu) "


class Monitor:
    """One conversation, between `with` and its end."""

    def __init__(self, host):
        self._path = str(host.lab.directory / "monitor")
        self._socket = None

    def __enter__(self):
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.settimeout(WAIT)
            self._socket.connect(self._path)
            self._until_prompt()
        except BaseException:
            self._socket.close()
            raise
        return self

    def __exit__(self, *_):
        self._socket.close()

    def ask(self, line):
        """What it answers to a command."""
        self._socket.sendall(line.encode() + b"\n")
        return self._until_prompt()

    def _until_prompt(self):
        text = b""
        while not text.endswith(PROMPT):
            octets = self._socket.recv(65536)
            assert octets, f"QEMU's monitor closed after {text!r}"
            text += octets
        return text.decode(errors="replace")
