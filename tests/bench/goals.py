# SPDX-License-Identifier: GPL-2.0-or-later
"""The goals, judged from the results alone: one Row each."""

from statistics import median
from typing import NamedTuple, Optional

from plan import SHAPES, SHARES, SIZES

GIB = 1 << 30
MIB = 1 << 20
WIRE_ROOM_S = 0.5
PAUSE_MS = 60
DOWNTIME_MS = 300
FLAT = 1.10
FLAT_MS = 5             # less than a ping tells apart
MEMORY_MIB = 24
BITS_A_PAGE = 2
SPEED = 1.05            # two walks without a move between them differ by as much


class Row(NamedTuple):
    """One line of the table."""
    goal: str
    what: str
    yardstick: str                  # its name
    measured: Optional[list]        # of the yardstick
    ours: list
    ratio: Optional[float]
    wanted: str
    met: Optional[bool]             # None: shown, and not judged


def compared(goal, what, name, yardstick, ours, *, most=None, least=None):
    """Our median over the yardstick's, where both were measured."""
    if not yardstick or not ours or not median(yardstick):
        return []
    ratio = median(ours) / median(yardstick)
    met = None if most is None and least is None else ratio <= most if most is not None else ratio >= least
    wanted = "" if met is None else f"<= {most:.3g}" if most is not None else f">= {least:.3g}"
    return [Row(goal, what, name, yardstick, ours, ratio, wanted, met)]


def limited(goal, what, ours, limit, unit):
    """Our median against a number."""
    if not ours:
        return []
    return [Row(goal, what, "", None, ours, None, f"<= {limit:.3g} {unit}".strip(), median(ours) <= limit)]


class Part:
    """What was measured on hosts of one kind."""

    def __init__(self, data, suffix=""):
        self.data = data
        self.suffix = suffix

    def runs(self, series, tool, share=0):
        return [run for run in self.data["runs"]
                if run["series"] == series and run["tool"] == tool and run["share"] == share]

    def values(self, series, tool, key, share=0):
        return [run[key] for run in self.runs(series, tool, share) if run[key] is not None]

    def pauses(self, series, tool, share=0):
        """suspended -> unpaused."""
        found = [run["parts_ms"].get("suspended_to_unpaused") for run in self.runs(series, tool, share)]
        return [value for value in found if value is not None]

    def cpu(self, series, tool):
        """dom0's CPU seconds for a GiB of guest, both ends."""
        return [run["dom0_cpu_s"] / (run["guest_mib"] / 1024) for run in self.runs(series, tool)]

    def iperf(self, series, key):
        return [entry[key] for entry in self.data["iperf"] if entry["series"] == series]

    def size(self, series):
        """The guest of a series, in words."""
        for run in self.data["runs"]:
            if run["series"] == series:
                return size_words(run["guest_mib"])
        return ""

    def by_size(self, values):
        """size -> values of the series of that size, where there are any."""
        found = {mem: values(f"size-{mem}") for mem in SIZES}
        return {mem: these for mem, these in found.items() if these}

    def floors(self):
        return [entry["suspend"] + entry["resume_to_reply"] for entry in self.data["floors"]]


def size_words(mib):
    return f"{mib // 1024} GiB" if mib % 1024 == 0 else f"{mib} MiB"


def rows(data):
    """Every row that can be had of the results."""
    one, two = Part(data), Part(data["two_cpus"], ", 2 CPUs")
    return [*throughput(one), *throughput(two), *total(one), *pause(one), *busy(one), *effort(one), *effort(two),
            *memory(one), *growth(one), *speed(one), *shapes(Part(data["hvm"]))]


# ---- G1 ----

def throughput(part):
    return compared("G1", f"first pass, {part.size('large')}{part.suffix}, MiB/s", "iperf3 -Z",
                    part.iperf("large", "mib_s"), part.values("large", "xenmig", "first_pass_mib_s"), least=1.4)


# ---- G2 ----

def total(part):
    found = []
    for series, share in (("large", 1 / 3), ("small", 1 / 6)):
        what, ours = f"total time, {part.size(series)}, s", part.values(series, "xenmig", "total_s")
        found += compared("G2", what, "libxl", part.values(series, "libxl", "total_s"), ours, most=share)
        if series == "small":
            found += compared("G2", what, "xl migrate", part.values(series, "xl", "total_s"), ours, most=1 / 15)
        found += compared("G2", what, f"wire + {WIRE_ROOM_S} s", wire_times(part, series), ours, most=1)
    return found


def wire_times(part, series):
    """What our octets would have taken iperf3."""
    rates = part.iperf(series, "mib_s")
    return [octets / MIB / median(rates) + WIRE_ROOM_S
            for octets in part.values(series, "xenmig", "wire_bytes")] if rates else []


# ---- G3 ----

def pause(part):
    ours, size = part.pauses("pause", "xenmig"), part.size("pause")
    what = f"our share of the pause, {size}, ms"
    down = part.values("pause", "xenmig", "downtime_ms")
    return [
        *limited("G3a", what, ours, PAUSE_MS, "ms"),
        *compared("G3a", what, "libxl's share", part.pauses("pause", "libxl"), ours, most=1 / 25),
        *flat(part, "G3a", "our share", part.by_size(lambda name: part.pauses(name, "xenmig")), "ms", FLAT_MS),
        *compared("G3b", f"downtime, {size}, ms", "the guest's floor", part.floors(), down, most=1.25),
        *compared("G3b", f"downtime, {size}, ms", "libxl", part.values("pause", "libxl", "downtime_ms"), down, most=1 / 3),
    ]


