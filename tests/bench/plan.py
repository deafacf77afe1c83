# SPDX-License-Identifier: GPL-2.0-or-later
"""Which runs there are, for which goals, and in which order."""

import csv
import json
import time
from statistics import median
from typing import NamedTuple, Optional

import yardsticks
from bed import PLACE
from measures import Count
from rig import REPOSITORY
from rig.hosts import SHARED, Lines
from tools import TOOLS

MEMORY_RUNS = 3         # of each size; a peak varies little
CHASES = 3              # before, and after
CHASE_MIB = 256
CHASE_GUEST_MIB = 512
SHARES = (0.2, 0.6)     # of line rate, rewritten
SIZES = (128, 256, 512, 1024, 2048, 4096)
LARGE, SMALL, ABOVE = 1024, 256, 4608      # the last one has memory above 4 GiB
RATES = REPOSITORY / "build/bench-rates.csv"
RATE_LIMIT_S = 120
# A loop in dom0 weighs on a run; this one is not compared with any other.
LOOKS = f"""rm -f {PLACE}/stop
until [ -e {PLACE}/stop ]; do
    read up idle </proc/uptime
    echo "$up $(migctl status --json | grep '"source"')"
    sleep 0.05
done"""


class Series(NamedTuple):
    """Runs that are compared with each other: rounds of @steps, each (what, share of line rate rewritten)."""
    name: str
    goals: tuple
    kind: str           # "moves", "memory", "chase", "rates" or "shapes"
    mem: int
    steps: tuple
    pinged: bool = False
    hosts: str = "one_cpu"
    options: Optional[dict] = None      # of the guest, when its memory is not all that is said of it


def quiet(*names):
    return tuple((name, 0) for name in names)


def every_series(largest):
    """All of the bench, with no guest larger than @largest MiB."""
    large, small = min(LARGE, largest), min(SMALL, largest)
    busy = quiet("iperf", "xenmig", "libxl") + tuple((tool, share) for share in SHARES for tool in ("xenmig", "libxl"))
    series = [
        Series("large", ("G1", "G2", "G5"), "moves", large, quiet("iperf", "xenmig", "libxl")),
        Series("small", ("G2",), "moves", small, quiet("iperf", "xenmig", "libxl", "xl")),
        Series("pause", ("G3",), "moves", small, quiet("floor", "xenmig", "libxl"), pinged=True),
        Series("busy", ("G4",), "moves", large, busy, pinged=True),
    ]
    for mem in SIZES:
        if mem <= largest:
            series += [Series(f"size-{mem}", ("G3", "G7"), "moves", mem, quiet("xenmig")),
                       Series(f"memory-{mem}", ("G6",), "memory", mem, quiet("xenmig"))]
    return series + [
        Series("chase", ("G8",), "chase", min(CHASE_GUEST_MIB, largest), quiet("xenmig", "libxl")),
        Series("rates", ("rates",), "rates", large, (("xenmig", 0), ("xenmig", SHARES[0]))),
        Series("large", ("G1", "G5"), "moves", large, quiet("iperf", "xenmig", "libxl"), hosts="two_cpus"),
    ]


# Of each what is said of it, and how it differs from an HVM guest of 256 MiB with PV drivers, 64 of them filled.
SHAPES = {
    "plain": ("PV drivers, 256 MiB", {}),
    "two": ("PV drivers, 2 vCPUs, 256 MiB", {"vcpus": 2, "dirty": 4}),
    "large": ("PV drivers, 1 GiB", {"mem": 1024, "fill": 512}),
    "above": ("PV drivers, 4.5 GiB", {"mem": 4608, "fill": 3900}),
    "odd": ("PV drivers; std VGA, AHCI, USB tablet, dm_restrict",
            {"settings": ['vga = "stdvga"', 'hdtype = "ahci"', "usb = 1", 'usbdevice = ["tablet"]', "dm_restrict = 1"],
             "disk": SHARED}),
    "emulated": ("emulated NIC and IDE disk, 256 MiB", {"append": "lab.emulated=1 xen_emul_unplug=never", "disk": SHARED}),
    "alone": ("no PV drivers (nopv), 256 MiB", {"append": "lab.emulated=1 nopv console=ttyS0"}),
}


