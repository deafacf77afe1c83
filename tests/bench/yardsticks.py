# SPDX-License-Identifier: GPL-2.0-or-later
"""What the moves are held against: the network's own speed, and the guest's own part of a pause."""

import json
import time

from rig import await_
from lablib import outage

from bed import IPERF_PORT
from measures import Count

MIB = 1 << 20
GIB = 1 << 30
SAVED = "/tmp/bench.save"       # in dom0's memory
FIRST_REPLY_S = 60
PAUSED_S = 0.5


def iperf(bed, guest):
    """As many octets as the guest has memory, from its dom0 to the other one, without a copy in the sender."""
    source, amount = guest.host, guest.mem * MIB
    witness = bed.witnesses[source]
    with Count(bed, source) as count:
        witness.run("iperf3", "-Z", "-J", "-c", source.other.ip, "-p", IPERF_PORT, "-n", amount)
    received = json.loads(witness.output())["end"]["sum_received"]
    entry = count.entry()
    return {
        "guest_mib": guest.mem,
        "mib_s": round(received["bits_per_second"] / 8 / MIB, 2),
        "cpu_s_per_gib": round(entry["dom0_cpu_s"] / (amount / GIB), 3),
        "wire_bytes": entry["wire_bytes"],
        **{key: entry[key] for key in ("load", "others_cpus", "stolen_cpus", "dom0_cpu_parts_s")},
    }


def floors(bed, guest):
    """What a pause takes of the guest alone: to suspend itself, and to answer again."""
    host = guest.host
    suspend = bed.witnesses[host].ask("suspend", host.domid(guest.name))["ms"]
    bed.settle()
    return {"guest_mib": guest.mem, "suspend": suspend, "resume_to_reply": resume_to_reply(bed, guest, host)}


def resume_to_reply(bed, guest, host):
    """From the unpausing of a guest that was restored paused to its first reply, in ms.

    Its network is complete by then, as in a move; all that is left is the
    guest's to do.  The time of the unpausing is that of the question for it on
    this machine's clock, which is the pings' clock too, and half a round trip.
    """
    for line in (f"xl save {guest.name} {SAVED}", f"xl restore -p {SAVED}; code=$?; rm -f {SAVED}; exit $code"):
        host.sh(line, timeout=300)
    pings = outage.Pings(guest.ip, 4 * FIRST_REPLY_S)
    try:
        time.sleep(PAUSED_S)
        witness = bed.witnesses[host]
        delay, domid = witness.delay(), host.domid(guest.name)
        unpaused = time.time() + delay
        witness.ask("unpause", domid)
        replies = await_(pings.replies, FIRST_REPLY_S, f"{guest} does not answer after it was restored", pause=0.2)
    finally:
        pings.stop()
        pings.report()
    first = min(when for when, _ in replies)
    assert first > unpaused, f"{guest} answered before it was unpaused"
    return round((first - unpaused) * 1000, 1)
