# SPDX-License-Identifier: GPL-2.0-or-later
"""The tools that move a guest, each called in the same way and timed by the same stopwatch.

prepare() is before anything is counted, move() is what is counted and returns
the seconds it took, told() is afterwards.
"""

import json

from rig import await_

from bed import PLACE

PEER_PORT = 8004
XL_PORT = 8003          # where the lab has `xl migrate-receive` listen
DOWNTIME_MS = 300
MIB = 1 << 20
PAGE = 4096


class Tool:
    """One move of one guest."""
    name = None

    def __init__(self, bed, guest, source):
        self.guest = guest
        self.source = source
        self.destination = source.other
        self.witness = bed.witnesses[source]
        self.domid = source.domid(guest.name)

    def prepare(self):
        pass

    def move(self):
        raise NotImplementedError

    def told(self):
        """What the tool itself has to say."""
        return {"first_pass_mib_s": None, "parts_ms": {}}


class Xenmig(Tool):
    """`migctl live`."""
    name = "xenmig"

    def move(self):
        return self.witness.run("migctl", "live", self.guest.name, self.destination.name, "--downtime", DOWNTIME_MS,
                                "--json")

    def told(self):
        return report(json.loads(self.witness.output().strip().splitlines()[-1]))


class Libxl(Tool):
    """libxl's sender and receiver on a TCP connection of their own (libxl-peer.c)."""
    name = "libxl"

    def prepare(self):
        """The receiver waits, as `migctl serve` does."""
        self.receiver = self.destination.start(f"{PLACE}/libxl-peer", "receive", str(PEER_PORT))
        await_(lambda: f":{PEER_PORT} " in self.destination.sh("ss -Hltn"), 20,
               f"{self.destination}: libxl-peer does not listen", pause=0.2)

    def move(self):
        try:
            return self.witness.run(f"{PLACE}/libxl-peer", "send", self.domid, self.destination.ip, PEER_PORT)
        except BaseException:
            self.receiver.kill()
            raise

    def told(self):
        words = self.receiver.communicate(timeout=60)[1]
        assert self.receiver.returncode == 0, f"libxl-peer receive: {words}"
        return super().told()


class Xl(Tool):
    """`xl migrate` through a pipe to socat, as the lab's hosts have it."""
    name = "xl"

    def move(self):
        return self.witness.run("xl", "migrate", "-s", "", self.guest.name,
                                f"socat - TCP:{self.destination.ip}:{XL_PORT}")


TOOLS = {tool.name: tool for tool in (Xenmig, Libxl, Xl)}


def report(result):
    """What migctl has to say of a move."""
    assert result["event"] == "result", f"migctl's last word is no result: {result}"
    pages = (result["zerocopy_bytes"] + result["missed_zerocopy_bytes"]) // PAGE
    # A frame that went as less than a page, or not at all, is no throughput.
    first = min(result["first_round_frames"], pages)
    return {
        "first_pass_mib_s": round(first * PAGE / MIB / (result["first_round_ms"] / 1000), 2),
        "first_pass_us_per_page": round(result["first_round_ms"] * 1000 / max(1, first), 4),
        "pages": pages,
        "frames": result["frames"],
        "not_sent_mib": round(max(0, result["frames_sent"] - pages) * PAGE / MIB, 2),
        "copied_mib": round(result["missed_zerocopy_bytes"] / MIB, 2),
        "rounds": result["rounds"],
        "stream_bytes": result["bytes"],
        "superpages": result["superpages"],
        "own_total_s": round(result["total_ms"] / 1000, 4),
        "parts_ms": {**result["downtime_ms"], "unpaused_to_reply": None},
    }
