# SPDX-License-Identifier: GPL-2.0-or-later
"""How Xen maps a guest's memory: its nested page tables, read from the emulated machine's memory.

Neither our module nor Xen's own counters have a part in this.  Xen prints where
the tables begin (H_CR3 in its dump of the VMCBs), and QEMU's monitor copies
the pages that they lie in.
"""

import re
import struct
import tempfile
from typing import NamedTuple

from .monitor import Monitor

PRESENT = 1
LARGE = 1 << 7
FRAME = 0x000ffffffffff000


class Mappings(NamedTuple):
    """How many mappings of each size a guest has."""
    huge: int       # 1 GiB
    super: int      # 2 MiB
    small: int      # 4 KiB


def mappings(host, domid):
    """Count the mappings of a guest."""
    root = root_of(host, domid)
    memory = Memory(host)
    counts = {1: 0, 2: 0, 3: 0}
    walk(memory, root, 4, counts)
    return Mappings(counts[3], counts[2], counts[1])


def walk(memory, table, level, counts):
    for entry in memory.table(table):
        if not entry & PRESENT:
            continue
        if level == 1 or (level < 4 and entry & LARGE):
            counts[level] += 1
        else:
            walk(memory, entry & FRAME, level - 1, counts)


def root_of(host, domid):
    """The machine address of the guest's top table."""
    text = host.xen_says("v", "*********** VMCB Areas **************", "*" * 38)
    section = None
    for line in text.splitlines():
        match = re.search(r">>> Domain (\d+) <<<", line)
        section = int(match[1]) if match else section
        match = re.search(r"H_CR3 = (?:0x)?([0-9a-f]+)", line)
        if match and section == domid:
            return int(match[1], 16) & FRAME
    raise AssertionError(f"Xen's dump of the VMCBs has no H_CR3 of domain {domid}:\n{text[-2000:]}")


class Memory:
    """The memory of an emulated host."""

    def __init__(self, host):
        self.host = host

    def table(self, address):
        """The 512 entries of the table at a machine address."""
        with tempfile.NamedTemporaryFile(prefix="xenmig-table-") as copy:
            with Monitor(self.host) as monitor:
                monitor.ask(f"pmemsave {address:#x} 4096 \"{copy.name}\"")
            octets = copy.read()
        assert len(octets) == 4096, f"QEMU gave {len(octets)} octets of the table at {address:#x}"
        return struct.unpack("<512Q", octets)
