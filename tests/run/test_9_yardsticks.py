# SPDX-License-Identifier: GPL-2.0-or-later
"""What the bench stands on is what it is taken for.  Nothing here is timed."""

import hashlib
from collections import Counter

import pytest
from rig import wire
from rig.guests import MIB_PAGES
from rig.hosts import ALPHA, BETA
from rig.moves import Move, move

MEM, SPARE = 160, 16
KERNEL = 84             # MiB that its kernel, initramfs and caches take of such a guest
KERNEL_UNUSED = 14      # of them never written to: Debian's kernel has 17 MiB of .bss
PAGE = 4096


@pytest.fixture(scope="module")
def full_guest(new_module_guest):
    """A guest that has filled all its memory but a few MiB."""
    return new_module_guest(ALPHA, "full", mem=MEM, spare=SPARE)


def pages_of(stream):
    """The pages that a stream carries, each once."""
    for record in wire.records(stream):
        if record.kind == wire.PAGE_DATA:
            end = record.offset + 8 + record.length
            count = int.from_bytes(stream[record.offset + 8:record.offset + 12], "little")
            for at in range(record.offset + 16 + 8 * count, end, PAGE):
                yield stream[at:at + PAGE]


@pytest.mark.long
def test_hardly_a_page_is_like_another(full_guest, tmp_path):
    """Of a filled guest's memory, as it crossed the cable, no page of the pattern is zero or there twice."""
    with wire.Capture(ALPHA, tmp_path / "capture") as capture:
        done = Move(full_guest, BETA).wait().assert_moved()
    seen = Counter(hashlib.sha1(page).digest() for page in pages_of(wire.stream_of(capture)))
    assert sum(seen.values()) == done.result["frames_sent"]
    zero = seen.pop(hashlib.sha1(bytes(PAGE)).digest(), 0)
    unique = sum(1 for times in seen.values() if times == 1)
    print(f"{zero} pages of zeros, {unique} unique ones of {sum(seen.values())} others, pattern {full_guest.fill} MiB")
    assert full_guest.fill >= MEM - KERNEL - SPARE, f"only {full_guest.fill} of {MEM} MiB are pattern"
    assert unique >= full_guest.pages() * 0.99
    assert zero <= (KERNEL_UNUSED + SPARE) * MIB_PAGES
    full_guest.assert_intact()


@pytest.mark.long
def test_chase(new_guest):
    """A guest walks along a ring of pointers through its memory; a move leaves the ring whole."""
    guest = new_guest(ALPHA, "chaser", mem=128)
    assert guest.ask("chase 0").startswith("error") and guest.ask("chase 100000").startswith("error")
    for host in (BETA, ALPHA):
        word, ns, steps = guest.ask("chase 16").split()
        assert word == "chase" and float(ns) > 0
        assert int(steps) % (16 * 256) == 0, "it did not go round in whole laps"
        move(guest, host)
    assert guest.ask("chase 16").startswith("chase "), "the ring is broken"
    assert guest.ask("chase 8").startswith("chase "), "a smaller ring in its place"
    guest.assert_goes_on()
