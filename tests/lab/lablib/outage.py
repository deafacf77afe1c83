# SPDX-License-Identifier: GPL-2.0-or-later
"""How long an address did not answer, seen from outside both hosts."""

import re
import signal
import subprocess
import time

from . import namespace
from .command import LabError

INTERVAL_S = 0.005
REPLY = re.compile(r"^\[(\d+\.\d+)\].*icmp_seq=(\d+)", re.MULTILINE)
TOTALS = re.compile(r"(\d+) packets transmitted, (\d+)(?: packets)? received")


def measure(ip, seconds):
    """Ping @ip for @seconds, or until SIGTERM, and describe the holes between its replies."""
    command = namespace.inside(["ping", "-n", "-D", "-i", str(INTERVAL_S), "-w", str(seconds), ip])
    start = time.time()
    ping = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    # ping answers SIGINT with its totals.
    signal.signal(signal.SIGTERM, lambda *_: ping.send_signal(signal.SIGINT))
    try:
        output, errors = ping.communicate(timeout=seconds + 30)
    except subprocess.TimeoutExpired:
        ping.kill()
        raise LabError(f"ping {ip} did not end by itself; the machine is overloaded") from None
    totals = TOTALS.search(output)
    if not totals:
        raise LabError(f"ping {ip} failed: {errors.strip() or output.strip()}")
    end = min(start + seconds, time.time())
    return describe(start, end, [(float(t), int(n)) for t, n in REPLY.findall(output)],
                    int(totals[1]), int(totals[2]))


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