def hvm_series(largest):
    """HVM guests of several shapes, moved by us and by libxl in turn."""
    plain = {"kind": "hvm", "mem": SMALL, "fill": 64}
    found = []
    for name, (_, differs) in SHAPES.items():
        options = {**plain, **differs}
        mem = options.pop("mem")
        if mem <= largest:
            found.append(Series(f"hvm-{name}", ("HVM",), "shapes", mem, quiet("xenmig", "libxl"), pinged=True, hosts="hvm",
                                options=options))
    return found


QUICK = ("large", "small", "pause")     # on hosts with one CPU


def order_of(steps, number):
    """The steps of a round: back to front in every other one, so that none always follows the same other one."""
    return steps if number % 2 == 0 else steps[::-1]


class Runner:
    """Does the runs and puts what comes of them into the results."""

    def __init__(self, bed, results, say):
        self.bed = bed
        self.results = results
        self.say = say

    def repeats(self, series, repeat):
        return {"memory": min(repeat, MEMORY_RUNS), "rates": 1}.get(series.kind, repeat)

    def step(self, series, number, step):
        """One run."""
        what, share = step
        began = time.monotonic()
        words = getattr(self, f"_{series.kind}")(series, what, share, {"series": series.name, "round": number})
        self.say(f"{series.name:<12} {what:<7} {time.monotonic() - began:5.1f} s  {words}")

    # ---- moves, and what they are held against ----

    def _moves(self, series, what, share, entry):
        guest = self.bed.guest_of(series.mem)
        if what == "iperf":
            return self._iperf(guest, entry)
        if what == "floor":
            return self._floor(guest, entry)
        rate = self._rate_of(series, share)
        self._dirty(guest, rate)
        entry.update(self.move(guest, what, series.pinged), dirty_mib_s=rate, share=share)
        self.results.put(self.bed.hosts, "runs", entry)
        return move_words(entry)

    def _iperf(self, guest, entry):
        self._dirty(guest, 0)
        self.bed.settle()
        entry.update(yardsticks.iperf(self.bed, guest))
        self.results.put(self.bed.hosts, "iperf", entry)
        return f"{entry['mib_s']:.0f} MiB/s, {entry['cpu_s_per_gib']:.2f} s of dom0's CPU a GiB"

    def _floor(self, guest, entry):
        self._dirty(guest, 0)
        self.bed.settle()
        entry.update(yardsticks.floors(self.bed, guest))
        self.results.put(self.bed.hosts, "floors", entry)
        return f"{entry['suspend']:.0f} ms to suspend itself, {entry['resume_to_reply']:.0f} ms to answer again"

    def _rate_of(self, series, share):
        """MiB/s that the guest is to rewrite: a share of what iperf3 had first in this series.

        Once and for all: did it follow iperf3, later rounds would be compared with others than they are.
        """
        if not share:
            return 0
        first = next((entry for entry in self.results.part(self.bed.hosts)["iperf"] if entry["series"] == series.name), None)
        assert first, "nothing is known of the line rate"
        return round(share * first["mib_s"])

    def _dirty(self, guest, rate):
        assert guest.ask(f"dirty {rate}") == f"dirty {rate}"

    def move(self, guest, name, pinged=False):
        """One move to the other host, with all that is counted around it."""
        self.bed.settle()
        source = guest.host
        tool = TOOLS[name](self.bed, guest, source)
        tool.prepare()
        with Count(self.bed, source, pinged) as count:
            seconds = tool.move()
        entry = {"tool": name, "guest_mib": guest.mem, "pattern_mib": guest.fill, "from": source.name, "total_s": round(seconds, 4), **tool.told(),
                 **count.entry()}
        self.bed.settle()
        assert guest.host is source.other, f"{name} has not moved the guest"
        return entry

    def _shapes(self, series, what, share, entry):
        guest = self.bed.guest_of(series.mem, name=series.name, **series.options)
        entry.update(self.move(guest, what, series.pinged), dirty_mib_s=0, share=0)
        guest.assert_intact()
        self.results.put(self.bed.hosts, "runs", entry)
        return move_words(entry)

    # ---- memory of dom0 ----

    def _memory(self, series, what, share, entry):
        guest = self.bed.guest_of(series.mem)
        self._dirty(guest, 0)
        self.bed.settle()
        source = guest.host
        tool = TOOLS[what](self.bed, guest, source)
        ends = {"source": self.bed.witnesses[source], "destination": self.bed.witnesses[source.other]}
        for witness in ends.values():
            witness.ask("watch")
        tool.move()
        entry.update(tool=what, guest_mib=series.mem)
        for end, witness in ends.items():
            seen = witness.ask("peak")
            entry[f"{end}_mib"] = round((seen["peak_kib"] - seen["before_kib"]) / 1024, 2)
        self.results.put(self.bed.hosts, "memory", entry)
        return f"{entry['source_mib']:.1f} MiB at the source, {entry['destination_mib']:.1f} at the destination"

    # ---- the guest's own speed ----

    def _chase(self, series, what, share, entry):
        # One that no move has touched, with room for the ring.
        guest = self.bed.guest_of(series.mem, afresh=True, fill=series.mem // 8)
        ring = min(CHASE_MIB, series.mem // 4)
        entry.update(tool=what, guest_mib=series.mem, before_ns=self._chase_times(guest, ring))
        # There and back, so that it is chased on the same host.
        for _ in range(2):
            self.move(guest, what)
        entry["after_ns"] = self._chase_times(guest, ring)
        self.results.put(self.bed.hosts, "chase", entry)
        # The next series wants a guest that is filled.
        self.bed.forget()
        return f"{median(entry['before_ns']):.1f} ns a step before, {median(entry['after_ns']):.1f} after"

    def _chase_times(self, guest, mib):
        """ns a step; the first walk, which brings the ring into caches, does not count."""
        times = []
        for _ in range(CHASES + 1):
            word, value, _ = guest.ask(f"chase {mib}", timeout=300).split()
            assert word == "chase"
            times.append(float(value))
        return times[1:]

    # ---- rate and remaining memory over time ----

    def _rates(self, series, what, share, entry):
        guest = self.bed.guest_of(series.mem)
        if share:
            self._iperf(guest, dict(entry))
        rate = self._rate_of(series, share)
        self._dirty(guest, rate)
        self.bed.settle()
        source = guest.host
        looks = source.start("sh", "-c", LOOKS)
        lines = Lines(looks.stdout)
        tool = TOOLS[what](self.bed, guest, source)
        tool.move()
        source.sh(f"touch {PLACE}/stop")
        lines.join(RATE_LIMIT_S)
        looks.wait(RATE_LIMIT_S)
        samples = list(rate_rows(lines.text().splitlines(), f"rewriting {rate} MiB/s" if share else "quiet"))
        write_rates(samples, begin=not share)
        return f"{len(samples)} samples"


def move_words(entry):
    words = f"{entry['total_s']:.2f} s, {entry['dom0_cpu_s']:.2f} s of dom0's CPU"
    if entry["first_pass_mib_s"]:
        words += f", first pass {entry['first_pass_mib_s']:.0f} MiB/s"
    if entry["downtime_ms"] is not None:
        words += f", down for {entry['downtime_ms']:.0f} ms"
        if entry["tool"] == "xenmig":
            words += f" ({entry['parts_ms']['suspended_to_unpaused']:.0f} ours)"
    if entry["dirty_mib_s"]:
        words += f", {entry['dirtied_mib_s']:.0f} of {entry['dirty_mib_s']} MiB/s rewritten"
    return words


# ---- the CSV ----

COLUMNS = ("guest", "seconds", "state", "round", "rate_mib_s", "dirty_mib_s", "sent_mib", "remaining_mib")


def rate_rows(lines, name):
    """A row for every look that found the session; time begins with the first."""
    first = None
    for line in lines:
        when, _, text = line.partition(" ")
        if not text.startswith("{"):
            continue
        session = json.loads(text)
        first = float(when) if first is None else first
        yield {"guest": name, "seconds": round(float(when) - first, 2), "state": session["state"],
               "round": session.get("round", 0), "rate_mib_s": mib(session.get("rate", 0)),
               "dirty_mib_s": mib(session.get("dirty_rate", 0) * 4096), "sent_mib": mib(session.get("frames_sent", 0) * 4096),
               "remaining_mib": mib(session.get("frames_left", 0) * 4096)}


def mib(octets):
    return round(octets / (1 << 20), 1)


def write_rates(rows, begin):
    with open(RATES, "w" if begin else "a", newline="", encoding="ascii") as f:
        out = csv.DictWriter(f, COLUMNS)
        if begin:
            out.writeheader()
        out.writerows(rows)
