# SPDX-License-Identifier: GPL-2.0-or-later
"""The table that people read."""

from statistics import median

import goals
from results import APART

NOISY_CPUS = 0.25       # so much of this machine in others' hands spoils a run
HEAD = ("goal", "what", "yardstick", "", "ours", "ratio", "wanted", "met")


def number(value):
    """Three digits that count."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def spread(values):
    """Median and range."""
    if not values:
        return ""
    if len(values) == 1:
        return number(values[0])
    return f"{number(median(values))} ({number(min(values))}-{number(max(values))})"


def cells(row):
    return (row.goal, row.what, row.yardstick, spread(row.measured), spread(row.ours),
            "" if row.ratio is None else f"{row.ratio:.3f}", row.wanted,
            "" if row.met is None else "yes" if row.met else "NO")


def text(data):
    """All of it, with what must be known to judge it."""
    lines = [HEAD, *map(cells, goals.rows(data))]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines]
    table.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(["median (smallest-largest)", *table, "", *apart(data), *machine(data), *failures(data)])


def all_runs(data):
    for part in (data, *(data[kind] for kind in APART)):
        yield from part["runs"]


def apart(data):
    """Gains that are no throughput."""
    own = [run for run in all_runs(data) if run["tool"] == "xenmig"]
    if not own:
        return []
    sizes = sorted({(run["guest_mib"], run["pattern_mib"]) for run in own})
    return ["of the guests' memory unique pattern, the kernel's own and its caches apart: "
            + ", ".join(f"{pattern} of {mem} MiB" for mem, pattern in sizes),
            f"guest memory that did not cross as pages (zero pages, skipped ones): "
            f"{spread([run['not_sent_mib'] for run in own])} MiB a move; copied in the sender after all: "
            f"{spread([run['copied_mib'] for run in own])} MiB"]


def machine(data):
    """How quiet it was."""
    entries = [entry for part in (data, *(data[kind] for kind in APART)) for entry in [*part["runs"], *part["iperf"]]]
    commits = sorted({str(entry.get("commit")) for entry in entries}) or [str(data.get("commit"))]
    lines = [f"begun at {data.get('began')}, commit {' and '.join(commits)}, {data.get('cpus')} CPUs; load average before it: "
             + ", ".join(f"{load:.2f}" for load in data.get("load_before", []))]
    if not entries:
        return lines
    others, stolen = ([entry[key] for entry in entries] for key in ("others_cpus", "stolen_cpus"))
    lines.append(f"load average beside the runs: {spread([entry['load'] for entry in entries])}; CPUs taken by others: "
                 f"{spread(others)}; by the machine's own host: {spread(stolen)}")
    noisy = sum(a + b > NOISY_CPUS for a, b in zip(others, stolen))
    if noisy:
        lines.append(f"NOT A QUIET MACHINE: in {noisy} of {len(entries)} runs others took more than {NOISY_CPUS} CPUs; "
                     "the figures say little")
    return lines


def failures(data):
    return [f"FAILED: {entry['run']}: {entry['why']}" for entry in data["failures"]]
