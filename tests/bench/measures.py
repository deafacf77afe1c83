# SPDX-License-Identifier: GPL-2.0-or-later
"""What is counted around a run: dom0's CPU time, octets on the cable, the hole in a ping, and who else was busy."""

import json
import os
import time

from rig import await_
from rig.hosts import HOSTS
from lablib import namespace, outage
from lablib.command import run

IDLE_S = 2.0        # the baseline that is taken off
AFTER_S = 1.0       # what a tool leaves to be done behind it counts as its own
PING_S = 900        # longer than any run
LEAD_S = 1.0        # of pings before the run
REPLY_S = 60
HZ = os.sysconf("SC_CLK_TCK")


class Count:
    """Counts between `with` and its end; what was counted is in entry()."""

    def __init__(self, bed, source, pinged=False):
        self.bed = bed
        self.source = source
        self.pinged = pinged
        self._pings = None
        self._entry = {}

    def entry(self):
        return self._entry

    def __enter__(self):
        if self.pinged:
            self._pings = outage.Pings(self.bed.guest.ip, PING_S)
            time.sleep(LEAD_S)
        written = self._written()
        before = self._look()
        time.sleep(IDLE_S)
        after = self._look()
        self._idle = {host: cpu_rate(before[host], after[host]) for host in HOSTS}
        self._entry["dirtied_mib_s"] = self._written_since(written)
        self._octets = octets_sent(self.source)
        self._machine = Machine()
        self._began = self._look()
        return self

    def __exit__(self, kind, error, trace):
        try:
            if not error:
                time.sleep(AFTER_S)
                self._end()
        finally:
            if self._pings:
                self._pings.stop()
                self._pings.report()

    def _end(self):
        ended = self._look()
        self._entry["wire_bytes"] = octets_sent(self.source) - self._octets
        self._entry.update(self._machine.entry())
        self._entry["dom0_cpu_s"] = round(sum(self._cpu(host, ended[host]) for host in HOSTS), 4)
        self._entry["dom0_cpu_parts_s"] = {
            "source": round(self._cpu(self.source, ended[self.source]), 4),
            "destination": round(self._cpu(self.source.other, ended[self.source.other]), 4),
            "idle": round(sum(self._idle.values()), 4),
        }
        self._entry["downtime_ms"] = self._hole() if self._pings else None

    def _cpu(self, host, ended):
        """dom0's CPU seconds less what it takes when nothing goes on."""
        began = self._began[host]
        return ended["cpu_s"] - began["cpu_s"] - self._idle[host] * (ended["boot_s"] - began["boot_s"])

    def _look(self):
        return {host: self.bed.witnesses[host].ask("look") for host in HOSTS}

    def _hole(self):
        """The longest time without a reply."""
        now = time.time()
        await_(lambda: any(when > now for when, _ in self._pings.replies()), REPLY_S,
               f"{self.bed.guest} does not answer any more")
        return longest_hole([when for when, _ in self._pings.replies()])

    # ---- how much the guest really writes ----

    def _written(self):
        return (time.monotonic(), self.bed.guest.writes())

    def _written_since(self, before):
        when, pages = self._written()
        return round((pages - before[1]) / 256 / (when - before[0]), 1)


def cpu_rate(before, after):
    return (after["cpu_s"] - before["cpu_s"]) / (after["boot_s"] - before["boot_s"])


def longest_hole(times):
    """In ms, between replies at those times."""
    times = sorted(times)
    return round(max(after - before for before, after in zip(times, times[1:])) * 1000, 1)


def octets_sent(host):
    """Octets that a host has sent to the other one and to the world, as its cable's other end counted them."""
    link = json.loads(run(["ip", "-n", namespace.NAMESPACE, "-s", "-j", "link", "show", namespace.tap(host.name)]))
    return link[0]["stats64"]["rx"]["bytes"]


# ---- this machine ----

class Machine:
    """How busy others kept this machine: a lab under emulation shows all of it."""

    def __init__(self):
        self._began = self._counters()

    @staticmethod
    def _counters():
        with open("/proc/stat", encoding="ascii") as f:
            fields = [int(word) for word in f.readline().split()[1:]]
        user, nice, system, _, _, irq, softirq, stolen = fields[:8]
        return {"when": time.monotonic(), "busy": user + nice + system + irq + softirq, "stolen": stolen,
                "ours": sum(ticks_of(host.lab.pid()) for host in HOSTS) + sum(os.times()[:4]) * HZ}

    def entry(self):
        now = self._counters()
        ticks = (now["when"] - self._began["when"]) * HZ
        change = {key: (now[key] - self._began[key]) / ticks for key in ("busy", "stolen", "ours")}
        return {"load": round(os.getloadavg()[0], 2), "others_cpus": round(max(0, change["busy"] - change["ours"]), 2),
                "stolen_cpus": round(change["stolen"], 2)}


def ticks_of(pid):
    """CPU time of a process, in ticks."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])
