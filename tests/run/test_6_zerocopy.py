# SPDX-License-Identifier: GPL-2.0-or-later
"""No octet of guest memory is copied by the sending host, by two witnesses that share no code.

The first is the module's own count.  The second are the kernel's functions
(rig/copies.py), which see the host's other connections too.  Each must say that
nothing was copied where the network card gathers and checksums, and that all was
where it does neither.
"""

import pytest
from rig import await_
from rig.copies import STRAY, Copies
from rig.hosts import ALPHA, BETA
from rig.moves import move

PAGE = 4096
UPLINK = "eth0"


@pytest.fixture
def without_offloads(undo):
    """Switches scatter-gather and checksum offload of a host's network card off for the length of a test."""
    def switch(host):
        undo(lambda: host.sh(f"ethtool -K {UPLINK} tx on sg on tso on gso on"))
        host.sh(f"ethtool -K {UPLINK} sg off tx off")
        assert features(host) == {"scatter-gather": "off", "tx-checksumming": "off"}
    return switch


def features(host):
    """The two that matter."""
    lines = [line.strip().split(": ") for line in host.sh(f"ethtool -k {UPLINK}").splitlines()[1:]]
    return {line[0]: line[1].split()[0] for line in lines if line[0] in ("scatter-gather", "tx-checksumming")}


def test_memory_is_not_copied(guest):
    """With the lab's network card, which gathers: all of memory goes out as references, and nothing is copied."""
    host = guest.host
    assert features(host) == {"scatter-gather": "on", "tx-checksumming": "on"}
    with Copies(host) as witness:
        result = move(guest, host.other).assert_live().result

    assert result["missed_zerocopy_bytes"] == 0
    assert result["zerocopy_bytes"] == result["frames_sent"] * PAGE

    assert witness.sent == result["bytes"], f"the witness was blind: {witness}"
    assert witness.at_device < STRAY and witness.orphaned == 0, witness
    # What is no memory (policies, machine state, heads of records) may be copied, and nothing else is.
    assert witness.at_socket <= result["bytes"] - result["zerocopy_bytes"], witness
    assert witness.referenced >= result["zerocopy_bytes"], witness


def test_copies_are_noticed(guest, without_offloads):
    """With a network card that neither gathers nor checksums, both witnesses see memory being copied."""
    host = guest.host
    without_offloads(host)
    with Copies(host) as witness:
        result = move(guest, host.other).result

    memory = result["frames_sent"] * PAGE
    assert result["zerocopy_bytes"] == 0
    # The heads of records that share a buffer with memory are counted along.
    assert memory <= result["missed_zerocopy_bytes"] <= memory * 1.01
    assert witness.sent == result["bytes"], f"the witness was blind: {witness}"
    assert witness.at_socket + witness.at_device >= memory, witness
    guest.assert_intact()


def test_offloads_are_on_again(lab):
    """The test above has left the hosts as they were."""
    for host in (ALPHA, BETA):
        await_(lambda h=host: features(h) == {"scatter-gather": "on", "tx-checksumming": "on"}, 5, f"{host}: offloads are off")
