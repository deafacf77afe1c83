# SPDX-License-Identifier: GPL-2.0-or-later
"""Moves by migctl, under way and over."""

import json
import time

from . import await_, ledger, patient
from .hosts import Lines

MOVE_LIMIT = 240
WARNING = "migctl: warning: the guest's memory crosses the network unencrypted (security = none)."
HOPELESS = "migctl: warning: The guest writes "     # and what follows from it: depends on how fast this machine is


class Move:
    """One `migctl live`, or `migctl move` for a regular one."""

    def __init__(self, guest, to, *options, source=None, verb="live"):
        self.guest = guest
        self.source = source or guest.host
        self.to = to
        self.domid = self.source.domid(guest.name)
        self.began = time.monotonic()
        self._process = self.source.start("migctl", verb, guest.name, to.name, "--json", *map(str, options))
        self._out = Lines(self._process.stdout)
        self._err = Lines(self._process.stderr)

    # ---- under way ----

    @property
    def events(self):
        return [json.loads(line) for _, line in self._out.lines]

    def phase(self):
        """The last phase it told of."""
        phases = [event["phase"] for event in self.events if event["event"] == "progress"]
        return phases[-1] if phases else None

    def is_over(self):
        return self._process.poll() is not None

    def await_rounds(self, timeout=60):
        """Wait until pages are on their way."""
        await_(lambda: self._in_rounds() or self.is_over(), timeout, f"the move sends nothing: {self.stderr}")
        assert self._in_rounds(), f"the move was over before its rounds: {self.stderr}"

    def _in_rounds(self):
        return any(event["event"] == "progress" and event.get("frames_sent", 0) for event in self.events)

    def cancel_by_signal(self):
        """What Ctrl-C at its terminal does."""
        self.source.sh("pkill -INT -xf 'migctl (live|move) .*'")

    # ---- over ----

    @ledger.counts_as("moves, waited for")
    def wait(self, timeout=MOVE_LIMIT):
        """Wait for its end and return itself."""
        self._process.wait(patient(timeout))
        self._out.join(patient(10))
        self._err.join(patient(10))
        self.seconds = time.monotonic() - self.began
        return self

    @property
    def code(self):
        return self._process.returncode

    @property
    def stderr(self):
        return "\n".join(line for _, line in self._err.lines)

    @property
    def complaints(self):
        """What it said on stderr but for warnings: that there is no encryption, that rounds bring no gain."""
        return [line for _, line in self._err.lines if line != WARNING and not line.startswith(HOPELESS)]

    @property
    def result(self):
        last = self.events[-1] if self.events else {}
        assert last.get("event") == "result", f"migctl's last word is no result: {last or self.stderr}"
        return last

    def assert_moved(self):
        """It succeeded, and the guest is there and not here."""
        assert self.code == 0, f"migctl gave {self.code}: {self.stderr}"
        assert self.result["exit_code"] == 0
        assert self.source.domid(self.guest.name) is None, f"{self.guest} is still at {self.source}"
        assert self.to.domid(self.guest.name) is not None, f"{self.guest} is not at {self.to}"
        return self

    def assert_live(self):
        """Its precondition: all of memory crossed while the guest ran, and what it changed meanwhile crossed again."""
        result = self.result
        assert result["rounds"] >= 1 and result["first_round_frames"] > 0, result
        assert result["frames_sent"] > result["first_round_frames"], \
            f"nothing was sent a second time, so the guest did not write while it moved: {result}"
        return self


def move(guest, to, *options):
    """Move a guest and see that it moved."""
    return Move(guest, to, *options).wait().assert_moved()
