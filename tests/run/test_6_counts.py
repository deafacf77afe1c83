# SPDX-License-Identifier: GPL-2.0-or-later
"""What a page costs, in what is not noisy: hypercalls, mappings, copies, messages.

Counted for a thousand pages of the first round of a guest, and held to
budget.json: a number may fall, and then the budget with it.  How many pieces
there are depends on where the guest's memory lies.

How many rounds follow, and of how few pages, depends on how long the destination
takes to be ready: what they cost is taken off.
"""

import json
import re
from pathlib import Path

from rig.hosts import ALPHA
from rig.moves import Move
from rig.sessions import Watch

BUDGET = json.loads((Path(__file__).parent / "budget.json").read_text())
PAGE = 4096
EVENTS = "/sys/kernel/tracing/instances/counts"
PER_FLIGHT, PER_ROUND = 3, 5        # hypercalls: types, map, flush; look, count, harvest, mark, types of what was marked
SENT = re.compile(r"xenmig_flight_sent: slot=\d+ frames=(\d+) pieces=(\d+) ")


class Flights:
    """The flights that a host sends, by its trace."""

    def __init__(self, host):
        self.host = host
        host.sh(f"mkdir {EVENTS} && echo 4096 >{EVENTS}/buffer_size_kb && "
                f"echo 1 >{EVENTS}/events/xenmig/xenmig_flight_sent/enable")

    def seen(self):
        """[(frames, pieces)]"""
        return [tuple(map(int, found)) for found in SENT.findall(self.host.sh(f"cat {EVENTS}/trace"))]

    def end(self):
        self.host.sh(f"rmdir {EVENTS}")


def first_flights(sent, pages):
    """Those that brought so many pages."""
    total = 0
    for number, (frames, _) in enumerate(sent):
        total += frames
        if total >= pages:
            return sent[:number + 1]
    raise AssertionError(f"{pages} pages were sent, and the flights have {total}")


def check(end, counts, pages):
    """Every count of a thousand pages is within its budget."""
    per_1000 = {name: round(count * 1000 / pages, 2) for name, count in counts.items()}
    budget = BUDGET[end]
    assert per_1000.keys() == budget.keys()
    over = [name for name in budget if per_1000[name] > budget[name]]
    assert not over, f"{end}: {', '.join(over)} of {per_1000}, where the budget is {budget}"


def test_counts(new_guest, undo):
    """A guest of 256 MiB, quiet: what both ends do for its pages while it runs."""
    guest = new_guest(ALPHA, "counted", mem=256)
    here, there = guest.host, guest.host.other
    watches = {host: Watch(host) for host in (here, there)}
    flights = Flights(here)
    undo(flights.end)
    for watch in watches.values():
        undo(watch.end)

    result = Move(guest, there).wait().assert_moved().result

    rounds = watches[here].last_in("suspending")
    pages = result["first_round_frames"]
    assert pages >= 65536
    sent = flights.seen()
    assert sum(frames for frames, _ in sent) == result["frames_sent"], "the trace has not got all flights"
    first = first_flights(sent, pages)
    # The last ones are those of the pause, which had not begun when this was said.
    later = len(first_flights(sent, rounds["frames_sent"])) - len(first)
    check("source", {
        "hypercalls": rounds["hypercalls"] - later * PER_FLIGHT - (rounds["round"] - 1) * PER_ROUND,
        "mappings": rounds["mapped"] - (rounds["frames_sent"] - pages),
        "copied_octets": result["missed_zerocopy_bytes"],
        "flights": len(first),
        "pieces": sum(pieces for _, pieces in first),
        "stream_overhead_octets": (result["bytes"] - result["frames_sent"] * PAGE) * pages / result["frames_sent"],
    }, pages)
    received = watches[there].last_in("received")
    check("destination", {"hypercalls": received["hypercalls"], "mappings": received["mapped"]},
          received["frames_sent"])
