# SPDX-License-Identifier: GPL-2.0-or-later
"""Who looks at a guest's console, and whether it has every line of it, once."""

import re
import signal
import subprocess

from . import await_, patient
from .hosts import Lines

LINE = re.compile(r"line (\d+) of many that are all alike")


def numbers(text):
    """The numbers of the guest's lines, as they stand there; a damaged line is none."""
    found = [LINE.fullmatch(line) for line in text.replace("\r", "").split("\n")]
    return [int(match[1]) for match in found if match]


def assert_unbroken(found, at_least):
    """Each number follows the one before."""
    assert len(found) >= at_least, f"{len(found)} lines prove nothing"
    wrong = [(a, b) for a, b in zip(found, found[1:]) if b != a + 1]
    assert not wrong, f"lines are missing or came twice: after {wrong[0][0]} comes {wrong[0][1]} ({len(wrong)} places)"


class Console:
    """One `migctl console`, at a host, without a terminal."""

    def __init__(self, host, guest, *, command="migctl console"):
        self.host = host
        self._process = host.start(f"echo $$; exec {command} {guest.name}", stdin=subprocess.PIPE)
        self._out = Lines(self._process.stdout)
        self._err = Lines(self._process.stderr)
        self.pid = int(await_(lambda: self._out.lines, 20, f"{command} does not begin")[0][1])

    def text(self):
        return "\n".join(line for _, line in self._out.lines[1:])

    def numbers(self, first=0):
        """From a line on: those before it may have waited for anybody who looks."""
        return [number for number in numbers(self.text()) if number >= first]

    def await_line(self, number, timeout=60):
        """Until the guest's line of that number, or a later one, has been shown."""
        await_(lambda: (self.numbers() or [0])[-1] >= number, timeout,
               lambda: f"no line {number} is shown: {self.text()[-300:]!r}; {self.said()}")

    def said(self):
        """What migctl itself had to say."""
        return [line.strip() for _, line in self._err.lines if line.strip()]

    def type(self, text):
        self._process.stdin.write(text)
        self._process.stdin.flush()

    def is_over(self):
        return self._process.poll() is not None

    def wait(self, timeout=60):
        """Its exit status."""
        self._process.wait(patient(timeout))
        self._out.join(patient(10))
        self._err.join(patient(10))
        return self._process.returncode

    def end(self):
        """Leave it."""
        if not self.is_over():
            self.host.run(f"kill {self.pid}")
            try:
                self._process.wait(patient(20))
            except subprocess.TimeoutExpired:
                self._process.send_signal(signal.SIGKILL)
        self._process.stdin.close()
