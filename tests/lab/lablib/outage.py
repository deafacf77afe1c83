# SPDX-License-Identifier: GPL-2.0-or-later
"""How long an address did not answer, seen from outside both hosts."""

import os
import re
import signal
import subprocess
import tempfile
import time

from . import namespace
from .command import LabError

INTERVAL_S = 0.005
REPLY = re.compile(r"^\[(\d+\.\d+)\].*icmp_seq=(\d+)", re.MULTILINE)
TOTALS = re.compile(r"(\d+) packets transmitted, (\d+)(?: packets)? received")


class Pings:
    """Pings an address until stopped, for @seconds at most."""

    def __init__(self, ip, seconds):
        self.ip = ip
        self.seconds = seconds
        # A file and not a pipe: nobody reads while it runs, and a full pipe would hold it up.
        self._output = tempfile.TemporaryFile()
        self.start = time.time()
        self._process = subprocess.Popen(
            namespace.inside(["ping", "-n", "-D", "-i", str(INTERVAL_S), "-w", str(seconds), ip]),
            stdin=subprocess.DEVNULL, stdout=self._output, stderr=subprocess.PIPE, text=True)

    def stop(self):
        # ping answers SIGINT with its totals.
        self._process.send_signal(signal.SIGINT)

    def output(self):
        """What it has written so far; read without moving the place where it writes."""
        size = os.fstat(self._output.fileno()).st_size
        return os.pread(self._output.fileno(), size, 0).decode()

    def replies(self):
        """(when, number in the sequence) of every reply so far."""
        return [(float(when), int(number)) for when, number in REPLY.findall(self.output())]

    def report(self):
        """Wait for its end and describe the holes between the replies."""
        try:
            errors = self._process.communicate(timeout=self.seconds + 30)[1]
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise LabError(f"ping {self.ip} did not end by itself; the machine is overloaded") from None
        totals = TOTALS.search(self.output())
        if not totals:
            raise LabError(f"ping {self.ip} failed: {errors.strip() or self.output().strip()[-500:]}")
        end = min(self.start + self.seconds, time.time())
        return describe(self.start, end, self.replies(), int(totals[1]), int(totals[2]))


def measure(ip, seconds):
    """Ping @ip for @seconds, or until SIGTERM, and describe the holes between its replies."""
    pings = Pings(ip, seconds)
    signal.signal(signal.SIGTERM, lambda *_: pings.stop())
    return pings.report()


def describe(start, end, replies, sent, received):
    """The report: the lead-in before the first reply and the time after the last count as holes too."""
    replies = sorted(replies)
    times = [start, *(when for when, _ in replies), max(end, replies[-1][0] if replies else end)]
    holes = [(after - before, before) for before, after in zip(times, times[1:])]
    longest, since = max(holes)
    return {
        "longest_ms": round(longest * 1000, 1),
        "longest_at_s": round(since - start, 3),
        "sent": sent,
        "received": received,
        "first_loss_s": first_loss(start, replies, sent),
    }


def first_loss(start, replies, sent):
    """Seconds until the first request that nobody answered, by its place in the sequence; None without one."""
    answered = {}
    for when, number in replies:
        answered.setdefault(number, when)
    # The very last requests are still on their way when ping ends.
    last = max(0, sent - int(0.1 / INTERVAL_S))
    latest = start
    for number in range(1, last + 1):
        if number not in answered:
            return round(latest - start, 3)
        latest = answered[number]
    return None
