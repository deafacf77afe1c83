# SPDX-License-Identifier: GPL-2.0-or-later
"""Where a host's processor is: sampled from outside, by QEMU's monitor, in Xen, dom0 and guests alike.

No program in the host takes part, so nothing of it shows in what is measured,
and no part of it is out of sight: an emulated processor can be read at any
instruction, interrupts off included.
"""

import bisect
import re
import threading
import time
from collections import Counter

from rig.monitor import Monitor

PAUSE_S = 0.002
# What functions are for, by their names; the first that fits.
KINDS = (
    ("Xen: page tables and lookups", "xen", r"p2m|mmu|l1_entry|_l1e|get_page|put_page|mfn_valid|map_domain_page|"
                                            r"iomem|guest_walk|hap_|paging|flush_area|check_lock|log_dirty"),
    ("Xen: allocation of memory", "xen", r"heap|scrub|clear_page|populate|relinquish"),
    ("Xen: scheduling, timers, interrupts", "xen", r"timer|sched|rcu|softirq|irq|interrupt|idle|evtchn|context|switch_|msi|"
                                                   r"do_IRQ|tasklet"),
    ("Xen: guests' exits and hypercalls of the rest", "xen", r""),
    ("dom0: the doorbell of the network card", "dom0's kernel", r"^iowrite|^ioread"),
    ("dom0: copies", "dom0's kernel", r"copy_to_iter|copy_from|copy_user|memcpy|copy_page"),
    ("dom0: network", "virtio.*|bridge|.*failover", r""),
    ("dom0: network", "dom0's kernel", r"tcp|skb|sock|net|dev_|xmit|gro|ip_|inet|napi|swiotlb|dma|zerocopy|iov|__sg"),
    ("dom0: the rest of the kernel", "dom0's kernel|ext4|jbd2|xen_.*|xenfs|loop", r""),
    ("xenmig.ko", "xenmig", r""),
)
SYMBOLS = "cat /proc/xen/xensyms; echo --; cat /proc/kallsyms"


class Symbols:
    """Names of addresses of Xen, and of dom0's kernel with its modules."""

    def __init__(self, host):
        xen, _, linux = host.sh(SYMBOLS).partition("--\n")
        self.tables = {"xen": self._table(xen), "dom0": self._table(linux)}

    @staticmethod
    def _table(text):
        found = []
        for line in text.splitlines():
            words = line.split()
            if len(words) >= 3 and words[1] in "tTwW":
                module = words[3].strip("[]") if len(words) > 3 else ""
                found.append((int(words[0], 16), words[2], module))
        found.sort()
        return [address for address, _, _ in found], found

    def name(self, table, address):
        """(function, module or "")"""
        addresses, found = self.tables[table]
        at = bisect.bisect_right(addresses, address) - 1
        return found[at][1:] if at >= 0 else (hex(address), "")


class Profile:
    """Samples of one host between `with` and its end."""

    def __init__(self, host):
        self.symbols = Symbols(host)
        self.samples = Counter()
        self._monitor = Monitor(host)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _run(self):
        with self._monitor as monitor:
            while not self._stop.is_set():
                self._count(monitor.ask("info registers"))
                time.sleep(PAUSE_S)

    def _count(self, text):
        seen = re.search(r"RIP=([0-9a-f]{16}).*?CPL=(\d).*?HLT=(\d)", text, re.DOTALL)
        if seen:
            self.samples[self._place(int(seen[1], 16), int(seen[2]), seen[3] == "1")] += 1

    def _place(self, address, level, halted):
        """(layer, function). A PV kernel runs at level 3, that of a guest with page tables of its own at 0."""
        if halted:
            return "idle", ""
        if 0xffff82d040000000 <= address < 0xffff82d080000000:
            return "xen", self.symbols.name("xen", address)[0]
        if address < 1 << 47:
            return ("dom0's programs" if level == 3 else "guest"), ""
        if level == 0:
            return "guest", ""
        function, module = self.symbols.name("dom0", address)
        return (module or "dom0's kernel"), function

    def kinds(self):
        """kind -> share of all samples that are not idle."""
        busy = max(1, sum(count for (layer, _), count in self.samples.items() if layer != "idle"))
        shares = Counter()
        for (layer, function), count in self.samples.items():
            if layer != "idle":
                kind = next((kind for kind, layers, names in KINDS
                             if re.fullmatch(layers, layer) and re.search(names, function)), layer)
                shares[kind] += count / busy
        return shares

    def text(self, most=25):
        """Layers, then functions, by share of what was busy."""
        total = sum(self.samples.values())
        idle = sum(count for (layer, _), count in self.samples.items() if layer == "idle")
        busy = max(1, total - idle)
        lines = [f"{total} samples, {idle / max(1, total):.0%} idle; of the others:"]
        lines += [f"  {share:6.1%}  {kind}" for kind, share in self.kinds().most_common()]
        lines.append("")
        functions = Counter({place: count for place, count in self.samples.items() if place[0] != "idle" and place[1]})
        lines += [f"  {count / busy:6.1%}  {layer}: {function}" for (layer, function), count in functions.most_common(most)]
        return "\n".join(lines)