def flat(part, goal, what, by_size, unit, room=0):
    """The largest median of all sizes over the smallest, the size at which it is against that of the other."""
    if len(by_size) < 2:
        return []
    medians = {mem: median(values) for mem, values in by_size.items()}
    low, high = min(medians, key=medians.get), max(medians, key=medians.get)
    ratio = medians[high] / medians[low]
    met = ratio <= FLAT or medians[high] - medians[low] <= room
    sizes = f"{size_words(min(medians))} to {size_words(max(medians))}"
    wanted = f"<= {FLAT:.3g}" + (f" or {room} {unit}" if room else "")
    return [Row(goal, f"{what}, {sizes}, {unit}", f"at {size_words(low)}", by_size[low], by_size[high], ratio, wanted, met)]


# ---- G4 ----

def busy(part):
    found = []
    still = part.values("busy", "xenmig", "total_s")
    for share in SHARES:
        who = f"{share:.0%} of line rate"
        ours = part.pauses("busy", "xenmig", share)
        found += limited("G4", f"our share of the pause, {who}, ms", ours, DOWNTIME_MS, "ms")
        found += compared("G4", f"total time, {who}, s", "quiet guest", still,
                          part.values("busy", "xenmig", "total_s", share), most=2.5)
        found += compared("G4", f"downtime, {who}, ms", "libxl", part.values("busy", "libxl", "downtime_ms", share),
                          part.values("busy", "xenmig", "downtime_ms", share))
    return found


# ---- G5 ----

def effort(part):
    what, ours = f"dom0 CPU, {part.size('large')}{part.suffix}, s a GiB", part.cpu("large", "xenmig")
    return [*compared("G5", what, "iperf3 -Z", part.iperf("large", "cpu_s_per_gib"), ours, most=0.75),
            *compared("G5", what, "libxl", part.cpu("large", "libxl"), ours, most=0.4)]


# ---- G6 ----

def memory_limit(mib):
    return MEMORY_MIB + mib * 256 * BITS_A_PAGE / 8 / MIB


def memory(part):
    """Of each end the size that comes closest to its limit."""
    found = []
    for end in ("source", "destination"):
        by_size = {}
        for entry in part.data["memory"]:
            by_size.setdefault(entry["guest_mib"], []).append(entry[f"{end}_mib"])
        if not by_size:
            continue
        worst = max(by_size, key=lambda mem: median(by_size[mem]) / memory_limit(mem))
        found += limited("G6", f"dom0 memory, {end}, at worst ({size_words(worst)}), MiB", by_size[worst],
                         memory_limit(worst), "MiB")
    return found


# ---- G7 ----

def growth(part):
    effort_by_size = part.by_size(
        lambda name: [run["dom0_cpu_s"] / run["frames"] * 1e6 for run in part.runs(name, "xenmig")])
    return [
        *flat(part, "G7", "first pass a page", part.by_size(
            lambda name: part.values(name, "xenmig", "first_pass_us_per_page")), "us"),
        # The fixed cost of a move is in it, and weighs on a small guest.
        *(row._replace(met=None, wanted="") for row in flat(part, "G7", "dom0 CPU a page, whole move", effort_by_size, "us")),
    ]


# ---- G8 ----

def speed(part):
    found = []
    for tool in ("xenmig", "libxl"):
        entries = [entry for entry in part.data["chase"] if entry["tool"] == tool]
        rows_of = compared("G8", f"chase after {tool}, ns a step", "before the move",
                           [time for entry in entries for time in entry["before_ns"]],
                           [time for entry in entries for time in entry["after_ns"]], most=SPEED)
        # What another tool makes of a guest is there to be looked at.
        found += rows_of if tool == "xenmig" else [row._replace(met=None, wanted="") for row in rows_of]
    return found


# ---- HVM guests ----

MODEL = ("stop", "save", "load", "cont")


def shapes(part):
    """Of each shape the downtime beside libxl's, and what of it is the device model's."""
    found = []
    for name, (words, _) in SHAPES.items():
        series = f"hvm-{name}"
        parts = [run["parts_ms"] for run in part.runs(series, "xenmig")]
        if not parts:
            continue
        for key, what in (("downtime_ms", "downtime, ms"), ("total_s", "total time, s")):
            found += compared("HVM", f"{words}: {what}", "libxl", part.values(series, "libxl", key),
                              part.values(series, "xenmig", key))
        found += limited("HVM", f"{words}: our share less the device model's, ms", [own_share(these) for these in parts],
                         PAUSE_MS, "ms")
        found += [Row("HVM", f"{words}: device model, {step}, ms", "", None, [these[f"device_model_{step}"] for these in parts],
                      None, "", None) for step in MODEL]
    return found


def own_share(parts):
    """What is left of the pause when the device model's steps are taken off; they may overlap with ours."""
    return max(0, parts["suspended_to_unpaused"] - sum(parts[f"device_model_{step}"] for step in MODEL))
