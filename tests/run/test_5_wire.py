# SPDX-License-Identifier: GPL-2.0-or-later
"""What goes from kernel to kernel is Xen's own migration stream: Xen's verifier says so."""

import pytest
from rig import wire
from rig.hosts import ALPHA, BETA
from rig.moves import Move


@pytest.fixture(scope="module")
def captured(new_module_guest, tmp_path_factory):
    """A move recorded at the source's cable: (move, the sending kernel's octets, their file)."""
    guest = new_module_guest(ALPHA, "wired", mem=128, fill=16, dirty=4)
    place = tmp_path_factory.mktemp("wire")
    with wire.Capture(ALPHA, place / "capture") as capture:
        done = Move(guest, BETA).wait().assert_moved().assert_live()
    stream = wire.stream_of(capture)
    return done, stream, wire.write(place / "stream", stream)


def test_xen_accepts_the_stream(captured):
    """verify-stream-v2 of Debian's xen-utils-4.17 finds nothing wrong in what was captured, to the last octet."""
    move, stream, file = captured
    code, words = wire.verify(file)
    assert code == 0, f"verify-stream-v2 gave {code}:\n{words}"
    for record in ("Static data end", "x86 CPUID policy", "x86 MSR policy", "HVM context", "HVM params", "TSC info", "End"):
        assert f"Libxc Record: {record}," in words, f"the verifier saw no record {record}:\n{words}"
    last = list(wire.records(stream))[-1]
    assert (last.kind, last.offset + 8) == (wire.END, len(stream)), "END is not the last that was sent"


def test_the_stream_is_all_there_is(captured):
    """The capture has as many octets and pages as migctl says were sent: nothing took another way."""
    move, stream, _ = captured
    assert len(stream) == move.result["bytes"]
    assert wire.pages_in(stream) == move.result["frames_sent"]


@pytest.mark.parametrize("what, offset, octet", [
    ("the marker of the image header", 3, 0),
    ("the type of the domain", 24, 9),
    ("the type of a record", 43, 0x7f),
    ("a reserved field of PAGE_DATA", None, 1),
])
def test_the_verifier_bites(captured, tmp_path, what, offset, octet):
    """The same stream with one octet changed is refused by the same verifier."""
    _, stream, _ = captured
    if offset is None:
        offset = next(record.offset for record in wire.records(stream) if record.kind == wire.PAGE_DATA) + 12
    damaged = bytearray(stream[:8 << 20])
    assert damaged[offset] != octet
    damaged[offset] = octet
    code, words = wire.verify(wire.write(tmp_path / "damaged", damaged))
    assert code == 1 and "Stream Error" in words and "truncated" not in words, f"{what}: {code}\n{words}"
