# SPDX-License-Identifier: GPL-2.0-or-later
"""build/bench.json: whole after every run, so that what was measured before an interruption is not lost."""

import json
import os
import subprocess
import time
from statistics import median

from rig import REPOSITORY

FILE = REPOSITORY / "build/bench.json"
PREVIOUS = REPOSITORY / "build/bench.previous.json"
LISTS = ("runs", "iperf", "floors", "memory", "chase")
APART = ("two_cpus", "hvm")     # hosts of another kind than those with one CPU


def empty_part():
    """What was measured on hosts of one kind."""
    return {name: [] for name in LISTS}


class Results:
    """All that was measured; part(kind) has the lists to which entries are added."""

    def __init__(self, file=FILE):
        self.file = file
        self.commit = None
        self.data = {"format": 1, "failures": [], **empty_part(), **{kind: empty_part() for kind in APART}}

    @classmethod
    def load(cls, file=FILE):
        results = cls(file)
        results.data.update(json.loads(file.read_text()))
        return results

    def begin(self, options, series):
        """Keep what an earlier bench has of other series, if @series says which are measured anew."""
        if self.file.exists():
            if series is None:
                self.file.replace(PREVIOUS)
            else:
                self.data.update(json.loads(self.file.read_text()))
                self._drop(series)
        self.commit = commit()
        self.data.update(began=time.strftime("%Y-%m-%dT%H:%M:%S%z"), commit=self.commit, options=options,
                         load_before=list(os.getloadavg()), cpus=os.cpu_count())
        self.write()

    def _drop(self, series):
        for kind in ("one_cpu", *APART):
            part = self.part(kind)
            for name in LISTS:
                part[name] = [entry for entry in part[name] if (entry["series"], kind) not in series]
        self.data["failures"] = []

    def part(self, kind):
        return self.data[kind] if kind in APART else self.data

    def put(self, kind, name, entry):
        """Add an entry; with --only its neighbours may be older, so each says what it is of."""
        self.part(kind)[name].append({**entry, "at": time.strftime("%Y-%m-%dT%H:%M:%S%z"), "commit": self.commit})
        self.write()

    def failed(self, what, why):
        self.data["failures"].append({"run": what, "why": why})
        self.write()

    def write(self):
        for kind in ("one_cpu", *APART):
            derive(self.part(kind))
        self.file.parent.mkdir(exist_ok=True)
        half = self.file.with_suffix(".new")
        half.write_text(json.dumps(self.data, indent=1) + "\n")
        half.rename(self.file)


def derive(part):
    """What follows from other entries: plain lists of the yardsticks, and the parts of pauses seen only from outside."""
    part["iperf_mib_s"] = [entry["mib_s"] for entry in part["iperf"]]
    part["iperf_cpu_s_per_gib"] = [entry["cpu_s_per_gib"] for entry in part["iperf"]]
    part["floor_ms"] = {key: [entry[key] for entry in part["floors"]] for key in ("suspend", "resume_to_reply")}
    floor = {key: median(values) if values else None for key, values in part["floor_ms"].items()}
    for run in part["runs"]:
        if run["tool"] == "xenmig":
            complete_own(run)
        else:
            run["parts_ms"] = parts_by_floors(run["downtime_ms"], floor)


def complete_own(run):
    """The rest of the hole is the guest's: it answers for a while after it was asked to suspend itself."""
    parts = run["parts_ms"]
    if run["downtime_ms"] is not None:
        parts["unpaused_to_reply"] = round(
            run["downtime_ms"] - parts["requested_to_suspended"] - parts["suspended_to_unpaused"], 1)


def parts_by_floors(downtime, floor):
    """The share of a tool that does not tell of it: its downtime less what the guest alone takes."""
    if downtime is None or None in floor.values():
        return {"requested_to_suspended": None, "suspended_to_unpaused": None, "unpaused_to_reply": None}
    return {"requested_to_suspended": floor["suspend"],
            "suspended_to_unpaused": round(downtime - floor["suspend"] - floor["resume_to_reply"], 1),
            "unpaused_to_reply": floor["resume_to_reply"], "by_floors": True}


def commit():
    """What is measured, by its commit."""
    done = subprocess.run(["git", "-C", str(REPOSITORY), "describe", "--always", "--dirty"], capture_output=True,
                          text=True, check=False)
    return done.stdout.strip() or None
