# SPDX-License-Identifier: GPL-2.0-or-later
"""The second witness of zero-copy: the kernel's own functions, watched while memory is sent.

Kprobes with histograms that add up octets.  None of it is ours: were every
counter of the module wrong, this would still be right.

What a socket is given to send has two ways to be copied:

- by TCP, into buffers of the kernel, where the path to the peer cannot gather
  pieces.  Linux lets nobody probe the copying itself (_copy_from_iter), so it
  is found as what is left: all that tcp_sendmsg_locked() took from the
  session's thread, less what skb_zerocopy_iter_stream() took as references.
- before a device that cannot gather, or must be given a checksum: by
  __skb_linearize() and by the software segmentation of skb_segment(), which
  both end in skb_copy_bits(); or where fragments may not stay, by
  skb_copy_ubufs().  This happens in whatever context sends, so whatever other
  connection loses a packet in that time and has it put together anew is
  counted along: such strays are few, and never as much as STRAY.
"""

import re

SMALL = 1024        # copies of less are headers and acknowledgements, of whatever connection
STRAY = 65536       # octets; of memory it is one page in thousands
THREAD = "xenmig/"
TRACING = "/sys/kernel/tracing"
# event: what is probed, where its octets are (None: hits are counted), which hits count
PROBES = {
    "sent": ("r64", "tcp_sendmsg_locked", "$retval:s32", "len > 0"),
    "referenced": ("r64", "skb_zerocopy_iter_stream", "$retval:s32", "len > 0"),
    "copy_bits": ("p", "skb_copy_bits", "$arg4:s32", f"len >= {SMALL}"),
    "copy_and_csum": ("p", "skb_copy_and_csum_bits", "$arg4:s32", f"len >= {SMALL}"),
    "copy_ubufs": ("p", "skb_copy_ubufs", None, None),
}
ENTRY = re.compile(r"\{ common_pid: (.+?)\s+\[\s*\d+\] \} hitcount:\s+(\d+)(?:\s+len:\s+(\d+))?")


class Copies:
    """Watches a host between `with` and its end."""

    def __init__(self, host):
        self.host = host
        self.sent = 0           # octets TCP took from the session's thread
        self.referenced = 0     # those of them that it took without a copy
        self.at_device = 0      # octets copied on their way to the device
        self.orphaned = 0       # buffers whose fragments were copied so that they need not stay
        self.by = {}            # event -> name of a thread -> its octets or hits

    def __repr__(self):
        return (f"{self.sent} octets sent, {self.referenced} of them as references, {self.at_device} copied "
                f"before the device, {self.orphaned} buffers copied to be kept; in which threads: {self.by}")

    @property
    def at_socket(self):
        """Octets copied into buffers of the kernel."""
        return self.sent - self.referenced

    def __enter__(self):
        self._remove()
        for event, (kind, function, octets, which) in PROBES.items():
            histogram = "hist:keys=common_pid.execname" + (f":vals=len if {which}" if octets else "")
            self.host.sh(f"cd {TRACING} && "
                         f"echo '{kind}:xenmig_{event} {function}{f' len={octets}' if octets else ''}' >>kprobe_events && "
                         f"cd events/kprobes/xenmig_{event} && echo '{histogram}' >trigger && echo 1 >enable")
        return self

    def __exit__(self, kind, error, trace):
        try:
            if not error:
                self._read()
        finally:
            self._remove()

    def _read(self):
        self.by = tables = {event: self._table(event) for event in PROBES}
        self._check_missed()
        self.sent = of_thread(tables["sent"])
        self.referenced = of_thread(tables["referenced"])
        self.at_device = sum(tables["copy_bits"].values()) + sum(tables["copy_and_csum"].values())
        self.orphaned = sum(tables["copy_ubufs"].values())

    def _check_missed(self):
        """A probe that is hit within another one is missed; a few may be, and no more."""
        for event, hits, missed in re.findall(r"xenmig_(\w+)\s+(\d+)\s+(\d+)",
                                              self.host.sh(f"cat {TRACING}/kprobe_profile")):
            assert int(missed) <= 10 + int(hits) // 100, f"the probe {event} missed {missed} hits and had {hits}"

    def _table(self, event):
        """name of a thread -> its octets or hits."""
        text = self.host.sh(f"cat {TRACING}/events/kprobes/xenmig_{event}/hist")
        assert re.search(r"Dropped: 0$", text, re.MULTILINE), f"the histogram of {event} is not whole:\n{text[-500:]}"
        table = {}
        for name, hits, octets in ENTRY.findall(text):
            table[name] = table.get(name, 0) + int(octets or hits)
        return table

    def _remove(self):
        """Also what an interrupted run left."""
        self.host.sh(f"""cd {TRACING}
            for event in events/kprobes/xenmig_*; do
                [ -d $event ] || continue
                echo 0 >$event/enable
                sed -n '/^hist/s/ \\[.*//p' $event/trigger | while read -r trigger; do
                    echo "!$trigger" >$event/trigger
                done
            done
            grep -o 'kprobes/xenmig_[a-z_]*' kprobe_events | while read -r probe; do
                echo "-:$probe" >>kprobe_events
            done; true""")


def of_thread(table):
    return sum(octets for name, octets in table.items() if name.startswith(THREAD))
